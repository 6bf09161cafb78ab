"""What `feedback.toml` calls broken, checked against the latest complete days of a store."""

from collections.abc import Mapping, Sequence

import polars as pl

from feedback.incidents import check_rules, fold_incidents, incident_identity
from feedback.incidents.rules import FIRES, functions_asked
from feedback.incidents.states import OPEN
from feedback.label_model import latest_labels
from feedback.pipeline.dimensions import known_columns
from feedback.segments.days import latest_days
from feedback.settings import Broken, Settings
from feedback.store.snapshot import Snapshot

SEVERITY = {"quality": "high", "missing data": "high", "rule": "high", "signal": "medium", "volume": "medium",
            "mix": "low"}  # fmt: skip
"""of an incident that no rule of feedback.toml rates"""
_NEEDED = (
    "interaction_id", "label_version", "session_id", "user_id", "shown_at", "is_automated", "score", "p_good",
    "outcome",
)  # fmt: skip


def break_rules(snapshot: Snapshot, settings: Settings, known: pl.DataFrame) -> list[dict]:
    """Return the steps that open incidents for rules that are broken and have none open.

    One that was decided is opened again only by days that began later.
    """
    checked = check_store_rules(snapshot, settings)
    about = fold_incidents(known).filter(pl.col("kind") == "rule")
    rules = {rule.name: rule for rule in settings.broken}
    steps = []
    for row in checked.filter(status="broken").iter_rows(named=True):
        earlier = about.filter(rule=row["rule"])
        is_open = earlier["state"].is_in(OPEN).any()
        is_decided = (earlier["decided_at"] > row["starts_at"]).any()
        if is_open or is_decided:
            continue
        rule, day = rules[row["rule"]], row["ends_at"].date().isoformat()
        steps.append(
            {
                "incident_id": incident_identity("rule", rule.name, day), "action": "opened", "kind": "rule",
                "segment": rule.segment, "metric": rule.metric, "rule": rule.name, "onset_at": row["starts_at"],
                "detected_at": row["ends_at"], "owner": rule.owner, "runbook": rule.runbook,
                "severity": rule.severity or SEVERITY["rule"], "note": _say(row),
            }
        )  # fmt: skip
    return steps


def check_store_rules(snapshot: Snapshot, settings: Settings) -> pl.DataFrame:
    """Return what is broken in the latest complete days of a store, as `check_rules`; no row before the first run.

    Raises
    ------
    SettingsError
        When a rule is about something the labels do not have.
    """
    rules = [rule for rule in settings.broken if rule.is_checked]
    watermark = snapshot.run.watermark if snapshot.run else None
    if not rules or watermark is None:
        return check_rules(pl.DataFrame(), (), {})
    window = max(settings.observation_window.values())
    zone = settings.time_zone
    days = {rule.days: latest_days(watermark, window=window, time_zone=zone, n_days=rule.days) for rule in rules}
    spans = {n_days: (found.span(zone).starts_at, found.span(zone).ends_at) for n_days, found in days.items()}
    since = min(start for start, _ in spans.values())
    labels = snapshot.table("labels").filter(pl.col("shown_at") >= since)
    named = [name for name in known_columns(snapshot, labels, role="dimension")
             if any(f"{name} = " in rule.segment for rule in rules)]  # fmt: skip
    chosen = latest_labels(labels.select(*dict.fromkeys((*_NEEDED, *named))))
    return check_rules(_with_votes(snapshot, chosen, rules).collect(), rules, spans)


def _with_votes(snapshot: Snapshot, labels: pl.LazyFrame, rules: Sequence[Broken]) -> pl.LazyFrame:
    votes = snapshot.table("votes")
    asked = [name for name in functions_asked(rules) if name in votes.collect_schema()]
    if not asked:
        return labels
    fired = votes.select("interaction_id", pl.col(asked).name.prefix(FIRES))
    return labels.join(fired, on="interaction_id", how="left")


def _say(row: Mapping) -> str:
    return f"{row['rate']:.3f} ({row['low']:.3f} to {row['high']:.3f}) on {row['n']:,} labels"
