"""What is wrong with single examples: old, repeated, contradicted, always passed, shown to the model, or of no use."""

from datetime import datetime, timedelta

import polars as pl

from feedback.golden.history import golden_frame

KINDS = ("contradicted", "contaminated", "duplicate", "vanished", "always passed", "split", "old")
FINDINGS = pl.Schema({"example_id": pl.String, "finding": pl.String, "why": pl.String})
# An example that no request of so many resembles stands for less than 1 % of traffic (95 %).
ENOUGH_TRAFFIC = 300
OLD = timedelta(days=180)
ENOUGH_RUNS = 5
# Behaviour contradicts a person only where there is plenty of it, all one way.
ENOUGH_LABELS = 5
_FAR = {"good": 0.2, "bad": 0.8}


def shown_at(examples: pl.DataFrame) -> pl.Series:
    """Return when the response of each example was shown; when it was added, where that is not known."""
    written = examples["provenance"].str.json_path_match("$.shown_at")
    known = written.str.to_datetime(time_unit="us", time_zone="UTC", strict=False)
    return examples.select(pl.coalesce(known, "added_at")).to_series().alias("shown_at")


def find_old(examples: pl.DataFrame, *, at: datetime, older_than: timedelta = OLD) -> pl.DataFrame:
    """Return the examples whose response was shown long ago: one row per example, as `FINDINGS`."""
    days = (pl.lit(at).cast(pl.Datetime("us", "UTC")) - shown_at(examples)).dt.total_days()
    aged = examples.with_columns(days.alias("days")).filter(pl.col("days") >= older_than.days)
    return _say(aged, "old", pl.format("from {} days ago", "days"))


def find_repeated(duplicates: pl.DataFrame) -> pl.DataFrame:
    """Return the examples that nearly repeat another, given `example_id` and `duplicate_of`."""
    return _say(duplicates, "duplicate", pl.format("says nearly the same as {}", pl.col("duplicate_of").str.head(8)))


def find_vanished(n_within_reach: pl.DataFrame, *, n_traffic: int, days: int) -> pl.DataFrame:
    """Return the examples that no current request resembles; none where there are too few requests to tell.

    Parameters
    ----------
    n_within_reach
        `example_id`, `n_within_reach`.
    n_traffic
        How many current requests it was compared with.
    days
        How many days they are of.
    """
    if n_traffic < ENOUGH_TRAFFIC:
        return FINDINGS.to_frame()
    most = 100 * (1 - 0.05 ** (1 / n_traffic))
    said = f"like none of {n_traffic:,} requests of the latest {days} days (95 %: under {most:.2g} % of traffic)"
    return _say(n_within_reach.filter(pl.col("n_within_reach") == 0), "vanished", pl.lit(said))


def find_contradicted(examples: pl.DataFrame, recent: pl.DataFrame) -> pl.DataFrame:
    """Return the examples that people or behaviour have contradicted since their label was given.

    Parameters
    ----------
    examples
        Those in the golden set, with `at`, when the label was given.
    recent
        What is known of responses with the same request and response, one row per interaction: `example_id`,
        `verdict` and `reviewed_at` (null: not reviewed), `corrected_text` (null: none), `p_good` and `shown_at`.
        A later verdict or correction contradicts; so does behaviour where at least five such responses shown later
        have a mean `p_good` under 0.2 for a good example, or over 0.8 for a bad one.
    """
    both = examples.select("example_id", "label", "expected", "at").join(recent, on="example_id")
    is_later = pl.col("reviewed_at") > pl.col("at")
    judged = both.filter(is_later, pl.col("verdict").is_in(["good", "bad"]), pl.col("verdict") != pl.col("label"))
    corrected = both.filter(is_later, pl.col("corrected_text").is_not_null(), ~_is_expected())
    later = both.filter(pl.col("shown_at") > pl.col("at"), pl.col("p_good").is_not_null())
    behaved = (
        later.group_by("example_id", "label")
        .agg(mean=pl.col("p_good").mean(), n=pl.len())
        .filter(
            pl.col("n") >= ENOUGH_LABELS,
            pl.when(label="good").then(pl.col("mean") < _FAR["good"]).otherwise(pl.col("mean") > _FAR["bad"]),
        )
    )
    said = pl.format("{} times the same response since, mean p_good {}", "n", pl.col("mean").round(2))
    told = (
        _say(judged, "contradicted", pl.format("labelled {}, reviewed {} since", "label", "verdict")),
        _say(corrected, "contradicted", pl.lit("a reviewer has given another answer since")),
        _say(behaved, "contradicted", said),
    )
    return pl.concat(told).unique("example_id", keep="first", maintain_order=True).sort("example_id")


def find_always_passed(results: pl.DataFrame, *, n_runs: int = ENOUGH_RUNS) -> pl.DataFrame:
    """Return the examples that passed in each of their evaluations, of at least `n_runs`: they tell nothing more.

    Parameters
    ----------
    results
        What holds of table `eval_results`; an evaluation that could not say does not count.
    n_runs
        How many evaluations it takes.
    """
    known = results.filter(pl.col("passed").is_not_null())
    counted = known.group_by("example_id").agg(n_runs=pl.col("eval_run").n_unique(), is_safe=pl.col("passed").all())
    safe = counted.filter("is_safe", pl.col("n_runs") >= n_runs)
    return _say(safe, "always passed", pl.format("passed in all of {} evaluations", "n_runs"))


def find_shown(contaminated: pl.DataFrame) -> pl.DataFrame:
    """Return the examples that `find_contaminated` found, as `FINDINGS`."""
    return _say(contaminated, "contaminated", pl.col("why"))


def find_split(leaks: pl.DataFrame) -> pl.DataFrame:
    """Return the examples whose group lies on two sides, as `find_leaks` found them."""
    rows = leaks.select(example_id="example_ids", splits=pl.col("splits").list.join(" and ")).explode("example_id")
    return _say(rows, "split", pl.format("its group lies in {}", "splits"))


def keep_current(findings: pl.DataFrame, examples: pl.DataFrame) -> pl.DataFrame:
    """Return the findings about examples that are in the set, the gravest kind first."""
    there = findings.join(golden_frame(examples).select("example_id"), on="example_id", how="semi")
    rank = pl.col("finding").replace_strict({kind: n for n, kind in enumerate(KINDS)}, return_dtype=pl.Int64)
    return there.unique(("example_id", "finding"), keep="first", maintain_order=True).sort(rank, "example_id")


def _is_expected() -> pl.Expr:
    return (pl.col("corrected_text").str.strip_chars() == pl.col("expected").str.strip_chars()).fill_null(value=False)


def _say(rows: pl.DataFrame, finding: str, why: pl.Expr) -> pl.DataFrame:
    told = rows.select("example_id", finding=pl.lit(finding), why=why.cast(pl.String))
    return told.unique("example_id", keep="first", maintain_order=True).sort("example_id")
