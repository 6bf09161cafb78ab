"""What got worse, compared with what a person chooses: a baseline, a release, the same hours, golden traffic."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from feedback.cli.commands import app
from feedback.errors import FeedbackError, InputError, SchemaError, SettingsError, UnknownNameError
from feedback.explore.comparisons import Calendar, Comparison, choose_windows, releases, whole_period
from feedback.explore.degraded import explain_between, find_segments, split_between
from feedback.explore.traffic import Traffic, read_traffic
from feedback.pipeline import ingest_logs, run_labels
from feedback.store import Store

START = datetime(2026, 3, 2, tzinfo=UTC)
DAYS, CALENDAR = 21, Calendar()
WORSE = ["language = de"]
LAST_WEEK = Comparison("pinned baseline", timedelta(days=5), baseline=(date(2026, 3, 2), date(2026, 3, 8)))


def clock() -> datetime:
    return START + timedelta(days=90)


def traffic() -> pl.DataFrame:
    """Return 48 answers a day; from day 14 on, with prompt v2, German ones are turned down."""
    rows = []
    for n in range(48 * DAYS):
        day, language = n // 48, "de" if n % 2 else "en"
        act = "reject" if (n // 2) % 10 < (8 if day >= 14 and language == "de" else 2) else "copy"
        shown = START + timedelta(days=day, minutes=n % 48 * 30)
        who = {"session_id": f"s{n}", "user_id": f"u{n % 300}", "interaction_id": f"i{n}", "language": language}
        who |= {"prompt_version": "v2" if day >= 14 else "v1"}
        rows += [
            {"event_id": f"a{n}", "occurred_at": shown, "kind": "response", "text": "Here.", **who},
            {"event_id": f"b{n}", "occurred_at": shown + timedelta(seconds=9), "kind": act, "text": None, **who},
        ]
    return pl.DataFrame(rows, infer_schema_length=None)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("comparisons")
    traffic().write_parquet(folder / "log.parquet")
    made = Store(folder / "store")
    ingest_logs(made, [folder / "log.parquet"], clock=clock)
    run_labels(made, clock=clock, watermark=START + timedelta(days=DAYS, hours=1))
    return made


def named(store: Store, comparison: Comparison) -> list[str]:
    return find_segments(store.at(), comparison, CALENDAR).segments["segment"].to_list()


@pytest.mark.parametrize(
    ("comparison", "words"),
    [
        (Comparison(), "2026-03-16 to 2026-03-22 against the 7 days before"),
        (LAST_WEEK, "2026-03-18 to 2026-03-22 against 2026-03-02 to 2026-03-08"),
        (
            Comparison("same hours last week", timedelta(days=7)),
            "2026-03-16 to 2026-03-22 against 2026-03-09 to 2026-03-15",
        ),
        (
            Comparison("release", timedelta(days=7), release=("prompt_version", "v2")),
            "2026-03-16 to 2026-03-22 against the 7 days before prompt_version = v2",
        ),
    ],
)
def test_whatever_it_is_compared_with_the_segment_is_named(store: Store, comparison: Comparison, words: str):
    found = find_segments(store.at(), comparison, CALENDAR)
    assert (found.segments["segment"].to_list(), found.words) == (WORSE, words)
    assert min(found.n_before, found.n_after) > 200


def test_a_comparison_of_before_the_change_names_nothing(store: Store):
    periods = Comparison("pinned baseline", timedelta(days=21), baseline=(date(2026, 3, 16), date(2026, 3, 22)))
    assert named(store, periods) == []


def test_golden_traffic_is_labels_of_the_store_or_of_a_file(store: Store):
    early = store.table("labels").filter(pl.col("shown_at") < START + timedelta(days=7)).collect()
    ids = Traffic("ids.csv", early.select("interaction_id").write_csv().encode())
    own = early.select("interaction_id", "session_id", "language", "score", shown_at=pl.col("shown_at").cast(pl.String))
    rows = Traffic("golden.csv", own.write_csv().encode())
    for one in (ids, rows):
        assert named(store, Comparison("golden traffic", timedelta(days=5), traffic=one)) == WORSE
    explained = explain_between(
        store.at(), Comparison("golden traffic", timedelta(days=5), traffic=rows), _definition(store), CALENDAR
    )
    assert explained.examples.height > 0


@pytest.mark.parametrize(
    ("file", "error"),
    [
        (Traffic("x.txt", b""), InputError),
        (Traffic("x.parquet", b"no parquet"), InputError),
        (Traffic("x.csv", b"a,b\n1,2\n"), SchemaError),
        (Traffic("x.csv", b"interaction_id\nnowhere\n"), InputError),
        (Traffic("x.csv", b"interaction_id,score\ni1,0.5\n"), SchemaError),
    ],
)
def test_a_file_that_is_no_traffic_is_refused(store: Store, file: Traffic, error: type[FeedbackError]):
    with pytest.raises(error, match="x"):
        read_traffic(file, store.table("labels"))


def _definition(store: Store) -> list:
    return find_segments(store.at(), LAST_WEEK, CALENDAR).segments["definition"].to_list()[0]


def test_the_trend_runs_from_the_baseline_to_now(store: Store):
    details = explain_between(store.at(), LAST_WEEK, _definition(store), CALENDAR)
    assert details.trend.height == DAYS
    assert details.onset is not None
    assert abs(details.onset.at - (START + timedelta(days=14))) < timedelta(days=1)


def test_the_change_is_split_between_the_same_windows(store: Store):
    split = split_between(store.at(), LAST_WEEK, "language", CALENDAR)
    assert split.words == choose_windows(store.at(), LAST_WEEK, CALENDAR).words
    assert split.parts.row(0, named=True)["within"] < -0.1
    with pytest.raises(UnknownNameError, match="language"):
        split_between(store.at(), LAST_WEEK, "colour", CALENDAR)


def test_releases_and_days_are_those_of_the_log(store: Store):
    assert releases(store.at()).select("column", "value").rows() == [("prompt_version", "v2")]
    assert whole_period(store.at()) == (date(2026, 3, 2), date(2026, 3, 22))


def test_what_is_not_stated_or_never_was_is_refused(store: Store, tmp_path: Path):
    for unfinished in ("pinned baseline", "release", "golden traffic"):
        with pytest.raises(SettingsError):
            find_segments(store.at(), Comparison(unfinished), CALENDAR)
    with pytest.raises(UnknownNameError):
        find_segments(store.at(), Comparison("release", release=("prompt_version", "v9")), CALENDAR)
    with pytest.raises(SettingsError, match="whole days"):
        Comparison(length=timedelta(hours=5))
    with pytest.raises(SettingsError, match="feedback run"):
        find_segments(Store(tmp_path / "none").at(), Comparison(), CALENDAR)
    assert whole_period(Store(tmp_path / "none").at()) is None


@pytest.mark.parametrize(
    "choice",
    [
        ["--days", "7"], ["--same-hours", "7d"], ["--baseline", "2026-03-02..2026-03-08"],
        ["--since-release", "prompt_version=v2"], ["--against", "golden.parquet"],
    ],
)  # fmt: skip
def test_the_command_names_the_segment(
    store: Store, choice: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FEEDBACK_STORE", str(store.path))
    store.table("labels").filter(pl.col("shown_at") < START + timedelta(days=7)).sink_parquet("golden.parquet")
    told = CliRunner().invoke(app, ["degraded", *choice, "--columns", "segment,rank"])
    assert (told.exit_code, told.output) == (0, "segment,rank\nlanguage = de,1\n")
    split = CliRunner().invoke(app, ["degraded", *choice, "--mix", "language", "--columns", "segment"])
    assert split.output.splitlines()[:2] == ["segment", "all"]


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (["--baseline", "soon"], "2026-09-07..2026-09-13"),
        (["--since-release", "v2"], "prompt_version=v2"),
        (["--against", "nowhere.csv"], "nowhere.csv"),
        (["--same-hours", "24h", "--baseline", "2026-03-02"], "choose one"),
    ],
)
def test_a_mistake_is_one_line(store: Store, choice: list[str], said: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FEEDBACK_STORE", str(store.path))
    told = CliRunner().invoke(app, ["degraded", *choice])
    assert (told.exit_code, said in told.stderr) == (2, True)
