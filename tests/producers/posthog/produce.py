"""An AI feature told through PostHog's client: generations by its OpenAI wrapper, a survey, a metric, product events.

`produce.py OUT URL` sends them to the server at URL, which also plays the model.
"""

import sys

from posthog import Posthog
from posthog.ai.openai import OpenAI

url = sys.argv[2]
client = Posthog("phc_test", host=url, gzip=True, disable_geoip=True, flush_interval=0.1)
model = OpenAI(api_key="none", base_url=f"{url}/openai/v1", posthog_client=client)

for trace, question in (("trace-1", "How do I pack a tent?"), ("trace-2", "Who wrote Faust?")):
    model.chat.completions.create(
        model="gpt-test",
        messages=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": question}],
        posthog_distinct_id="user-1",
        posthog_trace_id=trace,
        posthog_properties={"$ai_session_id": "session-1", "feature": "help-chat"},
    )
client.flush()


def tell(event: str, **properties):
    """Send an event of user-1."""
    client.capture(event, distinct_id="user-1", properties=properties)


tell("suggestion accepted", **{"$ai_trace_id": "trace-1"})
tell("survey shown", **{"$ai_trace_id": "trace-2", "$survey_id": "survey-1"})
tell(
    "survey sent",
    **{
        "$ai_trace_id": "trace-2",
        "$survey_id": "survey-1",
        "$survey_response": 2,
        "$survey_response_1": "It was brief",
    },
)
tell("$ai_metric", **{"$ai_trace_id": "trace-1", "$ai_metric_name": "user_rating", "$ai_metric_value": "1"})
tell("$ai_feedback", **{"$ai_trace_id": "trace-1", "$ai_feedback_text": "Nice"})
tell("$pageview", **{"$current_url": "https://app.example"})
client.shutdown()
