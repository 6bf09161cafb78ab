"""The proof: every file of the store is searched for ids and texts that are not to be there any more."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from urllib.parse import quote, unquote

import polars as pl

from feedback.pipeline.forget.file_texts import (
    Columns,
    byte_blocks,
    is_of_log,
    text_lines,
    texts_of_file,
    texts_of_log,
    texts_of_rows,
)
from feedback.pipeline.forget.mentions import MENTIONS, PATHS, Ids
from feedback.pipeline.forget.needles import Needles, hits_in
from feedback.schemas import TABLES
from feedback.schemas.texts import TEXTS
from feedback.store.versions import Version, find_head, read_version

PLACES = frozenset({
    "event_id", "session_id", "user_id", "interaction_id", "evidence_event_ids", "groups", "segment", "value",
    "definition", "follows_release", "overlaps_with", "pairs", "dimensions", "left_out", "frame_filter", "sources",
})  # fmt: skip
"""columns, whatever the table, in which an id would be one of a person; beside further columns and `MENTIONS`"""
_STAFF = frozenset({"reviewer", "by", "owner", "provenance", "why", "reason", "note", "tags"})
_ORIGIN = ("interaction_id", "session_id", "events", "dimensions")
_KEPT = 32
# Fewer bytes stand in packed files by chance.
LEAST_BYTES = 6
_BLOCKS = 32
_LOG = "log"
Step = Callable[[str], None]


@dataclass
class Proof:
    """What a search of every file came to.

    `n_files` files of `n_bytes` were read, as they are and decoded, for `n_ids` ids and `n_texts` texts. `found` says
    where one of them still is, and how often. `named_by_others` counts texts of others that name an id; `as_staff`
    rows in which it is a reviewer, an author or an owner: both stay.
    """

    n_files: int = 0
    n_bytes: int = 0
    n_ids: int = 0
    n_texts: int = 0
    found: Counter[str] = field(default_factory=Counter)
    named_by_others: int = 0
    as_staff: int = 0
    n_short_ids: int = 0
    needles: Needles = field(default_factory=Needles)

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found."""
        return not self.found.total()


def search_store(path: Path, needles: Needles, *, on_table: Step = lambda _: None) -> Proof:
    """Return where ids and texts still are in the files of a store: in values, logs, bytes, and names of files.

    An id counts where ids of people stand, also as part of a text there unless it is part of a longer id. Bytes of a
    file do not count which rows of the same table account for, such as those of a longer id.

    Parameters
    ----------
    path
        Folder of the store.
    needles
        What to look for.
    on_table
        Called with the name of each table or file before it is read.
    """
    short = [one for one in needles.ids if len(one) < LEAST_BYTES]
    proof = Proof(n_ids=len(needles.ids), n_texts=len(needles.texts), n_short_ids=len(short), needles=needles)
    search = _Search(needles, proof)
    by_table: dict[str, list[Path]] = defaultdict(list)
    for file in sorted(path.rglob("*")):
        if file.is_file():
            by_table[file.relative_to(path).parts[0]].append(file)
    for name, files in by_table.items():
        on_table(name)
        accounted = search.values(path / name, name, files) if name in TABLES else set()
        search.bytes_of(path, files, accounted)
    return proof


class _Search:
    """The needles, in the forms in which they may stand in files."""

    def __init__(self, needles: Needles, proof: Proof):
        self.proof, self.texts = proof, set(needles.texts)
        self.ids, self.long_ids = Ids(needles.ids), Ids(one for one in needles.ids if len(one) >= LEAST_BYTES)
        # Statistics may keep the first 32 characters of a long value only.
        begun = {one[:_KEPT] for one in needles.ids if len(one) > _KEPT}
        self.patterns = sorted({*needles.ids, *needles.texts, *begun})
        self.forms = {form: one for one in self.patterns if len(one) >= LEAST_BYTES for form in _forms(one)}
        self._written = sorted(self.forms)

    def values(self, folder: Path, name: str, files: list[Path]) -> set[str]:
        """Return what stands in the rows and in the names of columns, where it may or may not be.

        Where it may not be is written down. Values in the log, and in files of no version, account for nothing.
        """
        head = find_head(folder)
        current = read_version(folder, name, head.version) if head else Version((), pl.Schema())
        accounted: set[str] = set()
        for columns in texts_of_rows(current):
            accounted |= self._look(name, columns)
        logs = [texts_of_log(file) for file in files if is_of_log(file)]
        words = {*current.schema, *(word for log in logs for word in log.words)}
        stray = [(column, pl.Series(texts, dtype=pl.String)) for log in logs for column, texts in log.values.items()]
        self._look(name, [(column if column in current.schema else _LOG, texts) for column, texts in stray])
        left_over = [file for file in files if ".parquet" in file.name and not is_of_log(file)]
        for file in set(left_over) - set(current.files):
            self._look(name, texts_of_file(file))
        return accounted | hits_in(pl.Series(sorted(words), dtype=pl.String), self.patterns)

    def _look(self, name: str, columns: Columns) -> set[str]:
        """Return which patterns stand in the values of some columns; all are looked through at once."""
        parts = [values.to_frame("value").with_columns(column=pl.lit(column)) for column, values in columns]
        if not parts or not self.patterns:
            return set()
        likely = pl.concat(parts).filter(pl.col("value").str.contains_any(self.patterns).fill_null(value=False))
        hits = hits_in(likely["value"], self.patterns)
        for value, column in likely.iter_rows():
            self._judge(name, column, value, hits)
        return hits

    def _judge(self, name: str, column: str, value: str, hits: set[str]) -> None:
        if any(one in value for one in hits & self.texts):
            self.proof.found[f"{name}, {column}: a text"] += 1
        if self._names_them(name, column, value):
            self.proof.found[f"{name}, {column}: an id"] += 1
        elif column in TEXTS.get(name, ()) and self.ids.names(value):
            self.proof.named_by_others += 1
        elif column in _STAFF and self.ids.names(value):
            self.proof.as_staff += 1

    def _names_them(self, name: str, column: str, value: str) -> bool:
        """Return whether a value stands where an id is one of a person, and is or names one."""
        if column == _LOG:
            return self.long_ids.names(value)
        if column == "provenance":
            return any(self.ids.names(part) for part in _origin(value))
        is_place = column in PLACES or column in MENTIONS.get(name, ()) or column not in TABLES[name].columns
        return is_place and self.ids.names(value, in_path=(name, column) in PATHS)

    def bytes_of(self, path: Path, files: Iterable[Path], accounted: set[str]) -> None:
        """Write down what stands in the bytes or the name of a file and is not accounted for."""
        files = list(files)
        self.proof.n_files += len(files)
        for file in files:
            where = file.relative_to(path).as_posix()
            lines = [*Path(where).parts, *text_lines(file)]
            named = sum(self.ids.names(unquote(line), in_path=True) for line in lines)
            self.proof.found.update({f"{where}: an id": named} if named else {})
        longest = max(map(len, self._written), default=1)
        blocks = ((file, *block) for file in files for block in byte_blocks(path, file, overlap=longest))
        while some := list(islice(blocks, _BLOCKS)):
            self.proof.n_bytes += sum(n for _, n, _ in some)
            likely = pl.Series([block for _, _, block in some], dtype=pl.String)
            if not self._written or not likely.str.contains_any(self._written).any():
                continue
            for file, _, block in some:
                hits = {self.forms[one] for one in hits_in(pl.Series([block]), self._written)}
                if left := hits - accounted:
                    self.proof.found[f"{file.relative_to(path).as_posix()}: bytes"] += len(left)


def _forms(value: str) -> Iterator[str]:
    """Return the bytes by which a value may be written, one character per byte."""
    once = json.dumps(value)[1:-1]
    written = [value, once, json.dumps(value, ensure_ascii=False)[1:-1]]
    written += [json.dumps(one)[1:-1] for one in written[1:]]
    written += [quote(value, errors="ignore"), quote(value, safe="", errors="ignore")]
    for one in dict.fromkeys(written):
        yield one.encode("utf-8", "surrogatepass").decode("latin-1")


def _origin(provenance: str) -> list[str]:
    """Return the texts in the provenance of an example but for those about reviewers."""
    try:
        said = json.loads(provenance)
        parts = {name: said.get(name) for name in _ORIGIN}
    except (ValueError, AttributeError):
        return [provenance]
    return [*_texts_in(parts)]


def _texts_in(said: object) -> Iterator[str]:
    if isinstance(said, str):
        yield said
    elif isinstance(said, dict | list):
        for inner in said.values() if isinstance(said, dict) else said:
            yield from _texts_in(inner)
