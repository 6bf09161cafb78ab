"""An export as one file: the same bytes again, with what it leaves out counted."""

import io
import json
import zipfile

import pytest
from event_rows import LONG_AFTER, event, event_table

from feedback.errors import SettingsError, UnknownNameError
from feedback.export import TARGETS
from feedback.pipeline import import_reviews, ingest_logs, run_labels
from feedback.pipeline.golden import make_version
from feedback.pipeline.golden_examples import add_reviewed
from feedback.pipeline.packed_export import count_exportable, pack_export
from feedback.store import Store


def clock():
    return LONG_AFTER


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    """Return a store with three golden examples, one of them with a corrected answer."""
    folder = tmp_path_factory.mktemp("packed")
    rows = []
    for n, asked in enumerate(("refund my order", "=1+1", "{{ env.HOME }} e-mail me")):
        rows += [
            event(600 * n, "request", f"i{n}", session=f"s{n}", text=asked),
            event(600 * n + 2, "response", f"i{n}", session=f"s{n}", text=f"Answer {n}"),
        ]
    event_table(*rows).write_parquet(folder / "log.parquet")
    store = Store(folder / "store")
    ingest_logs(store, [folder / "log.parquet"], clock=clock)
    run_labels(store, clock=clock, watermark="end")
    (folder / "r.csv").write_text("interaction_id,verdict,corrected_text\ni0,bad,Within 30 days\ni1,good,\ni2,bad,\n")
    import_reviews(store, [folder / "r.csv"], clock=clock, reviewer="eve")
    add_reviewed(store, by="eve", clock=clock)
    make_version(store, by="eve", clock=clock)
    return store


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_is_the_same_file_again_and_reads_back(store: Store, target: str):
    first, again = (pack_export(store, target, version=1, redact=False) for _ in range(2))
    assert first.archive == again.archive
    assert first.rows.height + first.n_refused == first.manifest["n_examples"] == 3
    with zipfile.ZipFile(io.BytesIO(first.archive)) as archive:
        assert archive.testzip() is None
        assert json.loads(archive.read("manifest.json"))["target"] == target
        assert {info.date_time[0] for info in archive.infolist()} == {1980}
        assert set(first.beginnings) <= set(archive.namelist())


def test_what_a_target_has_no_room_for_is_counted(store: Store):
    packed = pack_export(store, "preference_pairs", redact=False)
    assert (packed.rows.height, packed.n_refused) == (1, 2)
    assert packed.beginnings["pairs.jsonl"].startswith('{"example_id"')


def test_what_a_choice_leaves(store: Store):
    assert count_exportable(store).select("label", "n").group_by("label").sum().sort("label").rows() == [
        ("bad", 2), ("good", 1),
    ]  # fmt: skip
    assert pack_export(store, "jsonl", label="good", redact=False).manifest["n_examples"] == 1


def test_nothing_to_export_is_said_in_one_line(store: Store):
    with pytest.raises(UnknownNameError, match="no version 7"):
        pack_export(store, "jsonl", version=7, redact=False)
    with pytest.raises(SettingsError, match="no example to export"):
        pack_export(Store("no/such/folder"), "jsonl", redact=False)
