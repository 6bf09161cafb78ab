"""How fast the app is on a store of ten million labels, in a real browser.

    uv run benchmarks/app.py [--labels 10000000] [--store DIR] [--repeats 20] [--users 10] [--write]

The store is made by `benchmarks/app_store.py` and kept with `--store`. The app is started as `feedback app` starts it.
Cold: a page is the first thing anybody asks of a server that has just started, in a browser that was never here. Warm:
it is opened again, in a new window of the same browser. First content: the title, and below it a sentence that tells
what was found, a number, a chart, a table or a message. A filter's answer: from the click to the last change it brought
about that can be seen. Ten people: one in a browser, and nine who ask over the same websocket and draw nothing
(`benchmarks/app_visitors.py`), as each of them has a machine of their own for that; each opens a page and goes on
choosing, a second after every answer. With `--write` the tables go into docs/performance.md. Needs chromium and
`uv sync --group browser`.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

import polars as pl

from benchmarks.app_browser import (
    Opened,
    answer_s,
    browse,
    choose_option,
    choose_segment,
    follow_tab,
    new_tab,
    open_page,
    peak_gib,
    search_option,
    serve,
    switch_on,
)
from benchmarks.app_store import build_store, count_labels
from benchmarks.app_visitors import keep_asking
from benchmarks.labelling import describe_machine
from feedback.explore import list_values
from feedback.store import Store

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
MARKS = ("<!-- app -->", "<!-- /app -->")
PORT = 8791
ADDRESSES = {
    "Overview": "", "Incidents": "incidents", "Segments": "segments", "Alarms": "alarms", "Examples": "examples",
    "Review": "review", "Golden set": "golden", "Labels": "labels", "Data health": "health",
}  # fmt: skip
MOST_FIRST_S, MOST_ANSWER_S, MOST_TOGETHER_S = 1.0, 0.5, 2.0
WARM_OPENINGS = 4
# What the others look at, and choose there in turn. People look at what they see before they choose again.
QUESTIONS = (
    ("", ["days=14", "days=7", "days=28", "dimension=model", "dimension=language&days=7"]),
    ("examples", ["days=14", "dimension=model&value=aria-2", "days=7", "days=28&order=newest"]),
    ("segments", ["", "dimension=language", "dimension=model", "days=28"]),
    ("alarms", ["", "days=28"]),
    ("incidents", [""]),
    ("labels", ["", "days=7"]),
)
THINK_S = 1.0


class Filter(NamedTuple):
    """A filter of a page, and what is chosen in it in turn."""

    page: str
    name: str
    acts: Sequence[Any]


def list_filters(store: Store) -> list[Filter]:
    """Return the filters that are measured."""
    tenants = list_values(store.at(), "tenant")
    dimensions = [choose_option("Break down by", name) for name in ("tenant", "language", "model", "intent", "feature")]
    days = [choose_segment("Latest days", str(n)) for n in (7, 28, 14)]
    return [
        Filter("Overview", "Latest days", days),
        Filter("Overview", "Break down by", dimensions),
        Filter("Examples", "Latest days", days),
        Filter("Examples", "Dimension", [choose_option("Dimension", n) for n in ("model", "tenant", "language")]),
        Filter(
            "Examples?dimension=tenant", "Value (200 tenants)", [search_option("Value", t) for t in tenants[1:40:6]]
        ),
        Filter("Examples", "Order", [choose_option("Order", n) for n in ("Newest", "Best", "contradictory", "Worst")]),
        Filter("Segments", "Mix of", [choose_option("Mix of", n) for n in ("tenant", "language", "model", "feature")]),
        Filter("Labels", "By segment", [switch_on("By segment")]),
    ]


def address_of(page: str) -> str:
    """Return the address of a page, with what it is asked for."""
    name, mark, query = page.partition("?")
    return ADDRESSES[name] + mark + query


def measure_openings(store: Path, *, pages: Sequence[str]) -> pl.DataFrame:
    """Return one row per page: cold and warm seconds to first content and until complete, and the memory held then."""
    rows = []
    for page in pages:
        with serve(store, PORT) as server:
            cold, *warm = asyncio.run(open_times(page, 1 + WARM_OPENINGS))
            rows.append({
                "page": page, "cold_first": cold.first_s, "cold_complete": cold.complete_s,
                "warm_first": median(one.first_s for one in warm),
                "warm_complete": median(one.complete_s for one in warm), "peak_gib": peak_gib(server),
            })  # fmt: skip
            print(rows[-1], file=sys.stderr)
    return pl.DataFrame(rows)


async def open_times(page: str, n: int) -> list[Opened]:
    """Return how long a page took to open, for the first time and again in one window after another."""
    found = []
    async with browse() as browser:
        tab = await new_tab(browser)
        for _ in range(n):
            found.append(await open_page(tab, PORT, address_of(page)))
            tab = await follow_tab(tab)
    return found


async def measure_filter(one: Filter, *, repeats: int) -> list[float]:
    """Return how long a filter took to answer, again and again; once before that does not count."""
    async with browse() as browser:
        tab = await new_tab(browser)
        await open_page(tab, PORT, address_of(one.page))
        acts = islice(cycle(one.acts), repeats + 1)
        return [await answer_s(tab, act) for act in acts][1:]


async def measure_together(store: Store, *, users: int, rounds: int) -> dict[str, list[float]]:
    """Return how long opening and answering took one person in a browser while others use the app as well.

    `opened`: seconds to the first content; `answered`: to the answer of a filter; `arrived`: until all that one of the
    others asked for was there.
    """
    filters = [one for one in list_filters(store) if one.page in ("Overview", "Examples", "Segments")]
    opened: list[float] = []
    answered: list[float] = []
    is_done = asyncio.Event()
    others = [
        asyncio.create_task(
            keep_asking(PORT, *QUESTIONS[number % len(QUESTIONS)], begin_at=number, think_s=THINK_S, until=is_done)
        )
        for number in range(users - 1)
    ]
    async with browse() as browser:
        tab = await new_tab(browser)
        await open_page(tab, PORT, address_of(filters[0].page))
        for one in filters:
            tab = await follow_tab(tab)
            opened.append((await open_page(tab, PORT, address_of(one.page))).first_s)
            for act in islice(cycle(one.acts), rounds):
                answered.append(await answer_s(tab, act))
                await asyncio.sleep(THINK_S)
    is_done.set()
    return {
        "opened": opened,
        "answered": answered,
        "arrived": [s for times in await asyncio.gather(*others) for s in times],
    }


def at_95(times: Sequence[float]) -> float:
    """Return what 95 % of the times stay under."""
    return quantiles(times, n=20, method="inclusive")[-1] if len(times) > 1 else times[0]


def report(openings: pl.DataFrame, filters: pl.DataFrame, together: dict, *, n: int, size_gib: float, call: str) -> str:
    """Return the tables."""
    lines = [
        "| page | first content, cold | complete, cold | first content, warm | complete, warm | peak GiB |",
        "|---|---|---|---|---|---|",
    ]
    for page, *seconds, peak in openings.iter_rows():
        lines.append(f"| {page} | {' | '.join(f'{value:.2f} s' for value in seconds)} | {peak:.2f} |")
    lines += ["", "| filter | answers | median | 95 % | slowest |", "|---|---|---|---|---|"]
    for name, n_answers, middle, most, slowest in filters.iter_rows():
        lines.append(
            f"| {name} | {n_answers} | {middle * 1000:.0f} ms | {most * 1000:.0f} ms | {slowest * 1000:.0f} ms |"
        )
    lines += ["", say_targets(openings, filters), "", say_together(together), ""]
    lines.append(f"{n:,} labelled interactions, {size_gib:.1f} GiB on disk. {describe_machine()} `{call}`")
    return "\n".join(lines)


def say_targets(openings: pl.DataFrame, filters: pl.DataFrame) -> str:
    """Return how many pages and filters are as fast as they are to be."""
    warm, cold = (openings.filter(pl.col(f"{name}_first") < MOST_FIRST_S).height for name in ("warm", "cold"))
    n_quick = filters.filter(pl.col("most") < MOST_ANSWER_S).height
    return (
        f"First content within {MOST_FIRST_S:.0f} s: {warm} of {openings.height} pages warm, {cold} cold. Answers "
        f"within {MOST_ANSWER_S * 1000:.0f} ms at the 95th percentile: {n_quick} of {filters.height} filters."
    )


def say_together(found: dict) -> str:
    """Return what many people at once meet."""
    told = {
        name: f"median {median(found[name]):.2f} s, 95 % {at_95(found[name]):.2f} s"
        for name in ("opened", "answered", "arrived")
    }
    n_others, n_answers, n_arrived = found["users"] - 1, len(found["answered"]), len(found["arrived"])
    return (
        f"{found['users']} people at once: first content {told['opened']}; answers of filters {told['answered']} "
        f"({n_answers} of them; the target is under {MOST_TOGETHER_S:.0f} s). What the {n_others} others asked for was "
        f"there after {told['arrived']} ({n_arrived} times). The app held up to {found['peak_gib']:.2f} GiB."
    )


def measure_filters(store: Store, *, repeats: int, users: int) -> tuple[pl.DataFrame, dict]:
    """Return one row per filter, and what many people at once meet, of one server."""
    rows = []
    with serve(store.path, PORT) as server:
        for one in list_filters(store):
            times = asyncio.run(measure_filter(one, repeats=repeats))
            name = f"{one.page.partition('?')[0]}: {one.name}"
            rows.append(
                {"filter": name, "n": len(times), "median": median(times), "most": at_95(times), "slowest": max(times)}
            )
            print(rows[-1], file=sys.stderr)
        together = asyncio.run(measure_together(store, users=users, rounds=max(repeats // 4, 2)))
        together |= {"users": users, "peak_gib": peak_gib(server)}
    return pl.DataFrame(rows), together


def measure(store: Store, given: argparse.Namespace) -> str:
    """Return the report."""
    openings = measure_openings(store.path, pages=[*ADDRESSES])
    filters, together = measure_filters(store, repeats=given.repeats, users=given.users)
    size_gib = sum(file.stat().st_size for file in store.path.rglob("*") if file.is_file()) / 2**30
    call = f"uv run benchmarks/app.py --labels {given.labels} --repeats {given.repeats}"
    return report(openings, filters, together, n=count_labels(store), size_gib=size_gib, call=call)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=lambda written: int(float(written)), default=10_000_000)
    parser.add_argument("--store", type=Path, help="folder of the store: made there, or used when it is there already")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--users", type=int, default=10)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    say: Callable[[str], None] = lambda words: print(words, file=sys.stderr)  # noqa: E731
    with tempfile.TemporaryDirectory() as made:
        store = Store(given.store or Path(made) / "store")
        if not store.exists():
            store = build_store(store.path, labels=given.labels, seed=given.seed, say=say)
        text = measure(store, given)
    print(text)
    if given.write:
        before, rest = PAGE.read_text().split(MARKS[0])
        PAGE.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{rest.split(MARKS[1])[1]}")


if __name__ == "__main__":
    main()
