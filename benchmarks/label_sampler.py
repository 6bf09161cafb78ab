"""The label model on real logs with 200 reviews drawn by `draw_for_rate`, scored on all the rest.

    uv run benchmarks/label_sampler.py [--seed 200] [--seeds 20] [--write]

As a team would: 100 reviews drawn before there is a probability (so all with the same chance), a fit, 100 more
drawn by what it says, and a fit on both. A response counts by the chance that either draw had it. Scored on what
was not reviewed, in all and by language pair or model, beside the base rate that the same reviews give. With
`--write` the table goes into docs/label-quality.md.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.label_real import LOGS, REAL, Votes, load_real
from benchmarks.label_tables import BASE, OURS, Row, to_markdown
from benchmarks.scores import interval_of_mean, measure
from feedback.label_model.model import LabelModel
from feedback.quality.sampler import draw_for_rate, inclusion_probabilities

PAGE = Path(__file__).parent.parent / "docs" / "label-quality.md"
MARKS = ("<!-- label sampler -->", "<!-- /label sampler -->")
FIRST, SECOND = 100, 100
KEY = "interaction_id"
# A group's calibration error says nothing on fewer rows.
LEAST_ROWS = 50


def review(votes: pl.DataFrame, is_good: np.ndarray, *, seed: int) -> pl.DataFrame:
    """Return one verdict per response that either draw took, with the chance that it was taken at all."""
    known = votes.select(KEY, "session_id", "feature", p_good=pl.lit(None, pl.Float64), score=pl.lit(None, pl.Float64))
    verdicts = votes.select(KEY, "session_id", verdict=pl.Series(np.where(is_good, "good", "bad")))
    first, chance = _draw(known, FIRST, seed)
    fitted = LabelModel(seed=seed).fit(votes, _judged(verdicts, first, chance)).predict(votes)
    by_model = known.drop("p_good").join(fitted.select(KEY, "p_good"), on=KEY)
    second, later = _draw(by_model, SECOND, seed + 1)
    both = chance.join(later, on=KEY, suffix="_later").select(
        KEY, inclusion_probability=1 - (1 - pl.col("p")) * (1 - pl.col("p_later"))
    )
    taken = pl.concat([first, second]).unique(maintain_order=True)
    return _judged(verdicts, taken, both.rename({"inclusion_probability": "p"}))


def _draw(labels: pl.DataFrame, k: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    drawn = draw_for_rate(labels, k=k, seed=seed).select(KEY)
    return drawn, inclusion_probabilities(labels, k=k).select(KEY, p="inclusion_probability")


def _judged(verdicts: pl.DataFrame, taken: pl.DataFrame, chance: pl.DataFrame) -> pl.DataFrame:
    return verdicts.join(taken, on=KEY, how="semi").join(chance, on=KEY).rename({"p": "inclusion_probability"})


def score_log(name: str, loaded: Votes, *, seed: int) -> Iterator[dict[str, str | float]]:
    """Yield the scores of the label model and of the base rate on what was not reviewed, in all and by group."""
    votes, is_good = loaded
    reviews = review(votes, is_good, seed=seed)
    weight = 1 / reviews["inclusion_probability"].to_numpy()
    base = np.average(reviews["verdict"].to_numpy() == "good", weights=weight)
    p = LabelModel(seed=seed).fit(votes, reviews).predict(votes)["p_good"].to_numpy()
    unseen = ~votes[KEY].is_in(reviews[KEY].implode()).to_numpy()
    features = votes["feature"].fill_null("all").to_numpy()
    groups = {"all": unseen} | {str(group): unseen & (features == group) for group in np.unique(features)}
    for group, rows in groups.items():
        for method, chances in ((OURS, p), (BASE, np.full(len(p), base))):
            scores = measure(chances[rows], is_good[rows])
            yield {"set": name, "group": group, "seed": seed, "method": method, "n": int(rows.sum()), **scores}


def to_rows(results: pl.DataFrame) -> Iterator[Row]:
    """Yield one line per set and group that has rows enough."""
    for (name, group), part in results.group_by("set", "group", maintain_order=True):
        own, base = part.filter(method=OURS), part.filter(method=BASE)
        if own["n"].mean() < LEAST_ROWS:
            continue
        gained = interval_of_mean((own["log_loss"] - base["log_loss"]).to_numpy())
        yield {
            "set": str(name),
            "group": str(group),
            "rows": f"{own['n'].mean():,.0f}",
            **{metric: _written(interval_of_mean(own[metric].to_numpy())) for metric in ("ece", "auc", "log_loss")},
            "base rate's ece": _written(interval_of_mean(base["ece"].to_numpy())),
            "log_loss minus base rate's": _written(gained, "+"),
        }


def _written(value: tuple[float, float, float], sign: str = "") -> str:
    mean, low, high = value
    return f"{mean:{sign}.3f} ({low:{sign}.3f} to {high:{sign}.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=200, help="first seed")
    parser.add_argument("--seeds", type=int, default=20, help="how many")
    parser.add_argument("--real", type=Path, default=REAL)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    rows = []
    for name in LOGS:
        loaded = load_real(given.real, name)
        for seed in range(given.seed, given.seed + given.seeds):
            rows += score_log(name, loaded, seed=seed)
    text = f"Seeds {given.seed} to {given.seed + given.seeds - 1}.\n\n{to_markdown(to_rows(pl.DataFrame(rows)))}"
    print(text)
    if given.write:
        before, rest = PAGE.read_text().split(MARKS[0])
        PAGE.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{rest.split(MARKS[1])[1]}")


if __name__ == "__main__":
    main()
