"""trl takes the pairs as a preference dataset; the training itself is not run, as it needs a model."""

import json
import os
import sys
from pathlib import Path

os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}

from datasets import load_dataset
from trl.data_utils import is_conversational, maybe_extract_prompt, unpair_preference_dataset

folder, truth = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
rows = {row["example_id"]: row for row in truth}
cache = folder.parent / "datasets-cache"
pairs = load_dataset("json", data_files=str(folder / "pairs.jsonl"), split="train", cache_dir=str(cache))
assert len(pairs) == len((folder / "pairs.jsonl").read_text().split("\n")) - 1 > 0
corrected = [row for row in truth if row["label"] == "bad" and row["expected"] is not None]
differ = [row for row in corrected if row["expected"] != (row["rejected_output"] or row["observed_output"])]
assert {row["example_id"] for row in differ} <= set(pairs["example_id"])

prepared = pairs.map(maybe_extract_prompt)
for pair, kept in zip(pairs, prepared, strict=True):
    row = rows[pair["example_id"]]
    assert not is_conversational(pair)
    assert (pair["prompt"], kept["prompt"]) == (row["input"], row["input"])
    assert pair["chosen"] == kept["chosen"] == (row["expected"] or row["observed_output"])
    assert pair["rejected"] == kept["rejected"] == (row["rejected_output"] or row["observed_output"])

unpaired = unpair_preference_dataset(pairs.select_columns(["prompt", "chosen", "rejected"]))
assert sorted(unpaired["label"]) == [False] * len(pairs) + [True] * len(pairs)
assert sorted(zip(unpaired["prompt"], unpaired["completion"], unpaired["label"], strict=True)) == sorted(
    (pair["prompt"], pair[side], side == "chosen") for pair in pairs for side in ("chosen", "rejected")
)
