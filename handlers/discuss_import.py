"""A policy sent to the staff chat as a file: preview, then 确认导入 or 放弃.

The file is read and submitted for review before the turn's session opens: that has sessions of its own. A second press
finds the file gone and does nothing; the same one, brought again after a kill, tells what it did.
"""

from __future__ import annotations

from pathlib import PurePath

from consultations.messages import Block, Inbound
from handlers import import_wording as wording
from handlers.desk import Desk
from handlers.gate import staff_of
from handlers.preview_import import Preview
from handlers.publish_policy import PolicyRefusedError
from handlers.staged_imports import Staged
from handlers.talk import Replies, StaffTalk, row, say
from handlers.wish import Wish
from policies.readers import FORMATS, LARGEST_FILE
from policies.review import Signature


def is_policy_file(inbound: Inbound) -> bool:
    """Whether this is a document in the room itself, of a format we read; what is sent in a ticket's thread is not."""
    names = [PurePath(each.name).suffix.lower() for each in inbound.attachments]
    return inbound.kind == "file" and not inbound.thread_key and any(name in FORMATS for name in names)


def look_at_file(inbound: Inbound, _wish: Wish, desk: Desk) -> Staged | str:
    """The file set aside with its preview, or why not."""
    attachment = inbound.attachments[0]
    if desk.imports is None:
        return wording.NO_IMPORT_HERE
    if attachment.size_bytes > LARGEST_FILE:
        return wording.TOO_LARGE
    if not attachment.content and attachment.size_bytes:
        return wording.NOT_FETCHED
    return desk.imports.stage(attachment.name, attachment.content, _by(inbound, desk))


def show_file(talk: StaffTalk) -> Replies:
    """What would become of the file, with the two buttons when there is something to decide."""
    found: Staged | str = talk.found
    if isinstance(found, str):
        return (say(talk, found),)
    buttons = row((wording.CONFIRM, f"import:{found.token}"), (wording.DISCARD, f"import:{found.token}:no"))
    return (say(talk, *_blocks(found.preview), choices=(buttons,) if found.token else ()),)


def look_at_press(inbound: Inbound, wish: Wish, desk: Desk) -> str:
    """Carry out what was pressed; the sentence that tells of it."""
    token, _, decision = wish.argument.partition(":")
    if desk.imports is None:
        return wording.NO_IMPORT_HERE
    if decision == "no":
        return wording.DISCARDED if desk.imports.discard(token, inbound.message_id) else wording.DECIDED
    try:
        done = desk.imports.carry_out(token, _by(inbound, desk), inbound.message_id)
    except PolicyRefusedError as error:
        return str(error)
    return wording.submitted(done.revision_id, done.title, done.version, done.n_articles) if done else wording.DECIDED


def tell_outcome(talk: StaffTalk) -> Replies:
    """What became of the press."""
    return (say(talk, talk.found),)


def _by(inbound: Inbound, desk: Desk) -> Signature:
    staff = staff_of(desk, inbound)
    return Signature(staff.key, staff.name, desk.now())


def _blocks(preview: Preview) -> list[Block]:
    facts = [wording.fact(*each) for each in preview.facts]
    texts = ["\n".join(facts), "\n".join(preview.tree)]
    texts += ["\n".join([heading, *(f"· {line}" for line in lines)]) for heading, lines in preview.sections]
    return [Block("lead", preview.head), *(Block("text", each) for each in texts if each)]
