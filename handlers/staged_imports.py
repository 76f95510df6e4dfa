"""Files that staff sent to be imported, kept aside until somebody confirms: ``<instance>/incoming/<token>/<name>``.

Nothing of a file is in the compilation before that. A file nobody decided about is removed after a week. Who sent it in
stands beside it (``uploaders.json``): they may not review it. Of two who decide at once one does: deciding begins with
renaming the folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import secrets
import shutil
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from handlers.preview_import import Preview, preview_of
from handlers.publish_policy import PolicyRefusedError, Sessions, draft_policy, rehearse
from policies.intake import Prepared, prepare
from policies.originals import keep_original
from policies.review import Signature, move

FOLDER = "incoming"
KEPT_SECONDS = 7 * 24 * 3600
_UPLOADERS = "uploaders.json"  # no format of policies: no file sent in has that name
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

    def __init__(self, home: Path, writing: Sessions, reading: Sessions) -> None:
        self._home, self._writing, self._reading = home, writing, reading

    def stage(self, name: str, content: bytes, by: Signature) -> Staged:
        """Set a file aside and show what would become of it."""
        self._sweep()
        safe = _safe(name)
        token = hashlib.sha256(safe.encode() + b"\0" + content).hexdigest()[:16]
        path = self._home / FOLDER / token / safe
        path.parent.mkdir(parents=True, exist_ok=True)
        _sign(path.parent, by)
        path.write_bytes(content)  # cut off, it is another file: it is read anew, whole, before it is imported
        read = (path, prepare(path))
        (file,) = rehearse([read], reading=self._reading, by=by)
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
        folder = self._claim(token)
        if folder is None:
            return None
        done = None
        try:
            done = self._submit(_file_in(folder), by)
        finally:
            if done is None:  # it may be tried again, unless it was sent anew meanwhile
                with contextlib.suppress(OSError):
                    folder.rename(self._home / FOLDER / token)
            shutil.rmtree(folder, ignore_errors=True)
        return done

    def discard(self, token: str) -> bool:
        """Remove a file set aside; whether it was there."""
        folder = self._claim(token)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        return folder is not None

    def _submit(self, path: Path, by: Signature) -> Submitted:
        prepared = prepare(path)
        if not isinstance(prepared, Prepared):
            raise PolicyRefusedError(prepared.reason)
        keep_original(self._home, path, prepared.sha256)
        with self._writing() as session:
            revision = draft_policy(session, prepared, by, _uploaders(path.parent, by.at))
            move(session, revision, "in_review", by)
        return Submitted(revision.id or 0, prepared.draft.title, revision.version, len(prepared.draft.articles))

    def _claim(self, token: str) -> Path | None:
        """The folder of a file under a name that only we know; ``None`` when it is not there any more."""
        folder = self._home / FOLDER / token
        if not _TOKEN.fullmatch(token):
            return None
        try:
            return folder.rename(folder.with_suffix(f".{secrets.token_hex(4)}"))
        except FileNotFoundError:
            return None

    def _sweep(self) -> None:
        for folder in (self._home / FOLDER).glob("*"):
            with contextlib.suppress(FileNotFoundError):  # somebody decided about it just now
                if time.time() - folder.stat().st_mtime > KEPT_SECONDS:
                    shutil.rmtree(folder, ignore_errors=True)


def _sign(folder: Path, by: Signature) -> None:
    """Add whoever sent a file to those who sent the same one before."""
    known = [[each.key, each.name] for each in _uploaders(folder, by.at) if each.key != by.key]
    scratch = folder.with_suffix(f".{secrets.token_hex(4)}")
    scratch.write_text(json.dumps([*known, [by.key, by.name]], ensure_ascii=False), "utf-8")
    scratch.replace(folder / _UPLOADERS)


def _uploaders(folder: Path, at: datetime) -> list[Signature]:
    path = folder / _UPLOADERS
    known = json.loads(path.read_text("utf-8")) if path.is_file() else []
    return [Signature(key, name, at) for key, name in known]


def _file_in(folder: Path) -> Path:
    return next(each for each in folder.iterdir() if each.name != _UPLOADERS)


def _safe(name: str) -> str:
    """A file name that stays in its folder and keeps its ending."""
    path = Path(_UNPRINTABLE.sub("_", name).strip(". ") or "文件")
    return f"{path.stem[:_NAME_CHARACTERS]}{path.suffix[:10]}"
