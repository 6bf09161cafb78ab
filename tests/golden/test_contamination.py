"""What the model under test has seen or labelled."""

import json

import polars as pl
import pytest

from feedback.golden import find_contaminated

REQUEST = 'Say "hi" to Zoë,\nplease, and nothing else'


def examples(request: str = REQUEST, expected: str | None = None, reviewer: str = "ann") -> pl.DataFrame:
    return pl.DataFrame(
        {
            "example_id": ["a"],
            "input": [request],
            "expected": [expected],
            "provenance": [json.dumps({"reviewer": [reviewer]})],
        },
        schema_overrides={"expected": pl.String},
    )


@pytest.mark.parametrize(
    "prompt",
    [
        f"Q: {REQUEST}\nA: hi",
        json.dumps({"q": REQUEST}),
        json.dumps({"q": REQUEST}, ensure_ascii=False),
        f"q: {REQUEST.upper()}",
        "q: " + REQUEST.replace(" ", "   "),
    ],
)
def test_a_request_in_a_prompt_is_found_however_it_is_written(prompt: str):
    found = find_contaminated(examples(), prompts={"few.txt": prompt})
    assert found.rows() == [("a", "its request stands in few.txt")]


def test_an_expected_answer_in_a_prompt_is_found():
    found = find_contaminated(
        examples(expected="Hello Zoë, here is your refund"), prompts={"b": "hello zoë, here is your refund!"}
    )
    assert found["why"].to_list() == ["its expected answer stands in b"]


def test_short_texts_stand_in_any_prompt():
    assert find_contaminated(examples("hi"), prompts={"few.txt": "hi there"}).is_empty()


def test_what_the_family_under_test_labelled_is_found():
    assert find_contaminated(examples(reviewer="GPT-5 judge"), family="gpt").height == 1
    assert find_contaminated(examples(reviewer="ann"), family="gpt").is_empty()
    assert find_contaminated(examples(reviewer="GPT-5 judge")).is_empty()


def test_emoji_written_in_halves_are_found():
    request = "Please explain this smile 😀 to me"
    assert find_contaminated(examples(request), prompts={"p": json.dumps(request)}).height == 1
