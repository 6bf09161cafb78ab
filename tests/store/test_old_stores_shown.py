"""The app on stores of other versions."""

import json
from pathlib import Path

import pytest
from app_words import written

PAGES = ("", "incidents", "segments", "alarms", "examples", "golden", "health")
OLD = sorted(file.name.removesuffix(".tar.xz") for file in (Path(__file__).parent / "fixtures").glob("*.tar.xz"))


@pytest.mark.parametrize("name", OLD)
def test_a_store_of_an_older_version_is_shown_as_it_is(open_page, old_store, name: str):
    store = old_store(name)
    for page in PAGES:
        app = open_page(store, page)
        assert not app.exception, page
        assert not app.error, page


def test_a_newer_one_is_refused_in_one_line_that_says_what_to_do(open_page, tmp_path: Path):
    (tmp_path / "newer").mkdir()
    (tmp_path / "newer" / "store.json").write_text(json.dumps({"format": 99}))
    app = open_page(tmp_path / "newer")
    assert not app.exception
    assert "is newer than this program" in written(app)
    assert "upgrade feedback" in written(app)
