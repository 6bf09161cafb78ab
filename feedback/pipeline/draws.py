"""Drawing responses for people to review."""

from collections.abc import Callable
from datetime import datetime

import polars as pl

from feedback.errors import SettingsError
from feedback.pipeline.drawing import Design, labelled_by, make_sheet, record_draw
from feedback.pipeline.horizons import has_texts, say_kept
from feedback.pipeline.status import current_labels
from feedback.quality import draw_for_rate
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
        last = labelled_by(writer)
        finals = current_labels(store).filter("is_final", ~pl.col("is_automated"), has_texts(writer)).collect()
        if finals.is_empty():
            raise SettingsError("there are no final labels to draw from yet; label first: feedback run")
        drawn = draw_for_rate(finals, k=k, seed=seed, floor=floor)
        told = ELIGIBLE + say_kept(writer)
        design = Design(f"rate|{last.run}|{seed}|{k}|{floor}", "rate", seed, k, told, finals.height)
        written = record_draw(writer, drawn, design, started_at=now, clock=clock)
        return make_sheet(written, writer.snapshot.table("interactions"))
