import shutil

import pytest
from stored_story import begin

from feedback.store import Store


@pytest.fixture(scope="session")
def begun(tmp_path_factory) -> Store:
    return begin(tmp_path_factory.mktemp("begun"))


@pytest.fixture
def store(begun, tmp_path) -> Store:
    """Return a store with part of a log in it, labelled and reviewed; the rest of the log lies beside it."""
    shutil.copytree(begun.path.parent, tmp_path, dirs_exist_ok=True)
    return Store(tmp_path / begun.path.name)
