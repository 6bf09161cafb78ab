"""Reading from the store, remembered per run: the keys are small values, never frames."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import streamlit as st

from feedback import explore
from feedback.explore import alarms, arrival, comparisons, degraded, golden, incidents, label_mix, lookup, reviewing
from feedback.explore.daily_rates import daily_rates as find_daily_rates
from feedback.explore.headlines import what_changed as find_what_changed
from feedback.explore.texts import find_texts as find_texts_of
from feedback.pipeline import packed_export
from feedback.pipeline.golden_check import check_golden
from feedback.pipeline.picks import waiting_picks as find_waiting_picks
from feedback.pipeline.queue_items import list_queue_choices as find_queue_choices
from feedback.store.snapshot import Snapshot

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


def _identify(snapshot: Snapshot) -> tuple:
    """Return what tells this state of the store from any other: the run, and the heads of people's tables."""
    return str(snapshot.path), snapshot.version, snapshot.heads


def _remember(read: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
    remembered = st.cache_data(show_spinner=False, max_entries=200, hash_funcs={Snapshot: _identify})
    return remembered(read)


alarm_trend = _remember(alarms.alarm_trend)
backtest = _remember(alarms.backtest)
calibration_error = _remember(explore.calibration_error)
compare = _remember(explore.compare)
compare_values = _remember(explore.compare_values)
count_events = _remember(explore.count_events)
count_examples = _remember(golden.count_examples)
count_open = _remember(explore.count_open)
count_outcomes = _remember(explore.count_outcomes)
count_rows_read = _remember(explore.count_rows_read)
daily_arrival = _remember(arrival.daily_arrival)
daily_outcomes = _remember(label_mix.daily_outcomes)
daily_rates = _remember(find_daily_rates)
daily_scores = _remember(explore.daily_scores)
describe_columns = _remember(explore.describe_columns)
explain = _remember(explore.explain)
explain_between = _remember(degraded.explain_between)
detector_evidence = _remember(incidents.detector_evidence)
diff_golden_versions = _remember(golden.diff_golden_versions)
disparities = _remember(explore.disparities)
find_texts = _remember(find_texts_of)
find_segments = _remember(degraded.find_segments)
find_interaction = _remember(explore.find_interaction)
incident_alarms = _remember(incidents.incident_alarms)
incident_latencies = _remember(incidents.incident_latencies)
golden_check = _remember(check_golden)
latest_period = _remember(explore.latest_period)
list_addable = _remember(golden.list_addable)
list_alarms = _remember(alarms.list_alarms)
list_watched = _remember(alarms.list_watched)
watch_setup = _remember(alarms.watch_setup)
list_dimensions = _remember(explore.list_dimensions)
list_golden_versions = _remember(golden.list_golden_versions)
list_incidents = _remember(incidents.list_incidents)
list_interactions = _remember(explore.list_interactions)
list_properties = _remember(explore.list_properties)
list_queue_choices = _remember(find_queue_choices)
list_refused = _remember(golden.list_refused)
list_runs = _remember(explore.list_runs)
list_segments = _remember(explore.list_segments)
list_session_events = _remember(explore.list_session_events)
list_sources = _remember(arrival.list_sources)
list_values = _remember(explore.list_values)
list_votes = _remember(explore.list_votes)
look_up = _remember(lookup.look_up)
pack_export = _remember(packed_export.pack_snapshot)
period_rate = _remember(explore.period_rate)
read_golden_set = _remember(golden.read_golden_set)
reliability = _remember(explore.reliability)
report_functions = _remember(explore.report_functions)
reviewer_agreement = _remember(reviewing.reviewer_agreement)
reviews_to_go = _remember(explore.reviews_to_go)
releases = _remember(comparisons.releases)
split_between = _remember(degraded.split_between)
tell_steps = _remember(incidents.tell_steps)
what_changed = _remember(find_what_changed)
whole_period = _remember(comparisons.whole_period)
sample_quarantine = _remember(arrival.sample_quarantine)
summarise_arrival = _remember(explore.summarise_arrival)
summarise_quarantine = _remember(explore.summarise_quarantine)
unusual_hours = _remember(explore.unusual_hours)
waiting_picks = _remember(find_waiting_picks)
