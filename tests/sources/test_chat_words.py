"""What people say in chats, in several languages, beyond what tests/test_labelling.py holds."""

import pytest
from event_rows import interaction_table

from feedback.labelling import cast_votes

COMPLAINTS = [
    "Still not working", "You got it wrong", "you didn't answer my question", "That was not helpful",
    "Das meinte ich nicht", "Immer noch falsch", "Du hast mich falsch verstanden", "du irrst dich",
    "Eso no me ayuda", "te has equivocado", "Todavía mal", "no era lo que pregunté",
    "Tu te trompes", "Vous n'avez pas répondu", "ça ne m'aide pas", "Toujours pas", "ça marche toujours pas",
    "Это неверно", "Неправильно!", "bu yanlış", "틀렸어", "그게 아니라 금요일",
]  # fmt: skip
NO_COMPLAINTS = [
    "Is it still raining?", "Почему это верно?", "was meinte ich damit?", "immer noch wach?", "¿te sirve?",
    "il n'est toujours pas là", "Это верно", "doğru", "neverno",
    "helpful tips please", "Which of these was not helpful?",
]  # fmt: skip
THANKS = ["Спасибо!", "teşekkürler", "감사합니다"]


def votes(text: str) -> tuple[int | None, int | None]:
    row = cast_votes(interaction_table({"next_request_text": text})).row(0, named=True)
    return row["complained"], row["thanked"]


@pytest.mark.parametrize("text", COMPLAINTS)
def test_complaints(text: str):
    assert votes(text) == (0, None)


@pytest.mark.parametrize("text", NO_COMPLAINTS)
def test_no_complaints(text: str):
    assert votes(text) == (None, None)


@pytest.mark.parametrize("text", THANKS)
def test_thanks(text: str):
    assert votes(text) == (None, 1)
