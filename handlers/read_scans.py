"""Scans sent in are read in the background, a page at a time; whoever sent one sees how far it is and then the preview.

One message tells the progress and is written anew; the preview is a message of its own. Killed anywhere, the next tick
goes on: pages stand on the disk, and each message has a key.
"""

from __future__ import annotations

from sqlmodel import Session

from consultations import outbox, received
from consultations.messages import Address, Block, Outbound
from consultations.outbox import OutboxMessage
from handlers import import_wording as wording
from handlers.desk import Desk
from handlers.discuss_import import blocks_of, buttons_of, cancel_buttons
from handlers.escalate import STAFF_PRIORITY
from handlers.gate import CONSOLE
from handlers.preview_import import Preview
from handlers.scan_jobs import ScanJob, Watcher
from handlers.staged_imports import Staged, StagedImports
from handlers.talk import Rows
from policies.review import Signature

_MOST_TOLD = 20  # times over one scan; Telegram takes 20 messages a minute to a group


def run_due(desk: Desk) -> int:
    """How many scans were read on now, by one page: 0 or 1."""
    job = desk.imports.read_a_page() if desk.imports else None
    if job is None or desk.imports is None:
        return 0
    if job.fault or job.n_done >= job.n_pages:
        _show(desk, desk.imports, job)
    elif job.n_done % max(1, job.n_pages // _MOST_TOLD) == 0:
        told = wording.scan_progress(job.name, job.n_done, job.n_pages)
        with desk.writing() as session:
            _write_anew(session, desk, job, told, choices=cancel_buttons(job.token))
    return 1


def _show(desk: Desk, imports: StagedImports, job: ScanJob) -> None:
    """The preview of a scan that is read, to everybody who waits for it."""
    staged = _looked_at(desk, imports, job)
    if staged is None:
        return
    with desk.writing() as session:
        if not job.fault:
            _write_anew(session, desk, job, wording.scan_read(job.name, job.n_pages))
        for each in _in_chat(job):
            blocks = tuple(blocks_of(staged, desk.settings))
            message = Outbound(_address(each), blocks, buttons_of(staged), kind="staff")
            key = f"{_key(job, each)}:preview"
            outbox.enqueue(session, message, now=desk.now(), dedupe_key=key, priority=STAFF_PRIORITY)
    imports.end_reading(job.token, is_waiting=bool(staged.token))


def _looked_at(desk: Desk, imports: StagedImports, job: ScanJob) -> Staged | None:
    if job.fault:
        return Staged("", Preview(wording.head(job.name, "refused", job.fault)))
    try:
        return imports.look_again(job.token, Signature("core:scans", "", desk.now()))
    except FileNotFoundError:  # somebody dropped it just now
        return None


def _write_anew(session: Session, desk: Desk, job: ScanJob, text: str, *, choices: Rows = ()) -> None:
    """The message that tells how far a scan is, once it has arrived."""
    for each in _in_chat(job):
        if shown := _shown(session, each):
            message = Outbound(_address(each), (Block("text", text),), choices, kind="staff", edits=shown)
            key = f"{_key(job, each)}:{job.n_done}"
            outbox.enqueue(session, message, now=desk.now(), dedupe_key=key, priority=STAFF_PRIORITY)


def _shown(session: Session, watcher: Watcher) -> str:
    """What the channel calls the reply to whoever sent the scan; empty when it has not arrived."""
    letter = received.find(session, watcher.channel, watcher.message_id)
    reply = session.get(OutboxMessage, letter.reply_ids[0]) if letter and letter.reply_ids else None
    return reply.foreign_id if reply else ""


def _in_chat(job: ScanJob) -> list[Watcher]:
    """Who is told by messages; the console shows it on its page."""
    return [each for each in job.watchers if each.channel != CONSOLE]


def _address(watcher: Watcher) -> Address:
    return Address(watcher.channel, watcher.chat_id)


def _key(job: ScanJob, watcher: Watcher) -> str:
    return f"scan:{job.token}:{watcher.message_id}"
