"""How fast, how often wrongly: our drift alarms beside river's detectors.

    uv run python -m benchmarks.drift [--seed 0] [--seeds 20] [--quick] [--only quiet,delay,...] [--write]

Worlds are those of `drift_worlds.py`; every part draws fresh seeds. A delay is counted in labels of the segment, a
miss is infinite, and delays are compared between detectors with as many false alarms on the same quiet streams. Slow
detectors see fewer seeds; the tables say how many. With `--write` the tables go into docs/drift.md.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from river.drift import ADWIN, PageHinkley
from river.drift.binary import DDM, EDDM, HDDMA, HDDMW

from benchmarks.drift_tables import page, write_between_marks
from benchmarks.drift_worlds import (
    BASES,
    DROPS,
    N_AFTER,
    N_BEFORE,
    SHAPES,
    WEEKS_BEFORE,
    dropping_stream,
    mix_shift,
    quiet_segments,
    quiet_stream,
    seasonal_labels,
    watch_from,
)
from feedback.drift.bank import Bank, Stretches
from feedback.drift.budget import Budget
from feedback.drift.detectors import make_detector, positions_of_drift
from feedback.drift.settings import WatchSettings
from feedback.drift.watch import follow_segments
from feedback.interactions import derive_interactions
from feedback.label_model import derive_labels
from feedback.labelling import cast_votes, registered_functions
from feedback.simulate import STARTS_AT, simulate_traffic

PAGE = Path(__file__).parent.parent / "docs" / "drift.md"
MARKS = ("<!-- drift tables -->", "<!-- /drift tables -->")
PEERS = ("ADWIN", "PageHinkley", "DDM", "EDDM", "HDDMA", "HDDMW", "KSWIN")
OURS = "DropDetector"
ARL = 1e6
"""one false alarm a week over 1,000 segments of 1,000 labels"""
STRICTER: dict[str, list[Callable]] = {
    "PageHinkley": [lambda v=v: PageHinkley(threshold=v) for v in (50, 75, 100, 150, 200, 300)],
    "DDM": [lambda v=v: DDM(drift_threshold=v) for v in (3, 3.5, 4, 4.5, 5, 6, 7)],
    "EDDM": [lambda v=v: EDDM(beta=v) for v in (0.9, 0.8, 0.7, 0.6, 0.5)],
    "HDDMA": [lambda v=v: HDDMA(drift_confidence=10.0**-v) for v in (3, 4, 5, 6, 7, 8, 9, 10)],
    "HDDMW": [lambda v=v: HDDMW(drift_confidence=10.0**-v) for v in (3, 5, 7, 9, 12, 15, 20)],
}
"""each peer at its defaults and ever stricter"""
STEPS = {"ADWIN": 1, "KSWIN": 50}
"""a peer sees every so manieth segment; 5 by default"""
Rows = list[dict[str, object]]


def bank_positions(streams: list[np.ndarray], *, warmup: int, arl: float = ARL) -> list[list[int]]:
    """Return where our detector reports in each stream; it learns from the first `warmup` values."""
    bank = Bank(warmup, 1.0)
    bank.add(np.zeros(len(streams)), is_learning=np.ones(len(streams), bool))
    ends = np.cumsum([len(stream) for stream in streams])
    values = np.concatenate(streams)
    found = bank.update(
        Stretches(np.arange(len(streams)), ends, values, np.zeros(len(values)), np.full(len(values), arl))
    )
    starts = ends - [len(stream) for stream in streams]
    return [(found.position[found.series == at] - starts[at]).tolist() for at in range(len(streams))]


def quiet(options: argparse.Namespace) -> Rows:
    """Return the alarms of a week in which nothing changes, 1,000 segments, at several budgets."""
    budgets = {"1": Budget(1), "10": Budget(10), "100": Budget(100), "fdr 10 %": Budget(fdr=0.1)}
    rows: Rows = []
    for seed in range(options.seeds):
        labels = quiet_segments(np.random.default_rng([options.seed, 1, seed]), n_segments=options.segments)
        for name, budget in list(budgets.items())[: None if seed < 3 else 1]:
            settings = WatchSettings(["segment"], baseline=watch_from(), budget=budget, further=())
            started = time.process_time()
            n = follow_segments(labels, settings).alarms.height
            cpu_s = time.process_time() - started
            rows.append({"detector": OURS, "budget": name, "seed": seed, "n": n, "cpu_s": cpu_s, "share": 1.0})
        for name in PEERS:
            if seed < peer_seeds(name, options):
                rows.append(peer_on_quiet(name, labels, seed))
        print("quiet", seed, [(r["detector"], r["budget"], r["n"]) for r in rows if r["seed"] == seed], flush=True)
    return rows


def peer_seeds(name: str, options: argparse.Namespace) -> int:
    return min(3, options.seeds) if name == "ADWIN" else 1


def peer_on_quiet(name: str, labels: pl.DataFrame, seed: int) -> dict[str, object]:
    """Return how often a clone per segment reports in the watched week; the slow ones on a sample of the segments."""
    n_before = labels.with_columns(is_before=pl.col("final_at") < watch_from())
    parts = n_before.partition_by("segment", maintain_order=True)[:: STEPS.get(name, 5)]
    started = time.process_time()
    n = 0
    for part in parts:
        first = int(part["is_before"].sum())
        n += sum(at >= first for at in positions_of_drift(make_detector(name), part["score"].to_numpy()))
    seen = sum(part.height for part in parts) / labels.height
    cpu_s = time.process_time() - started
    return {"detector": name, "budget": None, "seed": seed, "n": n / seen, "cpu_s": cpu_s, "share": seen}


def delay(options: argparse.Namespace) -> Rows:
    """Return the delay of every stream of the grid, each detector as strict as its false alarms require."""
    rng = np.random.default_rng([options.seed, 2])
    n_quiet = 10 if options.quick else 40
    streams = [quiet_stream(base, N_BEFORE + N_AFTER, rng) for base in BASES for _ in range(n_quiet)]
    chosen, rows = strictness(streams)
    for base in BASES:
        for drop in DROPS:
            for shape in SHAPES:
                for values in ("binary", "soft"):
                    if values == "binary" or shape == "abrupt":
                        rows += delays_of_cell(base, drop, shape, values, chosen, options)
    return rows


def strictness(streams: list[np.ndarray]) -> tuple[dict[str, Callable | None], Rows]:
    """Return each peer as strict as it must be to report no more often on quiet streams than ADWIN at its defaults."""
    n_labels = sum(len(stream) for stream in streams)
    allowed = sum(len(positions_of_drift(ADWIN(), stream)) for stream in streams)
    ours = sum(len(found) for found in bank_positions(streams, warmup=N_BEFORE))
    rows: Rows = [{"part": "quiet", "detector": name, "n": n, "labels": n_labels, "step": 0} for name, n in
                  (("ADWIN", allowed), (OURS, ours))]  # fmt: skip
    chosen: dict[str, Callable | None] = {"ADWIN": ADWIN}
    for name, steps in STRICTER.items():
        for step, make in enumerate(steps):
            n = sum(len(positions_of_drift(make(), stream)) for stream in streams)
            rows.append({"part": "quiet", "detector": name, "n": n, "labels": n_labels, "step": step})
            if n <= max(allowed, ours):
                chosen[name] = make
                break
        print("strictness", name, rows[-1], flush=True)
    return chosen, rows


def delays_of_cell(
    base: float, drop: float, shape: str, values: str, chosen: dict[str, Callable | None], options: argparse.Namespace
) -> Rows:
    rng = np.random.default_rng([options.seed, 3, round(base * 100), round(drop * 100), len(shape), len(values)])
    n = 20 if options.quick else 100
    made = [dropping_stream(base, drop, shape, rng, kind=values) for _ in range(n)]  # pyright: ignore[reportArgumentType]
    cell = {"part": "delay", "base": base, "drop": drop, "shape": shape, "values": values}
    found = {OURS: bank_positions([one.values for one in made], warmup=N_BEFORE)}
    for name, make in chosen.items():
        some = made if name == "ADWIN" else made[:20]
        if make is not None and (values == "binary" or name in ("ADWIN", "PageHinkley")):
            found[name] = [positions_of_drift(make(), one.values) for one in some]
    rows = [
        {**cell, "detector": name, "stream": at, "delay": first_after(positions, N_BEFORE)}
        for name, streams in found.items()
        for at, positions in enumerate(streams)
    ]
    medians = {name: float(np.median([r["delay"] for r in rows if r["detector"] == name])) for name in found}
    print("delay", cell, medians, flush=True)
    return rows


def first_after(positions: Iterable[int], change_at: int) -> float:
    return next((at - change_at + 1.0 for at in positions if at >= change_at), float("inf"))


def season(options: argparse.Namespace) -> Rows:
    """Return false alarms under a season, expected by hour of the week, flat, and ADWIN."""
    rows: Rows = []
    for seed in range(options.seeds):
        labels = seasonal_labels(np.random.default_rng([options.seed, 4, seed]))
        rows += three_ways(labels, "feature", seed, per_100k=True)
    return rows


def mix(options: argparse.Namespace) -> Rows:
    """Return alarms of the whole when only the traffic mix changes."""
    rows: Rows = []
    for seed in range(2 * options.seeds):
        rows += three_ways(mix_shift(np.random.default_rng([options.seed, 5, seed])), "tenant", seed)
    return rows


def three_ways(labels: pl.DataFrame, dimension: str, seed: int, *, per_100k: bool = False) -> Rows:
    """Return how often the whole alarms at an average run length of 100,000: by stratum and hour, flat, ADWIN."""
    n_before = int((labels["final_at"] < watch_from()).sum())
    n_watched = labels.height - n_before
    values = labels["score"].to_numpy()
    budget = Budget(false_alarms=n_watched / 1e5)
    flat = pl.DataFrame({"rate": [float(values[:n_before].mean())], "n": [n_before]})
    ways: dict[str, float] = {}
    for name, baseline in (("by stratum and hour", watch_from()), ("flat", flat)):
        watched = labels if name != "flat" else labels[n_before:]
        settings = WatchSettings([dimension], baseline=baseline, budget=budget, further=())
        alarms = follow_segments(watched, settings).alarms
        ways[name] = alarms.filter(segment="all").height
    ways["ADWIN"] = sum(at >= n_before for at in positions_of_drift(ADWIN(), values))
    scale = 1e5 / n_watched if per_100k else 1.0
    return [{"way": name, "seed": seed, "n": n * scale} for name, n in ways.items()]


def order(options: argparse.Namespace) -> Rows:
    """Return false alarms per 100,000 labels in closing order and in the order in which behaviour was seen."""
    rows: Rows = []
    for seed in range(options.seeds):
        labels = seasonal_labels(np.random.default_rng([options.seed, 6, seed]), season=0.0)
        for name, column in (("closing", "final_at"), ("arrival", "known_at")):
            values = labels.sort(column, "interaction_id")["score"].to_numpy()
            for detector, found in ((OURS, bank_positions([values], warmup=2000, arl=1e5)[0]),
                                    ("ADWIN", positions_of_drift(ADWIN(), values))):  # fmt: skip
                rows.append({"order": name, "detector": detector, "seed": seed, "n": len(found) * 1e5 / len(values)})
    return rows


def speed(options: argparse.Namespace) -> Rows:
    """Return labels watched per CPU second at 1,000 segments: the detectors alone, and all of `follow_segments`."""
    rows: Rows = []
    rng = np.random.default_rng([options.seed, 7])
    for n_segments in (1, 1_000, 10_000):
        n = 1_000_000
        values = (rng.random(n) < 0.85).astype(float)
        bank = Bank(2_000, 1.0)
        bank.add(np.full(n_segments, -0.005), is_learning=np.zeros(n_segments, bool))
        ends = np.linspace(0, n, n_segments + 1).astype(np.int64)[1:]
        given = Stretches(np.arange(n_segments), ends, values, np.full(n, 0.85), np.full(n, np.inf))
        started = time.process_time()
        bank.update(given)
        rows.append({"what": "detectors", "segments": n_segments, "rate": n / (time.process_time() - started)})
    labels = quiet_segments(rng, n_segments=1_000)
    whole = WatchSettings(["segment"], baseline=watch_from() - timedelta(weeks=WEEKS_BEFORE - 1), further=())
    started = time.process_time()
    follow_segments(labels, whole)
    rows.append({"what": "whole", "segments": 1_000, "rate": labels.height / (time.process_time() - started)})
    return rows


def planted(options: argparse.Namespace) -> Rows:
    """Return which planted incidents of the simulator are found, when, and as what."""
    rows: Rows = []
    for seed in range(3 if options.quick else 10):
        simulation = simulate_traffic(sessions=options.sessions, seed=1000 * (options.seed + 1) + seed)
        interactions = derive_interactions(simulation.events, watermark=datetime(2027, 1, 1, tzinfo=UTC))
        votes = cast_votes(interactions)
        weights = {function.name: function.weight for function in registered_functions()}
        labels = derive_labels(interactions, votes, weights, label_version=1)
        names = ("feature", "intent", "language", "tenant", "model", "index_version", "prompt_version")
        settings = WatchSettings(names, baseline=STARTS_AT + timedelta(days=8), pairs=(("intent", "language"),))
        alarms = follow_segments(labels, settings, votes=votes, interactions=interactions).alarms
        rows += [found_as(incident, alarms, seed) for incident in simulation.incidents.iter_rows(named=True)]
        first = simulation.incidents["starts_at"].min()
        rows.append(
            {"incident": "(before any)", "seed": seed, "n": alarms.filter(pl.col("detected_at") < first).height}
        )
        print("planted", [r for r in rows if r["seed"] == seed], flush=True)
    return rows


def found_as(incident: dict, alarms: pl.DataFrame, seed: int) -> dict[str, object]:
    """Return the first alarm about the incident's segment that was raised after its start, and the first of any."""
    later = alarms.filter(pl.col("detected_at") >= incident["starts_at"])
    metric = "fires: copied" if incident["kind"] == "moved_button" else "score"
    about = later.filter(metric=metric, segment=incident["segment"], direction="drop")
    first = about.row(0, named=True) if about.height else None
    hours = (first["detected_at"] - incident["starts_at"]).total_seconds() / 3600 if first else float("inf")
    off = (first["onset_at"] - incident["starts_at"]).total_seconds() / 3600 if first else None
    return {
        "incident": incident["incident_id"], "segment": incident["segment"], "seed": seed, "hours": hours,
        "kind": first["change_kind"] if first else None, "onset_off_h": off,
        "release": first["follows_release"] if first else None,
    }  # fmt: skip


PARTS: dict[str, Callable[[argparse.Namespace], Rows]] = {
    "quiet": quiet, "delay": delay, "season": season, "mix": mix, "order": order, "speed": speed, "planted": planted,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--segments", type=int, default=1_000)
    parser.add_argument("--sessions", type=int, default=12_000, help="of the simulated log")
    parser.add_argument("--quick", action="store_true", help="few seeds and streams")
    parser.add_argument("--only", default=",".join(PARTS), help="parts to run, comma-separated")
    parser.add_argument("--folder", type=Path, help="keep the rows of each part here, and use those kept")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/drift.md")
    options = parser.parse_args()
    if options.quick:
        options.seeds = min(options.seeds, 3)
    found = {}
    for name in options.only.split(","):
        kept = options.folder / f"{name}.json" if options.folder else None
        if kept is not None and kept.exists():
            found[name] = json.loads(kept.read_text(encoding="utf-8"))
            continue
        started = time.perf_counter()
        found[name] = PARTS[name](options)
        print(name, f"{time.perf_counter() - started:.0f} s", flush=True)
        if kept is not None:
            kept.write_text(json.dumps(found[name]), encoding="utf-8")
    text = page(found, options)
    print(text)
    if options.write:
        write_between_marks(PAGE, MARKS, text)


if __name__ == "__main__":
    main()
