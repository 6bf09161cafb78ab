"""The votes and scores of the pandas version: each rule of the labelling functions, read a second time."""

# What pandas declares of its own types is too wide for these rules to say anything.
# pyright: reportArgumentType=false, reportCallIssue=false, reportAttributeAccessIssue=false
# pyright: reportReturnType=false, reportIndexIssue=false, reportOperatorIssue=false, reportAssignmentType=false

import numpy as np
import pandas as pd

MOSTLY_UNCHANGED, NOT_SEEN_BELOW_MS = 0.67, 750
SPEAK_FOR_GOOD = ("accepted_and_kept", "accepted_and_moved_on", "edited_lightly", "copied", "rated_up", "thanked")
CALLED = {0: 0.0, 1: 0.25, 2: 0.375}


def cast_votes(facts: pd.DataFrame) -> pd.DataFrame:
    """Return one column per labelling function: 1 good, 0 bad, a share where it is graded, NaN: it abstains."""
    kept = facts["kept_share"]
    is_accepted = facts["accepted_after_s"].notna() & facts["undone_after_s"].isna()
    moved_on = facts["next_request_after_s"] > facts["accepted_after_s"]
    asked_again, explicitly = facts["n_rephrasings"] > 0, facts["is_rephrased_explicitly"]
    claims = {
        "accepted_and_kept": is_accepted & (kept.fillna(1) >= MOSTLY_UNCHANGED),
        "accepted_and_moved_on": is_accepted & moved_on & ~asked_again,
        "undone_soon": facts["undone_after_s"] <= 30,
        "undone_later": facts["undone_after_s"] > 30,
        "edited_heavily": kept < MOSTLY_UNCHANGED,
        "edited_lightly": kept >= MOSTLY_UNCHANGED,
        "rephrased": (asked_again & (facts["next_request_after_s"] <= 300) & facts["is_task_like"]) | explicitly,
        "rephrased_repeatedly": (facts["n_rephrasings"] >= 2) & (facts["is_task_like"] | explicitly),
        "retried": facts["retried"],
        "copied": facts["copied_at"].notna(),
        "rejected": facts["rejected"],
        "escalated": facts["turns_to_call"].notna(),
        "abandoned": facts["abandoned"],
        "rated_up": facts["rating"] > 0.5,
        "rated_down": facts["rating"] < 0.5,
        "complained": facts["complained"],
        "thanked": facts["thanked"],
    }
    graded = {"edited_heavily": kept, "edited_lightly": kept, "escalated": facts["turns_to_call"].map(CALLED)}
    was_seen = ~(facts["seen_ms"] < NOT_SEEN_BELOW_MS)
    votes = {}
    for name, claim in claims.items():
        # A graded vote is stored in single precision.
        vote = graded[name].astype("float32").astype("float64") if name in graded else float(name in SPEAK_FOR_GOOD)
        # What is still open is no success: only votes for bad are cast before the window has closed.
        votes[name] = np.where(claim & was_seen & (facts["is_final"] | (vote < 0.5)), vote, np.nan)
    return pd.DataFrame(votes, index=facts.index)


def score_votes(votes: pd.DataFrame, weights: pd.Series) -> pd.DataFrame:
    """Return `score`, `n_votes`, `conflict` and `reason` of each response."""
    leaning = (2 * votes - 1) * weights
    n_votes = votes.notna().sum(axis=1)
    weight, for_good = leaning.abs().sum(axis=1), leaning.clip(lower=0).sum(axis=1)
    voted = n_votes > 0
    conflict = (np.minimum(for_good, weight - for_good) / weight.where(weight > 0)).fillna(0).clip(0, 0.5)
    strongest = leaning.abs().fillna(-1).to_numpy().argmax(axis=1)
    return pd.DataFrame(
        {
            "score": (1 / (1 + np.exp(-leaning.sum(axis=1)))).where(voted),
            "n_votes": n_votes,
            "conflict": conflict.where(voted),
            "reason": pd.Categorical.from_codes(np.where(voted, strongest, -1), list(votes)),
        }
    )
