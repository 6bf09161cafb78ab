"""Deeds of the audit trail, gathered and written together, so that whoever looks at something does not wait."""

import atexit
import logging
import time
from collections.abc import Iterable, Mapping
from threading import Condition, Lock, Thread

from feedback.errors import FeedbackError
from feedback.pipeline.audit import make_audit
from feedback.store import Store

_LOG = logging.getLogger(__name__)
EVERY_S = 3.0
_LATER_S = 60.0


class AuditBuffer:
    """Writes what it is given within a few seconds, in a thread of its own, and the rest when the process ends.

    A commit costs tens of milliseconds and a file: one for all that was looked at meanwhile is enough. A process
    that is killed loses what it was given in the last `every_s` seconds. What cannot be written, as the disk is full
    or the store awaits its migration, is kept and tried again.

    Parameters
    ----------
    store
        Whose trail it is. Deeds are dropped when it is gone.
    every_s
        Seconds from the first deed to the commit.
    """

    def __init__(self, store: Store, *, every_s: float = EVERY_S):
        self._store, self._every_s = store, every_s
        self._deeds: list[Mapping[str, object]] = []
        self._given, self._writing = Condition(), Lock()
        self._thread: Thread | None = None

    def add(self, deeds: Iterable[Mapping[str, object]]) -> None:
        """Take deeds, columns of `audit` without the id, to be written soon. Returns at once."""
        with self._given:
            self._deeds.extend(deeds)
            if self._thread is None and self._deeds:
                self._thread = Thread(target=self._go_on, daemon=True, name="audit trail")
                self._thread.start()
                atexit.register(self.flush)
            self._given.notify()

    def flush(self) -> bool:
        """Return whether all that was given is written now."""
        with self._writing:
            with self._given:
                deeds, self._deeds = self._deeds, []
            try:
                if deeds and self._store.exists():
                    self._store.append("audit", make_audit(deeds))
            except (FeedbackError, OSError) as error:
                _LOG.warning("%d deeds are not in the audit trail yet: %s", len(deeds), error)
                with self._given:
                    self._deeds = [*deeds, *self._deeds]
                return False
            return True

    def _go_on(self) -> None:
        while True:
            with self._given:
                self._given.wait_for(lambda: self._deeds)
            time.sleep(self._every_s)
            if not self.flush():
                time.sleep(_LATER_S)
