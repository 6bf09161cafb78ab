"""Charts from literal frames: what is drawn, from which column, in which colour."""

from datetime import date

import polars as pl
import pytest

from feedback.charts import (
    events_per_day,
    outcome_bar,
    score_of_value,
    score_over_time,
    score_span,
    session_timeline,
    volume_over_time,
    vote_pulls,
)
from feedback.charts.meaning import OUTCOMES, SPEAKS_AGAINST, SPEAKS_FOR
from feedback.schemas import behaviour

DAILY = pl.DataFrame(
    {
        "value": ["all"] * 3,
        "day": [date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 7)],
        "n": [40, 0, 4],
        "n_voted": [20, 0, 2],
        "voted_share": [0.5, None, 0.5],
        "mean_score": [0.62, None, 0.5],
        "score_low": [0.55, None, None],
        "score_high": [0.69, None, None],
    }
)
EVENTS = pl.DataFrame(
    {
        "after_s": [-3.0, 0.0, 64.0, 4000.0],
        "kind": ["request", "response", "view", "rating"],
        "text": ["How long\n is the   warranty?", "x" * 200, None, None],
        "value": [None, None, 2500.0, 0.25],
        "side": ["asked", "answered", "neither", "against"],
        "is_shown": [False, True, False, False],
        "is_evidence": [False, False, False, True],
        "in_window": [False, True, True, False],
    }
)
VOTES = pl.DataFrame(
    {
        "name": ["undone_soon", "copied", "ours"],
        "vote": [0.0, 1.0, 1.0],
        "pull": [-2.0, 0.8, None],
        "rationale": ["Reverted.", "Copied.", None],
    }
)


def layers(chart) -> list[dict]:
    return chart.to_dict()["layer"]


def rows_of(chart, layer: int = 0) -> list[dict]:
    spec = chart.to_dict()
    return spec["datasets"][spec["layer"][layer].get("data", spec.get("data"))["name"]]


def test_the_score_is_drawn_with_its_interval():
    band, line = layers(score_over_time(DAILY))[:2]
    assert (band["encoding"]["y"]["field"], band["encoding"]["y2"]["field"]) == ("score_low", "score_high")
    assert (line["mark"]["type"], line["encoding"]["y"]["field"]) == ("line", "mean_score")


def test_the_score_is_never_called_a_rate():
    written = str(score_over_time(DAILY).to_dict()) + str(score_of_value(DAILY, (0, 1)).to_dict())
    assert "Behaviour score" in written
    assert "rate" not in written.lower().replace("generate", "")


def test_a_period_can_be_marked():
    mark = layers(score_over_time(DAILY, marked=(date(2026, 1, 6), date(2026, 1, 7))))[0]
    assert (mark["mark"]["type"], mark["encoding"]["x"]["field"]) == ("rect", "first")


def test_days_line_up_between_score_and_volume_whatever_the_browsers_zone():
    above = layers(score_over_time(DAILY))[1]["encoding"]["x"]["scale"]
    below = volume_over_time(DAILY).to_dict()["encoding"]["x"]["scale"]
    assert above == below
    assert (above["type"], above["domain"][0]) == ("utc", "2026-01-04T10:00:00+00:00")


def test_bars_begin_at_zero_and_unknown_scores_stay_null():
    bars = volume_over_time(DAILY).to_dict()["encoding"]
    assert (bars["y"]["field"], bars["y2"], bars["y"]["scale"]["zero"]) == ("n", {"datum": 0}, True)
    spec = score_over_time(DAILY).to_dict()
    assert next(iter(spec["datasets"].values()))[1]["mean_score"] is None


@pytest.mark.parametrize(
    ("low", "mean", "high", "span"),
    [
        (0.47, 0.52, 0.63, (0.4, 0.7)),
        (0.52, 0.53, 0.54, (0.4, 0.7)),
        (0.01, 0.02, 0.03, (0.0, 0.3)),
        (0.97, 0.98, 1.0, (0.7, 1.0)),
        (0.0, 0.5, 1.0, (0.0, 1.0)),
        (None, None, None, (0.0, 1.0)),
    ],
)
def test_the_score_axis_is_no_narrower_than_three_tenths(low, mean, high, span):
    columns = {"mean_score": [mean], "score_low": [low], "score_high": [high]}
    assert score_span(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Float64))) == span


def test_every_outcome_has_words_and_a_colour_of_its_own():
    assert set(OUTCOMES) == {*behaviour.OUTCOMES, "open"}
    assert (
        len({one.color for one in OUTCOMES.values()}) == len({one.words for one in OUTCOMES.values()}) == len(OUTCOMES)
    )


def test_an_outcome_keeps_its_colour_when_others_are_missing():
    outcomes = pl.DataFrame({"outcome": ["failed"], "n": [3], "share": [1.0], "place": [4]})
    color = outcome_bar(outcomes).to_dict()["encoding"]["color"]["scale"]
    assert color["range"][color["domain"].index("Failed")] == OUTCOMES["failed"].color


def test_the_timeline_says_when_and_what_in_words():
    rows = rows_of(session_timeline(EVENTS, text_color="black"))
    assert [row["when"] for row in rows] == ["−3.0 s", "shown", "+1 min 04 s", "+1 h 06 min"]
    assert [row["what"] for row in rows] == ["Asked", "AI answered", "Looked at it", "Rated it"]
    excerpts = [row["excerpt"] for row in rows]
    assert excerpts == ["How long is the warranty?", "x" * 140 + "…", "for 2.5 s", "0.25 of 1"]


def test_the_timeline_rings_the_evidence():
    ring = next(
        layer for layer in layers(session_timeline(EVENTS, text_color="black")) if layer["mark"].get("size") == 260
    )
    assert ring["transform"] == [{"filter": "datum.is_evidence"}]


def test_every_kind_of_event_has_words():
    rows = pl.DataFrame({"kind": behaviour.KINDS}).join(EVENTS.drop("kind").head(1), how="cross")
    words = {row["what"] for row in rows_of(session_timeline(rows, text_color="black"))}
    assert len(words) == len(behaviour.KINDS)
    assert not words & set(behaviour.KINDS)


def test_votes_pull_to_both_sides_of_zero_and_unknown_weights_are_left_out():
    chart = vote_pulls(VOTES, text_color="black")
    bars = layers(chart)[1]
    assert [row["words"] for row in rows_of(chart, 1)] == ["undone soon", "copied"]
    assert bars["encoding"]["x"]["scale"]["domain"] == [-2.5, 2.5]
    assert bars["encoding"]["color"]["scale"]["range"] == [SPEAKS_FOR, SPEAKS_AGAINST]


def test_every_chart_says_what_it_shows():
    days = pl.DataFrame({"day": [date(2026, 1, 5)], "n_events": [1], "n_responses": [1], "lag_s": [1.0]})
    charts = [
        score_over_time(DAILY), volume_over_time(DAILY), score_of_value(DAILY, (0, 1)), events_per_day(days),
        session_timeline(EVENTS, text_color="black"), vote_pulls(VOTES, text_color="black"),
    ]  # fmt: skip
    assert all(chart.to_dict()["description"] for chart in charts)


@pytest.mark.parametrize("draw", [score_over_time, volume_over_time])
def test_no_days_give_an_empty_chart(draw):
    assert draw(DAILY.clear()).to_dict()
