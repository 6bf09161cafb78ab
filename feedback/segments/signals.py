"""Which behaviours changed: how often each labelling function fires, what it says, and how interactions end."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from feedback.segments.groups import Group, compare_groups
from feedback.segments.rows import require_columns
from feedback.stats.tails import normal_score, t_quantile, upper_tail

KEY = "interaction_id"
_TYPES: dict[str, pl.DataType] = {
    "kind": pl.String(), "name": pl.String(), "n_before": pl.Int64(), "n_after": pl.Int64(),
    "share_before": pl.Float64(), "share_after": pl.Float64(), "change": pl.Float64(), "low": pl.Float64(),
    "high": pl.Float64(), "q_value": pl.Float64(),
}  # fmt: skip


def moved_signals(before: pl.DataFrame, after: pl.DataFrame, votes: pl.DataFrame) -> pl.DataFrame:
    """Return how the behaviours behind the labels changed, the surest change first.

    Parameters
    ----------
    before, after
        Table `labels` of either window, one row per interaction: `interaction_id`, `session_id`; `user_id` and
        `outcome` where known.
    votes
        Table `votes`: one row per interaction, one column per labelling function.

    Returns
    -------
    pl.DataFrame
        One row per behaviour: `kind` and `name` of it; `n_before`, `n_after`, what its shares are of;
        `share_before`, `share_after`, `change` with `low`, `high` clustered by user; `q_value`, by Benjamini
        and Hochberg over all rows. Null where too few people are known.

        - `fires`: of all interactions, those that the function voted on
        - `says good`: of these, the mean vote
        - `outcome`: of all interactions, those that ended so

    Raises
    ------
    SchemaError
        When a column is missing.

    References
    ----------
    Benjamini and Hochberg (1995), Controlling the false discovery rate, JRSS B 57.

    Examples
    --------
    >>> ids = [f"i{one:03}" for one in range(400)]
    >>> labels = pl.DataFrame({"interaction_id": ids, "session_id": ids})
    >>> votes = pl.DataFrame({"interaction_id": ids, "undone": [0 if i > 200 and i % 2 else None for i in range(400)]})
    >>> moved_signals(labels.head(200), labels.tail(200), votes).select("kind", "name", "share_before").row(0)
    ('fires', 'undone', 0.0)
    """
    windows = [_behaviours(labels, votes) for labels in (before, after)]
    persons = pl.concat([window.select("person") for window in windows]).unique().sort("person").with_row_index("place")
    placed = [window.join(persons, on="person") for window in windows]
    rows = [_row(kind, name, *groups) for kind, name, groups in _pairs(placed[0], placed[1], persons.height)]
    found = pl.DataFrame(rows, schema=_TYPES | {"p_value": pl.Float64()}, strict=False)
    order = {"descending": [False, True, False, False], "nulls_last": True}
    return (
        found.with_columns(q_value=_benjamini_hochberg(found["p_value"]))
        .sort("q_value", pl.col("change").abs(), "kind", "name", **order)  # pyright: ignore[reportArgumentType]
        .drop("p_value")
    )


def _behaviours(labels: pl.DataFrame, votes: pl.DataFrame) -> pl.DataFrame:
    """Return the person of each interaction, its votes and its outcome."""
    require_columns(labels, [KEY, "session_id"])
    person = pl.coalesce("user_id", "session_id") if "user_id" in labels.columns else pl.col("session_id")
    outcome = pl.col("outcome") if "outcome" in labels.columns else pl.lit(None, pl.String)
    cast = votes.select(KEY, pl.exclude(KEY).cast(pl.Float64).name.prefix("vote "))
    chosen = labels.select(KEY, person=person.cast(pl.String), outcome=outcome.cast(pl.String))
    return chosen.join(cast, on=KEY, how="left")


def _pairs(before: pl.DataFrame, after: pl.DataFrame, n_persons: int) -> Iterator[tuple[str, str, tuple[Group, Group]]]:
    def both(value: pl.Expr) -> tuple[Group, Group]:
        one, other = (_group(window, value, n_persons) for window in (before, after))
        return one, other

    for column in (name for name in before.columns if name.startswith("vote ")):
        name = column.removeprefix("vote ")
        yield "fires", name, both(pl.col(column).is_not_null().cast(pl.Float64))
        yield "says good", name, both(pl.col(column))
    outcomes = pl.concat([before["outcome"], after["outcome"]]).drop_nulls().unique().sort()
    for outcome in outcomes:
        yield "outcome", outcome, both((pl.col("outcome") == outcome).cast(pl.Float64))


def _group(window: pl.DataFrame, value: pl.Expr, n_persons: int) -> Group:
    known = window.select("place", value=value).drop_nulls("value")
    place, values = known["place"].to_numpy(), known["value"].to_numpy()
    n = np.bincount(place, minlength=n_persons).astype(float)
    return Group(n, np.bincount(place, weights=values, minlength=n_persons).astype(float))


def _row(kind: str, name: str, before: Group, after: Group) -> dict[str, object]:
    sizes = {"n_before": before.size, "n_after": after.size, "share_before": before.rate, "share_after": after.rate}
    row: dict[str, object] = {"kind": kind, "name": name, **sizes}
    variance, freedom = compare_groups(before, after)
    if before.rate is None or after.rate is None or not 0 < variance < np.inf:
        return row
    change, error = after.rate - before.rate, float(np.sqrt(variance))
    half = float(t_quantile(max(freedom, 1.0))) * error
    p = 2 * float(upper_tail(abs(normal_score(change / error, max(freedom, 1.0)))))
    return row | {"change": change, "low": change - half, "high": change + half, "p_value": min(p, 1.0)}


def _benjamini_hochberg(p: pl.Series) -> pl.Series:
    """Return the q-value of each p-value; null stays null."""
    known = p.drop_nulls()
    ranks = p.rank("ordinal").cast(pl.Float64)
    frame = pl.DataFrame({"q": (p * known.len() / ranks), "rank": ranks}).with_row_index()
    q = frame.sort("rank", descending=True, nulls_last=True).with_columns(pl.col("q").cum_min())
    return q.sort("index")["q"].clip(upper_bound=1.0)
