"""A policy sent to the staff chat as a file: preview, then 确认导入 or 放弃.

The file is read and submitted for review before the turn's session opens: that has sessions of its own. A second press
finds the file gone and does nothing; the same one, brought again after a kill, tells what it did.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePath

from consultations.messages import PHOTO, Block, Inbound, Outbound
from handlers import import_wording as wording
from handlers.corrected_imports import LABELS
from handlers.desk import Desk, OfficeSettings
from handlers.gate import staff_of
from handlers.publish_policy import PolicyRefusedError
from handlers.scan_jobs import Watcher
from handlers.staged_imports import Staged
from handlers.talk import Replies, Rows, StaffTalk, row, say
from handlers.wish import Wish
from policies.readers import FORMATS, LARGEST_FILE
from policies.readers.kinds import PICTURES
from policies.readers.web import is_address
from policies.review import Signature

_PAGE = re.compile(r"第 \d+ 页")


def is_policy_file(inbound: Inbound) -> bool:
    """Whether this is a document in the room itself, of a format we read, or a picture; what is sent in a ticket's
    thread is not. Colleagues send each other photos, too: one that was not sent as a file says 导入 under it.
    """
    if inbound.kind != "file" or inbound.thread_key or not inbound.attachments:
        return False
    ending = PurePath(inbound.attachments[0].name).suffix.lower()
    is_picture = ending in PICTURES and (inbound.attachments[0].name != PHOTO or wording.IMPORT in inbound.text)
    return ending in FORMATS or is_picture


def look_at_file(inbound: Inbound, _wish: Wish, desk: Desk) -> Staged | str:
    """The file set aside with its preview, or why not."""
    attachment = inbound.attachments[0]
    if desk.imports is None:
        return wording.NO_IMPORT_HERE
    if attachment.size_bytes > LARGEST_FILE:
        return wording.TOO_LARGE
    if not attachment.content and attachment.size_bytes:
        return wording.NOT_FETCHED
    watcher = Watcher(inbound.address.channel, inbound.address.chat_id, inbound.message_id)
    return desk.imports.stage(attachment.name, attachment.content, _by(inbound, desk), watcher)


def look_at_link(inbound: Inbound, wish: Wish, desk: Desk) -> Staged | str:
    """``/import 网址`` or 导入 网址: what stands there, set aside with its preview, or why not."""
    if desk.imports is None:
        return wording.NO_IMPORT_HERE
    if not is_address(wish.argument):
        return wording.IMPORT_HOW
    watcher = Watcher(inbound.address.channel, inbound.address.chat_id, inbound.message_id)
    return desk.imports.stage_from(wish.argument.strip(), _by(inbound, desk), watcher)


def show_file(talk: StaffTalk) -> Replies:
    """What would become of the file, with the two buttons when there is something to decide; of a scan that it is being
    read.
    """
    found: Staged | str = talk.found
    if isinstance(found, str):
        return (say(talk, found),)
    if found.n_pages:
        told = wording.scan_begins(found.preview.head, found.n_pages)
        return (say(talk, told, choices=cancel_buttons(found.token)),)
    return (say(talk, *blocks_of(found, talk.desk.settings), choices=buttons_of(found)),)


def look_at_correction(inbound: Inbound, wish: Wish, desk: Desk) -> Staged | str:
    """``/correct 文件编号 项目 内容``: the file as it is then, or why not."""
    token, label, value, *_ = (*wish.argument.split(maxsplit=2), "", "", "")
    if desk.imports is None:
        return wording.NO_IMPORT_HERE
    if not label:
        return wording.CORRECT_HOW
    try:
        return desk.imports.correct(token, label, value, _by(inbound, desk))
    except PolicyRefusedError as error:
        return str(error)


def buttons_of(staged: Staged) -> Rows:
    """Submit or drop, where there is something to decide."""
    decide = row((wording.CONFIRM, f"import:{staged.token}"), (wording.DISCARD, f"import:{staged.token}:no"))
    return (decide,) if staged.token else ()


def token_in(reply: Outbound) -> str:
    """The file whose preview a reply shows; empty when nothing waits for a decision."""
    actions = [choice.action for each in reply.choices for choice in each if choice.label == wording.CONFIRM]
    return actions[0].removeprefix("import:") if actions else ""


def cancel_buttons(token: str) -> Rows:
    """Stop reading a scan."""
    return (row((wording.CANCEL, f"import:{token}:no")),)


def look_at_press(inbound: Inbound, wish: Wish, desk: Desk) -> str:
    """Carry out what was pressed; the sentence that tells of it."""
    token, _, decision = wish.argument.partition(":")
    if desk.imports is None:
        return wording.NO_IMPORT_HERE
    if decision == "no":
        is_read = not desk.imports.is_being_read(token)
        is_done = desk.imports.discard(token, inbound.message_id)
        return (wording.DISCARDED if is_read else wording.CANCELLED) if is_done else wording.DECIDED
    try:
        done = desk.imports.carry_out(token, _by(inbound, desk), inbound.message_id)
    except PolicyRefusedError as error:
        return str(error)
    return wording.submitted(done.revision_id, done.title, done.version, done.n_articles) if done else wording.DECIDED


def tell_outcome(talk: StaffTalk) -> Replies:
    """What became of the press; over the progress of a scan that was stopped."""
    told = say(talk, talk.found)
    return (replace(told, edits=talk.inbound.foreign_message_id) if talk.found == wording.CANCELLED else told,)


def _original(staged: Staged, settings: OfficeSettings) -> str:
    """Where the original can be seen; of a preview that names pages to look at, at least that they are in the file."""
    if url := settings.public_url.rstrip("/"):
        return wording.original_at(f"{url}/console/policies/import/{staged.token}")
    lines = (line for _, section in staged.preview.sections for line in section)
    return wording.ORIGINAL_SENT if any(_PAGE.search(each) for each in lines) else ""


def _by(inbound: Inbound, desk: Desk) -> Signature:
    staff = staff_of(desk, inbound)
    return Signature(staff.key, staff.name, desk.now())


def blocks_of(staged: Staged, settings: OfficeSettings) -> list[Block]:
    """A preview as the paragraphs of a message; under it how to put right what is wrong, and where the original is."""
    preview = staged.preview
    facts = [wording.fact(*each) for each in preview.facts]
    texts = ["\n".join(facts), "\n".join(preview.tree)]
    texts += ["\n".join([heading, *(f"· {line}" for line in lines)]) for heading, lines in preview.sections]
    how = [Block("note", wording.correct_how(staged.token, list(LABELS)))] if staged.token else []
    if staged.token and (place := _original(staged, settings)):
        how.insert(0, Block("note", place))
    return [Block("lead", preview.head), *(Block("text", each) for each in texts if each), *how]
