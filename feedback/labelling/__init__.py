"""Labelling functions and the votes they cast.

`functions` says what a labelling function is and keeps the register; `behaviour` and `words` hold the
ones that come with the package, by what people did and by what they said; `votes` casts them.
"""

from feedback.labelling import behaviour, words
from feedback.labelling.functions import (
    LabellingFunction,
    labelling_function,
    load_functions,
    registered_functions,
    show_functions,
    unregister,
)
from feedback.labelling.votes import cast_votes

__all__ = [
    "LabellingFunction",
    "behaviour",
    "cast_votes",
    "labelling_function",
    "load_functions",
    "registered_functions",
    "show_functions",
    "unregister",
    "words",
]
