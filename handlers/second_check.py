"""Decide about replies that wait for a second person (二次复核): pass and send, give back with a reason, take back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from math import ceil
from statistics import median

from consultations import checks, second_check, tickets
from consultations.checks import ReplyCheck
from consultations.contacts import Contact
from consultations.messages import Block, Inbound
from consultations.second_check import NotWaitingError, OwnReplyError
from consultations.tickets import Staff, Ticket
from handlers import check_wording, wording
from handlers.ask_colleague import check_blocks, decide_row, risk_named, waited
from handlers.checked_files import shown_as
from handlers.desk import Desk
from handlers.escalate import for_staff, tell_staff
from handlers.promises import plan_silence
from handlers.staff_reply import closing_row, proofread, reply_to_asker, which
from handlers.talk import Replies, StaffTalk, column, row, say
from handlers.whose import NUMBER, in_sight, of_ticket, of_ticket_id, sees, target_of
from handlers.wish import Wish, identity
from knowledge.proofread import Flaw

_DRAFT_NAMED = re.compile(r"\d{1,4}", re.ASCII)
DAYS_COUNTED = timedelta(days=30)
SHOWN = 8


def look(inbound: Inbound, wish: Wish, desk: Desk) -> tuple[Flaw, ...]:
    """What is wrong today with the citations of the reply meant: the law may have changed while it waited."""
    with desk.reading() as session:
        if inbound.kind == "choice":
            check = checks.get(session, _pressed(wish.argument)[0])
        else:
            ticket, _ = target_of(session, inbound.thread_key, wish.argument)
            check = checks.waiting_of(session, ticket.key) if ticket else None
        words = second_check.words_of(session, check) if check else ""
    return proofread(desk, words) if words else ()


def verb_of(inbound: Inbound, wish: Wish) -> str:
    """What a ``/check`` or a button wants: ``list``, a verb of `_ACTS`, or something nobody knows."""
    if inbound.kind == "choice":
        return _pressed(wish.argument)[1]
    words = NUMBER.sub("", wish.argument).split()
    if words:
        return check_wording.DECISIONS.get(words[0], "help")
    return "show" if wish.argument or inbound.thread_key.startswith("ticket:") else "list"


def take(talk: StaffTalk) -> Replies:
    """``/check``, ``/check 工单号 通过``, ``/check 工单号 退回 原因``, ``/check 工单号 撤回``; and the buttons."""
    verb = verb_of(talk.inbound, talk.wish)
    if verb == "list":
        return _list_all(talk)
    if talk.ticket is None:
        return (which(talk),)
    if talk.inbound.kind == "choice":
        check_id, _, reason = _pressed(talk.wish.argument)
        check = checks.get(talk.session, check_id)
    else:
        reason = talk.text.strip().partition(" ")[2].strip()
        check = checks.waiting_of(talk.session, talk.ticket.key)
    act = _ACTS.get(verb)
    if act is None or check is None or check.ticket_id != talk.ticket.key:
        return (say(talk, check_wording.NOTHING_WAITS if act else check_wording.CHECK_HELP),)
    try:
        return act(talk, check, talk.ticket, reason)
    except OwnReplyError:
        return (say(talk, check_wording.OWN_REPLY),)
    except NotWaitingError as error:
        return (say(talk, check_wording.gone(error.check.state, error.check.checker_name)),)


def _show(talk: StaffTalk, check: ReplyCheck, ticket: Ticket, _: str) -> Replies:
    if check.state != "waiting":
        raise NotWaitingError(check)
    return (say(talk, *check_blocks(talk, ticket, check), choices=decide_row(check)),)


def _approve(talk: StaffTalk, check: ReplyCheck, ticket: Ticket, reason: str) -> Replies:
    wrong = [each.sentence for each in talk.found or () if each.holds_back]
    if wrong and check.state == "waiting" and not (check.is_after or check.is_insisted):
        return (say(talk, check_wording.citations_changed(wrong)),)
    draft = checks.draft_number(talk.session, check)
    if check.state == "waiting" and not _is_named(talk, reason, draft):
        which_one = check_wording.name_the_draft(ticket.number, draft)
        return (say(talk, which_one, *check_blocks(talk, ticket, check), choices=decide_row(check)),)
    file_of = shown_as(talk.session, check)
    if check.file_of and not (file_of or check.is_after) and check.state == "waiting":
        return (say(talk, check_wording.FILE_NOT_SHOWN),)
    words = second_check.approve(talk.session, talk.desk.duty.book, check, talk.staff, talk.now)
    if check.is_after:
        return _told(talk, ticket, check_wording.fine(ticket.number, talk.staff.name))
    author = Staff(check.author, check.author_name)
    ticket = reply_to_asker(talk.session, ticket.key, author, words, talk.now, file_of=file_of)
    is_blocked = talk.session.get_one(Contact, ticket.contact_id).is_blocked
    return _told(
        talk,
        ticket,
        check_wording.passed(ticket.number, talk.staff.name),
        wording.WAS_BLOCKED if is_blocked else "",
        may_close=True,
    )


def _is_named(talk: StaffTalk, said: str, draft: int) -> bool:
    """Whether it is clear that the reply was meant which waits now, and not one its author has rewritten since it was
    read: a button stands under one reply, a typed decision names the draft (第几稿) unless there was never another.
    """
    named = _DRAFT_NAMED.search(said)
    return talk.inbound.kind == "choice" or (int(named[0]) == draft if named else draft == 1)


def _give_back(talk: StaffTalk, check: ReplyCheck, ticket: Ticket, reason: str) -> Replies:
    if not reason:
        place = f"check:{ticket.id}:{check.id}:back"
        buttons = column((each, f"{place}:{n}") for n, each in enumerate(check_wording.REASONS))
        return (say(talk, check_wording.why(ticket.number), choices=buttons),)
    second_check.give_back(talk.session, talk.desk.duty.book, check, talk.staff, talk.now, reason=reason)
    if ticket.state in ("claimed", "replied"):
        plan_silence(talk.session, talk.desk, ticket, talk.now)
    sentence = check_wording.to_correct if check.is_after else check_wording.returned
    return _told(talk, ticket, sentence(ticket.number, talk.staff.name, check.author_name, reason.rstrip("。")))


def _undo(talk: StaffTalk, check: ReplyCheck, ticket: Ticket, _: str) -> Replies:
    if not talk.desk.duty.book.is_same_person(check.author, talk.staff.key):
        return (say(talk, check_wording.NOT_YOUR_DRAFT),)
    second_check.withdraw(talk.session, check, talk.staff.key, talk.now)
    plan_silence(talk.session, talk.desk, ticket, talk.now)
    return (say(talk, check_wording.WITHDRAWN),)


_ACTS: Mapping[str, Callable[[StaffTalk, ReplyCheck, Ticket, str], Replies]] = {
    "show": _show,
    "pass": _approve,
    "back": _give_back,
    "undo": _undo,
}


def _told(talk: StaffTalk, ticket: Ticket, *sentences: str, may_close: bool = False) -> Replies:
    """In the ticket's thread, and to whoever decided elsewhere."""
    blocks = tuple(Block("text", each) for each in sentences if each)
    choices = closing_row(ticket) if may_close else ()
    tell_staff(talk.session, talk.desk, ticket, blocks, talk.now, choices=choices)
    is_here = talk.inbound.thread_key == ticket.thread_key
    return () if is_here else (say(talk, *blocks),)


def _pressed(argument: str) -> tuple[int | None, str, str]:
    """``12:3:back:0`` → check 3, give back, the first of the reasons."""
    _, check_id, verb, place, *_ = (*argument.split(":"), "", "", "", "")
    reasons = check_wording.REASONS
    reason = reasons[int(place)] if place.isdecimal() and len(place) == 1 and int(place) < len(reasons) else ""
    return identity(check_id), verb, reason


# --- what waits


def _list_all(talk: StaffTalk) -> Replies:
    """What waits, the longest first, and how long it took lately."""
    waiting = _in_sight(talk, checks.waiting(talk.session))
    lines, buttons = [], []
    for each in waiting:
        ticket = tickets.get(talk.session, each.ticket_id)
        assert ticket is not None
        words = for_staff(second_check.words_of(talk.session, each))[:60] or check_wording.ERASED
        risk, so_long = risk_named(talk.desk, each.risk).name, check_wording.span(waited(talk.desk, each, talk.now))
        lines.append(check_wording.line(ticket.number, risk, each.author_name, so_long, words))
        if sees(talk, "ticket.show", of_ticket(ticket)):
            buttons.append(row((f"{wording.SHOW_DRAFT} {ticket.number}", f"check:{ticket.id}:{each.id}:show")))
    return (say(talk, "\n".join(lines), _figures(talk, len(waiting)), choices=tuple(buttons[:SHOWN])),)


def _in_sight(talk: StaffTalk, found: Sequence[ReplyCheck]) -> list[ReplyCheck]:
    return in_sight(talk, "ticket.list", found, lambda each: of_ticket_id(talk.session, each.ticket_id))


def _figures(talk: StaffTalk, n_waiting: int) -> str:
    decided = _in_sight(talk, checks.decided_since(talk.session, talk.now - DAYS_COUNTED))
    minutes = sorted(waited(talk.desk, each, each.decided_at) for each in decided if each.decided_at)
    # Nearest rank: the smallest wait that 95 of 100 replies did not exceed.
    waits = (median(minutes), minutes[ceil(0.95 * len(minutes)) - 1]) if minutes else None
    n_returned = sum(each.state == "returned" for each in decided)
    counts = Counter(risk_named(talk.desk, each.risk).name for each in decided)
    return check_wording.figures(n_waiting, waits, len(decided), n_returned) + check_wording.by_risk(counts)
