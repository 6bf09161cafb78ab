"""Which alarms tell again what an earlier one told."""

from datetime import timedelta

import numpy as np
import polars as pl
from label_rows import START, after_days, labels_of

from feedback.drift import Budget, WatchSettings, follow_segments
from feedback.drift.echoes import Beside, Offsets, Root, find_root

ROOT = Root("root", "score", "drop", 1, 0, START, START + timedelta(days=1), START + timedelta(days=2))
SAME = {"metric": "score", "direction": "drop", "change_kind": "quality", "onset_low": START, "onset_high": START}
QUIET, FALLEN = Beside(0.5, 0.0, 0.1), Beside(0.5, -1.0, 0.1)


def root_of(alarm: dict, *, beside: Beside, rest: Beside = FALLEN, exceeds: bool = False) -> str | None:
    return find_root(SAME | alarm, [ROOT], beside=lambda _: beside, rest=lambda _: (rest, exceeds))


def test_what_does_not_change_without_the_earlier_segment_is_its_echo():
    assert root_of({}, beside=QUIET) == "root"
    assert root_of({}, beside=FALLEN) is None
    assert root_of({}, beside=Beside(0.05)) is None


def test_inside_the_earlier_segment_it_is_an_echo_only_if_the_rest_fell_as_much():
    inside = Beside(0.99)
    assert root_of({}, beside=inside) == "root"
    assert root_of({}, beside=inside, rest=QUIET) is None
    assert root_of({}, beside=inside, exceeds=True) is None
    assert root_of({}, beside=inside, rest=Beside(0.99)) == "root"


def test_other_times_and_directions_have_other_causes():
    late = {"onset_low": START + timedelta(days=9), "onset_high": START + timedelta(days=9)}
    assert root_of(late, beside=QUIET) is None
    assert root_of({"direction": "rise"}, beside=QUIET) is None


def test_a_score_follows_a_function_only_where_it_is_a_signal():
    fired = ROOT._replace(metric="fires: copied")

    def root(kind: str) -> str | None:
        return find_root(SAME | {"change_kind": kind}, [fired], beside=lambda _: QUIET, rest=lambda _: (FALLEN, False))

    assert (root("signal"), root("quality")) == ("root", None)


def test_the_latest_labels_may_fall_beyond_the_rest():
    at = np.arange(400)
    rest = Offsets(np.where(at < 200, 0.0, -0.1), at)
    noise = np.tile([0.1, -0.1], 200)
    alike = Offsets(rest.off + noise, at)
    worse = Offsets(alike.off - np.where(at >= 370, 0.5, 0.0), at)
    assert not alike.falls_beyond(rest, 200)
    assert worse.falls_beyond(rest, 200)


def test_the_whole_and_a_crossing_dimension_echo_the_segment_that_fell():
    n, rng = 8_000, np.random.default_rng(5)
    chat, german = rng.random(n) < 0.4, rng.random(n) < 0.5
    falls = chat & (np.arange(n) >= 5_600)
    labels = labels_of(
        (rng.random(n) < np.where(falls, 0.5, 0.9)).astype(float),
        feature=np.where(chat, "chat", "search"), language=np.where(german, "de", "en"),
        session_id=[f"s{at // 2}" for at in range(n)],
    )  # fmt: skip
    chosen = WatchSettings(["feature", "language"], baseline=after_days(14), further=(), budget=Budget(1))
    alarms = follow_segments(labels, chosen).alarms
    own = alarms.filter(pl.col("echo_of").is_null())
    assert own["segment"].to_list() == ["feature = chat"]
    assert {"all", "language = de", "language = en"} >= set(alarms.filter(echo_of=own["alarm_id"][0])["segment"])
    assert alarms.height > 1
