"""Releases seen in the data."""

from datetime import timedelta

import polars as pl
from label_rows import START, after_days, labels_of

from feedback.drift.releases import Releases, release_before

LABELS = labels_of([1.0] * 1_000, model=["m1"] * 600 + ["m2"] * 400, prompt_version=["p1"] * 990 + ["p2"] * 10)


def seen(labels: pl.DataFrame, *columns: str) -> pl.DataFrame:
    releases = Releases()
    for begin in range(0, labels.height, 400):
        releases.note(labels[begin : begin + 400], columns, time="final_at")
    return releases.known(after_days(30))


def test_a_value_first_seen_later_is_a_release():
    found = seen(LABELS, "model", "prompt_version", "index_version")
    assert found.select("column", "value").rows() == [("model", "m2"), ("prompt_version", "p2")]
    assert found["first_at"][0] == START + timedelta(minutes=3_000)
    assert seen(LABELS.clear(), "model").is_empty()


def test_a_release_is_known_only_once_it_is_seen():
    releases = Releases()
    releases.note(LABELS, ["model"], time="final_at")
    assert releases.known(START + timedelta(minutes=2_999)).is_empty()
    assert releases.known(START + timedelta(minutes=3_000))["value"].to_list() == ["m2"]


def test_a_change_follows_the_release_near_its_onset_that_its_labels_are_of():
    releases = seen(LABELS, "model", "prompt_version")
    onset = START + timedelta(minutes=3_050)
    near = {"onset": onset, "low": onset - timedelta(hours=2), "high": onset + timedelta(hours=2)}
    assert release_before(releases, LABELS[600:], **near) == "model = m2"
    assert release_before(releases, LABELS[:600], **near) is None
    far = {name: time + timedelta(days=3) for name, time in near.items()}
    assert release_before(releases, LABELS[600:].with_columns(pl.col("final_at")), **far) is None
    assert after_days(1) > START
