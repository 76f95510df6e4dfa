"""The guides of an instance at work, taken up anew when a file in one of their folders changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from knowledge.guides import Guides
from knowledge.shelf import stamp, unreadable


class GuideShelf:
    """Guides that may change while they are walked: new ones take the place of the old whole."""

    def __init__(self, load: Callable[[], Guides], folders: Sequence[Path]) -> None:
        """`load` reads all guides anew; the files of the instance's own `folders` are watched."""
        self._load, self._folders = load, folders
        self._stamp = stamp(folders)
        self.guides = load()

    def refresh(self) -> bool:
        """Take up what changed in the folders; whether anything did. A file in the middle of being saved waits."""
        found = stamp(self._folders)
        if found == self._stamp or unreadable(self._folders):
            return False
        self.guides = self._load()
        self._stamp = found
        return True
