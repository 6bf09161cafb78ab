"""What to do about a golden set that has drifted from the traffic: add, refresh or retire, each with its reason."""

import polars as pl

from feedback.golden.coverage import EVERYTHING

PROPOSALS = pl.Schema(
    {"action": pl.String, "example_id": pl.String, "segment": pl.String, "why": pl.String, "weight": pl.Float64}
)
# A segment is covered where at least so much of its traffic is within reach, and worth a word above so much of all.
COVERED = 0.8
WORTH_A_WORD = 0.005
_ACTIONS = {
    "contradicted": "refresh", "old": "refresh", "split": "refresh", "contaminated": "retire", "duplicate": "retire",
    "vanished": "retire", "always passed": "retire",
}  # fmt: skip
_ADVICE = {
    "contradicted": "review it again", "old": "look whether it still holds", "split": "retire one side of it",
    "contaminated": "it flatters the model", "duplicate": "keep one of them", "vanished": "nobody asks that any more",
    "always passed": "it tells models apart no more",
}  # fmt: skip


def propose_changes(
    findings: pl.DataFrame, coverage: pl.DataFrame, *, days: int, covered: float = COVERED
) -> pl.DataFrame:
    """Return what to add, refresh and retire, and why: one row per proposal.

    Parameters
    ----------
    findings
        What is wrong with single examples, the gravest first, as `keep_current` gives them. An example gets one
        proposal, by its gravest finding; the others are named in the reason.
    coverage
        What `measure_coverage` found. A segment gets a proposal while less than `covered` of its traffic is within
        reach, beyond what chance explains, and what is out of reach is at least half a per cent of all.
    days
        How many days the traffic is of.
    covered
        How much of a segment's traffic is enough, in [0, 1].

    Returns
    -------
    pl.DataFrame
        Additions first, then refreshing, then retiring, each by weight: `action`, `example_id` (null for additions),
        `segment` (null for the others), `why`, `weight` (additions: interactions out of reach; null for the others).

    Examples
    --------
    >>> from feedback.golden.findings import FINDINGS
    >>> coverage = pl.DataFrame({"segment": ["all", "f = a"], "n": [900, 900], "coverage": [0.1, 0.1],
    ...                          "low": [0.05, 0.05], "high": [0.2, 0.2], "n_out_of_reach": [810, 810]})
    >>> propose_changes(FINDINGS.to_frame(), coverage, days=28)["why"].item()
    '10 % of its traffic is within reach (5 to 20 %), 810 interactions in 28 days are not: draw candidates there'
    """
    parts = [_propose_additions(coverage, days, covered), _propose_for_examples(findings)]
    return pl.concat(parts).select(PROPOSALS.names())


def _propose_additions(coverage: pl.DataFrame, days: int, covered: float) -> pl.DataFrame:
    n_all = float(coverage.filter(segment=EVERYTHING)["n"].sum())
    wanting = coverage.filter(
        pl.col("segment") != EVERYTHING,
        pl.col("high") < covered,
        pl.col("n_out_of_reach") >= max(1.0, WORTH_A_WORD * n_all),
    )
    ordered = wanting.sort("n_out_of_reach", "segment", descending=[True, False])
    rows = [
        ("add", None, row["segment"], _say_uncovered(row, days), float(row["n_out_of_reach"]))
        for row in ordered.iter_rows(named=True)
    ]
    return pl.DataFrame(rows, schema=PROPOSALS, orient="row")


def _say_uncovered(row: dict, days: int) -> str:
    share, low, high = (f"{100 * row[name]:.0f}" for name in ("coverage", "low", "high"))
    return (
        f"{share} % of its traffic is within reach ({low} to {high} %), {row['n_out_of_reach']:,} interactions in "
        f"{days} days are not: draw candidates there"
    )


def _propose_for_examples(findings: pl.DataFrame) -> pl.DataFrame:
    advice = pl.col("finding").first().replace_strict(_ADVICE, return_dtype=pl.String)
    others = pl.col("finding").slice(1).str.join(", ")
    also = pl.when(pl.len() > 1).then(pl.format("; also {}", others)).otherwise(pl.lit(""))
    gathered = findings.group_by("example_id", maintain_order=True).agg(
        action=pl.col("finding").first().replace_strict(_ACTIONS, return_dtype=pl.String),
        why=pl.format("{}: {}; {}{}", pl.col("finding").first(), pl.col("why").first(), advice, also),
    )
    told = gathered.with_columns(segment=pl.lit(None, pl.String), weight=pl.lit(None, pl.Float64))
    return told.select(PROPOSALS.names()).sort("action", maintain_order=True)
