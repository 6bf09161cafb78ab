"""Train, dev and test: whatever belongs together stays on one side."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from hashlib import sha256

import polars as pl

from feedback.errors import SettingsError

SPLITS = ("train", "dev", "test")
Groups = dict[str, list[str]]
Placed = dict[str, tuple[str | None, str | None]]


@dataclass(frozen=True)
class Shares:
    """Which share of the groups goes where; an evaluation needs most of them in `test`."""

    train: float = 0.2
    dev: float = 0.2
    test: float = 0.6

    def __post_init__(self):
        if min(astuple(self)) < 0 or abs(sum(astuple(self)) - 1) > 1e-9:
            raise SettingsError("the shares of train, dev and test are not negative and add up to 1")

    def side_of(self, key: str) -> str:
        """Return the side a group goes to, by the hash of its key: the same whenever and wherever it is asked."""
        place = int(sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:13], 16) / 16**13
        return "train" if place < self.train else "dev" if place < self.train + self.dev else "test"


DEFAULT_SHARES = Shares()


def assign_splits(fresh: pl.DataFrame, known: pl.DataFrame, *, shares: Shares = DEFAULT_SHARES) -> pl.DataFrame:
    """Return the side of each new example: one row per row of `fresh`, in its order.

    Examples that share a group, directly or through others, belong together. A group that has a side keeps it,
    one that has none gets one by its hash. Whoever is there already never moves, so a new example that would tie
    two sides together is left out of the splits.

    Parameters
    ----------
    fresh
        The new examples, one row each: `example_id` and `groups`, a list of keys.
    known
        All that were ever in the golden set: `example_id`, `groups`, `split`. Those without a side tie nothing.
    shares
        How much goes where.

    Returns
    -------
    pl.DataFrame
        `example_id`, `split` (null: left out) and `split_reason` (null but for those left out).

    Examples
    --------
    >>> known = pl.DataFrame({"example_id": ["a", "b"], "groups": [["session:1"], ["session:2"]],
    ...                       "split": ["train", "test"]})
    >>> fresh = pl.DataFrame({"example_id": ["c", "d"], "groups": [["session:1"], ["session:1", "session:2"]]})
    >>> assign_splits(fresh, known).select("example_id", "split").rows()
    [('c', 'train'), ('d', None)]
    """
    groups: Groups = dict(fresh.select("example_id", "groups").iter_rows())
    sides = _sides_of_keys(known)
    placed: Placed = {}
    for together in tie_together(groups):
        keys = sorted({key for example in together for key in groups[example]})
        touched = {side for key in keys for side in sides[key]}
        if len(touched) < 2:
            side = touched.pop() if touched else shares.side_of(keys[0] if keys else together[0])
            placed.update(dict.fromkeys(together, (side, None)))
        else:
            placed.update(_place_one_by_one(together, groups, sides, shares))
    return pl.DataFrame(
        [(example, *placed[example]) for example in fresh["example_id"]],
        schema={"example_id": pl.String, "split": pl.String, "split_reason": pl.String},
        orient="row",
    )


def tie_together(groups: Groups) -> list[list[str]]:
    """Return the examples that share keys, directly or through others, together; everything in order.

    Examples
    --------
    >>> tie_together({"a": ["1"], "b": ["2"], "c": ["1", "3"], "d": ["3"]})
    [['a', 'c', 'd'], ['b']]
    """
    parents = {example: example for example in groups}

    def find(example: str) -> str:
        while parents[example] != example:
            parents[example] = parents[parents[example]]
            example = parents[example]
        return example

    first: dict[str, str] = {}
    for example in sorted(groups):
        for key in groups[example]:
            one, other = find(example), find(first.setdefault(key, example))
            parents[max(one, other)] = min(one, other)
    tied = defaultdict(list)
    for example in sorted(groups):
        tied[find(example)].append(example)
    return [tied[root] for root in sorted(tied)]


def find_leaks(examples: pl.DataFrame) -> pl.DataFrame:
    """Return the groups that lie on two sides, which only adding at the same moment can bring about.

    One row per key: `group`, `splits`, `example_ids`.
    """
    keys = examples.filter(pl.col("split").is_not_null()).select("example_id", "split", group="groups").explode("group")
    gathered = (
        keys.drop_nulls("group")
        .group_by("group")
        .agg(splits=pl.col("split").unique().sort(), example_ids=pl.col("example_id").unique().sort())
    )
    return gathered.filter(pl.col("splits").list.len() > 1).sort("group")


def _sides_of_keys(known: pl.DataFrame) -> defaultdict[str, set[str]]:
    sides: defaultdict[str, set[str]] = defaultdict(set)
    for keys, side in known.drop_nulls("split").select("groups", "split").iter_rows():
        for key in keys:
            sides[key].add(side)
    return sides


def _place_one_by_one(
    together: Sequence[str], groups: Groups, known: defaultdict[str, set[str]], shares: Shares
) -> Placed:
    """Return the sides of examples that all together would tie two sides, leaving out those that do."""
    sides = defaultdict(set, {key: set(known[key]) for example in together for key in groups[example]})
    placed: Placed = {}
    for example in together:
        keys = groups[example]
        touched = sorted({side for key in keys for side in sides[key]})
        if len(touched) > 1:
            placed[example] = None, f"ties {_name(touched)} together: {_name_ties(keys, sides)} on different sides"
            continue
        side = touched[0] if touched else shares.side_of(min(keys))
        placed[example] = side, None
        for key in keys:
            sides[key].add(side)
    return placed


def _name_ties(keys: Iterable[str], sides: defaultdict[str, set[str]]) -> str:
    kinds = sorted({_KINDS.get(key.split(":")[0], "a group") for key in keys if sides[key]})
    return f"{_name(kinds)} {'has' if len(kinds) == 1 else 'have'} examples"


_KINDS = {"session": "its session", "user": "its user's near-duplicates", "cluster": "its text cluster"}


def _name(words: Sequence[str]) -> str:
    return " and ".join(words)
