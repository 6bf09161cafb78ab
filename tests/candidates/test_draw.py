"""What a draw of candidates keeps to, whatever the labels."""

import numpy as np
import polars as pl
import pytest
from candidate_rows import TOPICS, WORDS, label_rows
from polars.testing import assert_frame_equal

from feedback.candidates import draw_candidates, draw_with_clusters
from feedback.errors import SchemaError, SettingsError
from feedback.schemas import TABLES, check_table

COLUMNS = ["interaction_id", "reason", "score", "cluster", "inclusion_probability", "rank"]
GERMAN = {"dimension": "language", "value": "de", "low": None, "high": None, "not_in": None}
LABELS = label_rows()


def because(drawn: pl.DataFrame, reason: str) -> pl.DataFrame:
    return drawn.filter(pl.col("reason").str.starts_with(reason))


def asked(drawn: pl.DataFrame, labels: pl.DataFrame = LABELS) -> list[str]:
    return drawn.join(labels, on="interaction_id", how="left", maintain_order="left")["request_text"].to_list()


def test_a_draw_fits_the_table_of_candidates():
    drawn = draw_candidates(LABELS, k=20, seed=0)
    assert drawn.columns == COLUMNS
    assert drawn["rank"].to_list() == list(range(1, 21))
    stored = check_table("candidates", drawn.with_columns(draw_id=pl.lit("d1")))
    assert stored.columns == list(TABLES["candidates"].columns)


def test_the_kind_that_goes_wrong_comes_first():
    drawn = draw_candidates(LABELS, k=20, seed=0)
    assert drawn["reason"][0].startswith("kind of request that goes wrong: cluster")
    assert asked(drawn)[0].startswith(TOPICS[0])


def test_successes_are_kept_too():
    drawn = because(draw_candidates(LABELS, k=40, seed=0), "success worth keeping")
    assert drawn.height == 2
    assert drawn["score"].min() > 0.8


def test_the_order_of_the_rows_does_not_matter_but_the_seed_does():
    one = draw_candidates(LABELS, k=20, seed=5)
    assert_frame_equal(one, draw_candidates(LABELS.sample(fraction=1, shuffle=True, seed=1).lazy(), k=20, seed=5))
    assert not one.equals(draw_candidates(LABELS, k=20, seed=6))


def test_nothing_is_drawn_twice_nor_what_says_the_same():
    labels = pl.concat([LABELS, LABELS.with_columns(pl.col("interaction_id") + "copy", pl.col("request_text") + "!")])
    drawn = draw_candidates(labels, k=60, seed=0, floor=0.0)
    assert len({text.rstrip("!") for text in asked(drawn, labels)}) == drawn.height == 60


def test_one_text_ten_thousand_times_is_one_pick_and_one_at_random():
    labels = label_rows(10_000, request_text=pl.lit("where is my parcel"))
    drawn = draw_candidates(labels, k=50, seed=0)
    assert drawn.height == 2
    assert sorted(drawn["inclusion_probability"]) == [pytest.approx(1 / 9_999), 1.0]


def test_more_than_there_are_gives_all_that_differ():
    drawn = draw_candidates(LABELS.head(30), k=500, seed=0)
    assert sorted(drawn["interaction_id"]) == LABELS.head(30)["interaction_id"].to_list()
    assert set(drawn["inclusion_probability"]) == {1.0}


@pytest.mark.parametrize(
    "nothing",
    [
        {"score": pl.lit(None, pl.Float64)},
        {"request_text": pl.lit(None, pl.String)},
        {"request_text": pl.lit(None, pl.String), "response_text": pl.lit(None, pl.String)},
        {"score": pl.lit(0.5)},
        {"request_text": pl.lit("..."), "score": pl.lit(None, pl.Float64)},
    ],
)
def test_what_is_missing_or_tied_stops_nothing(nothing: dict[str, pl.Expr]):
    drawn = draw_candidates(LABELS.with_columns(**nothing), k=10, seed=0)
    assert drawn.height == 10
    assert drawn["interaction_id"].is_unique().all()
    assert drawn["reason"].null_count() == 0


def test_no_labels_give_an_empty_draw():
    none = draw_candidates(LABELS.clear(), k=5, seed=0)
    assert none.is_empty()
    assert none.schema == draw_candidates(LABELS, k=5, seed=0).schema


def test_automated_sessions_and_what_is_golden_are_not_drawn():
    labels = LABELS.with_columns(is_automated=pl.int_range(pl.len()) < 100)
    golden = pl.DataFrame({"input": labels["request_text"][100:200].str.to_uppercase()})
    drawn = draw_with_clusters(labels, k=500, golden=golden, seed=0)
    assert drawn.n == 100
    assert sorted(drawn.candidates["interaction_id"]) == labels["interaction_id"][200:].to_list()


def test_a_kind_the_golden_set_knows_is_not_picked_first():
    golden = pl.DataFrame({"input": ["refund for my lamp now"], "observed_output": ["no"]})
    reasons = draw_candidates(LABELS, k=10, golden=golden, seed=0)["reason"]
    assert not reasons[0].startswith("kind of request that goes wrong: ")


def test_degraded_segments_have_their_share():
    degraded = pl.DataFrame({"segment": ["language = de"], "definition": [[GERMAN]]})
    drawn = because(draw_candidates(LABELS, k=20, degraded=degraded, seed=0), "degraded segment language = de")
    assert drawn.height == 4
    assert set(drawn.join(LABELS, on="interaction_id")["language"]) == {"de"}


def test_surprises_have_their_share():
    surprised = LABELS.with_columns(surprise=pl.when(pl.int_range(pl.len()) == 7).then(4.2).otherwise(0.1))
    drawn = because(draw_candidates(surprised, k=20, seed=0), "surprised the online model: 4.2 nats")
    assert drawn["interaction_id"].to_list() == ["i00007"]


def test_vectors_of_the_user_take_the_place_of_words():
    vectors = LABELS.select("interaction_id", vector=pl.int_range(pl.len()) % 3).with_columns(
        vector=pl.concat_list(*((pl.col("vector") == n).cast(pl.Float64) for n in range(3)))
    )
    drawn = draw_candidates(LABELS, k=10, embeddings=vectors, seed=0)
    assert asked(drawn)[0].startswith(TOPICS[0])
    clusters = draw_with_clusters(LABELS, k=10, embeddings=vectors, seed=0).clusters
    assert clusters["cluster"].n_unique() == 3


@pytest.mark.parametrize(
    "vectors", [{"interaction_id": ["i00001"]}, {"interaction_id": ["i00001", "i00002"], "v": [[1.0], [1.0, 2.0]]}]
)
def test_what_are_no_vectors_is_refused(vectors: dict):
    with pytest.raises(SchemaError, match="embeddings"):
        draw_candidates(LABELS, k=3, embeddings=pl.DataFrame(vectors), seed=0)


@pytest.mark.slow
@pytest.mark.parametrize("stream", ["mining", "rate"])
def test_totals_estimated_from_the_probabilities_are_right_on_average(stream):
    labels = pl.concat([label_rows(60), label_rows(20).with_columns(pl.col("interaction_id") + "again")])
    y = labels.select("interaction_id", y=1 + pl.col("interaction_id").hash(seed=3) % 5)
    seeds, totals, sizes = 20, [], []
    for seed in range(seeds):
        drawn = draw_candidates(labels, k=20, stream=stream, seed=seed, floor=0.5).join(y, on="interaction_id")
        totals.append(drawn.select((pl.col("y") / pl.col("inclusion_probability")).sum()).item())
        sizes.append(drawn.select((1 / pl.col("inclusion_probability")).sum()).item())
    for found, truth in ((totals, y["y"].sum()), (sizes, labels.height)):
        error = np.std(found) / np.sqrt(seeds)
        assert abs(np.mean(found) - truth) < 4 * error + 1e-9


def test_a_draw_for_a_rate_is_a_simple_random_sample():
    drawn = draw_candidates(LABELS, k=30, stream="rate", seed=0)
    assert drawn["inclusion_probability"].to_list() == pytest.approx([0.1] * 30)
    assert set(drawn["reason"]) == {"drawn at random"}


def test_reasons_hold_no_user_text():
    degraded = [{"segment": "language = de", "definition": [GERMAN]}]
    drawn = draw_candidates(LABELS.with_columns(surprise=pl.lit(2.0)), k=60, degraded=degraded, seed=0)
    said = " ".join(drawn["reason"])
    assert not [word for word in (*WORDS, "refund", "lamp", "parcel", "password") if word in said]


def test_calibrated_labels_speak_of_probabilities():
    calibrated = LABELS.with_columns(p_good="score")
    assert "% bad; probability of being good 0." in draw_candidates(calibrated, k=10, seed=0)["reason"][0]


@pytest.mark.parametrize("wrong", [{"k": 0}, {"floor": 1.5}, {"stream": "other"}])
def test_impossible_draws_are_refused(wrong: dict):
    with pytest.raises(SettingsError, match="k is at least 1"):
        draw_candidates(LABELS, **{"k": 5, "seed": 0, **wrong})


def test_labels_without_texts_are_refused():
    with pytest.raises(SchemaError, match="request_text"):
        draw_candidates(LABELS.drop("request_text"), k=5, seed=0)
