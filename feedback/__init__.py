"""Turn what people do with an AI feature into ground truth.

What a notebook needs is here; everything else is a module away. Names are loaded when they are first used, so that
`import feedback` costs nothing: `__init__.pyi` lists them.

Examples
--------
>>> import feedback
>>> store = feedback.load_demo()  # doctest: +SKIP
>>> feedback.current_labels(store).collect()  # doctest: +SKIP
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
