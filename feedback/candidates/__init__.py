"""Which responses to show to people for the golden set, and with what chance each was chosen.

`items` makes labels comparable: how bad each is, which say the same, what is golden already. `bad_kinds` finds
kinds of requests that go wrong, `coverage` different ones among the lowest scores, `floor` draws at random;
`draw` puts them together.
"""

from feedback.candidates.draw import Drawn, draw_candidates, draw_with_clusters

__all__ = ["Drawn", "draw_candidates", "draw_with_clusters"]
