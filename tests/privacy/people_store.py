"""A store in which every text has a mark in it, with reviews, a golden set and an incident; and the app on it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from event_rows import START, event, event_table
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Element
from streamlit.util import calc_hash

from feedback.incidents.steps import make_steps
from feedback.pipeline import draw_reviews, import_reviews, ingest_logs, run_labels
from feedback.pipeline.golden_examples import add_reviewed
from feedback.store import Store

APP = Path(__file__).parents[2] / "app.py"
MARK = "zqxj"
"""in every text, and nowhere else"""
SECRETS = {"redirect_uri": "http://localhost/oauth2callback", "cookie_secret": "not a secret, but long enough"}
ROLES = '[roles]\nadmins = ["ann@example.org"]\nreviewers = ["*@example.org"]\n'
PAGES = ("overview", "incidents", "segments", "alarms", "examples", "review", "golden", "labels", "health")


def clock():
    return START + timedelta(days=9)


def people_store(folder: Path) -> Store:
    """Return a store with ten interactions of five people; three are reviewed, two of these golden."""
    rows = []
    for n in range(10):
        about = {"session": f"s{n}", "user_id": f"person-{n % 5}", "feature": "chat" if n % 2 else "search"}
        rows += [
            event(50_000 * n, "request", f"i{n}", text=f"Where is parcel {n} {MARK}?", **about),
            event(50_000 * n + 2, "response", f"i{n}", text=f"Parcel {n} is on its way {MARK}.", **about),
            event(50_000 * n + 9, "copy" if n % 2 else "reject", f"i{n}", **about),
            event(50_000 * n + 60, "edit", f"i{n}", text=f"Parcel {n} is near {MARK}.", **about),
        ]
    event_table(*rows).write_parquet(folder / "log.parquet")
    store = Store(folder / "store")
    ingest_logs(store, [folder / "log.parquet"], clock=clock)
    run_labels(store, clock=clock, watermark="end")
    (folder / "reviews.csv").write_text(
        "interaction_id,verdict,corrected_text,note\n"
        f"i0,bad,It arrives today {MARK},why {MARK}\ni1,good,,\ni2,unsure,,\n"
    )
    import_reviews(store, [folder / "reviews.csv"], clock=clock, reviewer="rita")
    add_reviewed(store, by="rita", clock=clock)
    draw_reviews(store, k=4, seed=1, clock=clock)
    opened = {"incident_id": "inc1", "action": "opened", "by": "feedback", "at": clock(), "segment": "feature = chat"}
    store.append("incident_events", make_steps([opened]))
    return store


def open_as(who: str | None, page: str, **address: str) -> AppTest:
    """Return a page as somebody sees it who has signed in with an e-mail address, or has not."""
    app = AppTest.from_file(str(APP), default_timeout=120)
    app._page_hash = calc_hash(page)
    app.query_params.update(address)
    if who is not None:
        app.secrets["auth"] = SECRETS
        app.user = {"is_logged_in": True, "email": who}
    app.run()
    assert not app.exception
    return app


def shows(app: AppTest, *texts: str) -> bool:
    """Return whether anything that is sent to the browser has one of the texts in it, tables and charts too."""
    sent = b"\0".join(element.proto.SerializeToString() for element in _elements(app._tree))
    return any(text.encode() in sent for text in texts)


def _elements(block: Block) -> Iterator[Element]:
    for child in block.children.values():
        if isinstance(child, Block):
            yield from _elements(child)
        else:
            yield child
