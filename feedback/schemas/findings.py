"""What the labels show: rates, degraded segments, alarms, and what deserves a look."""

import dataframely as dy

from feedback.schemas.column_types import (
    count_column,
    flag_column,
    key_column,
    maybe_text_column,
    share_column,
    text_column,
    time_column,
)


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


class Segments(dy.Schema):
    """Segments that got worse: one row per segment, worst first."""

    segment = key_column("definition, `dimension = value` joined by ` & `")
    label_version = dy.Int64(primary_key=True, min=1, description="labels it was found in")
    rank = count_column("1 = most lost successes")
    n_before = count_column("labels before")
    n_after = count_column("labels after")
    n_users = count_column("people after")
    rate_before = share_column("mean before")
    rate_after = share_column("mean after")
    change = dy.Float64(min=-1, max=1, description="after minus before, shrunk by empirical Bayes")
    change_low = dy.Float64(min=-1, max=1, description="lower end of its interval")
    change_high = dy.Float64(min=-1, max=1, description="upper end of its interval")
    q_value = share_column("family-wise corrected p-value", nullable=False)
    lost_successes = dy.Float64(description="n x drop")
    loss_share = share_column("share of the total loss")


class Alarms(dy.Schema):
    """Changes a detector reported: one row per alarm and label version."""

    alarm_id = key_column("hash of segment, metric, detector and day of onset")
    label_version = dy.Int64(primary_key=True, min=1, description="labels it watched")
    segment = text_column("definition of the segment")
    metric = text_column("what was watched")
    detector = text_column("which detector")
    detected_at = time_column("`final_at` of the label that crossed the threshold")
    onset_at = time_column("estimated start of the change", nullable=True)
    rate_before = share_column("mean before the onset")
    rate_after = share_column("mean after the onset")
    change_kind = maybe_text_column("quality, mix, signal, volume or missing data")
    budget = text_column("the false-alarm budget it was raised under")
    is_replayed = flag_column("whether a replay raised it again")


class Clusters(dy.Schema):
    """Requests grouped by text: one row per interaction."""

    interaction_id = key_column("the interaction")
    cluster = count_column("number of its cluster")


class Surprises(dy.Schema):
    """How unexpected a label was to the online model: one row per interaction."""

    interaction_id = key_column("the interaction")
    expected = share_column("expected score before the label was seen", nullable=False)
    surprise = dy.Float64(min=0, description="log-loss of the label, in nats")


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
