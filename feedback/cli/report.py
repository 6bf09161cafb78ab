"""What a command did, in a few lines a person can read."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from feedback.cli.tables import printable
from feedback.cli.words import count, moment, share
from feedback.pipeline import FitSummary, IngestSummary, RestateSummary, RunSummary, StoreStatus
from feedback.pipeline.retention import say_aged

MOST_REASONS = 8
MOST_CHANGES = 6
MOST_COLUMNS = 6


def say_ingested(summary: IngestSummary, *, is_stored: bool = True) -> None:
    """Print what became of the rows that were read."""
    console = _console()
    for told, n in summary.seen.items():
        console.print(f"{count(n, 'file')} of format {printable(told, widest=200)}.")
    disagreed = f" ({summary.n_conflicting:,} of them disagreed)" if summary.n_conflicting else ""
    forgotten = f" + {summary.n_forgotten:,} forgotten" if summary.n_forgotten else ""
    console.print(
        f"Read {count(summary.n_rows, 'row')} from {count(summary.n_files, 'file')} = {summary.n_new:,} new + "
        f"{summary.n_duplicates:,} seen before{disagreed} + {summary.n_quarantined:,} quarantined{forgotten}."
    )
    for reason, n in _group_reasons(summary.reasons)[:MOST_REASONS]:
        console.print(f"  {n:,} × {printable(reason, widest=200)}")
    if summary.n_quarantined and is_stored:
        console.print("  file and row of each: feedback show quarantine")
    if summary.n_telling_ids:
        console.print(
            f"In {count(summary.n_telling_ids, 'row')} the id of the session, interaction or event holds the id of the "
            "person: pseudonyms do not hide that. Have the product give them other ids."
        )
    if summary.n_naive_times:
        console.print(
            f"{count(summary.n_naive_times, 'time')} named no zone and were read in the declared one (--timezone)."
        )


def _group_reasons(reasons: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return how often each reason was given, without the ids that some name after a colon."""
    grouped: Counter[str] = Counter()
    for reason, n in reasons.items():
        grouped[reason.split(": ", 1)[0]] += n
    return grouped.most_common()


def say_labelled(summary: RunSummary) -> None:
    """Print how many labels there are and how far they are final."""
    console = _console()
    console.print(
        f"Labelled {count(summary.n_interactions, 'response')}: {summary.n_final:,} final "
        f"({summary.n_new_final:,} of them new), {summary.n_open:,} still open. "
        f"{share(summary.n_voted, summary.n_final)} of the final ones have a vote."
    )
    console.print(f"Complete up to {moment(summary.watermark)} (watermark), label version {summary.label_version}.")
    if summary.n_aged_texts or summary.n_aged_events:
        console.print(
            f"Aged out: {say_aged(summary.n_aged_texts, summary.n_aged_events)}. Labels stay. The files they were in "
            "go within 8 days, or at once: feedback store compact --keep-days 0"
        )
    if summary.n_new_alarms:
        console.print(f'{count(summary.n_new_alarms, "new alarm")}: feedback show alarms --where "echo_of IS NULL"')
    if summary.n_late:
        console.print(
            f"{count(summary.n_late, 'event')} came too late to count, and are stored. To let them count: "
            "feedback restate --from DATE"
        )


def say_restated(summary: RestateSummary) -> None:
    """Print how many labels a restatement changed, and why."""
    console = _console()
    console.print(
        f"Labelled {count(summary.n_restated, 'response')} shown since {summary.since} anew: "
        f"{summary.n_changed:,} changed, as label version {summary.label_version}. The old labels are kept."
    )
    for cause, n in summary.causes.items():
        console.print(f"  {n:,} × {cause}")


def say_fitted(summary: FitSummary) -> None:
    """Print what the label model was fitted to and whether it says probabilities now."""
    console = _console()
    console.print(
        f"Fitted to {count(summary.n_reviewed, 'reviewed response')}; label version {summary.label_version} has "
        f"{count(summary.n_labels, 'label')}."
    )
    if summary.is_calibrated:
        console.print("Labels now carry p_good, and quality the rate corrected by reviews: feedback show quality")
    else:
        console.print(
            f"No probabilities yet: {summary.why_not}. To get some: feedback reviews draw --k 100 --out FILE.csv"
        )


def say_changes(changes: pl.DataFrame) -> None:
    """Print the values of dimensions whose behaviour score changed most, if any did."""
    console = _console()
    if changes.is_empty():
        console.print("No value of any dimension changed more in the last 7 days than days differ anyway.")
        return
    console.print(
        "\nMean behaviour score, last 7 days against the days before (0 to 1; it ranks, it is not a success rate):"
    )
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("", "before", "now", "change", "95 % interval", "responses"):
        table.add_column(name, justify="left" if not name else "right")
    for row in changes.head(MOST_CHANGES).iter_rows(named=True):
        what = (
            "everything" if row["dimension"] == "all" else f"{row['dimension']} = {printable(row['value'], widest=30)}"
        )
        table.add_row(
            Text(what),
            f"{row['score_before']:.2f}",
            f"{row['score_after']:.2f}",
            f"{row['change']:+.2f}",
            f"{row['low']:+.2f} to {row['high']:+.2f}",
            f"{row['n_after']:,}",
        )
    console.print(table)


@dataclass(frozen=True)
class Health:
    """How the data arrive: what `summarise_arrival`, `unusual_hours` and `describe_columns` say."""

    arrival: Mapping[str, float | None]
    unusual: pl.DataFrame
    columns: pl.DataFrame


def say_status(found: StoreStatus, health: Health, store: Path) -> None:
    """Print what is stored, how fresh and how healthy it is, and what could not be used."""
    console = _console()
    last = found.last_run
    if last is None:
        console.print(f"The store {store} is empty. Fill it: feedback demo, or feedback ingest LOGS and feedback run")
        return
    lines = {
        "last run": f"{last.run} ({last.command}), {moment(last.finished_at)}",
        "events": _describe_events(found),
        "watermark": moment(last.watermark),
        "labels": f"{found.rows.get('labels', 0):,} final, {found.rows.get('open_labels', 0):,} open",
        "label version": str(last.label_version or "none yet: feedback run"),
        "reviews": f"{found.rows.get('reviews', 0):,}",
        "incidents": f"{found.n_open_incidents:,} open",
        "alarms": _describe_alarms(found),
        "quarantine": count(found.rows.get("quarantine", 0), "row"),
    }
    lines |= _describe_privacy(found)
    lines |= {f"source {name}": f"latest event {moment(latest)}" for name, latest in last.sources.items()}
    lines |= _describe_health(health)
    width = max(map(len, lines))
    for name, value in lines.items():
        console.print(f"{name:{width}}  {value}")
    for reason, n in list(found.quarantine.items())[:MOST_REASONS]:
        console.print(f"{'':{width}}  {n:,} × {printable(reason, widest=200)}")


def _describe_alarms(found: StoreStatus) -> str:
    alarms = found.alarms
    if alarms.is_learning:
        return f"none before {moment(alarms.begins_at)}: until then it is learned what is usual"
    if not alarms.n_own:
        return "none"
    echoes = f", {alarms.n_echoes:,} more explained by them" if alarms.n_echoes else ""
    latest = printable(alarms.latest or "", widest=60)
    return f"{alarms.n_own:,}{echoes}, the latest {moment(alarms.latest_at)}: {latest}"


def _describe_events(found: StoreStatus) -> str:
    if found.oldest_event is None:
        return "none"
    return f"{found.rows['events']:,}, from {moment(found.oldest_event)} to {moment(found.newest_event)}"


def _describe_privacy(found: StoreStatus) -> dict[str, str]:
    """Return since when texts and events are kept, where older ones have aged out, and what people go by."""
    lines = {}
    if found.horizons.texts:
        lines["texts kept"] = f"since {found.horizons.texts:%Y-%m-%d}; golden examples and reviews keep theirs"
    if found.horizons.events:
        lines["events kept"] = f"since {found.horizons.events:%Y-%m-%d}; labels of before stay"
    if found.pseudonyms:
        lines["pseudonyms"] = printable(", ".join(found.pseudonyms), widest=100)
    return lines


def _describe_health(health: Health) -> dict[str, str]:
    """Return one line for each measure of data health that is known."""
    arrival, unusual = health.arrival, health.unusual
    shares = {"late events": "late_share", "duplicates": "duplicate_share"}
    lines = {name: f"{100 * value:.2f} %" for name, key in shares.items() if (value := arrival[key]) is not None}
    if arrival["lag_s"] is not None:
        lines["time to arrive"] = f"{arrival['lag_s']:,.0f} s, in 95 % of the hours under {arrival['lag_s_95']:,.0f} s"
    if arrival["sessions_per_user"] is not None:
        most = arrival["sessions_per_user_95"]
        lines["sessions per user"] = f"{arrival['sessions_per_user']:,.0f}, for 95 % of users up to {most:,.0f}"
    if unusual.height:
        hour, n_events, n_expected, _ = unusual.row(0)
        lines["unusual hours"] = (
            f"{unusual.height:,}, the latest {moment(hour)} with {count(n_events, 'event')} (usually {n_expected:,.0f})"
        )
    missing = health.columns.filter(pl.col("recorded_share") < 1).sort("recorded_share")
    if missing.height:
        lines["not recorded"] = ", ".join(
            f"{printable(name, widest=30)} {100 * (1 - known):.0f} %"
            for name, known in missing.select("column", "recorded_share").head(MOST_COLUMNS).iter_rows()
        )
    return lines


def _console() -> Console:
    return Console(highlight=False, markup=False, soft_wrap=True)
