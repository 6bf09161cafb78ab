"""What `feedback.toml` may say, and what is refused."""

from datetime import timedelta
from pathlib import Path

import pytest

from feedback.errors import SettingsError
from feedback.settings import Settings, check_time_zone, parse_span, read_settings


def written(folder: Path, text: str) -> Path:
    file = folder / "feedback.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_a_file_the_defaults_hold(tmp_path: Path):
    assert read_settings(tmp_path / "feedback.toml") == Settings()


def test_an_empty_file_says_nothing(tmp_path: Path):
    assert read_settings(written(tmp_path, "")) == Settings()


def test_defaults():
    settings = Settings()
    assert settings.time_zone == "UTC"
    assert settings.observation_window == {"default": timedelta(minutes=30)}
    assert settings.session_gap == timedelta(hours=12)
    assert settings.lateness == timedelta(hours=1)


def test_every_key_is_read(tmp_path: Path):
    text = """
        time_zone = "Europe/Berlin"
        session_gap = "6h"
        lateness = "0s"
        labelling_functions = ["ours.py", "more/theirs.py"]
        [observation_window]
        default = "20m"
        mail = "2d"
        [columns]
        plan = "dimension"
        score_in = "measure"
    """
    assert read_settings(written(tmp_path, text)) == Settings(
        time_zone="Europe/Berlin",
        session_gap=timedelta(hours=6),
        lateness=timedelta(0),
        labelling_functions=(tmp_path / "ours.py", tmp_path / "more/theirs.py"),
        observation_window={"default": timedelta(minutes=20), "mail": timedelta(days=2)},
        roles={"plan": "dimension", "score_in": "measure"},
    )


def test_one_window_is_that_of_all_features(tmp_path: Path):
    settings = read_settings(written(tmp_path, 'observation_window = "45s"'))
    assert settings.observation_window == {"default": timedelta(seconds=45)}


def test_windows_per_feature_keep_the_default(tmp_path: Path):
    settings = read_settings(written(tmp_path, 'observation_window = { code = "5m" }'))
    assert settings.observation_window == {"default": timedelta(minutes=30), "code": timedelta(minutes=5)}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('time_zone = "Berlin"', "time_zone"),
        ("time_zone = 1", "time_zone"),
        ('time_zone = ""', "time_zone"),
        ('time_zone = "Europe"', "time_zone"),
        ('session_gap = "soon"', "session_gap"),
        ('session_gap = "0h"', "session_gap"),
        ("lateness = 60", "lateness"),
        ('lateness = "-1h"', "lateness"),
        ('lateness = "99999999999d"', "lateness"),
        ('observation_window = "0m"', "observation_window"),
        ('observation_window = { code = "5 minutes" }', "observation_window"),
        ('observation_window = ["5m"]', "observation_window"),
        ('columns = "plan"', "columns"),
        ('columns = { plan = "text" }', "columns.*plan"),
        ('columns = { plan = ["dimension"] }', "columns.*plan"),
        ('labelling_functions = "ours.py"', "labelling_functions"),
        ("labelling_functions = [1]", "labelling_functions"),
        ('windows = "5m"', "windows"),
        ("not toml", "not valid TOML"),
    ],
)
def test_what_means_nothing_is_refused_by_file_and_key(tmp_path: Path, text: str, key: str):
    with pytest.raises(SettingsError, match=rf"feedback\.toml: .*{key}"):
        read_settings(written(tmp_path, text))


def test_a_file_in_another_encoding_is_refused(tmp_path: Path):
    file = tmp_path / "feedback.toml"
    file.write_bytes('time_zone = "Zürich"'.encode("latin-1"))
    with pytest.raises(SettingsError, match="not valid TOML"):
        read_settings(file)


@pytest.mark.parametrize(
    ("span", "seconds"), [("45s", 45), ("30m", 1800), ("12h", 43_200), ("7d", 604_800), (" 5 m ", 300), ("0s", 0)]
)
def test_spans_of_time(span: str, seconds: int):
    assert parse_span(span) == timedelta(seconds=seconds)


def test_a_span_may_be_one_already():
    assert parse_span(timedelta(minutes=1)) == timedelta(minutes=1)


@pytest.mark.parametrize("span", ["", "5", "m", "5w", "1h30m", "-5m", "1.5h", "9999999d", 5, None])
def test_other_spans_are_refused(span: object):
    with pytest.raises(SettingsError, match="no span of time"):
        parse_span(span)


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "Asia/Kathmandu"])
def test_time_zones(name: str):
    assert check_time_zone(name) == name


@pytest.mark.parametrize("name", ["Mars", "", "../etc", "Europe", "Europe/Berlin ", "x" * 300, "a\0b"])
def test_other_zones_are_refused(name: str):
    with pytest.raises(SettingsError, match="time zone"):
        check_time_zone(name)


def test_disparities_are_read(tmp_path: Path):
    path = tmp_path / "feedback.toml"
    path.write_text('[[disparity]]\ndimensions = ["language", "plan"]\nmin_ratio = 0.9\n')
    (found,) = read_settings(path).disparity
    assert (found.dimensions, found.min_ratio, found.max_gap, found.min_n) == (("language", "plan"), 0.9, None, 100)


@pytest.mark.parametrize("line", ['dimensions = "language"', "dimensions = []", "max_gap = 7", "what = 1"])
def test_a_disparity_that_means_nothing_is_refused(tmp_path: Path, line: str):
    path = tmp_path / "feedback.toml"
    path.write_text(f"[[disparity]]\n{line}\n")
    with pytest.raises(SettingsError, match="disparity"):
        read_settings(path)
