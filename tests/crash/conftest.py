import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from stored_story import COMMANDS, Content, begin, content_of, differing

from feedback.store import Store


@dataclass(frozen=True)
class Story:
    """A store as each command finds it, and what it holds there: `stages[n]` is before the n-th command."""

    folder: Path
    stages: tuple[tuple[Path, Content], ...]

    def check(self, store: Store, stage: int) -> int:
        """Return which stage a store is at, once it holds exactly what an undisturbed one does there.

        At the stage it was at before, its files are byte for byte what they were.
        """
        found = content_of(store.at())
        reached = found.version - self.stages[0][1].version
        expected = self.stages[reached][1]
        assert differing(found.derived, expected.derived) == []
        assert differing(found.human, {**expected.human, "reservations": found.human["reservations"]}) == []
        assert reached != stage or found.files == expected.files
        return reached

    def complete(self, store: Store, stage: int) -> None:
        """Run the commands from a stage on; the store then holds what an undisturbed one does."""
        for number, act in list(enumerate(COMMANDS.values()))[stage:]:
            act(store, self.folder)
            assert self.check(store, number) == number + 1


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("story")
    store = begin(folder)
    stages = [(store.path, content_of(store.at()))]
    for name, act in COMMANDS.items():
        store = Store(shutil.copytree(store.path, folder / f"after {name}"))
        act(store, folder)
        stages.append((store.path, content_of(store.at())))
    return Story(folder, tuple(stages))


@pytest.fixture
def copy(story: Story, tmp_path: Path) -> Iterator[Callable[[int], Store]]:
    """Return what copies the store of a stage; the copies are gone after the test."""
    numbers = count()

    def make(stage: int, folder: Path = tmp_path) -> Store:
        return Store(shutil.copytree(story.stages[stage][0], folder / f"copy{next(numbers)}"))

    yield make
    shutil.rmtree(tmp_path)
