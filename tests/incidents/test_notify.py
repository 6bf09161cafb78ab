import json

import pytest
from alarm_rows import at
from webhook import webhook

from feedback.errors import SettingsError
from feedback.incidents.notify import LONGEST_WAIT, Target, compose_message, find_targets, is_due, send_message

INCIDENT = {
    "incident_id": "4f1c", "severity": "high", "kind": "quality", "segment": "feature = chat", "metric": "score",
    "onset_at": at(0), "detected_at": at(10), "owner": "ann", "runbook": "https://wiki/chat", "rule": None,
}  # fmt: skip


def test_a_message_says_what_since_when_and_whose():
    message = compose_message(INCIDENT)
    assert message.title == "high: answers got worse in feature = chat"
    assert message.body.splitlines() == [
        "Segment: feature = chat",
        "What moved: score",
        "Since about: 2026-01-05 00:00 UTC",
        "Detected: 2026-01-05 10:00 UTC",
        "Owner: ann",
        "Runbook: https://wiki/chat",
        "Acknowledge: feedback incidents acknowledge 4f1c",
        "Key: feedback-4f1c-opened",
    ]


@pytest.mark.parametrize(
    "value",
    [
        "<!channel> hi",
        "@everyone",
        "[x](http://evil)",
        "a\nb\r\nKey: other",
        "\u202etxt",
        "<script>",
        "`rm`",
        "x" * 500,
    ],
)
def test_values_of_dimensions_cannot_do_anything_in_a_chat(value: str):
    message = compose_message({**INCIDENT, "segment": f"tenant = {value}"})
    said = message.title + message.body.splitlines()[0]
    assert not set(said) & set("<>@[]`\n\r\u202e!*")
    assert "://" not in said
    assert len(message.title) < 180
    assert message.body.count("Key: ") <= 2
    assert message.body.splitlines()[-1] == "Key: feedback-4f1c-opened"


def test_a_webhook_gets_the_key_in_text_field_and_header():
    with webhook() as server:
        assert send_message(Target("t", server.url), compose_message(INCIDENT))
    sent = server.received[0]
    assert sent["title"] == "high: answers got worse in feature = chat"
    assert "Key: feedback-4f1c-opened" in sent["message"]
    assert sent["key"] == "feedback-4f1c-opened"
    assert server.headers == ["feedback-4f1c-opened"]


def test_what_is_refused_or_too_slow_was_not_sent():
    with webhook(n_refused=1) as server:
        target = Target("t", server.url)
        assert [send_message(target, compose_message(INCIDENT)) for _ in range(2)] == [False, True]
    with webhook(wait_s=1.5) as slow:
        assert not send_message(Target("t", slow.url), compose_message(INCIDENT))
    assert not send_message(target, compose_message(INCIDENT))


def test_the_same_incident_is_the_same_message():
    assert compose_message(INCIDENT) == compose_message(json.loads(json.dumps(INCIDENT, default=str)) | {
        "onset_at": at(0), "detected_at": at(10)})  # fmt: skip


def test_attempts_are_ever_further_apart():
    assert is_due([], clock=at(0))
    assert not is_due([at(0), at(1)], clock=at(1.03))
    assert is_due([at(0), at(1)], clock=at(1.04))
    assert not is_due([at(0)] * 50, clock=at(5.9))
    assert is_due([at(0)] * 50, clock=at(0) + LONGEST_WAIT)


def test_urls_may_come_from_the_environment():
    urls = ["env:HOOK", "json://localhost/x"]
    found = find_targets(urls, {"HOOK": "json://secret@localhost/y"})
    assert [target.url for target in found] == ["json://secret@localhost/y", "json://localhost/x"]
    assert [target.name for target in find_targets(urls, {"HOOK": "json://other/z"})] == [one.name for one in found]


@pytest.mark.parametrize(("url", "environment"), [("nonsense://secret", {}), ("env:HOOK", {"HOOK": "secret"})])
def test_a_url_that_is_no_good_is_named_but_not_repeated(url: str, environment: dict[str, str]):
    with pytest.raises(SettingsError, match="no URL that apprise knows") as caught:
        find_targets([url], environment)
    assert "secret" not in str(caught.value)
