"""The detectors one can choose by name: ours, and river's at their defaults."""

from dataclasses import dataclass, field

import numpy as np
from river.base import BinaryDriftDetector, DriftDetector

from feedback.drift.bank import Crossings, Stretches
from feedback.errors import UnknownNameError

OURS = "drop"
GOOD_FROM = 0.5
"""a value under this is an error to the binary detectors"""
_SEED = 0
Detector = DriftDetector | BinaryDriftDetector
_RIVERS = ("ADWIN", "PageHinkley", "KSWIN", "DDM", "EDDM", "HDDMA", "HDDMW")


def detector_names() -> tuple[str, ...]:
    """Return the names one can choose.

    Examples
    --------
    >>> detector_names()[:3]
    ('drop', 'ADWIN', 'PageHinkley')
    """
    return (OURS, *_RIVERS)


def make_detector(name: str) -> Detector:
    """Return a fresh detector of river's at its defaults; random ones have a fixed seed.

    Raises
    ------
    UnknownNameError
        When there is none of that name.

    Examples
    --------
    >>> make_detector("ADWIN").drift_detected
    False
    """
    if name not in _RIVERS:
        raise UnknownNameError(f"there is no detector {name!r}; there are {', '.join(detector_names())}")
    # It brings pandas and scikit-learn along, which take seconds to load: only for those who ask for one of them.
    from river import drift

    if name == "KSWIN":
        return drift.KSWIN(seed=_SEED)
    return getattr(drift if hasattr(drift, name) else drift.binary, name)()


def positions_of_drift(prototype: Detector, values: np.ndarray) -> list[int]:
    """Return where a clone of the detector reports, fed with one value after the other.

    Binary detectors are fed with errors: values under 0.5.

    Examples
    --------
    >>> values = np.repeat([1.0, 0.0], 100)
    >>> positions_of_drift(make_detector("ADWIN"), values)
    [127]
    """
    return _feed(prototype.clone(), values)


@dataclass
class ObjectBank:
    """One clone of a detector per series, with the interface of `Bank`; evidence is null (NaN): it states none.

    What such a detector learned from is not known: the first `warmup` values since it last reported stand for it.
    """

    prototype: Detector
    warmup: int
    detectors: list[Detector] = field(default_factory=list)
    n_since: list[int] = field(default_factory=list)

    def add(self, shift: np.ndarray, *, is_learning: np.ndarray) -> None:
        """Add series; what they expect is not used."""
        del is_learning
        self.detectors += [self.prototype.clone() for _ in shift]
        self.n_since += [0] * len(shift)

    def update(self, given: Stretches) -> Crossings:
        """Take in the values and return where a detector reported."""
        starts = np.concatenate([[0], given.ends[:-1]])
        found = []
        for series, start, end in zip(given.series.tolist(), starts.tolist(), given.ends.tolist(), strict=True):
            last = start - self.n_since[series]
            for at in _feed(self.detectors[series], given.values[start:end]):
                n_since, last = start + at + 1 - last, start + at + 1
                n_learned = min(self.warmup, n_since - 1)
                found.append((series, start + at, n_since - n_learned, n_learned))
            self.n_since[series] = end - last
        series, position, n_tested, n_learned = np.array(found, np.int64).reshape(-1, 4).T
        unknown = np.full(len(series), np.nan)
        return Crossings(series, position, unknown, n_tested, n_learned, unknown)


def _feed(detector: Detector, values: np.ndarray) -> list[int]:
    update = detector.update
    fed = (values < GOOD_FROM).tolist() if isinstance(detector, BinaryDriftDetector) else values.tolist()
    found = []
    for at, value in enumerate(fed):
        update(value)
        if detector.drift_detected:
            found.append(at)
    return found
