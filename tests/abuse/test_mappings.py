"""Mapping files: data that says where things are, and nothing that runs or reads."""

from pathlib import Path

import pytest

from feedback.errors import FeedbackError
from feedback.sources.mapping_file import bundled_maps, read_mapping
from feedback.sources.mapping_paths import Path as FieldPath
from feedback.sources.mapping_paths import Template

RECORD = {"user": {"id": "u1", "__class__": "mine"}, "list": [1, 2]}


@pytest.mark.parametrize("name", ["../maps/segment", "segment/../segment", "../../../../etc/passwd", "/etc/passwd"])
def test_a_name_leads_to_no_other_file(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "segment" in bundled_maps()
    with pytest.raises(FeedbackError) as caught:
        read_mapping(name)
    assert "root:" not in str(caught.value)


@pytest.mark.parametrize("written", ["user.__init__", "list.__len__", "user.id.format", "list.append"])
def test_a_path_reaches_what_is_in_the_record_only(written):
    assert FieldPath.parse(written).find(RECORD) is None
    assert Template.parse("{" + written + "}").find(RECORD) is None


def test_a_value_that_looks_like_a_path_or_a_template_stays_text():
    assert Template.parse("{a}/{b}").find({"a": "{b}", "b": "../../etc"}) == "{b}/../../etc"
    assert FieldPath.parse("user.__class__").find(RECORD) == "mine"


def test_a_file_that_is_no_mapping_is_not_quoted(tmp_path: Path):
    file = tmp_path / "shadow"
    file.write_text("root:hunter2:19000\n")
    with pytest.raises(FeedbackError) as caught:
        read_mapping(file)
    assert "hunter2" not in str(caught.value)
