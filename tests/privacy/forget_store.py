"""A store with people whose ids are hard to tell apart or to quote, and what remains of it."""

from datetime import timedelta
from pathlib import Path

import polars as pl
from event_rows import START, event, event_table

from feedback.pipeline import draw_reviews, import_reviews, ingest_logs, run_labels
from feedback.pipeline.audit import write_audit
from feedback.pipeline.forget.belongings import Who
from feedback.pipeline.forget.forgetting import Forgotten, forget_people
from feedback.pipeline.golden import make_version
from feedback.pipeline.golden_examples import add_reviewed
from feedback.schemas import TABLES
from feedback.store import Store

PLAIN, LONGER = "u-100", "u-1001"
HOSTILE = 'ann\'s "100%" ünï\\x'
LENGTHY, SIBLING = (f"https://id.example.org/{'x' * 300}/{n}" for n in (7, 8))
SHORT = "7"
WORD = "response"
OTHER = "bob"
PEOPLE = (PLAIN, LONGER, HOSTILE, LENGTHY, SIBLING, SHORT, WORD, OTHER)
THANKS = "thanks a lot, that was great"
SALT = "5a" * 32
HELD_BY_PERSON = ("events", "interactions", "labels")


def clock():
    return START + timedelta(days=9)


def log() -> pl.DataFrame:
    """Return two sessions per person, of two answers each; the acts name nobody."""
    rows = []
    for number, person in enumerate(PEOPLE):
        for part in range(2):
            about = {"session": f"session-{person}-{part}", "feature": "chat", "tenant": person}
            for n in range(2):
                seconds, answer = 90_000 * part + 3000 * number + 60 * n, f"answer-{person}-{part}{n}"
                said = f"{number} asks for parcel {part}{n}"
                rows += [
                    event(seconds, "request", answer, user_id=person, text=f"Where is it? {said}", **about),
                    event(seconds + 2, "response", answer, user_id=person, text=f"On its way. {said}", **about),
                    event(seconds + 9, "copy" if n else "reject", answer, **about),
                    event(seconds + 20, "edit", answer, text=THANKS, **about),
                ]
    about = {"session": "session-of-others", "user_id": OTHER, "feature": "chat"}
    rows += [
        event(7, "request", "answer-other", text=f"{PLAIN} told me to ask, and {OTHER} too", tenant=PLAIN, **about),
        event(9, "response", "answer-other", text="Whoever told you was right", tenant=PLAIN, **about),
    ]
    rows += _meeting()
    named = event_table(*rows)
    named = named.with_columns(event_id=pl.format("{}-e{}", "session_id", pl.int_range(pl.len())))
    return named.sort("occurred_at", "event_id")


def _meeting() -> list[dict]:
    """Return a session of two people, one after the other."""
    about = {"session": "meeting", "feature": "chat"}
    return [
        event(1, "request", "answer-m1", user_id=PLAIN, text="What did we decide on Monday?", **about),
        event(3, "response", "answer-m1", user_id=PLAIN, text="That nothing is decided yet.", **about),
        event(40, "request", "answer-m2", user_id=OTHER, text="And what on Tuesday then?", **about),
        event(44, "response", "answer-m2", user_id=OTHER, text="To meet again on Wednesday.", **about),
        event(60, "request", "answer-m3", user_id=PLAIN, text="Who will be there on Wednesday?", **about),
        event(62, "response", "answer-m3", user_id=PLAIN, text="Everybody but the two of you.", **about),
        event(70, "reject", "answer-m2", user_id=PLAIN, **about),
    ]


def broken() -> pl.DataFrame:
    """Return rows that are no events: one of a session of a person's, one whose answer was in another session."""
    head = log().filter(session_id=f"session-{PLAIN}-0").head(1)
    return pl.concat([
        head.with_columns(event_id=pl.lit("broken"), kind=pl.lit("dance")),
        head.with_columns(event_id=pl.lit("stolen"), session_id=pl.lit("thief"), user_id=pl.lit(OTHER),
                          interaction_id=pl.lit("answer-bob-00"), kind=pl.lit("response")),
    ])  # fmt: skip


def begin(folder: Path) -> Store:
    """Return a store of all this, labelled in two runs, with reviews, golden versions, a draw and an export."""
    events = log()
    cut = events.height // 2
    events.head(cut).write_parquet(folder / "first.parquet")
    pl.concat([events.slice(cut), broken()]).write_parquet(folder / "second.parquet")
    store = Store(folder / "store")
    for name in ("first", "second"):
        ingest_logs(store, [folder / f"{name}.parquet"], clock=clock)
        run_labels(store, clock=clock, watermark="end" if name == "second" else None)
    rows = "\n".join(f'"{_quote(f"answer-{person}-{n}")}",bad,It is here: {person!r}' for person in PEOPLE
                     for n in ("00", "11"))  # fmt: skip
    (folder / "reviews.csv").write_text(f"interaction_id,verdict,note\n{rows}\n")
    import_reviews(store, [folder / "reviews.csv"], clock=clock, reviewer=PLAIN)
    add_reviewed(store, by="rita", clock=clock)
    make_version(store, by="rita", clock=clock, note=f"with {PLAIN}")
    draw_reviews(store, k=6, seed=1, clock=clock)
    deeds = [("exported", "1", "ragas"), ("exported", "9", "of another"), ("looked", f"answer-{PLAIN}-00", "seen")]
    for action, about, note in deeds:
        write_audit(store, action=action, by="rita", at=clock(), about=about, note=note)
    run_labels(store, clock=clock)
    return store


def _quote(text: str) -> str:
    return text.replace('"', '""')


def forget(store: Store, *users: str, **who) -> Forgotten:
    return forget_people(store, Who(users=users, **who), by="rita", salt=SALT, clock=clock)


def rows_by_key(store: Store, name: str, *without: str) -> list[dict]:
    return store.table(name).drop(without).sort(TABLES[name].key).collect().to_dicts()
