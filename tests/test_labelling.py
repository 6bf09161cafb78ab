"""Each labelling function fires and abstains; votes have their types; one's own can be added and taken away."""

import polars as pl
import pytest
from event_rows import interaction_table

from feedback.errors import SchemaError, SettingsError, UnknownNameError
from feedback.labelling.functions import (
    LabellingFunction,
    labelling_function,
    registered_functions,
    show_functions,
    unregister,
)
from feedback.labelling.votes import cast_votes
from feedback.schemas import check_table, empty_table

KEPT = {"accepted_after_s": 5.0}
BEHAVIOUR = [
    ("accepted_and_kept", KEPT, 1),
    ("accepted_and_kept", {**KEPT, "kept_share": 0.67}, 1),
    ("accepted_and_kept", {**KEPT, "kept_share": 0.66}, None),
    ("accepted_and_kept", {**KEPT, "undone_after_s": 90.0}, None),
    ("accepted_and_kept", {"kept_share": 1.0}, None),
    ("accepted_and_moved_on", {**KEPT, "next_request_after_s": 9.0}, 1),
    ("accepted_and_moved_on", {**KEPT, "next_request_after_s": 4.0}, None),
    ("accepted_and_moved_on", {**KEPT, "next_request_after_s": 9.0, "n_rephrasings": 1}, None),
    ("accepted_and_moved_on", {"next_request_after_s": 9.0}, None),
    ("accepted_and_moved_on", KEPT, None),
    ("undone_soon", {"undone_after_s": 30.0}, 0),
    ("undone_soon", {"undone_after_s": 30.5}, None),
    ("undone_soon", {}, None),
    ("undone_later", {"undone_after_s": 30.5}, 0),
    ("undone_later", {"undone_after_s": 30.0}, None),
    ("undone_later", {}, None),
    ("edited_heavily", {"kept_share": 0.25}, 0.25),
    ("edited_heavily", {"kept_share": 0.67}, None),
    ("edited_heavily", {}, None),
    ("edited_lightly", {"kept_share": 0.75}, 0.75),
    ("edited_lightly", {"kept_share": 0.66}, None),
    ("edited_lightly", {}, None),
    ("rephrased", {"n_rephrasings": 1, "next_request_after_s": 300.0, "is_task_like": True}, 0),
    ("rephrased", {"n_rephrasings": 1, "next_request_after_s": 301.0, "is_task_like": True}, None),
    ("rephrased", {"n_rephrasings": 1, "next_request_after_s": 9.0, "is_task_like": False}, None),
    ("rephrased", {"is_rephrased_explicitly": True}, 0),
    ("rephrased", {"is_task_like": True, "next_request_after_s": 9.0}, None),
    ("rephrased_repeatedly", {"n_rephrasings": 2, "is_task_like": True}, 0),
    ("rephrased_repeatedly", {"n_rephrasings": 2, "is_rephrased_explicitly": True}, 0),
    ("rephrased_repeatedly", {"n_rephrasings": 1, "is_task_like": True}, None),
    ("rephrased_repeatedly", {"n_rephrasings": 2}, None),
    ("retried", {"retried_after_s": 9.0}, 0),
    ("retried", {}, None),
    ("copied", {"copied_after_s": 0.0}, 1),
    ("copied", {}, None),
    ("rejected", {"rejected_after_s": 9.0}, 0),
    ("rejected", {}, None),
    ("escalated", {"n_turns_to_escalation": 0}, 0.0),
    ("escalated", {"n_turns_to_escalation": 1}, 0.25),
    ("escalated", {"n_turns_to_escalation": 2}, 0.375),
    ("escalated", {}, None),
    ("abandoned", {"abandoned": True}, 0),
    ("abandoned", {}, None),
    ("rated_up", {"rating": 0.75}, 1),
    ("rated_up", {"rating": 0.5}, None),
    ("rated_up", {}, None),
    ("rated_down", {"rating": 0.25}, 0),
    ("rated_down", {"rating": 0.5}, None),
    ("rated_down", {}, None),
    ("complained", {"next_request_text": "That's wrong."}, 0),
    ("complained", {"next_request_text": "And on Sundays?"}, None),
    ("complained", {}, None),
    ("thanked", {"next_request_text": "Thanks a lot!"}, 1),
    ("thanked", {"next_request_text": "And on Sundays?"}, None),
    ("thanked", {}, None),
]
COMPLAINTS = [
    "That is wrong", "this is still not right", "It didn't work", "it doesn’t help", "No, that's the old one",
    "no. I asked about Friday", "Wrong.", "not what I meant", "You misunderstood", "that’s not what i asked",
    "Das stimmt nicht", "Das ist leider falsch", "Nein, ich meinte Freitag", "das funktioniert immer noch nicht",
    "Eso no es correcto", "No, eso no funciona", "está mal", "no es lo que pregunté",
    "C'est faux", "Ce n'est pas correct", "Non, ce n'est pas ça", "ça ne marche pas",
    "è sbagliato", "non è corretto", "está errado", "não é isso", "dat klopt niet", "dit is fout",
    "to jest źle", "to nieprawda", "不对，是星期五", "你错了", "違います", "間違っています",
]  # fmt: skip
NO_COMPLAINTS = [
    "What is wrong with my code?", "what's wrong with this sentence", "No problem, next question", "no", "No thanks",
    "Is it possible to return it?", "Now do the same for Friday", "It works", "I got the wrong parcel, what now?",
    "Translate: my order never came", "Why did it fail on Friday?", "none of these please", "Not yet, tell me more",
    "Was ist falsch an meinem Code?", "Nein danke", "Kein Problem, weiter", "¿Qué está incluido?", "no, gracias",
    "Pas de problème", "non merci", "Nessun problema", "não, obrigado", "nee, bedankt", "对的，谢谢", "違いは何ですか",
    "Noon or evening?", "It is incorrectly spelled in the menu, isn't it?", "",
]  # fmt: skip
THANKS = [
    "Thanks!", "thank you so much", "Perfect", "great, that works", "Danke dir", "super, passt", "Gracias",
    "¡Perfecto!", "merci beaucoup", "Parfait.", "grazie mille", "obrigada", "bedankt", "dzięki", "谢谢",
    "ありがとうございます",
]  # fmt: skip
NO_THANKS = [
    "And on Sundays?", "Thanksgiving opening hours", "How great is the distance?" + " Please be precise." * 3,
    "Thanks, but that is wrong", "Danke, aber das stimmt nicht", "merci mais ce n'est pas correct", "imperfect tense?",
    "",
]  # fmt: skip


def votes_of(row: dict) -> dict:
    return cast_votes(interaction_table(row)).row(0, named=True)


def says(name: str, next_request_text: str) -> int | None:
    return votes_of({"next_request_text": next_request_text})[name]


@pytest.mark.parametrize(("name", "row", "vote"), BEHAVIOUR)
def test_fires_and_abstains(name: str, row: dict, vote: float | None):
    assert votes_of(row)[name] == vote


def test_every_function_is_seen_to_fire_and_to_abstain():
    fired = {name for name, _, vote in BEHAVIOUR if vote is not None}
    abstained = {name for name, _, vote in BEHAVIOUR if vote is None}
    assert fired == abstained == {function.name for function in registered_functions()}
    assert len(fired) == 17


@pytest.mark.parametrize("text", COMPLAINTS)
def test_complaints(text: str):
    assert (says("complained", text), says("thanked", text)) == (0, None)


@pytest.mark.parametrize("text", NO_COMPLAINTS)
def test_no_complaints(text: str):
    assert says("complained", text) is None


@pytest.mark.parametrize("text", THANKS)
def test_thanks(text: str):
    assert (says("thanked", text), says("complained", text)) == (1, None)


@pytest.mark.parametrize("text", NO_THANKS)
def test_no_thanks(text: str):
    assert says("thanked", text) is None


def test_a_complaint_counts_at_the_start_of_a_long_message_only():
    assert says("complained", "That is wrong. " + "Here is the log. " * 50) == 0
    assert says("complained", "Here is the log. " * 50 + "That is wrong.") is None


def test_a_quiet_interaction_gets_no_vote():
    assert set(votes_of({}).values()) == {"i1", None}


def test_a_response_seen_under_750_ms_gets_no_vote():
    brief, long = ({"rejected_after_s": 5.0, "copied_after_s": 6.0, "seen_s": seen} for seen in (0.749, 0.75))
    assert set(votes_of(brief).values()) == {"i1", None}
    assert (votes_of(long)["rejected"], votes_of(long)["copied"]) == (0, 1)


def test_nothing_votes_good_while_the_window_is_open():
    acts = {
        "accepted_after_s": 5.0, "copied_after_s": 6.0, "rating": 1.0, "kept_share": 0.75, "next_request_after_s": 9.0,
        "next_request_text": "Thanks!", "outcome": None, "is_final": False,
    }  # fmt: skip
    assert set(votes_of(acts).values()) == {"i1", None}


def test_bad_may_be_voted_while_the_window_is_open():
    votes = votes_of({"rejected_after_s": 5.0, "kept_share": 0.25, "is_final": False, "outcome": None})
    assert (votes["rejected"], votes["edited_heavily"]) == (0, 0.25)


def test_a_grade_that_leans_to_good_waits_for_the_end_of_the_window():
    row = {"kept_share": 0.6}
    assert votes_of({**row, "is_final": False, "outcome": None})["edited_heavily"] is None
    assert votes_of(row)["edited_heavily"] == pytest.approx(0.6)


def test_votes_have_their_types_and_the_given_order():
    votes = cast_votes(interaction_table({"interaction_id": "b"}, {"interaction_id": "a"}))
    graded = {function.name for function in registered_functions() if function.is_graded}
    assert votes["interaction_id"].to_list() == ["b", "a"]
    assert {name for name, dtype in votes.schema.items() if dtype == pl.Float32} == graded
    assert {name for name, dtype in votes.schema.items() if dtype == pl.Int8} == set(votes.columns[1:]) - graded
    assert check_table("votes", votes).height == 2


def test_only_the_functions_asked_for_vote():
    chosen = [function for function in registered_functions() if function.name in ("copied", "rejected")]
    assert cast_votes(interaction_table({}), chosen).columns == ["interaction_id", "copied", "rejected"]
    assert cast_votes(interaction_table({}), []).columns == ["interaction_id"]


def test_a_missing_column_is_named():
    own = LabellingFunction("lucky", "good", 1.0, "why", "where", pl.col("luck") > pl.col("rating"))
    with pytest.raises(SchemaError, match="lucky reads luck"):
        cast_votes(interaction_table({}), [own])


@pytest.mark.parametrize(("grade", "vote"), [(1.5, 1.0), (-0.5, 0.0), (float("nan"), None), (None, None)])
def test_a_grade_is_cut_to_its_range_and_nan_abstains(grade: float | None, vote: float | None):
    own = LabellingFunction("graded", "good", 1.0, "why", "where", pl.lit(grade, pl.Float64), is_graded=True)
    assert cast_votes(interaction_table({}), [own])["graded"].to_list() == [vote]


def test_ones_own_function_votes_beside_the_others_until_it_is_taken_away():
    @labelling_function(polarity="bad", weight=1.0, rationale="Too long.", source="ours")
    def answered_at_length() -> pl.Expr:
        return pl.col("response_text").str.len_chars() > 3

    try:
        assert registered_functions()[-1] is answered_at_length
        assert votes_of({"response_text": "long"})["answered_at_length"] == 0
        assert votes_of({"response_text": "ok"})["answered_at_length"] is None
    finally:
        unregister("answered_at_length")
    assert "answered_at_length" not in votes_of({})


def test_registered_again_under_one_name_the_later_function_replaces_the_earlier():
    n_before = len(registered_functions())
    for weight in (1.0, 2.0):

        @labelling_function(polarity="bad", weight=weight, rationale="Left.", source="ours")
        def left() -> pl.Expr:
            return pl.col("abandoned")

    try:
        assert [f.weight for f in registered_functions() if f.name == "left"] == [2.0]
        assert len(registered_functions()) == n_before + 1
    finally:
        unregister("left")


def test_what_is_not_registered_cannot_be_taken_away():
    with pytest.raises(UnknownNameError, match="nobody"):
        unregister("nobody")


@pytest.mark.parametrize("wrong", [{"polarity": "so-so", "weight": 1.0}, {"polarity": "good", "weight": 0.0}])
def test_impossible_functions_are_refused(wrong: dict):
    with pytest.raises(SettingsError, match="labelling function"):
        labelling_function(**wrong, rationale="why", source="where")


def test_functions_are_shown_with_why_and_whence():
    shown = show_functions()
    assert shown.columns == ["name", "polarity", "weight", "graded", "rationale", "source"]
    assert shown["name"].to_list() == [function.name for function in registered_functions()]
    assert (shown["rationale"].str.len_chars() > 10).all()
    assert (shown["source"].str.len_chars() > 3).all()
    assert show_functions([]).schema == shown.schema


def test_no_interactions_no_votes():
    votes = cast_votes(empty_table("interactions"))
    assert votes.schema == cast_votes(interaction_table({})).schema
    assert votes.is_empty()
