"""What is planted in the bundled log comes out on top, and its change of mix is named as mix (see data/README.md)."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from feedback.explore.comparisons import Calendar, Comparison, releases
from feedback.explore.degraded import explain_between, find_segments, split_between
from feedback.pipeline import ingest_logs, run_labels
from feedback.store import Store
from feedback.store.snapshot import Snapshot

pytestmark = pytest.mark.slow
EVENTS = Path(__file__).parents[2] / "data" / "events.parquet"
CALENDAR = Calendar()
# The first week is before all of them.
FIRST_WEEK = Comparison("pinned baseline", timedelta(days=7), baseline=(date(2026, 9, 7), date(2026, 9, 13)))
PROMPT = "intent = refund & language = de"


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    store = Store(tmp_path_factory.mktemp("bundled") / "store")
    ingest_logs(store, [EVENTS], clock=lambda: datetime(2026, 10, 6, tzinfo=UTC))
    run_labels(store, clock=lambda: datetime(2026, 10, 6, tzinfo=UTC), watermark="end")
    return store.at()


def test_all_three_degradations_come_out_on_top_and_nothing_else(snapshot: Snapshot):
    found = find_segments(snapshot, FIRST_WEEK, CALENDAR).segments["segment"].to_list()
    assert found[:2] == ["feature = chat_support", PROMPT]
    assert "index_version = idx-2026-03" in found[2]
    assert len(found) == 3


def test_the_tenant_that_grew_is_mix_and_no_segment(snapshot: Snapshot):
    assert not find_segments(snapshot, FIRST_WEEK, CALENDAR).segments["segment"].str.contains("tenant").any()
    split = split_between(snapshot, FIRST_WEEK, "tenant", CALENDAR).parts
    everything, grown = split.row(0, named=True), split.row(1, named=True)
    assert grown["segment"] == "tenant = harbor-labs"
    assert grown["mix_high"] < 0
    assert grown["within_low"] < 0 < grown["within_high"]
    assert everything["mix_high"] < 0


@pytest.mark.parametrize("version", ["chat-v15", "search-v8"])
def test_around_the_releases_the_prompt_alone_got_worse(snapshot: Snapshot, version: str):
    assert version in releases(snapshot)["value"].to_list()
    found = find_segments(snapshot, Comparison("release", release=("prompt_version", version)), CALENDAR)
    assert found.segments["segment"].to_list() == [PROMPT]


def test_up_close_a_moved_button_is_fewer_copies_and_a_bad_prompt_more_failures(snapshot: Snapshot):
    found = find_segments(snapshot, FIRST_WEEK, CALENDAR).segments
    definition = dict(found.select("segment", "definition").iter_rows())
    button = explain_between(snapshot, FIRST_WEEK, definition["feature = chat_support"], CALENDAR)
    assert button.signals.row(0)[:2] == ("fires", "copied")
    assert button.onset is not None
    assert button.onset.earliest <= datetime(2026, 9, 15, 9, tzinfo=UTC) <= button.onset.latest
    prompt = explain_between(snapshot, FIRST_WEEK, definition[PROMPT], CALENDAR)
    assert prompt.onset is not None
    assert abs(prompt.onset.at - datetime(2026, 9, 25, 9, tzinfo=UTC)) < timedelta(days=1)
    assert prompt.examples.height == 10
