"""Where labelling runs: in this process, or on Spark. Either way the same rows come out.

`work` is what is done with the events of whole sessions; `engine` what every engine offers; `local` and `spark`
are the two there are. `scratch` is where they keep what does not fit into memory; `parts` is what a task of
Spark does, `spark_session` where Spark comes from.
"""

from feedback.engines.engine import Engine, Events
from feedback.engines.local import LocalEngine
from feedback.engines.spark import SparkEngine
from feedback.engines.work import LabelledShard, LabelSessions, Progress, Work

__all__ = [
    "Engine",
    "Events",
    "LabelSessions",
    "LabelledShard",
    "LocalEngine",
    "Progress",
    "SparkEngine",
    "Work",
]
