"""What the labels show: rates, degraded segments, alarms, and what deserves a look."""

import dataframely as dy

from feedback.schemas.behaviour import OUTCOMES
from feedback.schemas.column_types import (
    count_column,
    flag_column,
    is_one_of,
    key_column,
    maybe_text_column,
    share_column,
    text_column,
    texts_column,
    time_column,
)

CHANGE_KINDS = ("quality", "mix", "signal", "volume", "missing data")


class Quality(dy.Schema):
    """How good the responses of a day were: one row per day, dimension and value."""

    day = dy.Date(primary_key=True, description="day of `shown_at` in the declared time zone")
    dimension = key_column("name of the dimension; `all` for everything")
    value = key_column("its value; `(not recorded)` for null")
    n = count_column("final labels")
    n_users = count_column("people, or sessions where no person is known")
    n_voted = count_column("labels with at least one vote")
    n_reviewed = count_column("labels with a verdict")
    mean_score = share_column("mean behaviour score of the labels that have one")
    score_low = share_column("lower end of its 95 % interval, clustered by user")
    score_high = share_column("upper end of its 95 % interval, clustered by user")
    proxy_rate = share_column("mean `p_good`; null while uncalibrated")
    rate = share_column("success rate corrected by reviews; null without reviews")
    low = share_column("lower end of its 95 % interval")
    high = share_column("upper end of its 95 % interval")
    n_effective = dy.Float64(nullable=True, min=0, description="effective number of reviews")
    method = maybe_text_column("how `rate` was estimated")


class Tallies(dy.Schema):
    """Sums over the labels of a day, by which any span of days can be summed up: one row per day, value and group.

    Groups stand for people in intervals: everybody is always in the same one of 128.
    """

    day = dy.Date(primary_key=True, description="day of `shown_at` in the declared time zone")
    dimension = key_column("name of the dimension; `all` for everything")
    value = key_column("its value, as in `quality`")
    people = dy.Int64(primary_key=True, min=0, description="number of the group of people")
    n = count_column("final labels")
    n_voted = count_column("labels with at least one vote")
    n_scored = count_column("labels with a behaviour score")
    total = dy.Float64(min=0, description="sum of these scores")
    n_calibrated = count_column("labels with a `p_good`")
    total_p_good = dy.Float64(min=0, description="sum of these")


class Outcomes(dy.Schema):
    """What became of the responses of a day: one row per day, dimension, value and outcome."""

    day = dy.Date(primary_key=True, description="day of `shown_at` in the declared time zone")
    dimension = key_column("name of the dimension; `all` for everything")
    value = key_column("its value, as in `quality`")
    outcome = dy.String(primary_key=True, check=is_one_of(OUTCOMES), description="what became of them")
    n = count_column("final labels that ended so")


CONDITION = dy.Struct(
    {
        "dimension": dy.String(description="name of the dimension or measure"),
        "value": dy.String(description="its value, or the range in words"),
        "low": dy.Float64(nullable=True, description="of a measure: above this"),
        "high": dy.Float64(nullable=True, description="of a measure: up to this"),
        "not_in": dy.List(dy.String(), nullable=True, description="of the other values: none of these"),
    }
)


class Segments(dy.Schema):
    """Segments that got worse: one row per comparison, label version and segment, most lost successes first."""

    segment = key_column("definition, `dimension = value` joined by ` & `; `all` for everything")
    comparison = key_column("what was compared with what, in words")
    first_day = dy.Date(nullable=True, description="first day of the later window; null where it is not made of days")
    last_day = dy.Date(nullable=True, description="last day of the later window")
    label_version = dy.Int64(primary_key=True, min=1, description="labels it was found in")
    rank = count_column("1 = most lost successes")
    definition = dy.List(CONDITION, description="its conditions; none for everything")
    value = text_column("which value fell: p_good or score", check=is_one_of(("p_good", "score")))
    n_before = count_column("labels with a value before")
    n_after = count_column("labels with a value after")
    n_unknown_before = count_column("labels without a value before")
    n_unknown_after = count_column("labels without a value after")
    n_users_before = count_column("people before, or sessions where no person is known")
    n_users_after = count_column("people after, or sessions where no person is known")
    rate_before = share_column("mean before")
    rate_before_low = share_column("lower end of its 95 % interval, clustered by user")
    rate_before_high = share_column("upper end of its 95 % interval, clustered by user")
    rate_after = share_column("mean after")
    rate_after_low = share_column("lower end of its 95 % interval, clustered by user")
    rate_after_high = share_column("upper end of its 95 % interval, clustered by user")
    change = dy.Float64(min=-1, max=1, description="after minus before at an equal mix")
    change_low = dy.Float64(min=-1, max=1, description="lower end of its 95 % interval, clustered by user")
    change_high = dy.Float64(min=-1, max=1, description="upper end of its 95 % interval, clustered by user")
    shrunk_change = dy.Float64(min=-1, max=1, description="the change, shrunk by empirical Bayes")
    shrunk_low = dy.Float64(min=-1, max=1, description="lower end of its 95 % interval")
    shrunk_high = dy.Float64(min=-1, max=1, description="upper end of its 95 % interval")
    q_value = share_column("family-wise corrected p-value", nullable=False)
    lost_successes = dy.Float64(description="n after x shrunk drop")
    loss_share = share_column("share of all that was lost; of overlapping segments each counts it")
    overlap = share_column("share of its labels after that lie in another of the segments too", nullable=False)
    overlaps_with = maybe_text_column("the segment with most of them")
    onset_at = time_column("when it got worse; null where no day stands out", nullable=True)
    onset_low = time_column("lower end of its 95 % interval", nullable=True)
    onset_high = time_column("upper end of its 95 % interval", nullable=True)
    follows_release = maybe_text_column("the release inside that interval and nearest to the onset, `column = value`")


class Alarms(dy.Schema):
    """Changes a detector reported: one row per alarm and label version."""

    alarm_id = key_column("hash of segment, metric, detector and day of onset")
    label_version = dy.Int64(primary_key=True, min=1, description="labels it watched")
    segment = text_column("definition of the segment, `dimension = value` joined by ` & `; `all` for everything")
    metric = text_column("what was watched")
    direction = text_column("drop or rise", check=is_one_of(("drop", "rise")))
    detector = text_column("which detector")
    detected_at = time_column("`final_at` of the label that crossed the threshold")
    onset_at = time_column("estimated start of the change", nullable=True)
    onset_low = time_column("lower end of its 95 % interval", nullable=True)
    onset_high = time_column("upper end of its 95 % interval", nullable=True)
    n_before = count_column("labels before the onset, up to four weeks; since the last alarm of the series if later")
    rate_before = share_column("mean of these")
    before_low = share_column("lower end of its 95 % interval, clustered by user")
    before_high = share_column("upper end of its 95 % interval, clustered by user")
    n_after = count_column("labels from the onset to the detection")
    rate_after = share_column("mean of these")
    after_low = share_column("lower end of its 95 % interval, clustered by user")
    after_high = share_column("upper end of its 95 % interval, clustered by user")
    times_usual = dy.Float64(nullable=True, min=0, description="labels after over those expected; volume only")
    mix = dy.Float64(nullable=True, description="part of the change that is traffic moved between strata")
    within = dy.Float64(nullable=True, description="part of the change inside the strata")
    change_kind = maybe_text_column(f"likeliest of {', '.join(CHANGE_KINDS)}", check=is_one_of(CHANGE_KINDS))
    follows_release = maybe_text_column("the release it follows, `column = value`")
    evidence = dy.Float64(nullable=True, min=0, description="of the detector at detection; null where it states none")
    threshold = dy.Float64(nullable=True, min=0, description="the evidence an alarm took")
    budget = text_column("the false-alarm budget it was raised under")
    is_replayed = flag_column("whether a replay raised it again")
    echo_of = maybe_text_column("the earlier alarm that explains it; null for one of its own")


class Watched(dy.Schema):
    """What is watched for changes, as of the latest run: one row per segment, metric and direction."""

    segment = key_column("definition, `dimension = value` joined by ` & `; `all` for everything")
    metric = key_column("what is watched")
    direction = dy.String(primary_key=True, check=is_one_of(("drop", "rise")), description="drop or rise")
    label_version = dy.Int64(min=1, description="labels it watches")
    n = count_column("labels with a value so far")
    is_learning = flag_column("whether it still learns what is usual")
    evidence = dy.Float64(nullable=True, min=0, description="of the detector now; null where it states none")
    threshold = dy.Float64(nullable=True, min=0, description="evidence an alarm takes now; null where none can be")
    n_pooled = count_column("segments that are watched together in it; 0 for one of its own")


class WatchStates(dy.Schema):
    """Where the watch was left: one row per part."""

    part = dy.String(
        primary_key=True, check=is_one_of(("reference", "course")), description="what was learned once, or what moves"
    )
    label_version = dy.Int64(min=1, description="labels it watches")
    saved_at = time_column("clock of the run")
    begins_at = time_column("labels before it are what to expect; null without labels", nullable=True)
    dimensions = texts_column("dimensions watched")
    pairs = texts_column("pairs of them watched, joined by ` & `")
    left_out = texts_column("dimensions and people not watched, with the reason")
    one_in = count_column("of so many people one is watched")
    chosen_for = text_column("hash of the settings they were chosen by")
    state = maybe_text_column("the state in base64; null while nothing is watched")


class Clusters(dy.Schema):
    """Requests grouped by text: one row per interaction."""

    interaction_id = key_column("the interaction")
    cluster = count_column("number of its cluster")


class Surprises(dy.Schema):
    """How unexpected a label was to the online model: one row per interaction."""

    interaction_id = key_column("the interaction")
    expected = share_column("expected score before the label was seen", nullable=False)
    surprise = dy.Float64(min=0, description="log-loss of the label, in nats")


class OnlineStates(dy.Schema):
    """Where the online model was left: one row per label version."""

    label_version = dy.Int64(primary_key=True, min=1, description="labels it learns from")
    saved_at = time_column("clock of the run")
    state = text_column("the state in base64")


class CandidateDraws(dy.Schema):
    """A declared random draw of items to review: one row per draw."""

    draw_id = key_column("the draw")
    drawn_at = time_column("clock of the draw")
    stream = text_column("rate or mining")
    seed = dy.Int64(description="seed of the draw")
    k = count_column("items asked for")
    frame_at = time_column("watermark of the frame it drew from")
    frame_filter = text_column("which labels were eligible")
    frame_n = count_column("how many were eligible")


class Candidates(dy.Schema):
    """Items proposed for the golden set: one row per draw and interaction."""

    draw_id = key_column("the draw")
    interaction_id = key_column("the item")
    rank = count_column("1 = first to review")
    reason = text_column("why it was drawn")
    score = share_column("its behaviour score")
    cluster = count_column("its cluster", nullable=True)
    inclusion_probability = dy.Float64(min_exclusive=0, max=1, description="probability of having been drawn")
