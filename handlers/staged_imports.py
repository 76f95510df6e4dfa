"""Files that staff sent to be imported, kept aside until somebody confirms: ``<instance>/incoming/<token>/<name>``.

Nothing of a file is in the compilation before that. A file nobody decided about is removed after a week.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from handlers.preview_import import Preview, preview_of
from handlers.publish_policy import ImportedFile, PassageIndex, Sessions, import_prepared, rehearse
from policies.intake import prepare

FOLDER = "incoming"
KEPT_SECONDS = 7 * 24 * 3600
_TOKEN = re.compile(r"[0-9a-f]{16}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f/\\]")
_NAME_CHARACTERS = 60  # most file systems take 255 bytes, a Chinese character is three


@dataclass(frozen=True)
class Staged:
    """A file set aside. `token` names it, "" when there is nothing to decide (refused, a duplicate)."""

    token: str
    preview: Preview


class StagedImports:
    """The files of one instance that wait for a yes or no."""

    def __init__(self, home: Path, writing: Sessions, index: PassageIndex) -> None:
        self._home, self._writing, self._index = home, writing, index

    def stage(self, name: str, content: bytes) -> Staged:
        """Set a file aside and show what would become of it."""
        self._sweep()
        safe = _safe(name)
        token = hashlib.sha256(safe.encode() + b"\0" + content).hexdigest()[:16]
        path = self._home / FOLDER / token / safe
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)  # cut off, it is another file: it is read anew, whole, before it is imported
        read = (path, prepare(path))
        (file,) = rehearse([read], writing=self._writing)
        if file.outcome not in ("new", "changed"):
            self.discard(token)
            token = ""
        return Staged(token, preview_of(read, file))

    def carry_out(self, token: str) -> ImportedFile | None:
        """Import a file set aside; ``None`` when it is not there any more: somebody decided, or a week has passed."""
        path = self._path(token)
        if path is None:
            return None
        (file,) = import_prepared([(path, prepare(path))], writing=self._writing, index=self._index, home=self._home)
        self.discard(token)
        return file

    def discard(self, token: str) -> bool:
        """Remove a file set aside; whether it was there."""
        path = self._path(token)
        if path is not None:
            shutil.rmtree(path.parent, ignore_errors=True)
        return path is not None

    def _path(self, token: str) -> Path | None:
        if not _TOKEN.fullmatch(token):
            return None
        return next((each for each in (self._home / FOLDER / token).glob("*") if each.is_file()), None)

    def _sweep(self) -> None:
        for folder in (self._home / FOLDER).glob("*"):
            if time.time() - folder.stat().st_mtime > KEPT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)


def _safe(name: str) -> str:
    """A file name that stays in its folder and keeps its ending."""
    path = Path(_UNPRINTABLE.sub("_", name).strip(". ") or "文件")
    return f"{path.stem[:_NAME_CHARACTERS]}{path.suffix[:10]}"
