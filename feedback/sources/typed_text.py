"""A text that is being written, as far as it matters who wrote which part of it.

Kept as runs of characters of one author, in a treap by position: an insertion or a deletion anywhere costs
O(log n) of the number of runs, and every run is deleted at most once.
"""

from dataclasses import dataclass, field

_NONE = -1


@dataclass
class TypedText:
    """A text of runs: `insert`, `delete`, and how many characters of each author are still in it.

    Examples
    --------
    >>> text = TypedText()
    >>> text.insert(0, 5), text.insert(5, 10, author="c1"), text.insert(8, 2)
    (None, None, None)
    >>> text.delete(6, 4)
    {'c1': 2}
    >>> text.alive
    {'c1': 8}
    >>> text.length
    13
    """

    alive: dict[str, int] = field(default_factory=dict)
    _left: list[int] = field(default_factory=list)
    _right: list[int] = field(default_factory=list)
    _own: list[int] = field(default_factory=list)
    _total: list[int] = field(default_factory=list)
    _author: list[str | None] = field(default_factory=list)
    _root: int = _NONE
    _seed: int = 88_172_645_463_325_252
    _order: list[int] = field(default_factory=list)

    @property
    def length(self) -> int:
        """Characters now in the text."""
        return self._size(self._root)

    def insert(self, at: int, n: int, *, author: str | None = None) -> None:
        """Put `n` characters of an author before position `at`; behind the end counts as the end."""
        if n <= 0:
            return
        before, after = self._split(self._root, max(at, 0))
        self._root = self._merge(self._merge(before, self._make(n, author)), after)
        if author is not None:
            self.alive[author] = self.alive.get(author, 0) + n

    def delete(self, at: int, n: int) -> dict[str, int]:
        """Take `n` characters away from position `at` on; return how many each author lost by it."""
        before, rest = self._split(self._root, max(at, 0))
        gone, after = self._split(rest, max(n, 0))
        self._root = self._merge(before, after)
        lost: dict[str, int] = {}
        for author, length in self._walk(gone):
            if author is not None:
                lost[author] = lost.get(author, 0) + length
                self.alive[author] -= length
        return lost

    def _size(self, node: int) -> int:
        return 0 if node == _NONE else self._total[node]

    def _make(self, n: int, author: str | None) -> int:
        # The order is drawn by xorshift, from a seed that never changes: the same log gives the same tree.
        self._seed ^= (self._seed << 13) & 0xFFFFFFFFFFFFFFFF
        self._seed ^= self._seed >> 7
        self._seed ^= (self._seed << 17) & 0xFFFFFFFFFFFFFFFF
        for values, value in (
            (self._left, _NONE), (self._right, _NONE), (self._own, n), (self._total, n), (self._order, self._seed),
        ):  # fmt: skip
            values.append(value)
        self._author.append(author)
        return len(self._own) - 1

    def _update(self, node: int) -> int:
        self._total[node] = self._size(self._left[node]) + self._own[node] + self._size(self._right[node])
        return node

    def _split(self, node: int, at: int) -> tuple[int, int]:
        """Return the tree of the first `at` characters and the tree of the rest."""
        if node == _NONE:
            return _NONE, _NONE
        n_left = self._size(self._left[node])
        if at <= n_left:
            first, self._left[node] = self._split(self._left[node], at)
            return first, self._update(node)
        if at >= n_left + self._own[node]:
            self._right[node], second = self._split(self._right[node], at - n_left - self._own[node])
            return self._update(node), second
        return self._cut(node, at - n_left)

    def _cut(self, node: int, keep: int) -> tuple[int, int]:
        """Return the trees on both sides of a cut inside the run of the root."""
        rest, right = self._make(self._own[node] - keep, self._author[node]), self._right[node]
        self._own[node], self._right[node] = keep, _NONE
        return self._update(node), self._merge(rest, right)

    def _merge(self, first: int, second: int) -> int:
        if _NONE in (first, second):
            return second if first == _NONE else first
        if self._order[first] < self._order[second]:
            self._right[first] = self._merge(self._right[first], second)
            return self._update(first)
        self._left[second] = self._merge(first, self._left[second])
        return self._update(second)

    def _walk(self, node: int) -> list[tuple[str | None, int]]:
        found, waiting = [], [node]
        while waiting:
            here = waiting.pop()
            if here != _NONE:
                found.append((self._author[here], self._own[here]))
                waiting += (self._left[here], self._right[here])
        return found
