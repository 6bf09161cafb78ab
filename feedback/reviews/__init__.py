"""Reviews: what people judged, from a file to one verdict per item.

`incoming` reads a file, `outgoing` writes one that reads back to the same rows, `identity` gives each review
its id. `verdicts` folds all reviews of an item into the verdict that holds now; `agreement` says how far
reviewers agree; `queue` says who judges what next.
"""

from feedback.reviews.agreement import compare_reviewers, measure_agreement
from feedback.reviews.identity import identify_reviews
from feedback.reviews.incoming import NormalisedReviews, normalise_reviews
from feedback.reviews.outgoing import export_reviews
from feedback.reviews.verdict_words import VERDICT_WORDS
from feedback.reviews.verdicts import current_verdicts, response_verdicts

__all__ = [
    "VERDICT_WORDS",
    "NormalisedReviews",
    "compare_reviewers",
    "current_verdicts",
    "export_reviews",
    "identify_reviews",
    "measure_agreement",
    "normalise_reviews",
    "response_verdicts",
]
