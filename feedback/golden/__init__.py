"""The golden set: examples that people reviewed, in versions that never change, kept in step with the traffic.

`examples` makes examples of reviewed interactions, `identity` says what they are known by, `texts` which belong
together, `splits` puts these on one side, `contamination` refuses those the model has seen. `changes` writes what is
added, retired and corrected, `history` folds it into what holds now, `versions` cuts and compares it. `coverage`,
`shadow`, `findings` and `proposals` say how far it has drifted from the traffic; `result_files`, with
`inspect_logs` and `promptfoo_results`, reads evaluations back, and `pass_rates` sets them beside production.
"""

from feedback.golden.changes import add_examples, correct_example, retire_examples
from feedback.golden.contamination import find_contaminated
from feedback.golden.coverage import measure_coverage
from feedback.golden.examples import propose_examples
from feedback.golden.history import current_examples, find_example, golden_frame
from feedback.golden.identity import identify_example
from feedback.golden.pass_rates import compare_with_production, latest_run
from feedback.golden.proposals import propose_changes
from feedback.golden.result_files import current_results, read_eval_results
from feedback.golden.shadow import compare_with_shadow, draw_shadow, mix_disagreement
from feedback.golden.splits import SPLITS, Shares, assign_splits, find_leaks
from feedback.golden.texts import find_duplicates, find_reached, find_text_groups
from feedback.golden.versions import cut_version, diff_versions, find_version, list_versions, read_version

__all__ = [
    "SPLITS",
    "Shares",
    "add_examples",
    "assign_splits",
    "compare_with_production",
    "compare_with_shadow",
    "correct_example",
    "current_examples",
    "current_results",
    "cut_version",
    "diff_versions",
    "draw_shadow",
    "find_contaminated",
    "find_duplicates",
    "find_example",
    "find_leaks",
    "find_reached",
    "find_text_groups",
    "find_version",
    "golden_frame",
    "identify_example",
    "latest_run",
    "list_versions",
    "measure_coverage",
    "mix_disagreement",
    "propose_changes",
    "propose_examples",
    "read_eval_results",
    "read_version",
    "retire_examples",
]
