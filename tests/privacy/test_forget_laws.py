"""Whoever is forgotten, and however the log came: what is left is as if they had never been there."""

import shutil
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from stored_story import CLOCK

from feedback.pipeline import ingest_logs, run_labels
from feedback.pipeline.forget.belongings import Who
from feedback.pipeline.forget.forgetting import forget_people
from feedback.pipeline.store_check import check_store
from feedback.schemas import TABLES
from feedback.simulate import simulate_traffic
from feedback.store import Store

FEW = max(2, settings().max_examples // 12)
SAME = ("events", "interactions", "votes", "labels", "open_labels", "tallies", "outcomes", "surprises", "watched")


@pytest.fixture(scope="module")
def events() -> pl.DataFrame:
    # A column that only one person brought would stay, without values.
    events = simulate_traffic(days=3, sessions=10, seed=5).events.sort("occurred_at", "event_id")
    further = [name for name in events.columns if name not in TABLES["events"].columns]
    return events.with_columns(pl.col(further).fill_null(strategy="forward").fill_null(strategy="backward"))


def make(folder: Path, events: pl.DataFrame, cuts: list[int]) -> Store:
    """Return a store of the events in several files, the first ones labelled before the last is there."""
    store, edges = Store(folder / "store"), [0, *sorted(cuts), events.height]
    for start, end in pairwise(edges):
        if start < end:
            events.slice(start, end - start).write_parquet(folder / "part.parquet")
            ingest_logs(store, [folder / "part.parquet"], clock=lambda: CLOCK)
            run_labels(store, clock=lambda: CLOCK)
    return store


def rows(store: Store, name: str) -> list[dict]:
    frame = store.table(name).drop("is_backfill", strict=False).sort(TABLES[name].key).collect()
    return [{key: round(one, 9) if isinstance(one, float) else one for key, one in row.items()}
            for row in frame.select(sorted(frame.columns)).to_dicts()]  # fmt: skip


@pytest.mark.slow
@settings(max_examples=FEW, phases=(Phase.explicit, Phase.generate))
@given(st.data())
def test_what_is_left_is_as_if_they_had_never_been_there(events, data):
    users = events["user_id"].drop_nulls().unique().sort().to_list()
    gone = data.draw(st.lists(st.sampled_from(users), min_size=1, max_size=2, unique=True))
    cuts = data.draw(st.lists(st.integers(0, events.height), max_size=1))
    with TemporaryDirectory() as name:
        folder = Path(name)
        store = make(folder, events, cuts)
        who = Who(users=tuple(gone))
        done = forget_people(store, who, by="ann", salt="00" * 32, clock=lambda: CLOCK)
        assert done.proof.found == {}
        assert check_store(store).findings == ()
        run_labels(store, clock=lambda: CLOCK, watermark="end")
        shutil.move(store.path, folder / "forgotten")
        theirs = events.filter(pl.col("user_id").is_in(gone))["session_id"].unique()
        scratch = make(folder, events.filter(~pl.col("session_id").is_in(theirs.implode())), [])
        run_labels(scratch, clock=lambda: CLOCK, watermark="end")
        for table in SAME:
            assert rows(Store(folder / "forgotten"), table) == rows(scratch, table), table
