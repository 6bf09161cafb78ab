"""What was asked and answered, for lists of interactions."""

import polars as pl

from feedback.store.snapshot import Snapshot

_LONGEST = 300


def find_texts(snapshot: Snapshot, interaction_ids: tuple[str, ...]) -> pl.DataFrame:
    """Return the beginning of what was asked and answered, each on one line.

    One row per interaction that there is: `interaction_id`, `request`, `response`; null where nothing was recorded.

    Examples
    --------
    >>> from feedback.store import Store
    >>> find_texts(Store("no/such/folder").at(), ("i1",)).columns
    ['interaction_id', 'request', 'response']
    """
    return (
        snapshot.table("interactions")
        .filter(pl.col("interaction_id").is_in(list(interaction_ids)))
        .select("interaction_id", request=_on_one_line("request_text"), response=_on_one_line("response_text"))
        .sort("interaction_id")
        .collect()
    )


def beside_texts(examples: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    """Return the examples, in their order, each with what was asked and answered (`find_texts`).

    Examples
    --------
    >>> texts = pl.DataFrame({"interaction_id": ["i1"], "request": ["Why?"], "response": ["Because."]})
    >>> beside_texts(pl.DataFrame({"interaction_id": ["i2", "i1"]}), texts)["request"].to_list()
    [None, 'Why?']
    """
    return examples.join(texts, on="interaction_id", how="left", maintain_order="left")


def _on_one_line(column: str) -> pl.Expr:
    return pl.col(column).str.slice(0, _LONGEST).str.replace_all(r"\s+", " ").str.strip_chars()
