"""Files to rows as they were written."""

import gzip
from pathlib import Path

import polars as pl
import pytest

from feedback.errors import InputError, UnknownNameError
from feedback.sources.files import find_files
from feedback.sources.raw_log import ROW
from feedback.sources.registry import read_log

MIXED = pl.Struct({"text": pl.String, "number": pl.String})


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_folder_is_searched_to_the_bottom_for_known_endings(tmp_path):
    for name in ("b.csv", "day/a.jsonl.gz", "day/c.PARQUET", "notes.txt", ".hidden.csv", "_delta_log/0.json"):
        write(tmp_path, name, "x")
    found = [str(file.relative_to(tmp_path)) for file in find_files([tmp_path])]
    assert found == ["b.csv", "day/a.jsonl.gz", "day/c.PARQUET"]


def test_files_globs_and_folders_together_give_each_file_once(tmp_path):
    path, other = write(tmp_path, "a.csv", "x"), write(tmp_path, "notes.txt", "x")
    assert find_files([path, str(tmp_path / "*.csv"), tmp_path, other]) == [path, other]


def test_a_name_with_brackets_is_a_file_when_there_is_one(tmp_path):
    path = write(tmp_path, "a[1].csv", "x")
    assert find_files([path]) == [path]


@pytest.mark.parametrize("name", ["absent.csv", "*.jsonl", "empty"])
def test_a_path_without_a_log_is_one_clear_line(tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"does not exist|holds no log; known endings are \.parquet, \.csv") as error:
        find_files([tmp_path / name])
    assert "\n" not in str(error.value)


def test_csv_is_text_with_empty_as_null(tmp_path):
    path = write(tmp_path, "a.csv", '\ufeffid,text\r\n1,"a ""b"",\r\nc"\r\n,""\r\n\r\n')
    log = read_log(path)
    assert log.frame.rows(named=True) == [
        {"id": "1", "text": 'a "b",\r\nc', ROW: 1},
        {"id": None, "text": None, ROW: 2},
    ]
    assert not log.is_typed


def test_broken_csv_lines_are_listed_and_the_rest_is_read(tmp_path):
    content = b'id,text\n1,a\n2\n\n3,b,c\n4,"x" y\n5,\xe9\n6,5" x 6"\n7,"never closed\n8,d\n9,"e\nf"\n'
    log = read_log(write(tmp_path, "a.csv", content))
    assert log.frame.select(ROW, "id", "text").rows() == [
        (1, "1", "a"),
        (6, "6", '5" x 6"'),
        (8, "8", "d"),
        (9, "9", "e\nf"),
    ]
    assert log.broken["row"].to_list() == [2, 3, 4, 5, 7]
    assert log.broken["reason"].to_list()[:2] == [
        "the line has 1 fields where the header has 2",
        "the line has 3 fields where the header has 2",
    ]


def test_csv_names_that_repeat_are_told_apart_and_other_separators_found(tmp_path):
    assert read_log(write(tmp_path, "a.csv", "id;m;m\n1;2;3\n")).frame.columns == ["id", "m", "m_2", ROW]
    assert read_log(write(tmp_path, "b.csv", "id\tm\n1\t2\n")).frame["m"].to_list() == ["2"]


def test_csv_without_rows_is_empty(tmp_path):
    assert read_log(write(tmp_path, "a.csv", "id,kind\n")).frame.height == 0


def test_json_lines_keep_their_types(tmp_path):
    path = write(tmp_path, "a.jsonl", '\ufeff{"id":"1","n":1,"x":0.1,"b":true}\r\n\r\n{"id":"2","n":null,"x":2}\r\n')
    frame = read_log(path).frame
    assert frame.dtypes == [pl.String, pl.Int64, pl.Float64, pl.Boolean, pl.Int64]
    assert frame.rows() == [("1", 1, 0.1, True, 1), ("2", None, 2.0, None, 2)]


@pytest.mark.parametrize(
    "content", ['[{"id":1},{"id":2}]', '[\n{"id":1},\n{"id":2}\n]\n', '{\n "id": 1\n}\n{\n"id":2}']
)
def test_a_json_array_and_objects_spread_over_lines_are_read(tmp_path, content):
    assert read_log(write(tmp_path, "a.json", content)).frame.rows() == [(1, 1), (2, 2)]


def test_broken_json_lines_are_listed_and_the_rest_is_read(tmp_path):
    path = write(tmp_path, "a.jsonl", b'{"id":1}\n{"id":\n\n[2]\n{"id":"\xe9"}\n{"id":5}\n')
    log = read_log(path)
    assert log.frame.rows() == [(1, 1), (5, 5)]
    assert log.broken.rows() == [
        (2, "the record is not JSON"),
        (3, "the record is JSON but not an object"),
        (4, "the record holds bytes that are not UTF-8"),
    ]


def test_numbers_among_text_stay_numbers(tmp_path):
    path = write(tmp_path, "a.jsonl", '{"v":"3"}\n{"v" : 4}\n{"v":null}\n{"v":true}\n')
    frame = read_log(path).frame
    assert frame.schema["v"] == MIXED
    assert frame["v"].struct.unnest().rows() == [("3", None), (None, "4"), (None, None), ("true", None)]


def test_a_text_that_looks_like_json_is_text(tmp_path):
    path = write(tmp_path, "a.jsonl", r'{"text":"{\"text\": 4}"}' + "\n")
    assert read_log(path).frame["text"].to_list() == ['{"text": 4}']


def test_nested_values_become_json_text(tmp_path):
    path = write(tmp_path, "a.jsonl", '{"id":1,"meta":{"b":[1,2.0],"a":"é"}}\n{"id":2,"meta":[]}\n')
    pl.DataFrame({"meta": [{"b": [1, 2], "a": "é"}, None], "tags": [["x"], []]}).write_parquet(tmp_path / "a.parquet")
    assert read_log(path).frame["meta"].to_list() == ['{"b":[1,2.0],"a":"é"}', "[]"]
    assert read_log(tmp_path / "a.parquet").frame.rows() == [('{"b":[1,2],"a":"é"}', '["x"]', 1), (None, "[]", 2)]


def test_numbers_json_does_not_have_are_read_all_the_same(tmp_path):
    path = write(tmp_path, "a.jsonl", f'{{"x":NaN,"t":"a","big":{2**64}}}\n{{"x":1.5,"t":NaN,"big":1}}\n')
    frame = read_log(path).frame
    assert frame["x"].is_nan().to_list() == [True, False]
    assert frame["t"].to_list() == ["a", None]
    assert frame["big"].to_list() == [2**64, 1]


def test_half_a_surrogate_pair_is_replaced(tmp_path):
    path = write(tmp_path, "a.jsonl", r'{"text":"cut \ud83d"}' + "\n" + r'{"text":"\ud83d\ude00"}')
    assert read_log(path).frame["text"].to_list() == ["cut \N{REPLACEMENT CHARACTER}", "😀"]


def test_an_empty_json_lines_file_is_an_empty_log(tmp_path):
    log = read_log(write(tmp_path, "a.jsonl", ""))
    assert (log.frame.height, log.frame.columns, log.broken.height) == (0, [ROW], 0)


def test_a_column_with_our_internal_name_makes_way(tmp_path):
    assert read_log(write(tmp_path, "a.jsonl", '{"(row)":7}')).frame.rows(named=True) == [{"(row)_in": 7, ROW: 1}]


def test_gzip_is_read_in_every_text_format(tmp_path):
    csv = write(tmp_path, "a.csv.gz", gzip.compress(b"id,kind\n1,view\n", mtime=0))
    lines = write(tmp_path, "a.ndjson.gz", gzip.compress(b'{"id":"1","kind":"view"}\n', mtime=0))
    assert read_log(csv).frame.rows() == read_log(lines).frame.rows() == [("1", "view", 1)]


def test_parquet_types_that_are_not_plain_become_plain(tmp_path):
    frame = pl.DataFrame({"b": [b"a", b"b"], "c": ["x", "y"]}).with_columns(
        pl.col("c").cast(pl.Categorical),
        h=pl.Series([b"\xff", None]),
        s=pl.Series([1500, None]).cast(pl.Duration("ms")),
    )
    frame.write_parquet(tmp_path / "a.parquet")
    assert read_log(tmp_path / "a.parquet").frame.rows() == [("a", "x", "ff", 1.5, 1), ("b", "y", None, None, 2)]


def parquet_bytes(tmp_path: Path) -> bytes:
    pl.DataFrame({"a": range(1000)}).write_parquet(tmp_path / "whole")
    return (tmp_path / "whole").read_bytes()


@pytest.mark.parametrize(
    ("name", "content", "cause"),
    [
        ("a.parquet", b"hello", "is not a Parquet file"),
        ("a.parquet", b"", "is not a Parquet file"),
        ("a.parquet", b"PAR1" + b"junk" * 9 + b"PAR1", "is damaged"),
        ("a.csv", b"", "has no header"),
        ("a.csv", b"\0\1\2", "is binary, not text"),
        ("a.csv", b"n\xe9,kind\n1,2\n", "has no header"),
        ("a.csv", "id,kind\n".encode("utf-16"), "is UTF-16"),
        ("a.csv.gz", gzip.compress(b"id,kind\n1,2\n" * 99, mtime=0)[:-9], "cut off"),
        ("a.jsonl.gz", gzip.compress(b"{}", mtime=0)[:10] + b"\xff" * 30, "damaged"),
        ("a.jsonl", b"secret words\n", "holds no line of JSON"),
        ("a.txt", b"x", "its ending is not one of .parquet, .csv"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line_with_the_cause(tmp_path, name, content, cause):
    path = write(tmp_path, name, content)
    with pytest.raises(InputError) as error:
        read_log(path)
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    assert cause in message
    assert "\n" not in message
    assert "secret" not in message


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_parquet_file_that_was_cut_is_one_line(tmp_path, share):
    whole = parquet_bytes(tmp_path)
    cut, holed = whole[: int(len(whole) * share)], whole[: int(len(whole) * share)] + whole[-8:]
    for content in (cut, holed):
        with pytest.raises(InputError, match=r"cut off|damaged"):
            read_log(write(tmp_path, "a.parquet", content))


def test_a_missing_file_a_folder_and_an_unknown_format_are_told_apart(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_log(tmp_path / "a.csv")
    (tmp_path / "b.csv").mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        read_log(tmp_path / "b.csv")
    with pytest.raises(UnknownNameError, match="there is no format 'xml'"):
        read_log(tmp_path / "a.csv", format="xml")


def test_a_named_format_wins_over_the_ending(tmp_path):
    assert read_log(write(tmp_path, "log.txt", '{"id":1}'), format="jsonl").frame.rows() == [(1, 1)]
