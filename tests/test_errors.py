"""One tree of errors, each also of the built-in kind it resembles."""

import pytest

from feedback import errors
from feedback.errors import FeedbackError, name_some

KINDS = {
    "SchemaError": ValueError, "InputError": ValueError, "SettingsError": ValueError, "UnknownNameError": LookupError,
    "StoreError": RuntimeError, "StoreLockedError": TimeoutError, "EngineError": RuntimeError,
    "MissingExtraError": ImportError,
}  # fmt: skip


def test_every_error_is_known_here():
    defined = {
        name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, FeedbackError)
    }
    assert defined == {"FeedbackError", *KINDS}


@pytest.mark.parametrize(("name", "built_in"), KINDS.items())
def test_every_error_is_ours_and_of_a_built_in_kind(name: str, built_in: type[Exception]):
    kind = getattr(errors, name)
    assert issubclass(kind, FeedbackError)
    assert issubclass(kind, built_in)
    assert str(kind("what was expected")) == "what was expected"


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b", "c", "d", "e"], "a, b, c, d, e"),
        (["a", "b", "c", "d", "e", "f"], "a, b, c, d, e and 1 more"),
        ((letter for letter in "abcdefgh"), "a, b, c, d, e and 3 more"),
    ],
)
def test_up_to_five_names_are_named(names, text: str):
    assert name_some(names) == text
