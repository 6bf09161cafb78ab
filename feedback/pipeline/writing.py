"""Writing what was labelled: final rows are added for good, open ones until the next run."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO

import polars as pl

from feedback.engines.work import LabelledShard
from feedback.store.writer import Writer

_KEY = "interaction_id"
_OPEN = ~pl.col("is_final")


@dataclass(frozen=True)
class Written:
    """When the labels that became final were shown, shard by shard, and how many events they were made from."""

    shown: list[pl.Series]
    n_events: int


def write_shards(
    writer: Writer,
    shards: Iterable[LabelledShard],
    *,
    final_ids: pl.DataFrame,
    open_rows: pl.DataFrame,
    untouched: LabelledShard,
    start_anew: bool,
) -> Written:
    """Return what became final, once everything is written.

    Parameters
    ----------
    writer
        The store.
    shards
        What was labelled; each is written and forgotten before the next.
    final_ids
        One row per interaction that is final already: what the shards say of it is left out.
    open_rows
        The interactions that were open before.
    untouched
        What holds of the open interactions that no shard labels.
    start_anew
        Whether nothing of the tables `interactions` and `votes` is to stay.
    """
    shown, still_open, n_events = [], [untouched], 0
    if not start_anew:
        for name in ("interactions", "votes"):
            writer.withdraw_provisional(name, open_rows.select(_KEY))
    for shard in _without(shards, final_ids):
        finals = _part(shard, ~_OPEN)
        if start_anew:
            writer.replace("interactions", finals.interactions)
            writer.replace("votes", finals.votes)
            start_anew = False
        else:
            writer.append("interactions", finals.interactions)
            writer.append("votes", finals.votes)
        writer.append("labels", finals.labels.drop("is_final"))
        shown.append(finals.labels["shown_at"])
        still_open.append(_on_its_own(_part(shard, _OPEN)))
        n_events += shard.n_events
    _write_open(writer, still_open)
    return Written(shown, n_events)


def _write_open(writer: Writer, parts: list[LabelledShard]) -> None:
    writer.append_provisional("interactions", _join(part.interactions for part in parts))
    writer.append_provisional("votes", _join(part.votes for part in parts))
    writer.replace("open_labels", _join(part.labels for part in parts).drop("is_final"))


def _join(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(parts, how="diagonal")


def _without(shards: Iterable[LabelledShard], final_ids: pl.DataFrame) -> Iterator[LabelledShard]:
    for shard in shards:
        interactions, votes, labels = (
            frame.join(final_ids, on=_KEY, how="anti", maintain_order="left")
            for frame in (shard.interactions, shard.votes, shard.labels)
        )
        yield LabelledShard(interactions, votes, labels, shard.n_events)


def _on_its_own(shard: LabelledShard) -> LabelledShard:
    """Return the rows with their texts copied: a few rows otherwise keep those of the whole shard they are from."""
    return LabelledShard(_copy(shard.interactions), _copy(shard.votes), _copy(shard.labels), shard.n_events)


def _copy(frame: pl.DataFrame) -> pl.DataFrame:
    buffer = BytesIO()
    frame.write_ipc(buffer, compat_level=pl.CompatLevel.oldest())
    return pl.read_ipc(buffer.getvalue())


def _part(shard: LabelledShard, which: pl.Expr) -> LabelledShard:
    """Return the final or the open rows of a shard."""
    interactions = shard.interactions.filter(which)
    votes = shard.votes.join(interactions, on=_KEY, how="semi", maintain_order="left")
    return LabelledShard(interactions, votes, shard.labels.filter(which), shard.n_events)
