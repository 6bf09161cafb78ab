"""From files to labels through a real store."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from event_rows import START, at, event, event_table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from logs import label_whole_and_split, logs
from polars.testing import assert_frame_equal

from feedback.errors import InputError, SettingsError
from feedback.labelling import registered_functions
from feedback.pipeline import (
    current_labels,
    draw_reviews,
    fit_labels,
    import_reviews,
    ingest_logs,
    run_labels,
    summarise_changes,
    summarise_store,
)
from feedback.pipeline.watermark import advance_watermark, merge_sources
from feedback.settings import Settings
from feedback.simulate import simulate_traffic, write_simulation
from feedback.store import Store

REAL = Path(__file__).parent.parent.parent / "shared" / "real"
LONG = {"mlqe_pe"}
CONVERSATION = (
    event(0, "request", "i1", text="How long is the warranty?"),
    event(2, "response", "i1", text="Two years.", model="m1"),
    event(9, "copy"),
    event(600, "request", "i2", text="Where is my parcel?"),
    event(602, "response", "i2", text="No idea.", model="m1"),
    event(640, "escalate"),
)


def clock() -> datetime:
    return START + timedelta(days=1)


def write(folder: Path, *events: dict, name: str = "log.parquet") -> Path:
    event_table(*events).write_parquet(folder / name)
    return folder / name


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_events_become_labels(store: Store, tmp_path: Path):
    found = ingest_logs(store, [write(tmp_path, *CONVERSATION)], clock=clock)
    assert (found.n_rows, found.n_new, found.n_quarantined) == (6, 6, 0)
    made = run_labels(store, clock=clock, watermark="end")
    assert (made.n_final, made.n_open, made.label_version) == (2, 0, 1)
    labels = (
        current_labels(store).select("interaction_id", "reason", "outcome", "is_final", "p_good", "model").collect()
    )
    assert labels.rows() == [
        ("i1", "copied", "escalated", True, None, "m1"),
        ("i2", "escalated", "escalated", True, None, "m1"),
    ]


def test_ingesting_again_changes_nothing(store: Store, tmp_path: Path):
    log = write(tmp_path, *CONVERSATION)
    ingest_logs(store, [log], clock=clock)
    before = store.table("events").collect()
    again = ingest_logs(store, [log], clock=clock)
    assert (again.n_new, again.n_duplicates) == (0, 6)
    assert_frame_equal(store.table("events").collect(), before)


def test_bad_rows_are_quarantined_once_and_good_ones_go_on(store: Store, tmp_path: Path):
    log = tmp_path / "log.csv"
    log.write_text(
        "event_id,occurred_at,kind,session_id,text\n"
        "e1,2026-01-05T09:00:00Z,response,s,Hello\ne2,yesterday,copy,s,\ne3,2026-01-05T09:00:05Z,dance,s,\n"
    )
    for _ in range(2):
        found = ingest_logs(store, [log], clock=clock)
        assert found.n_quarantined == 2
    held = store.table("quarantine").select("file", "row", "column").sort("row").collect()
    assert held.rows() == [(str(log), 2, "occurred_at"), (str(log), 3, "kind")]
    assert store.table("events").collect()["event_id"].to_list() == ["e1"]


def test_an_unreadable_file_does_not_stop_the_others(store: Store, tmp_path: Path):
    (tmp_path / "broken.parquet").write_bytes(b"not parquet")
    found = ingest_logs(store, [tmp_path / "broken.parquet", write(tmp_path, *CONVERSATION)], clock=clock)
    assert (found.n_files, found.n_new, len(found.unreadable)) == (1, 6, 1)


def test_nothing_readable_is_an_error_and_leaves_the_store_as_it_was(store: Store, tmp_path: Path):
    (tmp_path / "broken.parquet").write_bytes(b"not parquet")
    with pytest.raises(InputError, match=r"broken\.parquet"):
        ingest_logs(store, [tmp_path / "broken.parquet"], clock=clock)
    assert store.version() == 0


def test_labels_stay_open_until_the_watermark_passes_their_window(store: Store, tmp_path: Path):
    ingest_logs(store, [write(tmp_path, *CONVERSATION)], clock=clock)
    early = run_labels(store, clock=clock, watermark=at(1802))
    assert (early.n_final, early.n_open) == (1, 1)
    opened = current_labels(store).filter(~pl.col("is_final")).collect()
    assert opened.select("interaction_id", "outcome", "reason").row(0) == ("i2", None, "escalated")
    late = run_labels(store, clock=clock, watermark="end")
    assert (late.n_new_final, late.n_final, late.n_open) == (1, 2, 0)


def test_the_watermark_never_goes_back(store: Store, tmp_path: Path):
    ingest_logs(store, [write(tmp_path, *CONVERSATION)], clock=clock)
    run_labels(store, clock=clock, watermark=at(5000))
    assert run_labels(store, clock=clock, watermark=at(10)).watermark == at(5000)


def test_a_watermark_without_a_zone_is_refused(store: Store, tmp_path: Path):
    ingest_logs(store, [write(tmp_path, *CONVERSATION)], clock=clock)
    with pytest.raises(SettingsError, match="time zone"):
        run_labels(store, clock=clock, watermark=datetime(2026, 1, 5))  # noqa: DTZ001


def test_what_arrives_after_a_label_is_final_changes_nothing(store: Store, tmp_path: Path):
    ingest_logs(store, [write(tmp_path, *CONVERSATION)], clock=clock)
    run_labels(store, clock=clock, watermark="end")
    before = {name: store.table(name).collect() for name in ("labels", "interactions", "votes")}
    ingest_logs(store, [write(tmp_path, event(20, "reject", "i1", name="late"), name="late.parquet")], clock=clock)
    assert run_labels(store, clock=clock, watermark="end").n_new_final == 0
    for name, frame in before.items():
        key = "interaction_id"
        assert_frame_equal(store.table(name).collect().sort(key), frame.sort(key))


def test_a_session_first_seen_behind_the_watermark_is_backfill(store: Store, tmp_path: Path):
    ingest_logs(store, [write(tmp_path, *CONVERSATION)], clock=clock)
    run_labels(store, clock=clock, watermark="end")
    old = event(-90_000, "response", "old", session="other", name="old")
    ingest_logs(store, [write(tmp_path, old, name="old.parquet")], clock=clock)
    run_labels(store, clock=clock)
    assert dict(store.table("labels").select("interaction_id", "is_backfill").collect().iter_rows()) == {
        "i1": False, "i2": False, "old": True,
    }  # fmt: skip


def test_other_rules_start_a_new_label_version_and_keep_the_old(store: Store, tmp_path: Path):
    ingest_logs(store, [write(tmp_path, *CONVERSATION)], clock=clock)
    run_labels(store, clock=clock, watermark="end")
    only_copied = [function for function in registered_functions() if function.name == "copied"]
    made = run_labels(store, clock=clock, watermark="end", functions=only_copied)
    assert (made.label_version, made.n_new_final) == (2, 2)
    assert store.table("labels").collect().height == 4
    assert current_labels(store).select("interaction_id", "reason").collect().rows() == [("i1", "copied"), ("i2", None)]


def test_other_windows_start_a_new_label_version(store: Store, tmp_path: Path):
    ingest_logs(store, [write(tmp_path, *CONVERSATION)], clock=clock)
    run_labels(store, clock=clock, watermark="end")
    short = Settings(observation_window={"default": timedelta(seconds=5)})
    assert run_labels(store, clock=clock, watermark="end", settings=short).label_version == 2
    assert current_labels(store).collect()["n_votes"].to_list() == [0, 0]


def test_an_empty_store_runs_and_stays_empty(store: Store):
    made = run_labels(store, clock=clock, watermark="end")
    assert (made.n_interactions, made.watermark) == (0, None)
    assert current_labels(store).collect().is_empty()
    assert summarise_changes(store).is_empty()
    assert summarise_store(store).newest_event is None


def test_the_status_counts_what_is_stored(store: Store, tmp_path: Path):
    ingest_logs(store, [write(tmp_path, *CONVERSATION)], clock=clock, source="web")
    found = summarise_store(store)
    assert (found.rows["events"], found.oldest_event, found.newest_event) == (6, at(0), at(640))
    assert found.last_run is not None
    assert found.last_run.sources == {"web": at(640)}


def test_idle_sources_hold_nothing_up():
    seen = merge_sources({"web": at(0)}, "app", at(7200))
    assert advance_watermark(None, seen, lateness=timedelta(hours=1)) == at(-3600)
    seen = merge_sources(seen, "app", at(7200 + 86_400))
    assert advance_watermark(at(-3600), seen, lateness=timedelta(hours=1)) == at(7200 + 86_400 - 3600)


@pytest.mark.slow
@settings(
    max_examples=min(settings().max_examples // 4, 25),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(logs(at_most=12), st.integers(0, 12), st.randoms(use_true_random=False))
def test_any_split_and_order_of_a_log_gives_the_same_final_labels(
    tmp_path_factory: pytest.TempPathFactory, log: pl.DataFrame, cut: int, random
):
    whole, split = label_whole_and_split(tmp_path_factory.mktemp("split"), log, cut, random)
    assert_frame_equal(whole, split, check_column_order=False, check_exact=True)


@pytest.mark.skipif(not REAL.is_dir(), reason="the real logs are not on this machine")
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(path.parent.name, marks=pytest.mark.slow if path.parent.name in LONG else ())
        for path in sorted(REAL.glob("*/events.parquet"))
    ],
)
def test_every_real_log_is_labelled(name: str, store: Store):
    log = REAL / name / "events.parquet"
    found = ingest_logs(store, [log], clock=lambda: datetime(2026, 11, 1, tzinfo=UTC))
    run_labels(store, clock=clock, watermark="end")
    events = pl.read_parquet(log)
    assert (found.n_new, found.n_quarantined) == (events.height, 0)
    labels = current_labels(store).collect()
    assert labels.height == events.filter(kind="response").height
    assert labels["is_final"].all()
    assert labels["score"].drop_nulls().is_between(0, 1).all()


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, pl.DataFrame]:
    """Return a labelled store in which a random draw of 150 responses was reviewed, and the truth."""
    folder = tmp_path_factory.mktemp("reviewed")
    simulation = simulate_traffic(days=6, sessions=900, seed=5)
    write_simulation(simulation, folder)
    store = Store(folder / "store")
    later = {"clock": lambda: datetime(2026, 11, 1, tzinfo=UTC)}
    ingest_logs(store, [folder / "events.parquet"], **later)
    run_labels(store, watermark="end", **later)
    drawn = draw_reviews(store, k=150, seed=3, **later)
    truth = simulation.truth.select("interaction_id", "is_good")
    judged = drawn.join(truth, on="interaction_id").with_columns(
        verdict=pl.when("is_good").then(pl.lit("good")).otherwise(pl.lit("bad")), reviewer=pl.lit("ann")
    )
    judged.drop("is_good").write_csv(folder / "judged.csv")
    import_reviews(store, [folder / "judged.csv"], **later)
    return store, truth


def test_a_fit_calibrates_labels_in_a_version_of_its_own(reviewed: tuple[Store, pl.DataFrame]):
    store, truth = reviewed
    before = current_labels(store).collect()
    made = fit_labels(store, clock=lambda: datetime(2026, 11, 1, tzinfo=UTC))
    assert (made.n_reviewed > 140, made.is_calibrated, made.n_labels) == (True, True, before.height)
    labels = current_labels(store).collect()
    assert set(labels["label_version"]) == {made.label_version}
    known = labels.drop_nulls("p_good").join(truth, on="interaction_id")
    assert known.height > 0.95 * labels.height
    silent = known.filter(n_votes=0)
    assert silent.height == silent["score"].null_count() > 0
    assert known["p_good"].mean() == pytest.approx(known["is_good"].mean(), abs=0.08)
    brier = ((known["p_good"] - known["is_good"].cast(pl.Float64)) ** 2).mean()
    assert brier < known["is_good"].mean() * (1 - known["is_good"].mean())  # type: ignore[operator]


def test_a_verdict_never_becomes_a_label(reviewed: tuple[Store, pl.DataFrame]):
    store, _ = reviewed
    fit_labels(store, clock=lambda: datetime(2026, 11, 1, tzinfo=UTC))
    judged = store.table("reviews").select("interaction_id").collect()
    p_good = current_labels(store).collect().join(judged, on="interaction_id", how="semi")["p_good"].drop_nulls()
    assert p_good.is_between(0, 1, closed="none").all()


def test_later_runs_apply_the_fitted_model_and_change_nothing(reviewed: tuple[Store, pl.DataFrame]):
    store, _ = reviewed
    made = fit_labels(store, clock=lambda: datetime(2026, 11, 1, tzinfo=UTC))
    before = current_labels(store).collect()
    again = run_labels(store, clock=lambda: datetime(2026, 11, 1, tzinfo=UTC))
    assert (again.label_version, again.n_new_final) == (made.label_version, 0)
    assert_frame_equal(current_labels(store).collect(), before)


def test_quality_has_the_rate_corrected_by_reviews(reviewed: tuple[Store, pl.DataFrame]):
    store, _ = reviewed
    run_labels(store, clock=lambda: datetime(2026, 11, 1, tzinfo=UTC))
    everything = store.table("quality").filter(dimension="all").collect()
    assert everything["n_reviewed"].sum() == store.table("reviews").collect().height
    assert everything.select((pl.col("low") <= pl.col("rate")).all() & (pl.col("rate") <= pl.col("high")).all()).item()
    assert everything.drop_nulls("rate").height > 0


def test_there_is_nothing_to_fit_or_draw_before_labels(store: Store):
    with pytest.raises(SettingsError, match="feedback run"):
        fit_labels(store, clock=clock)
    with pytest.raises(SettingsError, match="feedback run"):
        draw_reviews(store, k=5, seed=0, clock=clock)


def test_a_draw_is_written_down_before_anyone_judges(reviewed: tuple[Store, pl.DataFrame]):
    store, _ = reviewed
    draw = store.table("candidate_draws").collect().row(0, named=True)
    items = store.table("candidates").filter(draw_id=draw["draw_id"]).collect()
    assert (draw["stream"], draw["k"], items.height) == ("rate", 150, 150)
    assert items["inclusion_probability"].is_between(0, 1).all()
