"""The shadow set: drawn at random from current traffic, to see where the golden set has drifted away from it."""

from hashlib import sha256

import polars as pl

from feedback.errors import SettingsError
from feedback.golden.coverage import EVERYTHING, NOT_RECORDED, share_by_people

REASON = "shadow of the golden set: drawn at random from current traffic"


def draw_shadow(traffic: pl.DataFrame, *, k: int, seed: int) -> pl.DataFrame:
    """Return a random part of the traffic: one row per interaction, in the order to review them.

    Those whose id has the k smallest hashes with the seed. Each has the same chance, k / n, and one that is drawn
    stays drawn while it is current: as days come and go, so do items of the shadow, and reviews of it keep
    their worth.

    Parameters
    ----------
    traffic
        One row per current interaction: `interaction_id` and further columns.
    k
        How many; all, when there are no more.
    seed
        Another seed, another shadow.

    Returns
    -------
    pl.DataFrame
        The rows drawn, with `rank` (1 = first to review) and `inclusion_probability`.

    Raises
    ------
    SettingsError
        When k is under 1.

    Examples
    --------
    >>> drawn = draw_shadow(pl.DataFrame({"interaction_id": ["i1", "i2", "i3", "i4"]}), k=2, seed=0)
    >>> drawn.rows()
    [('i4', 1, 0.5), ('i3', 2, 0.5)]
    """
    if k < 1:
        raise SettingsError(f"k is at least 1, not {k}")
    hashes = (
        sha256(f"{seed}|{item}".encode("utf-8", "surrogatepass")).hexdigest() for item in traffic["interaction_id"]
    )
    hashed = traffic.with_columns(pl.Series("(hash)", hashes, dtype=pl.String))
    drawn = hashed.sort("(hash)", "interaction_id").head(k).drop("(hash)")
    return drawn.with_columns(
        rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
        inclusion_probability=pl.lit(drawn.height / max(traffic.height, 1)),
    )


def compare_with_shadow(examples: pl.DataFrame, shadow: pl.DataFrame) -> pl.DataFrame:
    """Return where the golden set and its shadow disagree: in what is asked, and in how often the answer is bad.

    Parameters
    ----------
    examples
        Those in the golden set: `segment`, `label`.
    shadow
        What `draw_shadow` drew: `segment`, `person`, and `verdict` where it was reviewed, else null.

    Returns
    -------
    pl.DataFrame
        `all` first, then most over-represented in the golden set first: `segment`; `n_golden`, `golden_share` of the
        golden set that lies in it; `n_shadow`, `shadow_share` with `share_low` and `share_high` (95 %);
        `golden_bad`, the share of bad examples; `n_judged` of the shadow, `shadow_bad` with `bad_low` and `bad_high`,
        null where nothing was judged. A golden set made of failures has more bad ones by design; what matters
        is whether each segment is there.

    Examples
    --------
    >>> examples = pl.DataFrame({"segment": ["f = a", "f = a"], "label": ["bad", "good"]})
    >>> shadow = pl.DataFrame({"segment": ["f = a", "f = b"], "person": ["u1", "u2"], "verdict": ["good", None]})
    >>> compare_with_shadow(examples, shadow).select("segment", "golden_share", "shadow_share").rows()
    [('all', 1.0, 1.0), ('f = a', 1.0, 0.5), ('f = b', 0.0, 0.5)]
    """
    segment = pl.col("segment").fill_null(NOT_RECORDED)
    golden, drawn = (frame.with_columns(segment) for frame in (examples, shadow))
    names = pl.concat([golden["segment"], drawn["segment"]]).unique().sort()
    mixed = pl.concat([_share_of(drawn, name) for name in names] or [_share_of(drawn, EVERYTHING).clear()])
    whole = _share_of(drawn, EVERYTHING)
    rows = pl.concat([whole, mixed]).join(_count_golden(golden), on="segment", how="left")
    judged = drawn.filter(pl.col("verdict").is_in(["good", "bad"])).with_columns(is_hit=pl.col("verdict") == "bad")
    told = rows.join(_judge(judged), on="segment", how="left").with_columns(
        pl.col("n_golden", "n_judged").fill_null(0), is_part=pl.col("segment") != EVERYTHING
    )
    shares = told.with_columns(golden_share=pl.col("n_golden") / max(golden.height, 1))
    gap = pl.col("golden_share") - pl.col("shadow_share")
    return shares.sort("is_part", gap, "segment", descending=[False, True, False]).select(_COMPARED)


def mix_disagreement(compared: pl.DataFrame) -> float | None:
    """Return the share of the golden set that lies in other segments than the traffic: 0 is the same mix, 1 no overlap.

    Half the sum of the differences of shares; null where one of both is empty.

    Examples
    --------
    >>> examples = pl.DataFrame({"segment": ["f = a", "f = a"], "label": ["bad", "good"]})
    >>> shadow = pl.DataFrame({"segment": ["f = a", "f = b"], "person": ["u1", "u2"], "verdict": ["good", None]})
    >>> mix_disagreement(compare_with_shadow(examples, shadow))
    0.5
    """
    whole = compared.filter(segment=EVERYTHING)
    if whole.is_empty() or not min(whole.select("n_golden", "n_shadow").row(0)):
        return None
    parts = compared.filter(pl.col("segment") != EVERYTHING)
    return parts.select((pl.col("golden_share") - pl.col("shadow_share")).abs().sum() / 2).item()


_COMPARED = (
    "segment", "n_golden", "golden_share", "n_shadow", "shadow_share", "share_low", "share_high", "golden_bad",
    "n_judged", "shadow_bad", "bad_low", "bad_high",
)  # fmt: skip


def _share_of(drawn: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return one row: how much of the shadow lies in a segment."""
    is_in = pl.lit(value=True) if name == EVERYTHING else pl.col("segment") == name
    found = share_by_people(drawn.with_columns(segment=pl.lit(name), is_hit=is_in), by="segment")
    return found.select("segment", n_shadow="n_hits", shadow_share="share", share_low="low", share_high="high")


def _count_golden(golden: pl.DataFrame) -> pl.DataFrame:
    counts = {"n_golden": pl.len().cast(pl.Int64), "golden_bad": (pl.col("label") == "bad").mean()}
    return _in_all_and_parts(golden).group_by("segment").agg(**counts)


def _judge(judged: pl.DataFrame) -> pl.DataFrame:
    found = share_by_people(_in_all_and_parts(judged), by="segment")
    return found.select("segment", n_judged="n", shadow_bad="share", bad_low="low", bad_high="high")


def _in_all_and_parts(rows: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([rows, rows.with_columns(segment=pl.lit(EVERYTHING))])
