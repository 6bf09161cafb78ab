"""Scores of some name as ratings by people, given what the settings say of the name."""

from feedback.sources.own_names import current_naming
from feedback.sources.verdict_values import SAY_HOW, Range, Rating, is_better_low, is_rating_of_people, rate


def read_rating(
    name: str, score: object, label: object = None, *, bounds: Range | None = None, may_be_a_machines: bool = False
) -> Rating:
    """Return what a score of some name is worth as a rating by a person, else why it is none.

    A name with a scale in `[sources.scales]` of feedback.toml is a rating whatever it is called.

    Parameters
    ----------
    name
        What the tool calls the score.
    score, label
        As in `rate`.
    bounds
        The range the tool itself declares; null where it does not.
    may_be_a_machines
        Whether programs send such scores too, so that only names that speak of people count.

    Examples
    --------
    >>> read_rating("thumbs", 1, may_be_a_machines=True).value
    1.0
    >>> read_rating("bleu", 0.3, may_be_a_machines=True).reason
    'its name does not say that people gave it; [sources.scales] can name its worst and best value'
    """
    scale = current_naming().scales.get(name)
    if scale is not None:
        return rate(score, label, bounds=Range(*scale))
    if is_better_low(name):
        return Rating(None, f"it is better when lower; {SAY_HOW}")
    if may_be_a_machines and not is_rating_of_people(name):
        return Rating(None, f"its name does not say that people gave it; {SAY_HOW}")
    return rate(score, label, bounds=bounds)
