"""What `feedback.toml` calls broken, checked against labels; and whose an incident is."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import polars as pl

from feedback.errors import SettingsError, name_some
from feedback.incidents.overlap import WHOLE, find_labels
from feedback.settings import Broken
from feedback.stats import IN_ORDER, mean_of_clusters

Span = tuple[datetime, datetime]
CHECKED = pl.Schema(
    {
        "rule": pl.String, "metric": pl.String, "segment": pl.String, "starts_at": pl.Datetime("us", "UTC"),
        "ends_at": pl.Datetime("us", "UTC"), "n": pl.Int64, "rate": pl.Float64, "low": pl.Float64, "high": pl.Float64,
        "status": pl.String,
    }
)  # fmt: skip
FIRES, OUTCOME = "fires: ", "outcome: "
_PERSON = pl.coalesce("user_id", "session_id")


def check_rules(labels: pl.DataFrame, rules: Iterable[Broken], spans: Mapping[int, Span]) -> pl.DataFrame:
    """Return what is broken: one row per rule that says below or above what, in their order.

    Parameters
    ----------
    labels
        Final labels, one row per interaction, with `shown_at`, `user_id`, `session_id`, dimensions, and what a
        labelling function voted behind `fires: ` where a rule is about one. Automated sessions are left out.
    rules
        From the settings.
    spans
        By number of days the time of the latest complete ones: from and, excluded, to.

    Returns
    -------
    pl.DataFrame
        `rule`, `metric`, `segment`, `starts_at`, `ends_at`; `n` labels with a value, their mean `rate` and its 95 %
        interval `low` to `high`, clustered by user, null under five of these; and `status`:

        - `broken` when there are enough labels and the whole interval is beyond what is allowed: chance alone rarely
          does that
        - `met` when the whole interval is within
        - `unknown` otherwise

    Raises
    ------
    SettingsError
        When a rule is about a metric or a dimension that the labels do not have.

    Examples
    --------
    >>> from datetime import UTC
    >>> at = datetime(2026, 1, 5, 12, tzinfo=UTC)
    >>> labels = pl.DataFrame({"score": [0.0, 0.0, 0.0, 1.0] * 50, "feature": "chat", "shown_at": at})
    >>> labels = labels.with_columns(session_id=pl.int_range(pl.len()).cast(pl.String), user_id=pl.lit(None, pl.String))
    >>> rule = Broken("chat", segment="feature = chat", below=0.7)
    >>> check_rules(labels, [rule], {1: (at, datetime(2026, 1, 6, tzinfo=UTC))}).select("n", "rate", "status").row(0)
    (200, 0.25, 'broken')
    """
    rows = [_check(labels, rule, spans[rule.days]) for rule in rules if rule.is_checked]
    return pl.DataFrame(rows, schema=CHECKED)


def functions_asked(rules: Iterable[Broken]) -> list[str]:
    """Return the labelling functions whose firing rules are about.

    Examples
    --------
    >>> functions_asked([Broken("copies", metric="fires: copied", below=0.1)])
    ['copied']
    """
    return sorted({rule.metric.removeprefix(FIRES) for rule in rules if rule.metric.startswith(FIRES)})


def route_incident(rules: Sequence[Broken], segment: str, metric: str) -> Broken | None:
    """Return the rule that says whose an incident is: the narrowest that its segment lies in; null when none does.

    A rule about one metric takes incidents of that metric only; one about `auto` all. Of equally narrow ones that
    with a metric goes first, then the first in the file.

    Examples
    --------
    >>> rules = [Broken("all", owner="ann"), Broken("chat", segment="feature = chat", owner="bob")]
    >>> route_incident(rules, "language = de & feature = chat", "score").owner
    'bob'
    """
    inside = _conditions(segment)
    fitting = [
        rule for rule in rules if _conditions(rule.segment) <= inside and rule.metric in ("auto", metric)
    ]  # fmt: skip
    return max(fitting, key=lambda rule: (len(_conditions(rule.segment)), rule.metric != "auto"), default=None)


def _check(labels: pl.DataFrame, rule: Broken, span: Span) -> dict:
    inside = find_labels(labels, rule.segment)
    if inside is None:
        raise SettingsError(f"broken: rule {rule.name!r}: the labels have no segment {rule.segment!r}")
    value = _value(labels, rule).cast(pl.Float64).fill_nan(None)
    chosen = labels.filter(pl.Series(inside)).filter(
        pl.col("shown_at") >= span[0], pl.col("shown_at") < span[1], ~_is_automated(labels)
    )
    people = chosen.select(person=_PERSON, value=value).drop_nulls("value").group_by("person", maintain_order=True)
    sums = people.agg(total=pl.col("value").sum(), n_values=pl.len()).with_columns(group=pl.lit(0))
    found = mean_of_clusters(sums.lazy(), by=["group"]).collect(optimizations=IN_ORDER)
    rate, low, high = found.select("mean", "low", "high").row(0) if found.height else (None, None, None)
    n = int(sums["n_values"].sum())
    return {
        "rule": rule.name, "metric": rule.metric, "segment": rule.segment, "starts_at": span[0], "ends_at": span[1],
        "n": n, "rate": rate, "low": low, "high": high, "status": _judge(rule, n, low, high),
    }  # fmt: skip


def _value(labels: pl.DataFrame, rule: Broken) -> pl.Expr:
    name = rule.metric
    if name == "auto":
        is_calibrated = "p_good" in labels.columns and labels["p_good"].count() > 0
        return pl.col("p_good" if is_calibrated else "score")
    if name == "voted":
        return pl.col("score").is_not_null()
    if name.startswith(OUTCOME) and "outcome" in labels.columns:
        return pl.col("outcome") == name.removeprefix(OUTCOME)
    if name in labels.columns and (name in ("score", "p_good") or name.startswith(FIRES)):
        return pl.col(name).is_not_null() if name.startswith(FIRES) else pl.col(name)
    known = [column for column in labels.columns if column.startswith(FIRES)]
    raise SettingsError(
        f"broken: rule {rule.name!r}: there is no metric {name!r}; there are auto, score, p_good, voted, "
        f"outcome: NAME, fires: NAME{' such as ' + name_some(known) if known else ''}"
    )


def _is_automated(labels: pl.DataFrame) -> pl.Expr:
    if "is_automated" not in labels.columns:
        return pl.lit(value=False)
    return pl.col("is_automated").fill_null(value=False)


def _judge(rule: Broken, n: int, low: float | None, high: float | None) -> str:
    if n < rule.min_n or low is None or high is None:
        return "unknown"
    if rule.below is not None:
        return "broken" if high < rule.below else "met" if low >= rule.below else "unknown"
    most = rule.above if rule.above is not None else 1.0
    return "broken" if low > most else "met" if high <= most else "unknown"


def _conditions(segment: str) -> frozenset[str]:
    return frozenset() if segment == WHOLE else frozenset(segment.split(" & "))
