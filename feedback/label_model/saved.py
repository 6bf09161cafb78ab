"""A fitted label model as plain values for JSON, and back. Floats survive exactly."""

from dataclasses import asdict
from typing import Any

import numpy as np

from feedback.label_model.calibration import Calibration
from feedback.label_model.evidence import Evidence, Scaling
from feedback.label_model.pooling import Coefficients
from feedback.label_model.vote_columns import VoteColumn

FORMAT = 1


def to_plain(evidence: Evidence, calibration: Calibration | None) -> dict[str, Any]:
    """Return both as lists, dictionaries, numbers and texts."""
    return {
        "format": FORMAT,
        "evidence": asdict(evidence),
        "calibration": None if calibration is None else _plain_calibration(calibration),
    }


def from_plain(plain: dict[str, Any]) -> tuple[Evidence, Calibration | None]:
    """Return what `to_plain` was given.

    Raises
    ------
    ValueError
        When it was written in another format.
    """
    if plain["format"] != FORMAT:
        raise ValueError(f"format {plain['format']}, where {FORMAT} is read")
    known = plain["calibration"]
    return _evidence(plain["evidence"]), None if known is None else _calibration(known)


def _plain_calibration(calibration: Calibration) -> dict[str, Any]:
    own = calibration.coefficients.by_feature
    return {
        "general": calibration.coefficients.general.tolist(),
        "by_feature": {feature: values.tolist() for feature, values in own.items()},
        "shares": dict(calibration.shares),
        "furthest": calibration.furthest,
    }


def _evidence(plain: dict[str, Any]) -> Evidence:
    columns = (VoteColumn(**column | {"edges": tuple(column["edges"])}) for column in plain["columns"])
    return Evidence(
        tuple(columns),
        tuple(plain["weights"]),
        tuple(tuple(table) for table in plain["tables"]),
        Scaling(**plain["leaning"]),
        Scaling(**plain["log_odds"]),
    )


def _calibration(plain: dict[str, Any]) -> Calibration:
    own = {feature: np.array(values) for feature, values in plain["by_feature"].items()}
    return Calibration(Coefficients(np.array(plain["general"]), own), plain["shares"], plain["furthest"])
