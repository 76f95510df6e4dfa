"""Files that staff sent to be imported, kept aside until somebody confirms: ``<instance>/incoming/<token>/<name>``.

Nothing of a file is in the compilation before that. A file nobody decided about is removed after a week. Who sent it in
stands beside it (``uploaders.json``): they may not review it. Of two who decide at once one does: deciding begins with
renaming the folder, after the press that decides. So a press that is brought again, because somebody was killed over
it, finds what it had begun (the folder) or done (the hash it noted before).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlmodel import select

from handlers import corrected_imports, scan_jobs
from handlers import import_wording as wording
from handlers.import_policy import rehearse
from handlers.preview_import import Preview, preview_of
from handlers.publish_policy import PolicyRefusedError, Sessions
from handlers.scan_jobs import FOLDER, ScanJob, Watcher, file_in
from handlers.store_policy import draft_policy
from policies.compilation import Policy, Revision, articles_of
from policies.intake import Prepared, prepare
from policies.originals import keep_original
from policies.readers import Refused, kept_pages
from policies.readers.web import Fetch, no_network
from policies.review import Signature, move

KEPT_SECONDS = 7 * 24 * 3600
_ORIGIN = "origin.json"
_UPLOADERS = "uploaders.json"  # no format of policies: no file sent in has that name
_TOKEN = re.compile(r"[0-9a-f]{16}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f/\\]")
_NAME_CHARACTERS = 60  # most file systems take 255 bytes, a Chinese character is three


@dataclass(frozen=True)
class Staged:
    """A file set aside. `token` names it, "" when there is nothing to decide (refused, a duplicate). Of a scan that has
    to be read first `n_pages` says how many pages it has; there is no preview before.
    """

    token: str
    preview: Preview
    n_pages: int = 0


@dataclass(frozen=True)
class Submitted:
    """A revision that waits for review now."""

    revision_id: int
    title: str
    version: str
    n_articles: int


class StagedImports:
    """The files of one instance that wait for a yes or no."""

    def __init__(
        self,
        home: Path,
        writing: Sessions,
        reading: Sessions,
        outlet_id: Callable[[str], str] = str.strip,
        fetch: Fetch = no_network,
    ) -> None:
        """`outlet_id` gives the id of an outlet by what people call it, or refuses; `fetch` what is at an address."""
        self._home, self._writing, self._reading, self._outlet_id = home, writing, reading, outlet_id
        self._fetch = fetch

    def stage_from(self, url: str, by: Signature, watcher: Watcher | None = None) -> Staged:
        """The same for what stands at an address, which is recorded as where it comes from."""
        found = self._fetch(url)
        if isinstance(found, Refused):
            return Staged("", Preview(wording.head(url, "refused", found.reason)))
        return self.stage(found.name, found.content, by, watcher, origin=found.url)

    def stage(
        self, name: str, content: bytes, by: Signature, watcher: Watcher | None = None, *, origin: str = ""
    ) -> Staged:
        """Set a file aside and show what would become of it. A scan is read first, and `watcher` told how that goes."""
        self._sweep()
        safe = _safe(name)
        token = hashlib.sha256(safe.encode() + b"\0" + content).hexdigest()[:16]
        path = self._home / FOLDER / token / safe
        path.parent.mkdir(parents=True, exist_ok=True)
        _sign(path.parent, by)
        if origin:
            (path.parent / _ORIGIN).write_text(json.dumps(origin), "utf-8")
        path.write_bytes(content)  # cut off, it is another file: it is read anew, whole, before it is imported
        prepared = self._prepare(path)
        if isinstance(prepared, Refused) and prepared.is_scan:
            n_pages = scan_jobs.begin(path.parent, scan_jobs.pages_of(self._home, content), watcher)
            return Staged(token, Preview(path.name), n_pages)
        staged = self._shown(path, prepared, by)
        if not staged.token:
            shutil.rmtree(path.parent, ignore_errors=True)
        return staged

    def look_again(self, token: str, by: Signature) -> Staged:
        """What would become of a file set aside, as things stand now.

        Raises:
            FileNotFoundError: It is not there any more.
        """
        path = file_in(self._home / FOLDER / token)
        return self._shown(path, self._prepare(path), by)

    def found(self, token: str, by: Signature) -> Staged | None:
        """The same for a token from outside; ``None`` when there is no such file (any more), or it is being read."""
        if not _TOKEN.fullmatch(token) or self.is_being_read(token):
            return None
        try:
            return self.look_again(token, by)
        except FileNotFoundError:
            return None

    def file_of(self, token: str) -> Path | None:
        """The file set aside under a token from outside; ``None`` when it is not there any more."""
        if not _TOKEN.fullmatch(token):
            return None
        with contextlib.suppress(FileNotFoundError):
            return file_in(self._home / FOLDER / token)
        return None

    def _prepare(self, path: Path) -> Prepared | Refused:
        return prepare(path, partial(scan_jobs.text_read, self._home), _origin(path.parent))

    def _shown(self, path: Path, prepared: Prepared | Refused, by: Signature) -> Staged:
        read = (path, prepared)
        (file,) = rehearse([read], reading=self._reading, by=by)
        words = corrected_imports.corrections_of(path.parent)
        preview = preview_of(read, file, words)
        if file.outcome not in ("new", "changed"):
            return Staged("", preview)
        if words and isinstance(prepared, Prepared):
            try:
                facts = corrected_imports.recorded(self._reading, prepared, words, by)
            except PolicyRefusedError as error:  # the same text came in meanwhile
                return Staged("", Preview(wording.head(path.name, "refused", str(error))))
            done = (wording.CORRECTED, corrected_imports.lines(words))
            preview = replace(preview, facts=facts, sections=(done, *preview.sections))
        return Staged(path.parent.name, preview)

    def scans(self) -> list[ScanJob]:
        """The scans that are being read, or were read and wait for a yes or no, oldest first."""
        return scan_jobs.listed(self._home)

    def is_being_read(self, token: str) -> bool:
        """Whether pages of that scan are still missing."""
        return bool(_TOKEN.fullmatch(token)) and scan_jobs.is_being_read(self._home, token)

    def read_a_page(self) -> ScanJob | None:
        """Read the next page of the oldest scan; how far it is now. ``None`` when nothing waits, or another process
        reads.
        """
        return scan_jobs.read_a_page(self._home)

    def end_reading(self, token: str, *, is_waiting: bool) -> None:
        """Whoever wanted to know of a scan has been told what became of it; what does not wait for a decision goes."""
        if is_waiting:
            scan_jobs.end(self._home, token)
        else:
            shutil.rmtree(self._home / FOLDER / token, ignore_errors=True)

    def correct(self, token: str, label: str, value: str, by: Signature) -> Staged:
        """Put one thing right about a file set aside, and show it again. An empty value empties the field.

        Raises:
            PolicyRefusedError: The file is not there any more, or that can't be recorded; nothing has changed.
        """
        if not _TOKEN.fullmatch(token) or self.is_being_read(token):
            raise PolicyRefusedError(wording.DECIDED)
        folder = self._home / FOLDER / token
        try:
            prepared = self._prepare(file_in(folder))
            field = corrected_imports.field_of(label)
            said = self._outlet_id(value) if field == "outlet" else value
            words = {**corrected_imports.corrections_of(folder), field: said}
            if isinstance(prepared, Prepared):
                corrected_imports.recorded(self._reading, prepared, words, by)
                corrected_imports.keep(folder, words)
            return self.look_again(token, by)
        except FileNotFoundError:
            raise PolicyRefusedError(wording.DECIDED) from None

    def carry_out(self, token: str, by: Signature, press: str) -> Submitted | None:
        """Submit a file set aside for review; ``None`` when it is not there any more: somebody decided, or a week has
        passed. `press` names the event that decides, the same when it is brought again.

        Raises:
            PolicyRefusedError: It can't be read any more, or its text came in meanwhile.
        """
        if done := self._done_before(token, press):
            return done
        if self.is_being_read(token) or (folder := self._claim(token, press)) is None:
            return None
        trail = self._trail(token, press)
        try:
            trail.write_text(hashlib.sha256(file_in(folder).read_bytes()).hexdigest(), "utf-8")
            done = self._submit(file_in(folder), by)
        finally:
            if done is None:  # it may be tried again, unless it was sent anew meanwhile
                trail.unlink(missing_ok=True)
                with contextlib.suppress(OSError):
                    folder.rename(self._home / FOLDER / token)
            shutil.rmtree(folder, ignore_errors=True)
        return done

    def discard(self, token: str, press: str) -> bool:
        """Remove a file set aside; whether it was there. `press` as for `carry_out`."""
        folder = self._claim(token, press)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        return folder is not None

    def _submit(self, path: Path, by: Signature) -> Submitted:
        from handlers.review_policy import edit  # it needs the desk, which holds these files

        prepared = self._prepare(path)
        if not isinstance(prepared, Prepared):
            raise PolicyRefusedError(prepared.reason)
        keep_original(self._home, path, prepared.sha256)
        with self._writing() as session:
            revision = draft_policy(session, prepared, by, _uploaders(path.parent, by.at))
            if words := corrected_imports.corrections_of(path.parent):
                edit(session, revision, words, by)
            move(session, revision, "in_review", by)
            title = session.get_one(Policy, revision.policy_id).title
        return Submitted(revision.id or 0, title, revision.version, len(prepared.draft.articles))

    def _done_before(self, token: str, press: str) -> Submitted | None:
        """What this very press has submitted already."""
        if not _TOKEN.fullmatch(token) or not (trail := self._trail(token, press)).is_file():
            return None
        with self._reading() as session:
            found = session.exec(select(Revision).where(Revision.sha256 == trail.read_text("utf-8"))).first()
            if found is None:
                return None
            policy = session.get_one(Policy, found.policy_id)
            return Submitted(found.id or 0, policy.title, found.version, len(articles_of(session, found.id or 0)))

    def _claim(self, token: str, press: str) -> Path | None:
        """The folder of a file under the name of a press; ``None`` when it is not there any more."""
        if not _TOKEN.fullmatch(token):
            return None
        claimed = self._claimed(token, press)
        if claimed.is_dir():  # begun, and then somebody was killed
            return claimed
        try:
            return (self._home / FOLDER / token).rename(claimed)
        except FileNotFoundError:
            return None

    def _claimed(self, token: str, press: str) -> Path:
        return self._home / FOLDER / f"{token}.{hashlib.sha256(press.encode()).hexdigest()[:16]}"

    def _trail(self, token: str, press: str) -> Path:
        """Where a press notes which content it is about to submit."""
        return self._claimed(token, press).with_suffix(f"{self._claimed(token, press).suffix}.json")

    def _sweep(self) -> None:
        kept_pages.sweep(self._home)
        for path in (self._home / FOLDER).glob("*"):
            with contextlib.suppress(FileNotFoundError):  # somebody decided about it just now
                if time.time() - path.stat().st_mtime <= KEPT_SECONDS:
                    continue
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink()


def _sign(folder: Path, by: Signature) -> None:
    """Add whoever sent a file to those who sent the same one before."""
    known = [[each.key, each.name] for each in _uploaders(folder, by.at) if each.key != by.key]
    scratch = folder.with_suffix(f".{secrets.token_hex(4)}")
    scratch.write_text(json.dumps([*known, [by.key, by.name]], ensure_ascii=False), "utf-8")
    scratch.replace(folder / _UPLOADERS)


def _origin(folder: Path) -> str:
    """The address a file was fetched from, "" for one that was sent."""
    path = folder / _ORIGIN
    return str(json.loads(path.read_text("utf-8"))) if path.is_file() else ""


def _uploaders(folder: Path, at: datetime) -> list[Signature]:
    path = folder / _UPLOADERS
    known = json.loads(path.read_text("utf-8")) if path.is_file() else []
    return [Signature(key, name, at) for key, name in known]


def _safe(name: str) -> str:
    """A file name that stays in its folder and keeps its ending."""
    path = Path(_UNPRINTABLE.sub("_", name).strip(". ") or "文件")
    return f"{path.stem[:_NAME_CHARACTERS]}{path.suffix[:10]}"
