"""What every pair of alarms has to do with each other: since when, where, and how much one explains of the other."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

NEAR = timedelta(days=2)
"""how far apart onsets of one cause may seem: a thin segment dates a change no better"""
GOES_ON = timedelta(days=14)
"""for how long a signal that moved goes on raising alarms, segment after segment and each time it is learned anew"""
EXPLAINED = 2 / 3
"""part of a change that must come from a segment for it to be the cause; any half of what fell as one explains half"""
HALF, MORE_THAN_USUAL = 0.5, 1.5
"""share of a segment that lies in another, and times what of all labels does, for the two to belong together"""
INSIDE = 0.8
"""share of a segment that must lie in another to be a part of it"""
MOST_OF_ALL = 0.5
"""a segment with more of all labels than this explains no other behaviour: nearly everything lies in it"""
LABEL = ("score", "p_good")
_FAMILIES = {"mix": "traffic", "volume": "traffic", "missing data": "missing data"}

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Likeness:
    """Alarms in pairs: an entry [i, j] says something of alarm i as the one that explains alarm j.

    Attributes
    ----------
    is_near
        Whether the intervals of their onsets overlap, or lie within `NEAR`.
    explains
        Same metric and direction: two thirds of the change of j, at least, come from labels in the segment of i.
        Another metric: four fifths of the segment of j lie in that of i, and that is no more than half of everything.
    is_same_release
        Whether both follow the same release, and half of one segment, and more than of all labels, lies in the other.
    is_same_signal
        Whether one behaviour moved the same way in both, within `GOES_ON`.
    is_same_family
        Whether both are about what people do with answers, both about traffic, or both about missing data.
    size
        Share of all labels that lie in the segment of j, since its onset.
    """

    is_near: Flags
    explains: Flags
    is_same_release: Flags
    is_same_signal: Flags
    is_same_family: Flags
    size: Numbers


def compare_alarms(alarms: pl.DataFrame, overlaps: pl.DataFrame) -> Likeness:
    """Return what every pair of alarms has to do with each other.

    Parameters
    ----------
    alarms
        Rows of table `alarms`. One without an onset began when it was detected.
    overlaps
        Of these alarms with all of their segments, as `measure_overlaps` gives them.
    """
    share, of_all = _arrange(alarms, overlaps)
    metric = _pairs(alarms["metric"] + " " + alarms["direction"])
    is_label = alarms["metric"].is_in(LABEL).to_numpy()
    onset = _hours(alarms["onset_at"].fill_null(alarms["detected_at"]))
    release = alarms["follows_release"]
    follows = _pairs(release.fill_null("")) & release.is_not_null().to_numpy()
    near = _pairs(alarms["change_kind"].replace_strict(_FAMILIES, default="behaviour").fill_null("behaviour"))
    apart = np.abs(onset[:, None] - onset[None, :])
    belongs = (share >= HALF) & (share >= MORE_THAN_USUAL * of_all)
    return Likeness(
        is_near=_is_near(alarms),
        explains=_explains(alarms, share, of_all, metric),
        is_same_release=follows & (belongs | belongs.T),
        is_same_signal=metric & ~is_label & (apart <= GOES_ON.total_seconds() / 3600),
        is_same_family=near,
        size=np.diagonal(of_all).copy(),
    )


def _arrange(alarms: pl.DataFrame, overlaps: pl.DataFrame) -> tuple[Numbers, Numbers]:
    """Return two matrices: [i, j] is the share of the labels of alarm j, and of all then, in the segment of i."""
    key = ["alarm_id", "label_version"]
    numbered = alarms.select(*key, "segment").with_row_index("of")
    found = overlaps.join(numbered.select(*key, "of"), on=key).join(
        numbered.select("segment", by="of"), on="segment"
    )  # fmt: skip
    share, of_all = np.eye(alarms.height), np.ones((alarms.height, alarms.height))
    by, of = found["by"].to_numpy(), found["of"].to_numpy()
    share[by, of], of_all[by, of] = found["share"].to_numpy(), found["size"].to_numpy()
    return np.maximum(share, _pairs(alarms["segment"])), of_all


def _is_near(alarms: pl.DataFrame) -> Flags:
    low, high = (
        _hours(alarms[end].fill_null(alarms["onset_at"]).fill_null(alarms["detected_at"]))
        for end in ("onset_low", "onset_high")
    )
    gap = np.maximum(low[:, None], low[None, :]) - np.minimum(high[:, None], high[None, :])
    return gap <= NEAR.total_seconds() / 3600


def _explains(alarms: pl.DataFrame, share: Numbers, of_all: Numbers, metric: Flags) -> Flags:
    change = (alarms["rate_after"] - alarms["rate_before"]).abs().fill_null(float("nan")).to_numpy()
    known = ~np.isnan(change)
    comes_from = share * change[:, None] >= EXPLAINED * change[None, :]
    lies_in = (share >= INSIDE) & ((of_all <= MOST_OF_ALL) | _pairs(alarms["segment"]))
    return np.where(metric & known[:, None] & known[None, :], comes_from, lies_in)


def _pairs(values: pl.Series) -> Flags:
    """Return which pairs of rows have the same value."""
    codes = values.rank("dense").to_numpy()
    return codes[:, None] == codes[None, :]


def _hours(times: pl.Series) -> Numbers:
    return times.dt.epoch("us").to_numpy() / 3.6e9
