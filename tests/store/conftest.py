import pytest

from feedback.store import Store


@pytest.fixture
def store(tmp_path):
    # Percent-encoding, SQL quotes and hive-like names are all in play.
    return Store(tmp_path / "day=3" / "it's a störe")
