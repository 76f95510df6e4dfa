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
from handlers.publish_policy import PolicyRefusedError, Sessions, draft_policy, rehearse
from policies.intake import Prepared, prepare
from policies.originals import keep_original
from policies.review import Signature, move

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


@dataclass(frozen=True)
class Submitted:
    """A revision that waits for review now."""

    revision_id: int
    title: str
    version: str
    n_articles: int


class StagedImports:
    """The files of one instance that wait for a yes or no."""

    def __init__(self, home: Path, writing: Sessions) -> None:
        self._home, self._writing = home, writing

    def stage(self, name: str, content: bytes, by: Signature) -> Staged:
        """Set a file aside and show what would become of it."""
        self._sweep()
        safe = _safe(name)
        token = hashlib.sha256(safe.encode() + b"\0" + content).hexdigest()[:16]
        path = self._home / FOLDER / token / safe
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)  # cut off, it is another file: it is read anew, whole, before it is imported
        read = (path, prepare(path))
        (file,) = rehearse([read], writing=self._writing, by=by)
        if file.outcome not in ("new", "changed"):
            self.discard(token)
            token = ""
        return Staged(token, preview_of(read, file))

    def carry_out(self, token: str, by: Signature) -> Submitted | None:
        """Submit a file set aside for review; ``None`` when it is not there any more: somebody decided, or a week has
        passed.

        Raises:
            PolicyRefusedError: It can't be read any more, or its text came in meanwhile.
        """
        path = self._path(token)
        if path is None:
            return None
        prepared = prepare(path)
        if not isinstance(prepared, Prepared):
            raise PolicyRefusedError(prepared.reason)
        keep_original(self._home, path, prepared.sha256)
        with self._writing() as session:
            revision = draft_policy(session, prepared, by)
            move(session, revision, "in_review", by)
        self.discard(token)
        return Submitted(revision.id or 0, prepared.draft.title, revision.version, len(prepared.draft.articles))

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
