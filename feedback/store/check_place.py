"""Whether the folder of a store holds what a store holds, for its owner alone."""

from collections.abc import Iterator

from feedback.errors import StoreError
from feedback.schemas import TABLES
from feedback.store.erase import is_erasure_pending
from feedback.store.finding import Finding, some_ids
from feedback.store.layout import FORMAT, MARKER, check_not_newer
from feedback.store.private import is_open_to_others
from feedback.store.snapshot import Snapshot
from feedback.store.sums import read_sums
from feedback.store.versions import list_files

_CLOSE = "chmod -R go-rwx on the folder"


def check_place(snapshot: Snapshot) -> Iterator[Finding]:
    """Return what is odd about the folder as a whole; each is a note."""
    version = check_not_newer(snapshot.path)
    if is_erasure_pending(snapshot.path):
        yield Finding("store", "erasure", "nobody is half forgotten", "feedback forget was cut off",
                      advice="any command that writes completes it, such as feedback run; then repeat forget",
                      is_wrong=False)  # fmt: skip
    if not version.is_current:
        yield Finding("store", "version", f"version {FORMAT}", f"version {version.number}",
                      advice="bring it up to date: feedback store migrate", is_wrong=False)  # fmt: skip
    else:
        yield from _check_care(snapshot)
    strange = sorted(entry.name for entry in snapshot.path.iterdir() if not _is_ours(entry.name))
    if strange:
        yield Finding("store", "orphans", "nothing but tables lies in it", f"{len(strange)} others", some_ids(strange),
                      "another program put them there; move them away", is_wrong=False)  # fmt: skip


def _check_care(snapshot: Snapshot) -> Iterator[Finding]:
    """Return what a store of this version has and older ones get by a migration."""
    if is_open_to_others(snapshot.path):
        yield Finding("store", "permissions", "only its owner may open the folder", "others may", (), _CLOSE,
                      is_wrong=False)  # fmt: skip
    unknown = [name for name in snapshot.versions if _lacks_sums(snapshot, name)]
    if unknown:
        yield Finding("store", "checksums", "every file has a checksum", f"files of {len(unknown)} tables have none",
                      some_ids(unknown), "feedback store compact writes them", is_wrong=False)  # fmt: skip


def _is_ours(name: str) -> bool:
    return name in TABLES or name == MARKER or name.startswith(".")


def _lacks_sums(snapshot: Snapshot, name: str) -> bool:
    folder = snapshot.path / name
    try:
        written = {file.path.name for file in list_files(folder, name, snapshot.versions[name])}
    except StoreError:
        return False
    return not written <= read_sums(folder).keys()
