"""Streamlit, started with the libraries of the pages loaded, and what takes long to read of a run read ahead.

Streamlit loads a page when somebody first opens it, and that visitor waits for every library. Here they are loaded
before it listens, and a thread beside it reads the sample of labels of each new run (`explore.sample`), so that who
opens a page first need not wait for that either.
"""

import gc
import sys
import time
from importlib import import_module
from threading import Thread

from streamlit.web.cli import main as run_streamlit

from feedback.errors import FeedbackError
from feedback.explore.sample import sample_labels, sample_votes
from feedback.pages.launch import named_store
from feedback.store import Store

# What pages are made of. Not the pages themselves: streamlit remembers what they read only once it runs. And pandas,
# which streamlit loads with the first table: altair, in the thread of another visitor, would take it half loaded.
LIBRARIES = (
    "feedback.charts", "feedback.explore", "feedback.golden", "feedback.pipeline", "feedback.pipeline.golden_check",
    "pandas",
)  # fmt: skip
_LOOK_AGAIN_S = 30


def main() -> None:
    """Start streamlit with the arguments of this process."""
    for library in LIBRARIES:
        import_module(library)
    gc.freeze()
    store = named_store(sys.argv)
    if store is not None:
        Thread(target=_read_ahead, args=(Store(store),), daemon=True, name="read ahead").start()
    run_streamlit(prog_name="streamlit")


def _read_ahead(store: Store) -> None:
    """Read what pages will ask of each new run, for as long as the process lives."""
    seen = 0
    while True:
        try:
            snapshot = store.at()
            if snapshot.version != seen:
                sample_labels(snapshot)
                sample_votes(snapshot)
                seen = snapshot.version
        except FeedbackError:
            # Whoever opens a page is told.
            pass
        time.sleep(_LOOK_AGAIN_S)


if __name__ == "__main__":
    main()
