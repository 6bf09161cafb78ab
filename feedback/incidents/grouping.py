"""Alarms of one cause as one incident, under the narrowest segment that explains them."""

from datetime import datetime
from hashlib import sha256

import numpy as np
import polars as pl

from feedback.incidents.likeness import Likeness, compare_alarms

GROUPED = pl.Schema(
    {
        "alarm_id": pl.String, "label_version": pl.Int64, "incident_id": pl.String, "is_first": pl.Boolean,
        "segment": pl.String, "metric": pl.String, "kind": pl.String, "onset_at": pl.Datetime("us", "UTC"),
        "detected_at": pl.Datetime("us", "UTC"),
    }
)  # fmt: skip
# Of two names for the same labels the one with fewer conditions.
_NAME = pl.struct(pl.col("segment").str.count_matches(" & ", literal=True), pl.col("segment").alias("name"))
_ORDER = ("detected_at", "alarm_id", "label_version")


def group_alarms(fresh: pl.DataFrame, overlaps: pl.DataFrame, *, known: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the incident of each new alarm: one row per alarm, in order of detection.

    Alarms are taken in the order (`detected_at`, `alarm_id`), whatever order they come in, so that a log watched in
    one go or in parts gives the same incidents. Each incident has one alarm that explains it: of its alarms, the one
    that explains most of the others, then the one with the narrowest segment. A new alarm joins an incident if both are
    about behaviour, both about traffic or both about missing data, and either

    - the onsets of the two, with their intervals, overlap or lie within two days, and one of these holds: the
      explaining alarm explains it, or it the explaining alarm; another alarm of the incident about the same metric
      does; both follow the same release, and half of one segment, half as much again as of all labels, lies in the
      other; both are about traffic; or
    - the same behaviour moved the same way, in whatever segments, within two weeks: the button that moved has moved
      for everybody.

    An alarm that the watch itself calls the echo of another (`echo_of`) goes where that one is.
    An alarm *explains* another of its metric if two thirds of the other's change come from labels in its segment (their
    share times its own change), so the drop of a feature explains that of the whole, and the drop of one intent does
    not explain that of its feature if the others fell too. It explains one of another metric if four fifths of that
    segment lie in its own. Of several incidents an alarm joins one that explains it, then the one nearest in time.
    If there is none, it opens one.

    Parameters
    ----------
    fresh
        Rows of table `alarms` that are in no incident yet.
    overlaps
        Of these and the known alarms with all their segments, as `measure_overlaps` gives them.
    known
        Rows of table `alarms` that are in an incident, with `incident_id` and `closed_at` (null while it is open).
        An incident that was closed takes no alarm that began later.

    Returns
    -------
    pl.DataFrame
        `alarm_id`, `label_version`, `incident_id`, `is_first` (it opens the incident), and of the alarm that explains
        the incident from then on `segment`, `metric`, `kind` and `onset_at` (that of the first alarm, where it would
        be later than its detection); `detected_at` of the alarm itself.
    """
    if fresh.is_empty():
        return GROUPED.to_frame()
    new = fresh.sort(_ORDER).with_columns(
        incident_id=pl.lit(None, pl.String), closed_at=pl.lit(None, pl.Datetime("us", "UTC"))
    )
    old = new.clear() if known is None else known.sort(_ORDER).select(new.columns)
    alarms = pl.concat([old, new])
    groups = _Groups(alarms, compare_alarms(alarms, overlaps))
    return pl.DataFrame([groups.add(row) for row in range(old.height, alarms.height)], schema=GROUPED)


def incident_identity(*parts: str) -> str:
    """Return the id of an incident: twelve hexadecimal digits of a hash of what opened it.

    Examples
    --------
    >>> incident_identity("alarm", "a1")
    '...'
    """
    return sha256("\x1f".join(("incident", *parts)).encode()).hexdigest()[:12]


class _Groups:
    """Incidents as lists of alarms, by row, each with the row of the alarm that explains it."""

    def __init__(self, alarms: pl.DataFrame, likeness: Likeness):
        self._rows = alarms.rows(named=True)
        self._like = likeness
        self._names = alarms.select(_NAME.rank("dense")).to_series().to_numpy()
        self._members: dict[str, list[int]] = {}
        self._leads: dict[str, int] = {}
        for row, alarm in enumerate(self._rows):
            if alarm["incident_id"] is not None:
                self._put(alarm["incident_id"], row)

    def add(self, row: int) -> dict:
        """Return the incident of an alarm, which it joins or opens."""
        alarm = self._rows[row]
        found = [incident for incident in self._members if self._is_of(row, incident)]
        incident = min(found, key=lambda one: self._distance(row, one), default=None)
        if incident is None:
            incident = incident_identity("alarm", alarm["alarm_id"], str(alarm["label_version"]))
        is_first = incident not in self._members
        self._put(incident, row)
        lead = self._rows[self._leads[incident]]
        return {
            **{name: alarm[name] for name in ("alarm_id", "label_version", "detected_at")},
            "incident_id": incident,
            "is_first": is_first,
            "segment": lead["segment"],
            "metric": lead["metric"],
            "kind": lead["change_kind"],
            "onset_at": self._onset(incident),
        }

    def _onset(self, incident: str) -> datetime | None:
        """Return since when: the onset of the alarm that explains it, unless another was raised before that."""
        lead, first = (self._rows[row] for row in (self._leads[incident], self._members[incident][0]))
        is_late = lead["onset_at"] is not None and lead["onset_at"] > first["detected_at"]
        return first["onset_at"] if is_late else lead["onset_at"]

    def _put(self, incident: str, row: int) -> None:
        members = self._members.setdefault(incident, [])
        members.append(row)
        explained = self._like.explains[np.ix_(members, members)].sum(axis=1)
        best = np.lexsort([np.array(members), self._names[members], self._like.size[members], -explained])[0]
        self._leads[incident] = members[int(best)]

    def _is_of(self, row: int, incident: str) -> bool:
        like, lead, members = self._like, self._leads[incident], self._members[incident]
        closed_at = self._rows[members[0]]["closed_at"]
        began = self._rows[row]["onset_at"] or self._rows[row]["detected_at"]
        if closed_at is not None and began > closed_at:
            return False
        if self._rows[row]["echo_of"] in {self._rows[member]["alarm_id"] for member in members}:
            return True
        if not like.is_same_family[row, lead]:
            return False
        if like.is_same_signal[row, members].any():
            return True
        return bool(like.is_near[row, lead]) and self._is_related(row, lead, members)

    def _is_related(self, row: int, lead: int, members: list[int]) -> bool:
        like, metric = self._like, self._rows[row]["metric"]
        if self._rows[row]["change_kind"] in ("mix", "volume") or like.is_same_release[row, lead]:
            return True
        about = [lead, *(other for other in members if self._rows[other]["metric"] == metric)]
        return bool((like.explains[about, row] | like.explains[row, about]).any())

    def _distance(self, row: int, incident: str) -> tuple:
        lead = self._leads[incident]
        times = [one["onset_at"] or one["detected_at"] for one in (self._rows[row], self._rows[lead])]
        return not self._like.explains[lead, row], abs(times[0] - times[1]), incident
