"""The pandas version of the labels, written on its own, agrees with ours."""

from datetime import timedelta

import polars as pl
import pytest
from event_rows import LONG_AFTER, at, event, event_table
from logs import SESSION_GAP, WINDOWS, random_log

from benchmarks.labelling import COLUMNS, LOG_ENDS_AT, find_differences, weights
from benchmarks.pandas_labels import pandas_labels
from feedback.interactions import derive_interactions
from feedback.label_model import derive_labels
from feedback.labelling import cast_votes
from feedback.simulate import simulate_traffic

ASKED = "Where is my parcel?"
QUESTION = (event(0, "request", "i1", text=ASKED), event(2, "response", "i1", text="It arrives on Monday at noon."))
ASKED_AGAIN = (event(40, "request", "i2", text="where is my parcel"), event(42, "response", "i2", text="At the depot."))


def disagreements(events: pl.DataFrame, *, watermark=LONG_AFTER, **settings) -> list[str]:
    """Return the interactions that the two label differently."""
    interactions = derive_interactions(events, watermark=watermark, **settings)
    votes = cast_votes(interactions)
    ours = derive_labels(interactions, votes, weights(), label_version=1)
    theirs = pandas_labels(events.to_pandas(), weights(), watermark=watermark, **settings)
    own = pl.DataFrame(theirs[votes.columns], nan_to_null=True).sort("interaction_id")
    cast_alike = votes.sort("interaction_id").select(own.columns).cast(own.schema).equals(own)
    return find_differences(ours, theirs) if cast_alike else ["votes"]


def test_agree_on_simulated_traffic() -> None:
    copies = simulate_traffic(days=7, sessions=500, seed=3).events
    events = copies.unique(["session_id", "event_id"], keep="first").select(COLUMNS)
    assert events.height > 3_000
    assert disagreements(events, watermark=LOG_ENDS_AT) == []


@pytest.mark.parametrize("seed", range(2))
def test_agree_on_adversarial_logs(seed: int) -> None:
    events = random_log(seed, sessions=200)
    assert disagreements(events, observation_window=WINDOWS, session_gap=SESSION_GAP) == []


@pytest.mark.parametrize("watermark", [None, at(1_000), LONG_AFTER])
def test_agree_on_windows_by_feature_and_open_ones(watermark) -> None:
    simulated = simulate_traffic(days=2, sessions=60, seed=4, starts_at=at(0)).events
    events = simulated.unique(["session_id", "event_id"], keep="first").sample(fraction=1, shuffle=True, seed=1)
    windows = {"default": timedelta(minutes=30), "code_completion": timedelta(minutes=5)}
    assert disagreements(events, watermark=watermark, observation_window=windows) == []


@pytest.mark.parametrize(
    "acts",
    [
        pytest.param([event(5, "accept"), event(5.5, "undo")], id="slip"),
        pytest.param([event(5, "accept"), event(6, "undo")], id="undone after exactly a second"),
        pytest.param([event(5, "undo")], id="undo of the response as shown"),
        pytest.param([event(5, "accept"), event(8, "edit", text="no"), event(20, "undo")], id="undo of an edit"),
        pytest.param([event(5, "accept"), event(8, "undo"), event(9, "undo"), event(30, "accept")], id="two undos"),
        pytest.param([event(5, "accept"), event(9, "undo"), *ASKED_AGAIN], id="returned, then asked again"),
        pytest.param([event(5, "accept"), *ASKED_AGAIN], id="taken over, then asked alike"),
        pytest.param([event(5, "copy"), event(9, "undo"), event(20, "accept"), *ASKED_AGAIN], id="taken over again"),
        pytest.param([event(9, "retry"), event(10, "response", "i3"), *ASKED_AGAIN], id="retry without words"),
        pytest.param([*ASKED_AGAIN, event(50, "response", "i0"), event(60, "rephrase")], id="two answers to one"),
        pytest.param(
            [event(3, "request", "i4", text=ASKED), *ASKED_AGAIN, event(50, "response", "i4"), event(60, "rephrase")],
            id="answers that overtake each other",
        ),
        pytest.param([event(9, "edit", text="It arrives on Friday at noon."), *ASKED_AGAIN], id="edited"),
        pytest.param([event(9, "edit", value=0.5), event(9, "undo", value=0.25)], id="stated shares at one time"),
        pytest.param([event(1_802, "reject", "i1")], id="at the end of the window"),
        pytest.param([event(2, "view", "i1", value=749.0), event(9, "copy", "i1")], id="not seen"),
        pytest.param([event(9, "rating", value=0.0), event(10, "rating", value=1.0)], id="last rating"),
        pytest.param([*ASKED_AGAIN, event(50, "copy"), event(60, "escalate")], id="escalation of two"),
        pytest.param(
            [*ASKED_AGAIN, event(50, "rephrase"), event(52, "response", "i3"), event(60, "retry")], id="chain"
        ),
        pytest.param([*ASKED_AGAIN, event(45, "reject", "i1"), event(46, "copy", "i9")], id="named and unknown"),
        pytest.param([event(9, "copy"), event(30, "request", text="No, that is wrong.")], id="complaint"),
        pytest.param([event(30, "request", text="Danke, passt so."), event(31, "response", "i2")], id="thanks"),
        pytest.param([event(50_000, "response", "i1"), event(50_001, "copy", "i1")], id="shown again in a later part"),
        pytest.param([event(2, "response", name="d00"), event(2, "retry", name="d01")], id="ties, no id"),
    ],
)
def test_agree_on_literal_cases(acts) -> None:
    assert disagreements(event_table(*QUESTION, *acts)) == []


@pytest.mark.parametrize(("first", "second"), [("order 1234", "order 1235"), ("order 12 of 34", "and order 12 of 35?")])
def test_agree_on_requests_that_name_numbers(first: str, second: str) -> None:
    asked = event(0, "request", text=first), event(1, "response", "i1")
    again = event(9, "reject"), event(10, "request", text=second), event(11, "response", "i2")
    assert disagreements(event_table(*asked, *again)) == []
