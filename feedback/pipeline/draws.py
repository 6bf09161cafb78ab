"""Drawing responses for people to review."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

import polars as pl

from feedback.errors import SettingsError
from feedback.pipeline.status import current_labels
from feedback.quality import draw_for_rate
from feedback.schemas import TABLES
from feedback.store import Store

Clock = Callable[[], datetime]
ELIGIBLE = "final labels, automated sessions left out"


def draw_reviews(store: Store, *, k: int, seed: int, clock: Clock, floor: float = 0.5) -> pl.DataFrame:
    """Return a random draw of responses to review for a rate; the draw is written down before anyone judges.

    One row per response, in the order to review them: `draw_id`, `interaction_id`, `inclusion_probability`,
    `request_text`, `response_text`, and `verdict`, `reviewer` and `note`, empty, to be filled in. What the
    label model thinks of it is left out: a reviewer must not know.

    Parameters
    ----------
    store
        The store to draw from.
    k
        How many to draw.
    seed
        The same seed draws the same responses from the same labels.
    clock
        Says what time it is.
    floor
        Share of the budget spread evenly; the rest goes where `p_good` is least sure.

    Raises
    ------
    SettingsError
        When nothing is labelled yet.
    """
    now = clock()
    with store.writer(clock=now) as writer:
        last = store.last_run()
        finals = current_labels(store).filter("is_final", ~pl.col("is_automated")).collect()
        if last is None or finals.is_empty():
            raise SettingsError("there are no final labels to draw from yet; label first: feedback run")
        draw_id = sha256(f"rate|{last.run}|{seed}|{k}|{floor}".encode()).hexdigest()[:12]
        drawn = draw_for_rate(finals, k=k, seed=seed, floor=floor).with_columns(draw_id=pl.lit(draw_id))
        frame = {
            "draw_id": draw_id,
            "drawn_at": now,
            "stream": "rate",
            "seed": seed,
            "k": k,
            "frame_at": last.watermark,
            "frame_filter": ELIGIBLE,
            "frame_n": finals.height,
        }
        writer.append("candidate_draws", pl.DataFrame([frame], schema=TABLES["candidate_draws"].columns))
        writer.append("candidates", drawn.select(TABLES["candidates"].columns.keys()))
        writer.commit(
            command="draw",
            started_at=now,
            finished_at=clock(),
            watermark=last.watermark,
            label_version=last.label_version,
            sources=last.sources,
            counts={"n_drawn": drawn.height},
        )
    texts = store.table("interactions").select("interaction_id", "request_text", "response_text").collect()
    return drawn.join(texts, on="interaction_id", how="left", maintain_order="left").select(
        "draw_id", "interaction_id", "inclusion_probability", "request_text", "response_text",
        *(pl.lit(None, pl.String).alias(name) for name in ("verdict", "reviewer", "note")),
    )  # fmt: skip
