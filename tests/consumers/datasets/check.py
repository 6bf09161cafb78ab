"""`datasets` loads the folder with its splits, also where a column is all null in one of them."""

import json
import sys
from pathlib import Path

from datasets import Value, load_dataset

folder, truth = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
rows = {row["example_id"]: row for row in truth}
loaded = load_dataset(str(folder), cache_dir=str(folder.parent / "cache"))
assert {name: part.num_rows for name, part in loaded.items()} == {
    name: sum((row["split"] or "unsplit") == name for row in truth) for name in ("train", "dev", "test", "unsplit")
}
read = [row for part in loaded.values() for row in part]
assert {row["example_id"]: row for row in read} == rows
assert all(part.features["expected"] == Value("string") for part in loaded.values())
good = loaded["test"].filter(lambda row: row["label"] == "good")
assert good.num_rows == sum(row["label"] == "good" and row["split"] == "test" for row in truth)
