"""Texts and events age out on runs; labels and what is counted from them stay."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from event_rows import START, event, event_table
from polars.testing import assert_frame_equal

from feedback.errors import SettingsError
from feedback.labelling import registered_functions
from feedback.pipeline import draw_reviews, fit_labels, ingest_logs, restate_labels, run_labels, summarise_store
from feedback.pipeline.horizons import Horizons, read_horizons
from feedback.pipeline.retention import Aged, age_out
from feedback.pipeline.status import current_labels
from feedback.pipeline.store_check import check_store
from feedback.schemas.texts import TEXTS
from feedback.settings import Retention, Settings
from feedback.store import Store

DAY = 24 * 3600
DAYS = 20
KEPT = Settings(retention=Retention(text=timedelta(days=5), events=timedelta(days=10)))
TEXTS_SINCE, EVENTS_SINCE = (datetime(2026, 1, day, tzinfo=UTC) for day in (20, 15))
STAY = ("labels", "open_labels", "votes", "quality", "tallies", "outcomes", "alarms", "surprises", "data_health")


def clock() -> datetime:
    return START + timedelta(days=DAYS)


def talk(name: str, day: float, *, session: str | None = None, act: str = "copy") -> list[dict]:
    about = {"session": session or f"session of {name}", "model": "m1", "user_id": "ann"}
    return [
        event(day * DAY, "request", name, name=f"{name}-q", text="How long is the warranty?", **about),
        event(day * DAY + 2, "response", name, name=f"{name}-r", text="Two years.", **about),
        event(day * DAY + 9, act, name, name=f"{name}-a", **about),
    ]


LOG = [row for day in range(DAYS) for row in talk(f"i{day:02}", day, act="copy" if day % 3 else "reject")]


def ingest(store: Store, *events: dict) -> None:
    file = store.path.parent / f"log{store.version()}.parquet"
    event_table(*events).write_parquet(file)
    ingest_logs(store, [file], clock=clock)


def fill(folder: Path, *events: dict, settings: Settings = KEPT, **how) -> Store:
    folder.mkdir(exist_ok=True)
    store = Store(folder / "store")
    ingest(store, *events)
    run_labels(store, clock=clock, settings=settings, **{"watermark": "end", **how})
    return store


def tables(store: Store) -> dict[str, pl.DataFrame]:
    found = {name: store.table(name).collect() for name in STAY}
    return {name: frame.sort(frame.columns[:4]) for name, frame in found.items()}


@pytest.fixture(scope="module")
def aged(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return fill(tmp_path_factory.mktemp("aged"), *LOG)


def with_text(store: Store, name: str) -> pl.DataFrame:
    return store.table(name).filter(pl.any_horizontal(pl.col(TEXTS[name]).is_not_null())).collect()


def test_texts_and_events_older_than_they_are_kept_are_gone(aged: Store):
    assert with_text(aged, "events")["occurred_at"].min() == START + timedelta(days=15)
    assert with_text(aged, "interactions")["shown_at"].dt.day().to_list() == [20, 21, 22, 23, 24]
    assert aged.table("events").collect()["occurred_at"].min() == START + timedelta(days=10)
    assert aged.table("interactions").collect().height == DAYS
    assert read_horizons(aged.at()) == Horizons(TEXTS_SINCE, EVENTS_SINCE)


def test_all_that_labels_say_stays(aged: Store, tmp_path: Path):
    kept, whole = tables(aged), tables(fill(tmp_path / "whole", *LOG, settings=Settings()))
    for name in STAY:
        assert_frame_equal(kept[name], whole[name], check_column_order=False)


def test_nothing_goes_that_was_not_asked_for(tmp_path: Path):
    store = fill(tmp_path, *LOG, settings=Settings())
    assert store.table("events").collect().height == len(LOG)
    assert (store.table("horizons").collect().height, store.table("audit").collect().height) == (0, 0)


def test_a_second_run_writes_none_of_it_anew(aged: Store):
    before = {name: aged.at().versions[name] for name in ("events", "interactions", "horizons", "audit")}
    made = run_labels(aged, clock=clock, settings=KEPT)
    assert (made.n_aged_texts, made.n_aged_events) == (0, 0)
    assert {name: aged.at().versions[name] for name in before} == before


def test_the_store_is_sound_afterwards(aged: Store):
    assert [finding for finding in check_store(aged).findings if finding.is_wrong] == []


def test_it_is_in_the_audit_trail_and_in_the_status(aged: Store):
    assert aged.table("audit").select("by", "action", "note").collect().rows() == [
        ("feedback", "retained", "aged out: texts of 15 responses, 30 events")
    ]
    assert summarise_store(aged).horizons == Horizons(TEXTS_SINCE, EVENTS_SINCE)


def test_a_restatement_of_what_is_gone_is_refused_and_the_first_day_named(aged: Store):
    with pytest.raises(SettingsError, match=r"from 2026-01-19 on .* Restate from 2026-01-20 on"):
        restate_labels(aged, since=datetime(2026, 1, 19).date(), clock=clock, settings=KEPT)  # noqa: DTZ001


def test_only_what_can_be_judged_is_drawn_for_review(aged: Store):
    drawn = draw_reviews(aged, k=DAYS, seed=0, clock=clock)
    assert sorted(drawn["interaction_id"]) == ["i15", "i16", "i17", "i18", "i19"]
    assert (
        aged.table("candidate_draws")
        .collect()["frame_filter"][0]
        .endswith("shown since 2026-01-20, as texts of before have aged out")
    )


def test_what_is_left_can_be_restated(tmp_path: Path):
    store = fill(tmp_path, *LOG)
    before = current_labels(store).drop("label_version").collect()
    made = restate_labels(store, since=TEXTS_SINCE.date(), clock=clock, settings=KEPT)
    assert (made.n_restated, made.n_changed) == (5, 0)
    assert_frame_equal(current_labels(store).drop("label_version").collect(), before)


def test_a_new_label_version_covers_what_is_left_and_says_so(tmp_path: Path):
    store = fill(tmp_path, *LOG)
    fewer = tuple(function for function in registered_functions() if function.name != "copied")
    made = run_labels(store, clock=clock, settings=KEPT, functions=fewer)
    assert (made.label_version, made.n_new_final, made.n_final) == (2, 5, DAYS)
    version = store.table("label_versions").filter(label_version=2).collect()
    assert "of responses shown from 2026-01-20 on" in version["cause"].item()
    labels = store.table("labels").collect()
    assert labels.filter(pl.col("label_version") == 2, pl.col("shown_at") < TEXTS_SINCE).is_empty()
    assert (store.table("interactions").collect().height, store.table("votes").collect().height) == (DAYS, DAYS)
    assert check_store(store).is_sound
    fit_labels(store, clock=clock, settings=KEPT, functions=fewer)
    assert run_labels(store, clock=clock, settings=KEPT, functions=fewer).label_version == 3


def test_what_is_open_keeps_its_part_of_the_session(tmp_path: Path):
    early = [*talk("a", 0, session="s"), *talk("b", 0.2, session="s"), *talk("other", 0.1)]
    store = fill(tmp_path, *early, watermark=START + timedelta(days=0.2, minutes=5))
    assert run_labels(store, clock=clock, settings=KEPT).n_aged_texts == 0
    made = run_labels(store, clock=clock, settings=KEPT, watermark="end")
    assert (made.n_new_final, made.n_aged_texts, made.n_aged_events) == (1, 3, 9)


def test_a_part_under_way_at_midnight_goes_as_a_whole(tmp_path: Path):
    # Events are kept from midnight after the ninth day on. At 21:00 before it both speak, at 4:12 after it one of them.
    over, across = talk("over", 9.5), [*talk("x", 9.5, session="s"), *talk("y", 9.8, session="s")]
    store = fill(tmp_path, *over, *across, *talk("last", DAYS - 1))
    assert sorted(store.table("events").collect()["session_id"].unique()) == ["s", "session of last"]


def test_rows_that_could_not_be_used_go_with_the_events(tmp_path: Path):
    store = fill(tmp_path, *LOG, {**talk("bad", 3)[0], "kind": "thumb", "event_id": "odd"})
    assert store.table("quarantine").collect().height == 1
    run_labels(store, clock=lambda: clock() + timedelta(days=12), settings=KEPT)
    assert store.table("quarantine").collect().height == 0


def test_cut_off_before_the_run_is_written_nothing_is_gone_and_the_next_run_goes_on(tmp_path: Path):
    store = fill(tmp_path, *LOG, settings=Settings())
    with store.writer(clock=clock()) as writer:
        assert age_out(writer, KEPT, watermark=clock(), clock=clock()) == Aged(15, 30)
    assert with_text(store, "events").height == 2 * DAYS
    made = run_labels(store, clock=clock, settings=KEPT)
    assert (made.n_aged_texts, made.n_aged_events) == (15, 30)
    assert check_store(store).is_sound


def test_the_text_is_in_no_file_once_old_versions_are_gone(tmp_path: Path):
    secret = "zqxj"
    store = fill(tmp_path, *LOG, {**talk("told", 1)[0], "text": secret, "event_id": "told"})
    assert holds(store, secret)
    store.tidy(clock=clock() + timedelta(seconds=1), keep=timedelta(0))
    assert not holds(store, secret)


def holds(store: Store, secret: str) -> bool:
    files = store.path.rglob("*.parquet")
    told = [pl.read_parquet(file).select(pl.col(pl.String)).to_dict(as_series=False) for file in files]
    return any(secret in str(values) for values in told)
