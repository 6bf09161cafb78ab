"""`watch_segments`: what is found, what stays quiet, and that cutting, shuffling or dirt changes nothing."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from label_rows import START, after_days, falling_scores, labels_of
from polars.testing import assert_frame_equal

from feedback.drift import Budget, WatchSettings, follow_segments, watch_segments
from feedback.drift.saved import State
from feedback.errors import SchemaError, SettingsError, UnknownNameError
from feedback.schemas import check_table, empty_table

BASELINE = after_days(14)
N = 8_000


def two_features(*, after: float = 0.6, seed: int = 0) -> pl.DataFrame:
    """Return four weeks of labels; on day 20 the chat falls, the search does not."""
    feature = np.random.default_rng(seed).choice(["chat", "search"], N)
    falls = falling_scores(N, at=int(N * 20 / 27.8), after=after, seed=seed + 1)
    still = falling_scores(N, at=N, seed=seed + 2)
    scores = np.where(feature == "chat", falls, still)
    return labels_of(scores, feature=feature, session_id=[f"s{at // 3}" for at in range(N)])


LABELS = two_features()
PLAIN = WatchSettings(["feature"], baseline=BASELINE, further=(), budget=Budget(false_alarms=0.01))


def test_a_fall_is_found_in_its_segment_with_its_start_and_size():
    alarms = check_table("alarms", follow_segments(LABELS, PLAIN).alarms)
    chat = alarms.filter(segment="feature = chat").row(0, named=True)
    assert "feature = search" not in alarms["segment"]
    assert abs(chat["onset_at"] - after_days(20)) < timedelta(hours=12)
    assert chat["onset_low"] <= chat["onset_at"] <= chat["onset_high"] <= chat["detected_at"]
    assert chat["before_low"] < 0.9 < chat["before_high"]
    assert chat["after_low"] < 0.6 < chat["after_high"]
    assert (chat["direction"], chat["change_kind"]) == ("drop", "quality")
    assert chat["evidence"] >= chat["threshold"]
    assert chat["budget"] == "at most 0.01 false alarms per 7d over everything watched"
    assert chat["mix"] + chat["within"] == pytest.approx(chat["rate_after"] - chat["rate_before"])


def test_nothing_happens_when_nothing_happens():
    quiet = follow_segments(two_features(after=0.9), PLAIN)
    assert quiet.alarms.is_empty()
    assert set(quiet.watched["segment"]) == {"all", "feature = chat", "feature = search"}
    assert quiet.watched["n"].to_list()[0] == N


def test_a_rise_is_an_alarm_only_when_asked_for():
    rising = LABELS.with_columns(score=1 - pl.col("score"))
    assert follow_segments(rising, PLAIN).alarms.is_empty()
    asked = follow_segments(rising, replace(PLAIN, rises=True)).alarms
    assert set(asked["direction"]) == {"rise"}


def test_without_a_baseline_each_series_learns_from_its_beginning():
    followed = follow_segments(LABELS, replace(PLAIN, baseline=None, warmup=1_500))
    assert "feature = chat" in followed.alarms["segment"]
    assert followed.alarms["detected_at"].min() > after_days(20)
    assert follow_segments(LABELS, replace(PLAIN, baseline=None, warmup=N + 1)).watched["is_learning"].all()


def test_a_frame_says_what_to_expect_of_each_stratum():
    rates = pl.DataFrame({"feature": ["chat", "search"], "rate": [0.9, 0.9], "n": [3_000, 3_000]})
    alarms = follow_segments(LABELS, replace(PLAIN, baseline=rates)).alarms
    assert "feature = chat" in alarms["segment"]
    assert "feature = search" not in alarms["segment"]
    with pytest.raises(SchemaError, match="one row per stratum"):
        follow_segments(LABELS, replace(PLAIN, baseline=pl.concat([rates, rates])))
    with pytest.raises(SchemaError, match="rate"):
        follow_segments(LABELS, replace(PLAIN, baseline=rates.rename({"rate": "mean"})))


def test_traffic_that_moves_between_strata_is_no_alarm():
    rng = np.random.default_rng(7)
    hard = rng.random(N) < np.where(np.arange(N) < N * 0.7, 0.1, 0.5)
    labels = labels_of((rng.random(N) < np.where(hard, 0.5, 0.9)).astype(float), tenant=np.where(hard, "hard", "easy"))
    assert follow_segments(labels, replace(PLAIN, dimensions=["tenant"])).alarms.is_empty()
    flat = follow_segments(labels.with_columns(tenant=pl.lit("one")), replace(PLAIN, dimensions=["tenant"])).alarms
    assert not flat.is_empty()


def test_mix_is_named_where_the_baseline_is_flat():
    rng = np.random.default_rng(8)
    hard = rng.random(N) < np.where(np.arange(N) < N * 0.7, 0.1, 0.6)
    labels = labels_of((rng.random(N) < np.where(hard, 0.5, 0.9)).astype(float), tenant=np.where(hard, "hard", "easy"))
    learned = follow_segments(labels, replace(PLAIN, dimensions=["tenant"], baseline=None)).alarms
    assert learned.filter(segment="all")["change_kind"][0] == "mix"


def test_a_release_is_named():
    version = np.where(np.arange(N) < N * 20 / 27.8, "v1", "v2")
    alarms = follow_segments(LABELS.with_columns(prompt_version=version), _with_release()).alarms
    assert set(alarms["follows_release"]) == {"prompt_version = v2"}


def _with_release() -> WatchSettings:
    return replace(PLAIN, dimensions=["feature", "prompt_version"])


def cast_where(holds: np.ndarray, vote: int) -> pl.Series:
    return pl.select(pl.when(pl.Series(holds)).then(pl.lit(vote, pl.Int8))).to_series()


def test_a_button_that_moved_is_a_signal_and_not_quality():
    rng = np.random.default_rng(9)
    moved = np.arange(N) >= N * 0.7
    copied = rng.random(N) < np.where(moved, 0.1, 0.4)
    undone = rng.random(N) < 0.15
    votes = pl.DataFrame({
        "interaction_id": LABELS["interaction_id"],
        "copied": cast_where(copied, 1),
        "undone": cast_where(undone, 0),
    })  # fmt: skip
    scores = pl.mean_horizontal("copied", "undone")
    labels = LABELS.drop("score").with_columns(votes.select(score=scores).to_series())
    alarms = watch_segments(labels, dimensions=["feature"], baseline=BASELINE, votes=votes)
    copies = alarms.filter(metric="fires: copied", direction="drop")
    assert copies["segment"].to_list()[0] == "all"
    assert set(copies["change_kind"]) == {"signal"}
    assert set(alarms.filter(metric="voted")["change_kind"]) == {"signal"}


def test_a_real_fall_is_quality_in_every_signal():
    bad = LABELS["score"] == 0
    votes = pl.DataFrame({
        "interaction_id": LABELS["interaction_id"],
        "accepted": cast_where(~bad.to_numpy(), 1),
        "undone": cast_where(bad.to_numpy() & (np.arange(N) % 2 == 0), 0),
        "retried": cast_where(bad.to_numpy() & (np.arange(N) % 2 == 1), 0),
    })  # fmt: skip
    alarms = watch_segments(LABELS, dimensions=["feature"], baseline=BASELINE, votes=votes)
    assert alarms.filter(metric="score", segment="feature = chat")["change_kind"][0] == "quality"


def test_p_good_is_watched_where_it_is_calibrated():
    calibrated = LABELS.with_columns(p_good=0.2 + 0.7 * pl.col("score"))
    assert set(follow_segments(calibrated, PLAIN).alarms["metric"]) == {"p_good"}
    open_ = LABELS.with_columns(p_good=pl.lit(None, pl.Float64))
    assert set(follow_segments(open_, PLAIN).alarms["metric"]) == {"score"}


def test_nulls_and_nans_are_dropped_and_counted():
    holes = LABELS.with_columns(
        score=pl.when(pl.int_range(pl.len()) % 4 == 0).then(None).when(pl.int_range(pl.len()) % 4 == 1)
        .then(float("nan")).otherwise("score")
    )  # fmt: skip
    followed = follow_segments(holes, PLAIN)
    assert followed.n_null == N // 2
    assert followed.watched["n"][0] == N // 2
    assert "feature = chat" in followed.alarms["segment"]


def test_automated_sessions_and_labels_without_a_time_are_left_out_and_counted():
    labels = LABELS.with_columns(
        is_automated=pl.int_range(pl.len()) < 10,
        final_at=pl.when(pl.int_range(pl.len()) != 20).then("final_at"),
    )
    followed = follow_segments(labels, PLAIN)
    assert (followed.n_automated, followed.n_unplaced, followed.n_labels) == (10, 1, N - 11)


def test_time_that_goes_backwards_is_put_in_order():
    assert_frame_equal(
        follow_segments(LABELS.sample(fraction=1.0, shuffle=True, seed=1).lazy(), PLAIN).alarms,
        follow_segments(LABELS, PLAIN).alarms,
    )


@settings(max_examples=8, deadline=None)
@given(
    cuts=st.lists(st.integers(1, N - 1), max_size=3).map(sorted), fdr=st.sampled_from([None, 0.2]), learns=st.booleans()
)
def test_resuming_raises_the_same_alarms_as_replaying(cuts: list[int], fdr: float | None, learns: bool):
    chosen = replace(PLAIN, budget=Budget(fdr=fdr), warmup=700, rises=True, baseline=None if learns else after_days(5))
    state, found = None, [empty_table("alarms")]
    for stop in [*cuts, N]:
        if not learns and LABELS["final_at"][stop - 1] < after_days(5):
            continue
        followed = follow_segments(LABELS[:stop], chosen, state=state)
        assert followed.is_resumed == (state is not None)
        state = followed.state
        found.append(followed.alarms)
    whole = follow_segments(LABELS, chosen).alarms
    assert not whole.is_empty()
    assert_frame_equal(pl.concat(found).sort("detected_at", "alarm_id"), whole)


def test_a_state_that_does_not_fit_is_replayed():
    state = follow_segments(LABELS[:6_500], PLAIN).state
    whole = follow_segments(LABELS, PLAIN).alarms
    changed = replace(PLAIN, margin_se=1.5)
    late = LABELS.with_columns(interaction_id=pl.col("interaction_id").replace("i006499", "i006499b"))
    assert follow_segments(LABELS, PLAIN, state=state).is_resumed
    other = State(b"other", b"other")
    for labels, chosen, given_ in ((LABELS, changed, state), (late, PLAIN, state), (LABELS, PLAIN, other)):
        followed = follow_segments(labels, chosen, state=given_)
        assert not followed.is_resumed
        assert followed.alarms.height == whole.height
    assert follow_segments(LABELS.with_columns(label_version=2), PLAIN, state=state).is_resumed is False


def test_alarms_of_an_earlier_label_version_are_marked_replayed():
    alarms = follow_segments(LABELS, PLAIN, replayed_until=after_days(25)).alarms
    assert alarms["is_replayed"].all()
    assert not follow_segments(LABELS, PLAIN).alarms["is_replayed"].any()


def test_ten_thousand_segments_are_bounded_and_the_rest_are_watched_together():
    labels = labels_of(
        falling_scores(20_000, at=20_000), minutes=1.0, customer=[f"c{at % 10_000}" for at in range(20_000)]
    )
    followed = follow_segments(labels, WatchSettings(["customer"], baseline=after_days(7), further=()))
    assert followed.pooled.filter(dimensions="customer").row(0)[1:3] == (1_000, 9_000)
    assert followed.watched.height == 1_002
    assert "customer = (other values)" in followed.watched["segment"]


def test_one_label_per_segment_and_empty_input_are_quiet():
    alone = labels_of(falling_scores(300, at=300), minutes=100.0, customer=[f"c{at}" for at in range(300)])
    assert follow_segments(alone, WatchSettings(["customer"], baseline=after_days(10), further=())).alarms.is_empty()
    nothing = follow_segments(LABELS.clear(), PLAIN)
    assert nothing.alarms.schema == empty_table("alarms").schema
    assert nothing.alarms.is_empty()


@pytest.mark.parametrize("constant", [0.0, 1.0, 0.5])
def test_constants_are_quiet(constant: float):
    assert follow_segments(LABELS.with_columns(score=pl.lit(constant)), PLAIN).alarms.is_empty()


def test_the_input_is_left_alone():
    before = LABELS.clone()
    follow_segments(LABELS, PLAIN)
    assert_frame_equal(LABELS, before)


def test_river_detectors_watch_the_same_segments_without_a_budget():
    alarms = follow_segments(LABELS, replace(PLAIN, detector="ADWIN")).alarms
    assert "feature = chat" in alarms["segment"]
    assert set(alarms["budget"]) == {"none: ADWIN at river's defaults"}
    assert alarms["evidence"].null_count() == alarms.height


def test_pairs_are_segments_too():
    labels = LABELS.with_columns(language=pl.Series(["de", "en"] * (N // 2)))
    chosen = replace(PLAIN, dimensions=["feature", "language"], pairs=[("feature", "language")])
    assert "feature = chat & language = de" in follow_segments(labels, chosen).watched["segment"]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"detector": "CUSUM"}, UnknownNameError),
        ({"further": ["moods"]}, SettingsError),
        ({"baseline": START.replace(tzinfo=None)}, SettingsError),
        ({"warmup": 0}, SettingsError),
        ({"pairs": [("feature", "mood")]}, SettingsError),
    ],
)
def test_impossible_settings_are_refused(wrong: dict, error: type[Exception]):
    with pytest.raises(error):
        replace(PLAIN, **wrong)


def test_labels_that_cannot_be_watched_are_refused():
    with pytest.raises(SettingsError, match="before the baseline"):
        follow_segments(LABELS, replace(PLAIN, baseline=START))
    with pytest.raises(SchemaError, match="feature"):
        follow_segments(LABELS.drop("feature"), PLAIN)
    with pytest.raises(SchemaError, match="time zone"):
        follow_segments(LABELS.with_columns(pl.col("final_at").dt.replace_time_zone(None)), PLAIN)
    with pytest.raises(SchemaError, match=r"\[0, 1\]"):
        follow_segments(LABELS.with_columns(score=pl.col("score") + 1), PLAIN)
