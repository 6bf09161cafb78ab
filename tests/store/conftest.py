import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from damage import add_people
from stored_story import CLOCK, begin

from feedback.store import Store
from feedback.store.backup import back_up

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def store(tmp_path):
    # Percent-encoding, SQL quotes and hive-like names are all in play.
    return Store(tmp_path / "day=3" / "it's a störe")


@pytest.fixture(scope="session")
def sound_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store with labels, reviews, a draw, a reservation and a golden set, and beside it a backup of it."""
    folder = tmp_path_factory.mktemp("sound")
    store = begin(folder)
    add_people(store)
    back_up(store.path, folder / "backup", clock=CLOCK)
    return store.path


@pytest.fixture
def copy(sound_store: Path, tmp_path: Path) -> Store:
    return Store(shutil.copytree(sound_store, tmp_path / "copy"))


@pytest.fixture
def backup(sound_store: Path) -> Path:
    return sound_store.parent / "backup"


@pytest.fixture
def old_store(tmp_path: Path) -> Callable[[str], Store]:
    """Return a function that unpacks a store that an earlier version of feedback wrote."""

    def unpack(name: str) -> Store:
        with tarfile.open(FIXTURES / f"{name}.tar.xz") as archive:
            archive.extractall(tmp_path, filter="data")
        return Store(tmp_path / "store")

    return unpack
