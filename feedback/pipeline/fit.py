"""From votes and reviews to a new label model, and new labels by it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from feedback.engines.work import label_interactions, with_context
from feedback.errors import SettingsError
from feedback.label_model import LabelModel
from feedback.labelling import LabellingFunction, registered_functions
from feedback.pipeline.alarms import write_alarms
from feedback.pipeline.daily import write_quality
from feedback.pipeline.report import Report
from feedback.pipeline.segments import write_segments
from feedback.pipeline.surprises import write_surprises
from feedback.pipeline.versions import hash_rules, read_version, write_version
from feedback.reviews import response_verdicts
from feedback.schemas.behaviour import NOT_SEEN_BELOW_S
from feedback.settings import Settings
from feedback.store import Store

Clock = Callable[[], datetime]
FIT_STEPS = ("reviews", "label model", "labels", "quality", "segments", "surprises", "alarms", "commit")


@dataclass(frozen=True)
class FitSummary(Report):
    """What a fit made: on how many reviewed responses, whether that calibrates it, and why not if it does not."""

    run: int
    label_version: int
    n_labels: int
    n_reviewed: int
    is_calibrated: bool
    why_not: str | None


def fit_labels(
    store: Store,
    *,
    clock: Clock,
    settings: Settings | None = None,
    functions: Iterable[LabellingFunction] | None = None,
    seed: int = 0,
    on_step: Callable[[str], None] = lambda _: None,
) -> FitSummary:
    """Return what became of a label model fitted to all final votes and the reviews there are.

    It becomes a new label version, in which every interaction is labelled anew; later runs apply it. A
    reviewed response gets the probability from a model that did not see its review.

    Raises
    ------
    SettingsError
        When nothing is labelled yet, or the labelling functions are others than those that voted.
    StoreLockedError
        When another process is writing.
    """
    settings = settings or Settings()
    chosen = registered_functions() if functions is None else tuple(functions)
    started_at = clock()
    with store.writer(clock=started_at) as writer:
        last = store.last_run()
        if last is None or last.label_version is None:
            raise SettingsError("there is nothing to fit yet; label first: feedback run")
        current = read_version(writer, last.label_version)
        if current["rules"] != hash_rules(chosen):
            raise SettingsError("the labelling functions have changed since the last run; label first: feedback run")
        on_step("reviews")
        verdicts = response_verdicts(writer.table("reviews").collect())
        interactions, votes = writer.table("interactions").collect(), writer.table("votes").collect()
        on_step("label model")
        finals = _final_votes(votes, interactions)
        weights = {function.name: function.weight for function in chosen}
        model = LabelModel(seed=seed, weights=weights).fit(finals, verdicts)
        unseen = model.cross_fit(finals, verdicts)
        on_step("labels")
        version = last.label_version + 1
        cause = f"fit on {unseen.height} reviewed responses"
        write_version(
            writer,
            {**current, "label_version": version, "since": started_at, "cause": cause, "label_model": model.to_json()},
        )
        labels = label_interactions(interactions, votes, chosen, label_version=version, model=model, unseen=unseen)
        finished = labels.filter("is_final").drop("is_final")
        writer.append("labels", finished)
        writer.replace("open_labels", labels.filter(~pl.col("is_final")).drop("is_final"))
        on_step("quality")
        write_quality(writer, settings, verdicts)
        on_step("segments")
        write_segments(writer, settings, watermark=last.watermark, label_version=version, before=last)
        on_step("surprises")
        write_surprises(writer, label_version=version, clock=started_at)
        on_step("alarms")
        write_alarms(writer, settings, watermark=last.watermark, label_version=version, before=last, clock=started_at)
        on_step("commit")
        run = writer.commit(
            command="fit",
            started_at=started_at,
            finished_at=clock(),
            watermark=last.watermark,
            label_version=version,
            sources=last.sources,
            counts={"n_labels": finished.height, "n_reviewed": unseen.height},
        )
    return FitSummary(run, version, finished.height, unseen.height, model.is_calibrated, model.why_not)


def _final_votes(votes: pl.DataFrame, interactions: pl.DataFrame) -> pl.DataFrame:
    """Return the votes of the interactions a label model may learn from: those final and long enough seen."""
    was_seen = (pl.col("seen_s") >= NOT_SEEN_BELOW_S).fill_null(value=True)
    judged = interactions.filter("is_final", was_seen)
    return with_context(votes.join(judged, on="interaction_id", how="semi"), judged)
