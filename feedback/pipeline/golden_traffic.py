"""The traffic a golden set is held against: the latest days, and a shadow set drawn from them."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import polars as pl

from feedback.drift.versions import labels_of_version
from feedback.errors import SettingsError
from feedback.golden import draw_shadow
from feedback.golden.shadow import REASON
from feedback.pipeline.drawing import Design, labelled_by, make_sheet, record_draw
from feedback.pipeline.golden_examples import SEGMENT_BY, dimensions_of
from feedback.pipeline.horizons import has_texts
from feedback.reviews import response_verdicts
from feedback.segments.compared import sample_people
from feedback.store import Store
from feedback.store.snapshot import Snapshot

Clock = Callable[[], datetime]
DAYS = 28
# More is compared in no greater detail: its requests are drawn at random then.
MOST_TRAFFIC = 100_000
SHADOW = 200


def current_traffic(snapshot: Snapshot, *, days: int = DAYS, segment_by: Sequence[str] = SEGMENT_BY) -> pl.DataFrame:
    """Return the final interactions of the latest days: one row per interaction, sorted by its id.

    `interaction_id`, `session_id`, `user_id`, `person`, `shown_at`, `is_automated`, `score`, `p_good`, `request_text`,
    `response_text`, `segment`. The days end with the latest response that is final. Automated sessions are left out;
    of more than 100,000 a random part of so many is taken.

    Raises
    ------
    SettingsError
        When nothing is final yet, or there is no such dimension.
    """
    dimensions_of(snapshot, segment_by)
    labels = snapshot.table("labels")
    newest: datetime | None = labels.select(pl.col("shown_at").max()).collect().item()
    if newest is None:
        raise SettingsError("there are no final labels to compare with yet; label first: feedback run")
    version = (snapshot.run.label_version if snapshot.run else None) or 1
    in_force = labels_of_version(labels, snapshot.table("label_versions"), version)
    is_recent = pl.col("shown_at") > newest - timedelta(days=days)
    recent = in_force.filter(is_recent, ~pl.col("is_automated"), has_texts(snapshot))
    kept = ("interaction_id", "session_id", "user_id", "shown_at", "is_automated", "score", "p_good")
    # Of very many first those of some people: to draw from millions takes as long as all the rest.
    named = sample_people(recent).labels.select(
        *kept, name_segment(segment_by).alias("segment"), person=pl.coalesce("user_id", "session_id")
    )
    chosen = named.collect()
    if chosen.height > MOST_TRAFFIC:
        chosen = draw_shadow(chosen, k=MOST_TRAFFIC, seed=0).drop("rank", "inclusion_probability")
    texts = snapshot.table("interactions").select("interaction_id", "request_text", "response_text")
    return chosen.lazy().join(texts, on="interaction_id", how="left").sort("interaction_id").collect()


def draw_shadow_reviews(
    store: Store, *, clock: Clock, k: int = SHADOW, seed: int = 0, days: int = DAYS
) -> pl.DataFrame:
    """Return the shadow set as responses to review: one row per response not judged yet; the draw is written down.

    `draw_id`, `interaction_id`, `inclusion_probability`, `request_text`, `response_text`, and `verdict`,
    `reviewer` and `note`, empty, to be filled in. The same traffic and seed give the same set, and one that is
    drawn stays while it is current.

    Raises
    ------
    SettingsError
        When nothing is labelled yet.
    """
    now = clock()
    with store.writer(clock=now) as writer:
        snapshot, last = writer.snapshot, labelled_by(writer)
        traffic = current_traffic(snapshot, days=days)
        drawn = draw_shadow(traffic, k=k, seed=seed).with_columns(reason=pl.lit(REASON), cluster=pl.lit(None, pl.Int64))
        frame_at = last.watermark.isoformat() if last.watermark else ""
        # The same of the same traffic, so that asking again draws nothing new; a draw makes a run of its own.
        named = f"shadow|{frame_at}|{last.label_version}|{traffic.height}|{seed}|{k}|{days}"
        eligible = f"final labels of the latest {days} days, automated sessions left out"
        design = Design(named, "rate", seed, k, eligible, traffic.height)
        told = record_draw(writer, drawn, design, started_at=now, clock=clock)
        judged = response_verdicts(snapshot.table("reviews").collect())
        left = told.join(judged, on="interaction_id", how="anti", maintain_order="left")
        return make_sheet(left, snapshot.table("interactions"))


def name_segment(segment_by: Sequence[str]) -> pl.Expr:
    """Return `dimension = value` joined by ` & `; null where none of the dimensions was recorded."""
    parts = [pl.concat_str(pl.lit(f"{name} = "), pl.col(name).cast(pl.String)) for name in segment_by]
    return pl.concat_str(parts, separator=" & ", ignore_nulls=True).replace("", None)
