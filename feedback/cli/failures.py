"""What is said when a command fails for a reason the user can act on."""

from polars.exceptions import PolarsError

from feedback.errors import FeedbackError

Failure = (FeedbackError, PolarsError)
"""errors that end a command with one line; whatever else is a mistake of ours, and ends with a traceback"""


def say_failure(error: Exception) -> str:
    """Return one line that says what went wrong; what polars says is left out, as it may quote a value.

    Examples
    --------
    >>> say_failure(FeedbackError("there is no store here"))
    'there is no store here'
    """
    if isinstance(error, FeedbackError):
        return str(error)
    failure = type(error).__name__
    return f"a table cannot be read or worked on ({failure}); feedback store check says whether the store is damaged"
