"""Broadcasts in chat (推送): written, tried out, submitted, approved by somebody else, watched and stopped.

The same in the staff rooms and in an administrator's own chat. A button that approves names the edition it stands
under: what somebody lets out is what they read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from consultations import broadcast_rows, broadcasts, dialogue, segments
from consultations.broadcasts import Broadcast, BroadcastRefusedError
from consultations.messages import Address, Block, Inbound
from consultations.subscriptions import count_audience
from consultations.tickets import Staff
from handlers import push_wording, write_broadcast
from handlers.enter_console import own_chats
from handlers.gate import CONSOLE
from handlers.own_work import note_attempt
from handlers.send_broadcasts import message_of
from handlers.talk import Replies, Rows, StaffTalk, Talk, row, say
from handlers.wish import Wish, identity
from handlers.write_broadcast import FlawedError

AnyTalk = Talk | StaffTalk
AWAITING = "broadcast"  # what the dialogue waits for: a new text, or ``broadcast:12``, another one for that draft
_NUMBERED = re.compile(r"#([1-9]\d{0,8})\s+(.+)", re.DOTALL)
_OPTION = re.compile(r"([^=＝\s]+)\s*[=＝]\s*(\S+)")
_LISTED = 8
DECIDES = ("approve", "return")  # what a second person does
LOOKS = ("show",)


def take(talk: AnyTalk) -> Replies:
    """``/broadcast 内容``, ``/broadcast 12``, ``/broadcast #12 改好的内容``, and the buttons."""
    try:
        if talk.inbound.kind == "choice":
            return _press(talk)
        return _command(talk, talk.wish.argument.strip())
    except BroadcastRefusedError as error:
        note_attempt(talk.session, error, "broadcast.approve", by_of(talk).key, talk.now)
        return (say(talk, str(error)),)


def take_text(talk: Talk) -> Replies:
    """The text somebody was asked for in their own chat."""
    number = identity(talk.dialogue.awaiting.partition(":")[2])
    dialogue.await_words(talk.dialogue, "", talk.now)
    try:
        return _write(talk, talk.inbound.text.strip(), number)
    except BroadcastRefusedError as error:
        return (say(talk, str(error)),)


def show_list(talk: AnyTalk) -> Replies:
    """``/broadcasts``: the last ones, each a button away."""
    found = broadcasts.newest(talk.session, _LISTED)
    lines = [push_wording.line(each) for each in found]
    shown = tuple(row((f"{push_wording.SHOW} {each.id}", f"broadcast:{each.id}:show")) for each in found)
    return (say(talk, "\n".join(lines) or push_wording.NONE_YET, choices=shown),)


def show_segments(talk: AnyTalk) -> Replies:
    """``/segments``: the saved ones with how many they reach now."""
    every = segments.every(talk.session)
    lines = [push_wording.segment_line(segments.EVERYBODY, {}, count_audience(talk.session, {}))]
    lines += [
        push_wording.segment_line(each.name, each.rule, count_audience(talk.session, each.rule)) for each in every
    ]
    return (say(talk, "\n".join(lines), "" if every else push_wording.NO_SEGMENTS),)


def save_segment(talk: AnyTalk) -> Replies:
    """``/segment 名称 主题=商标,专利``: saved, with how many it reaches now."""
    name, _, rest = talk.wish.argument.strip().partition(" ")
    given = {facet: values.replace("，", ",").split(",") for facet, values in _OPTION.findall(rest)}
    if not name or not given or "=" in name:
        return (say(talk, push_wording.HOW_TO_SEGMENT),)
    try:
        rule = write_broadcast.read_rule(talk.desk, given)
    except BroadcastRefusedError as error:
        return (say(talk, str(error)),)
    saved = segments.save(talk.session, name, rule, by_of(talk).name, talk.now)
    return (say(talk, push_wording.saved_segment(saved.name, count_audience(talk.session, saved.rule))),)


def verb_of(inbound: Inbound, wish: Wish) -> str:
    """What somebody wants done with a broadcast: ``show``, ``write``, or the verb of a button."""
    if inbound.kind == "choice":
        return wish.argument.split(":")[1] if ":" in wish.argument else "show"
    return "show" if identity(wish.argument.strip()) else "write"


def by_of(talk: AnyTalk) -> Staff:
    """Who acts, by the name the duty book has where it knows them."""
    if isinstance(talk, StaffTalk):
        return talk.staff
    account = str(talk.inbound.address)
    member = talk.desk.duty.book.member_of(account)
    return Staff(member.key, member.name) if member else Staff(account, talk.contact.name or account)


def _command(talk: AnyTalk, words: str) -> Replies:
    if not words:
        if isinstance(talk, StaffTalk):
            return (say(talk, push_wording.PROMPT.replace("下一条消息会作为推送稿", "写在 /broadcast 后面")),)
        dialogue.await_words(talk.dialogue, AWAITING, talk.now)
        return (say(talk, push_wording.PROMPT),)
    if number := identity(words):
        return _show(talk, write_broadcast.found(talk.session, number))
    numbered = _NUMBERED.fullmatch(words)
    return _write(talk, numbered[2], int(numbered[1])) if numbered else _write(talk, words, None)


def _write(talk: AnyTalk, words: str, number: int | None) -> Replies:
    """A new draft, or another text for one there is."""
    written = write_broadcast.take_apart(words)
    if number is None:
        content = write_broadcast.content_of(talk.session, talk.desk, written, talk.now)
        return _show(talk, broadcasts.draft(talk.session, content, by_of(talk), talk.now))
    broadcast = write_broadcast.found(talk.session, number)
    content = write_broadcast.content_of(talk.session, talk.desk, written, talk.now, broadcast.content)
    broadcasts.edit(talk.session, broadcast, content, by_of(talk), talk.now)
    return _show(talk, broadcast)


def _show(talk: AnyTalk, broadcast: Broadcast, *texts: str) -> Replies:
    """What it is and what can be done with it now."""
    lines = write_broadcast.described(talk.session, talk.desk, broadcast)
    if broadcast.started_at:
        lines.append(push_wording.progress(broadcast, broadcast_rows.counts(talk.session, broadcast.key)))
    return (say(talk, *texts, *lines, choices=buttons(talk, broadcast)),)


def _press(talk: AnyTalk) -> Replies:
    which, verb, edition, *_ = (*talk.wish.argument.split(":"), "", "")
    broadcast = write_broadcast.found(talk.session, identity(which))
    if verb == "approve":
        return _approve(talk, broadcast, identity(edition) or 0)
    act = _ACTS.get(verb)
    return act(talk, broadcast) if act else _show(talk, broadcast)


def _submit(talk: AnyTalk, broadcast: Broadcast, *, is_insisted: bool = False) -> Replies:
    try:
        write_broadcast.submit(talk.session, talk.desk, broadcast, by_of(talk), talk.now, is_insisted=is_insisted)
    except FlawedError as error:
        more = [(push_wording.SUBMIT_ANYWAY, f"broadcast:{broadcast.id}:insist")]
        if isinstance(talk, Talk):
            more.insert(0, (push_wording.EDIT, f"broadcast:{broadcast.id}:edit"))
        return (say(talk, str(error), choices=(row(*more),)),)
    return (say(talk, write_broadcast.submitted(talk.desk, broadcast.key, talk.now)),)


def _approve(talk: AnyTalk, broadcast: Broadcast, edition: int) -> Replies:
    start_at = write_broadcast.approve(talk.session, talk.desk, broadcast, edition, by_of(talk), talk.now)
    zone = ZoneInfo(talk.desk.settings.time_zone)
    told = push_wording.approved(broadcast.key, start_at, talk.now, zone)
    return (say(talk, told, choices=buttons(talk, broadcast)),)


def _give_back(talk: AnyTalk, broadcast: Broadcast) -> Replies:
    broadcasts.give_back(talk.session, broadcast, "", by_of(talk), talk.now)
    return (say(talk, push_wording.given_back(broadcast.key)),)


def _edit(talk: AnyTalk, broadcast: Broadcast) -> Replies:
    """改一改: the next message replaces the text."""
    if isinstance(talk, Talk):
        dialogue.await_words(talk.dialogue, f"{AWAITING}:{broadcast.key}", talk.now)
        return (say(talk, push_wording.REVISE),)
    return (say(talk, push_wording.how_to_edit(broadcast.key)),)


def _pause(talk: AnyTalk, broadcast: Broadcast) -> Replies:
    n_rows = write_broadcast.pause(talk.session, broadcast, by_of(talk), talk.now)
    return (say(talk, push_wording.paused(broadcast.key, n_rows), choices=buttons(talk, broadcast)),)


def _resume(talk: AnyTalk, broadcast: Broadcast) -> Replies:
    n_rows = write_broadcast.resume(talk.session, broadcast, by_of(talk), talk.now)
    return (say(talk, push_wording.resumed(broadcast.key, n_rows), choices=buttons(talk, broadcast)),)


def _cancel(talk: AnyTalk, broadcast: Broadcast) -> Replies:
    n_rows = write_broadcast.cancel(talk.session, broadcast, by_of(talk), talk.now)
    return (say(talk, push_wording.cancelled(broadcast.key, n_rows)),)


def _resend(talk: AnyTalk, broadcast: Broadcast) -> Replies:
    n_rows = write_broadcast.resend(talk.session, broadcast, by_of(talk), talk.now)
    return (say(talk, push_wording.resent(broadcast.key, n_rows), choices=buttons(talk, broadcast)),)


def _test(talk: AnyTalk, broadcast: Broadcast) -> Replies:
    """To oneself: in an own chat here, from a staff room or the console to the chat with whoever pressed."""
    if isinstance(talk, StaffTalk):
        chats = _chats_of(talk)
        for each in chats:
            write_broadcast.send_test(talk.session, broadcast, each, talk.now)
        return (say(talk, push_wording.TEST_SENT),) if chats else _shown_here(talk, broadcast)
    message = message_of(broadcast, talk.inbound.address)
    return (say(talk, Block("note", push_wording.TEST), *message.blocks, choices=message.choices),)


def _shown_here(talk: StaffTalk, broadcast: Broadcast) -> Replies:
    """What would arrive, for whoever has no chat it could be sent to."""
    message = message_of(broadcast, talk.inbound.address)
    labels = [each.label for line in message.choices for each in line]
    notes = (Block("note", push_wording.TEST_HERE), Block("note", push_wording.TEST))
    return (say(talk, *notes, *message.blocks, push_wording.looks("", labels) if labels else ""),)


def _chats_of(talk: StaffTalk) -> list[Address]:
    """The own chats of whoever acts from a staff room or the console."""
    if talk.inbound.address.channel != CONSOLE:
        return [Address(talk.inbound.address.channel, talk.inbound.sender_id)]
    member = talk.desk.duty.book.member_of(talk.staff.key)
    return own_chats(member) if member else []


_ACTS: Mapping[str, Callable[[AnyTalk, Broadcast], Replies]] = {
    "submit": _submit,
    "insist": lambda talk, broadcast: _submit(talk, broadcast, is_insisted=True),
    "return": _give_back,
    "edit": _edit,
    "pause": _pause,
    "resume": _resume,
    "cancel": _cancel,
    "resend": _resend,
    "test": _test,
}
_BUTTONS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "draft": ((push_wording.SUBMIT, "submit"), (push_wording.EDIT, "edit"), (push_wording.TEST_SEND, "test")),
    "in_review": ((push_wording.GIVE_BACK, "return"), (push_wording.TEST_SEND, "test")),
    "approved": ((push_wording.PAUSE, "pause"),),
    "sending": ((push_wording.PAUSE, "pause"), (push_wording.PROGRESS, "show")),
    "paused": ((push_wording.RESUME_SENDING, "resume"), (push_wording.PROGRESS, "show")),
    "done": ((push_wording.PROGRESS, "show"),),
}
_OVER = ("done", "cancelled")


def buttons(talk: AnyTalk, broadcast: Broadcast) -> Rows:
    """What can be done with it now, two a row."""
    key = broadcast.key
    found = [(label, f"broadcast:{key}:{verb}") for label, verb in _BUTTONS.get(broadcast.state, ())]
    if broadcast.state == "in_review":
        found.insert(0, (push_wording.APPROVE, f"broadcast:{key}:approve:{broadcast.edition}"))
    if broadcast_rows.counts(talk.session, key)["unsure"]:
        found.append((push_wording.RESEND_UNSURE, f"broadcast:{key}:resend"))
    if broadcast.state not in _OVER:
        found.append((push_wording.CANCEL, f"broadcast:{key}:cancel"))
    return tuple(row(*found[at : at + 2]) for at in range(0, len(found), 2))
