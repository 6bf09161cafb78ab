"""Personal data and secrets in exports."""

import json
from pathlib import Path

import pytest
from export_rows import example, examples, hostile_examples
from polars.testing import assert_frame_equal

from feedback.errors import MissingExtraError
from feedback.export import findings
from feedback.export.redaction import redact_examples

pytest.importorskip("presidio_analyzer", reason="the extra `pii` is not installed")
FINDER = findings.Finder()


def redact(text: str) -> str:
    return redact_examples(examples(example(input=text)), FINDER).examples["input"].item()


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("Mail ann.k@example.co.uk.", "Mail <EMAIL_ADDRESS_1>."),
        ("Call +49 30 1234567 now", "Call <PHONE_NUMBER_1> now"),
        ("(212) 555-0173", "<PHONE_NUMBER_1>"),
        ("IBAN DE89 3704 0044 0532 0130 00.", "IBAN <IBAN_CODE_1>."),
        ("card 4111 1111 1111 1111", "card <CREDIT_CARD_1>"),
        ("from 203.0.113.7 to 2001:db8::1", "from <IP_ADDRESS_1> to <IP_ADDRESS_2>"),
        ("use sk-ant-api03-abcdefghijklmnop", "use <SECRET_1>"),
        ("AKIAIOSFODNN7EXAMPLE", "<SECRET_1>"),
        ("my password is hunter22", "my password is <SECRET_1>"),
        ('"api_key": "abc123"', '"api_key": "<SECRET_1>"'),
        ("postgres://me:pa55@db/x", "postgres://me:<SECRET_1>@db/x"),
        ("Authorization: Bearer abcdefghijklmnop12", "Authorization: Bearer <SECRET_1>"),
        ("a -----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY----- b", "a <SECRET_1> b"),
    ],
)
def test_is_caught(text: str, redacted: str):
    assert redact(text) == redacted


@pytest.mark.parametrize(
    "text",
    ["Where is order 12345678?", "on 2026-01-05 at 10:30", "std::vector and a :: b", "the secret is that we wait", ""],
)
def test_is_left_alone(text: str):
    assert redact(text) == text


def test_one_value_has_one_pseudonym_in_the_set():
    rows = examples(
        example("a", input="ann@x.org wrote to bob@x.org", observed_output="Dear BOB@x.org"),
        example("b", input="bob@x.org again", tags=["ann@x.org"]),
    )
    redacted = redact_examples(rows, FINDER).examples
    assert redacted["input"].to_list() == [
        "<EMAIL_ADDRESS_1> wrote to <EMAIL_ADDRESS_2>",
        "<EMAIL_ADDRESS_2> again",
    ]
    assert redacted["observed_output"][0] == "Dear <EMAIL_ADDRESS_2>"
    assert redacted["tags"][1].to_list() == ["<EMAIL_ADDRESS_1>"]


def test_a_salt_makes_pseudonyms_the_same_in_every_set():
    first, second = (
        redact_examples(examples(example(input=text)), FINDER, salt="s").examples["input"].item()
        for text in ("bob@x.org, ann@x.org", "ann@x.org")
    )
    assert first.endswith(second)
    other = redact_examples(examples(example(input="ann@x.org")), FINDER, salt="t").examples["input"].item()
    assert other != second


def test_provenance_keeps_its_links_but_no_person():
    provenance = {
        "session_id": "1700000000",
        "user_id": "ann@x.org",
        "events": ["2125550173"],
        "reviewer": ["Ann Lee"],
        "expected_from": "given by Bob Ray",
        "note": "call 2125550173",
        "label_version": 3,
    }
    rows = examples(example(reason="reviewed good by Ann Lee", provenance=json.dumps(provenance)))
    redacted = redact_examples(rows, FINDER).examples.row(0, named=True)
    assert json.loads(redacted["provenance"]) == {
        "session_id": "1700000000",
        "user_id": "<EMAIL_ADDRESS_1>",
        "events": ["2125550173"],
        "reviewer": ["<REVIEWER_1>"],
        "expected_from": "given by <REVIEWER_2>",
        "note": "call <PHONE_NUMBER_1>",
        "label_version": 3,
        "redacted": True,
    }
    assert redacted["reason"] == "reviewed good by <REVIEWER_1>"


def test_what_holds_nothing_is_unchanged():
    rows = examples(example(reason="because", provenance='{ "b": 1}'))
    assert_frame_equal(redact_examples(rows, FINDER).examples, rows)


def test_hostile_texts_are_redacted_without_harm():
    redacted = redact_examples(hostile_examples(), FINDER)
    assert redacted.examples.height == hostile_examples().height
    assert redact_examples(hostile_examples(), FINDER).report == redacted.report


def test_a_long_text_is_searched_to_its_end():
    text = "digits 1234567 " * 3_000 + "ann@x.org"
    assert redact(text).endswith(" <EMAIL_ADDRESS_1>")


def test_a_value_across_two_parts_is_found_whole():
    text = "x " * 7_995 + "ann.long.name@example.org " + "x " * 2_000
    assert redact(text) == text.replace("ann.long.name@example.org", "<EMAIL_ADDRESS_1>")


def test_the_report_says_what_was_not_looked_for():
    report = redact_examples(examples(example(input="ann@x.org")), FINDER).report
    assert report["n_distinct_values"] == {"EMAIL_ADDRESS": 1}
    assert report["names"] == "not looked for: no spaCy model is installed"
    assert "postal addresses" in report["not_caught"]


def test_names_are_caught_where_a_model_is_installed(tmp_path: Path):
    spacy = pytest.importorskip("spacy")
    pipeline = spacy.blank("en")
    pipeline.add_pipe("entity_ruler").add_patterns([{"label": "PERSON", "pattern": "Ann Lee"}])
    pipeline.to_disk(tmp_path / "en")
    finder = findings.Finder({"en": str(tmp_path / "en")})
    redacted = redact_examples(examples(example(input="I am Ann Lee, ann@x.org")), finder)
    assert redacted.examples["input"].item() == "I am <PERSON_1>, <EMAIL_ADDRESS_1>"
    assert redacted.report["names"].startswith("looked for with ")


def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(findings, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'feedback\[pii\]', or pass --no-redact"):
        findings.Finder()
