from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from feedback.errors import SettingsError
from feedback.schemas import check_table
from feedback.schemas.behaviour import KINDS, OPENERS
from feedback.simulate import Simulation, simulate_traffic, write_simulation
from feedback.simulate.catalogue import INTENTS, LANGUAGES, TENANTS
from feedback.simulate.templates import TEMPLATES, choose_templates, fill_templates

DATA = Path(__file__).parents[1] / "data"
BUNDLED = {"days": 28, "sessions": 12_000, "seed": 7}
FRAMES = ("events", "truth", "incidents")
STRATA = ["feature", "model", "intent", "language", "plan", "tenant", "attempt"]


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    """Enough traffic to measure shares to a point or two."""
    return simulate_traffic(sessions=30_000, seed=11)


@pytest.fixture(scope="module")
def events(simulation: Simulation) -> pl.DataFrame:
    """Each event once, in order of time and id."""
    return simulation.events.unique("event_id", keep="first").sort("occurred_at", "event_id")


def incident(simulation: Simulation, kind: str) -> dict:
    return simulation.incidents.row(by_predicate=pl.col("kind") == kind, named=True)


def segment(simulation: Simulation, kind: str) -> pl.Expr:
    row = incident(simulation, kind)
    chosen = pl.col(row["dimension_1"]) == row["value_1"]
    return chosen if row["dimension_2"] is None else chosen & (pl.col(row["dimension_2"]) == row["value_2"])


def means(truth: pl.DataFrame, since: datetime) -> tuple[float, float]:
    after = truth["shown_at"] >= since
    return truth.filter(~after)["p_good"].mean(), truth.filter(after)["p_good"].mean()  # type: ignore[return-value]


@pytest.mark.parametrize("name", FRAMES)
def test_same_seed_same_rows(name: str):
    first, second = (simulate_traffic(days=3, sessions=100, seed=5) for _ in range(2))
    assert_frame_equal(getattr(first, name), getattr(second, name))


def test_another_seed_gives_other_rows():
    first, second = (simulate_traffic(days=3, sessions=100, seed=seed) for seed in (5, 6))
    assert not first.events.equals(second.events)


@pytest.mark.parametrize("seed", range(5))
def test_one_session_on_one_day_is_enough(seed: int):
    simulation = simulate_traffic(days=1, sessions=1, seed=seed)
    assert simulation.events["session_id"].n_unique() == 1
    assert simulation.truth.height == (simulation.events.unique("event_id")["kind"] == "response").sum()


def test_events_keep_the_declared_schema(events: pl.DataFrame):
    checked = check_table("events", events)
    assert set(checked.dtypes) == {pl.String, pl.Float64, pl.Datetime("us", "UTC")}
    assert set(events["kind"]) == set(KINDS)


def test_event_rows_are_in_order(simulation: Simulation):
    order = ("occurred_at", "event_id", "received_at")
    assert_frame_equal(simulation.events, simulation.events.sort(order))


def test_log_lies_between_its_start_and_end(events: pl.DataFrame):
    starts_at = datetime(2026, 9, 7, tzinfo=UTC)
    assert events["occurred_at"].is_between(starts_at, starts_at + timedelta(days=28), closed="left").all()
    assert (events["received_at"] >= events["occurred_at"]).all()


def test_start_in_another_zone_is_the_same_moment():
    local = datetime(2026, 9, 7, 2, tzinfo=timezone(timedelta(hours=2)))
    first, second = (simulate_traffic(days=2, sessions=20, starts_at=at) for at in (local, local.astimezone(UTC)))
    assert_frame_equal(first.events, second.events)


def test_truth_has_one_row_per_response(simulation: Simulation, events: pl.DataFrame):
    responses = events.filter(pl.col("kind") == "response")["interaction_id"]
    assert simulation.truth["interaction_id"].is_unique().all()
    assert set(responses) == set(simulation.truth["interaction_id"])
    assert simulation.truth["p_good"].is_between(0, 1).all()


def test_interaction_ids_live_in_one_session(events: pl.DataFrame):
    per_id = events.drop_nulls("interaction_id").group_by("interaction_id").agg(pl.col("session_id").n_unique())
    assert per_id["session_id"].max() == 1


def test_acts_without_an_id_follow_their_response(events: pl.DataFrame):
    acts = events.filter(pl.col("kind").is_in(["copy", "escalate", "abandon"]))
    assert 0.2 < acts["interaction_id"].is_null().mean() < 0.6  # type: ignore[operator]
    before = pl.when(pl.col("kind") == "response").then("interaction_id").forward_fill().over("session_id")
    named = events.with_columns(latest=before).filter(pl.col("kind").is_in(["copy", "escalate", "abandon"]))
    assert named["latest"].is_not_null().all()
    assert named.filter(pl.col("interaction_id") != pl.col("latest")).is_empty()


def test_is_good_happens_as_often_as_p_good_says(simulation: Simulation):
    bins = simulation.truth.group_by(pl.col("p_good").round(1)).agg(pl.len(), pl.col("is_good").mean())
    large = bins.filter(pl.col("len") > 2_000)
    assert (large["p_good"] - large["is_good"]).abs().max() < 0.05  # type: ignore[operator]
    assert simulation.truth["is_good"].mean() == pytest.approx(0.8, abs=0.03)


def test_fault_is_known_exactly_for_bad_responses(simulation: Simulation):
    assert (simulation.truth["fault"].is_null() == simulation.truth["is_good"]).all()


def test_some_events_arrive_twice_and_some_copies_disagree(simulation: Simulation):
    copies = simulation.events.filter(pl.col("event_id").is_duplicated())
    values = copies.group_by("event_id").agg(pl.col("value").n_unique())["value"]
    assert 0.01 < copies.height / simulation.events.height < 0.03
    assert (values > 1).any()


def test_some_events_arrive_late(events: pl.DataFrame):
    delay = events["received_at"] - events["occurred_at"]
    assert 0.01 < delay.is_between(timedelta(minutes=1), timedelta(hours=1)).mean() < 0.03  # type: ignore[operator]
    assert 0.0005 < (delay > timedelta(hours=2)).mean() < 0.003  # type: ignore[operator]


def test_two_percent_are_rated_and_ratings_are_biased(simulation: Simulation, events: pl.DataFrame):
    ratings = events.filter(pl.col("kind") == "rating").join(simulation.truth, on="interaction_id")
    assert ratings.height / simulation.truth.height == pytest.approx(0.02, abs=0.005)
    assert ratings["is_good"].mean() < simulation.truth["is_good"].mean() - 0.15  # type: ignore[operator]


def test_slips_are_undone_within_a_second(events: pl.DataFrame):
    acts = events.filter(pl.col("kind").is_in(["accept", "undo"])).with_columns(
        before=pl.col("kind").shift().over("interaction_id"),
        after_s=pl.col("occurred_at").diff().dt.total_milliseconds().over("interaction_id") / 1000,
    )
    undone = acts.filter(kind="undo", before="accept")
    assert undone.height == acts.filter(kind="undo").height
    assert 0.1 < (undone["after_s"] < 1).mean() < 0.7  # type: ignore[operator]
    assert undone.filter(pl.col("after_s") >= 1)["after_s"].min() > 1.2  # type: ignore[operator]


def test_many_responses_get_no_reaction(simulation: Simulation, events: pl.DataFrame):
    acts = events.filter(~pl.col("kind").is_in([*OPENERS, "response", "view"]))
    reacted = simulation.truth["interaction_id"].is_in(acts["interaction_id"].drop_nulls().to_list()).mean()
    assert 0.3 < reacted < 0.6  # type: ignore[operator]


@pytest.mark.parametrize(("kind", "better"), [("accept", True), ("copy", True), ("undo", False), ("reject", False)])
def test_behaviour_depends_on_quality(simulation: Simulation, events: pl.DataFrame, kind: str, better: bool):
    acts = events.filter(pl.col("kind") == kind).join(simulation.truth, on="interaction_id")
    overall = simulation.truth["is_good"].mean()
    assert (acts["is_good"].mean() > overall + 0.05) == better  # type: ignore[operator]


def test_features_log_different_signals(events: pl.DataFrame):
    kinds = {key: set(rows["kind"]) for (key,), rows in events.group_by("feature")}
    assert "copy" not in kinds["code_completion"]
    assert {"accept", "reject", "edit", "undo", "view"} <= kinds["code_completion"]
    assert not {"rephrase", "retry", "accept"} & kinds["chat_support"]
    assert {"copy", "escalate"} <= kinds["chat_support"]
    assert {"accept", "edit", "undo"} <= kinds["email_drafts"]
    assert {"copy", "accept", "rephrase", "retry", "abandon"} <= kinds["search_answers"]


def test_few_people_make_much_of_the_traffic(events: pl.DataFrame):
    per_user = events.drop_nulls("user_id")["user_id"].value_counts(sort=True)["count"]
    assert per_user.head(len(per_user) // 10).sum() > 0.3 * per_user.sum()
    assert 0 < events["user_id"].null_count() < 0.1 * events.height


def test_traffic_has_a_daily_and_a_weekly_rhythm(events: pl.DataFrame):
    at = events["occurred_at"]
    assert (at.dt.hour().is_between(8, 17)).mean() > 0.6  # type: ignore[operator]
    assert (at.dt.weekday() >= 6).mean() < 0.2  # type: ignore[operator]


def test_some_sessions_go_on_after_a_night(events: pl.DataFrame):
    silence = events.select(pl.col("occurred_at").diff().over("session_id"))["occurred_at"]
    assert 0 < (silence > timedelta(hours=12)).sum() < 0.03 * events["session_id"].n_unique()


def test_questions_repeat_nearly(events: pl.DataFrame):
    asked = events.filter(feature="search_answers", kind="request")["text"]
    assert asked.str.to_lowercase().n_unique() < 0.8 * len(asked)
    assert asked.n_unique() > 1_000


def test_a_prompt_change_hurts_one_intent_in_one_language(simulation: Simulation):
    since = incident(simulation, "prompt_change")["starts_at"]
    inside = segment(simulation, "prompt_change")
    before, after = means(simulation.truth.filter(inside), since)
    assert before == pytest.approx(0.86, abs=0.04)
    assert after == pytest.approx(0.26, abs=0.06)
    elsewhere = simulation.truth.filter(~inside, intent="refund").filter(pl.col("tenant") != "harbor-labs")
    assert np.subtract(*means(elsewhere, since)) == pytest.approx(0, abs=0.02)


def test_an_ageing_index_slides_slowly(simulation: Simulation):
    row = incident(simulation, "ageing_index")
    aged = simulation.truth.filter(segment(simulation, "ageing_index"))
    day = ((aged["shown_at"] - row["starts_at"]).dt.total_hours() / 24).alias("day")
    steps = [aged.filter(day.is_between(low, low + 4))["p_good"].mean() for low in (-4, 0, 5, 10)]
    assert all(later < earlier for earlier, later in pairwise(steps))  # type: ignore[operator]
    assert steps[0] - steps[-1] == pytest.approx(0.29, abs=0.05)  # type: ignore[operator]


def test_a_mix_shift_changes_shares_and_no_quality(simulation: Simulation):
    since = incident(simulation, "mix_shift")["starts_at"]
    truth = simulation.truth.with_columns(after=pl.col("shown_at") >= since)
    share = truth.group_by("after").agg(segment(simulation, "mix_shift").mean().alias("share")).sort("after")["share"]
    assert share[1] / share[0] == pytest.approx(3, abs=0.4)
    calm = truth.filter(
        ~segment(simulation, "prompt_change"), ~segment(simulation, "ageing_index").fill_null(value=False)
    )
    strata = calm.group_by(*STRATA).agg(
        (pl.col("p_good").filter("after").mean() - pl.col("p_good").filter(~pl.col("after")).mean()).alias("change"),
        pl.len(),
    )
    within = strata.drop_nulls().select((pl.col("change") * pl.col("len")).sum() / pl.col("len").sum()).item()
    assert within == pytest.approx(0, abs=0.006)
    assert np.subtract(*means(calm, since)) > 0.02


def test_a_moved_button_changes_the_signal_and_no_quality(simulation: Simulation, events: pl.DataFrame):
    since = incident(simulation, "moved_button")["starts_at"]
    chat = simulation.truth.filter(segment(simulation, "moved_button"), is_good=True)
    copied = chat.join(events.filter(kind="copy").select("interaction_id"), on="interaction_id", how="semi")
    n = [(chat["shown_at"] < since).sum(), (chat["shown_at"] >= since).sum()]
    n_copied = [(copied["shown_at"] < since).sum(), (copied["shown_at"] >= since).sum()]
    assert (n_copied[1] / n[1]) / (n_copied[0] / n[0]) == pytest.approx(0.5, abs=0.06)
    alike = simulation.truth.filter(segment(simulation, "moved_button"), ~segment(simulation, "prompt_change"))
    assert np.subtract(*means(alike.filter(pl.col("tenant") != "harbor-labs"), since)) == pytest.approx(0, abs=0.015)


def test_only_quality_incidents_say_they_change_quality(simulation: Simulation):
    assert dict(simulation.incidents.select("kind", "changes_quality").iter_rows()) == {
        "moved_button": False, "mix_shift": False, "ageing_index": True, "prompt_change": True,
    }  # fmt: skip


def test_interactions_under_an_incident_are_named(simulation: Simulation):
    named = simulation.truth.drop_nulls("incident_id").join(simulation.incidents, on="incident_id")
    assert (named["shown_at"] >= named["starts_at"] - timedelta(seconds=60)).all()
    assert named["incident_id"].n_unique() == simulation.incidents.height


def test_segments_name_values_that_occur(simulation: Simulation):
    for row in simulation.incidents.iter_rows(named=True):
        values = [(row[f"dimension_{n}"], row[f"value_{n}"]) for n in (1, 2) if row[f"dimension_{n}"]]
        assert row["segment"] == " & ".join(f"{dimension} = {value}" for dimension, value in values)
        assert simulation.truth.filter(segment(simulation, row["kind"])).height > 0


def test_incident_times_scale_with_the_days():
    whole, half = (simulate_traffic(days=days, sessions=8).incidents["starts_at"] for days in (28, 14))
    starts_at = datetime(2026, 9, 7, tzinfo=UTC)
    assert ((half - starts_at) * 2).to_list() == (whole - starts_at).to_list()


@pytest.mark.parametrize("pool", [0, 1, 2])
def test_every_intent_has_words_in_every_language(pool: int):
    intents, languages = (axis.ravel() for axis in np.meshgrid(range(len(INTENTS)), range(len(LANGUAGES))))
    numbers = choose_templates(pool, intent=intents, language=languages, variant=np.zeros(len(intents), dtype=int))
    texts = fill_templates(numbers, np.arange(len(numbers)) * 7_919)
    assert not texts.str.contains(r"\{\w+\}").any()
    assert texts.str.len_chars().min() > 8  # type: ignore[operator]


def test_every_template_has_a_slot():
    assert [template.text for template in TEMPLATES if "{" not in template.text] == []


def test_a_wrong_detail_shows():
    numbers = np.arange(len(TEMPLATES))
    subjects = numbers * 104_729
    right = fill_templates(numbers, subjects)
    assert (right != fill_templates(numbers, subjects, shifts=np.full(len(numbers), 3))).all()


def test_tenant_shares_add_up():
    assert sum(tenant.share for tenant in TENANTS) == pytest.approx(1)
    assert [sum(tenant.languages) for tenant in TENANTS] == pytest.approx([1] * len(TENANTS))


@pytest.mark.parametrize("wrong", [{"days": 0}, {"sessions": 0}, {"seed": -1}, {"starts_at": datetime(2026, 9, 7)}])  # noqa: DTZ001
def test_impossible_arguments_are_refused(wrong: dict):
    with pytest.raises(SettingsError, match=r"must"):
        simulate_traffic(**wrong)


def test_written_files_read_back(tmp_path: Path):
    simulation = simulate_traffic(days=2, sessions=30, seed=3)
    write_simulation(simulation, tmp_path / "new")
    for name in FRAMES:
        assert_frame_equal(pl.read_parquet(tmp_path / "new" / f"{name}.parquet"), getattr(simulation, name))


def test_bundled_data_is_what_the_simulator_makes():
    simulation = simulate_traffic(**BUNDLED)
    for name in FRAMES:
        assert_frame_equal(pl.read_parquet(DATA / f"{name}.parquet"), getattr(simulation, name))


def test_bundled_data_is_small():
    assert sum(file.stat().st_size for file in DATA.iterdir()) < 3_000_000
