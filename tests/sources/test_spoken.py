"""What was asked and answered, in the shapes tools keep it in."""

import pytest

from feedback.sources.spoken import find_answered, find_asked

USER, BOT = {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}
LANGCHAIN = {"lc": 1, "id": ["langchain", "schema", "HumanMessage"], "kwargs": {"content": "Hi", "type": "human"}}


@pytest.mark.parametrize(
    ("value", "asked"),
    [
        ("Hi", "Hi"),
        ([USER, BOT, {"role": "user", "content": "And now?"}], "And now?"),
        ({"messages": [[USER]]}, "Hi"),
        ({"messages": [LANGCHAIN]}, "Hi"),
        ('{"messages": [{"role": "user", "content": [{"type": "image_url"}, {"type": "text", "text": "Hi"}]}]}', "Hi"),
        ({"input": {"question": "Hi"}}, "Hi"),
        ({"args": ["Hi"]}, '{"args":["Hi"]}'),
        ({"messages": [BOT]}, None),
        (None, None),
        ({}, None),
        (float("nan"), None),
        ("   ", None),
    ],
)
def test_asked(value, asked):
    assert find_asked(value) == asked


@pytest.mark.parametrize(
    ("value", "answered"),
    [
        ({"choices": [{"message": BOT}]}, "Hello"),
        ({"generations": [[{"text": "Hello", "message": BOT}]]}, "Hello"),
        ({"candidates": [{"content": {"role": "model", "parts": [{"text": "Hello"}]}}]}, "Hello"),
        ([{"message.role": "assistant", "message.content": "Hello"}], "Hello"),
        ({"output": "Hello", "score": 1}, "Hello"),
        ({"anything": "Hello"}, "Hello"),
        ([USER, {"role": "assistant", "content": None, "tool_calls": [{}]}], None),
        (42, "42"),
    ],
)
def test_answered(value, answered):
    assert find_answered(value) == answered


def test_what_is_nested_without_end_is_given_up():
    deep: object = "x"
    for _ in range(1_000):
        deep = {"messages": [deep]}
    assert find_asked(deep) is None
