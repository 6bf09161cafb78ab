"""How a golden set is, in a dozen numbers."""

from datetime import datetime

import polars as pl

from feedback.golden.coverage import EVERYTHING
from feedback.golden.findings import KINDS, shown_at

MEASURES = pl.Schema(
    {"measure": pl.String, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "says": pl.String}
)
_SAYS = {
    "contradicted": "examples that people or behaviour have contradicted since",
    "contaminated": "examples that the model under test has seen or labelled",
    "duplicate": "examples that nearly repeat an earlier one of the same label",
    "vanished": "examples that no current request resembles",
    "always passed": "examples that every evaluation passed",
    "split": "examples whose group lies on two sides",
    "old": "examples from long ago",
}


def summarise_golden(
    examples: pl.DataFrame,
    findings: pl.DataFrame,
    coverage: pl.DataFrame,
    *,
    disagreement: float | None,
    at: datetime,
    days: int,
) -> pl.DataFrame:
    """Return what there is to know at a glance: one row per measure.

    Parameters
    ----------
    examples
        Those in the golden set.
    findings
        What is wrong with single ones.
    coverage
        As `measure_coverage` gives it.
    disagreement
        As `mix_disagreement` gives it.
    at
        Now.
    days
        How many days the traffic is of.

    Returns
    -------
    pl.DataFrame
        `measure`, `value` (shares in [0, 1]; null: not known), its 95 % interval `low` and `high` where it has one, and
        what it `says`.
    """
    whole = coverage.filter(segment=EVERYTHING)
    share, low, high = whole.select("coverage", "low", "high").row(0) if whole.height else (None, None, None)
    ages = (pl.lit(at).cast(pl.Datetime("us", "UTC")) - shown_at(examples)).dt.total_days()
    counts = {kind: findings.filter(finding=kind).height for kind in KINDS}
    rows = [
        ("examples", examples.height, None, None, "examples in the set"),
        ("bad", examples.filter(label="bad").height, None, None, "of them labelled bad"),
        ("with expected answer", examples["expected"].count(), None, None, "of them with an answer a person gave"),
        ("coverage", share, low, high, f"share of the traffic of {days} days within reach of an example"),
        ("mix disagreement", disagreement, None, None, "share of examples in other segments than the traffic"),
        ("median age", examples.select(ages.median()).item(), None, None, "days since the response was shown"),
        *((kind, n, None, None, _SAYS[kind]) for kind, n in counts.items()),
    ]
    return pl.DataFrame(rows, schema=MEASURES, orient="row", strict=False)
