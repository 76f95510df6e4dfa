"""One ticket: what was asked and answered, what may be done now, answers to insert, who else looks at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from consultations import archive, checks, providers, referrals, ticket_messages, tickets, visitor_files
from consultations.archive import Consultation
from consultations.contacts import Contact
from consultations.masking import mask
from consultations.messages import Block, Choice, stored_file
from consultations.permissions import Action
from consultations.service_items import load_pack
from consultations.tickets import REASON_NAMES, STATE_NAMES, WAITING, Ticket
from handlers import check_wording, file_wording, ticket_wording
from handlers.ask_colleague import check_blocks, decide_row
from handlers.escalate import cards_near, for_staff
from handlers.files import KINDS
from handlers.move_ticket import actor_name
from handlers.talk import StaffTalk, office_time
from handlers.whose import Meant, of_consultation, of_ticket, sees
from handlers.wish import file_name
from web.console.acting import replies_to
from web.console.console import ROOT
from web.console.live import stamp
from web.console.queue import urgency
from web.console.visits import Looking

BEFORE = 5  # earlier questions of the same person
router = APIRouter()
ACTIONS: Sequence[Action] = (
    "ticket.claim",
    "ticket.reply",
    "ticket.note",
    "ticket.close",
    "ticket.release",
    "ticket.assign",
    "ticket.transfer",
    "ticket.merge",
    "ticket.reopen",
    "ticket.kind",
    "ticket.manage",
    "archive.why",
    "draft.write",
    "referral.offer",
    "referral.move",
)


@dataclass(frozen=True)
class Said:
    """One thing said, masked. `side` is ``theirs``, ``ours`` or ``inside`` (among staff)."""

    side: str
    speaker: str
    text: str
    at: datetime


@dataclass(frozen=True)
class Listed:
    """One file. `state` says what became of one of ours; it is empty for a file of the asker."""

    file_id: int
    name: str
    size: str
    at: datetime
    state: str


@dataclass(frozen=True)
class Happened:
    """One line of the history."""

    at: datetime
    what: str
    who: str


@dataclass(frozen=True)
class Waiting:
    """A reply that waits for a second person (二次复核), with the buttons to decide."""

    blocks: Sequence[Block]
    choices: Sequence[Choice]
    is_own: bool


@router.get(f"{ROOT}/tickets/{{number}}")
def show(visit: Looking, number: str, said: str = "") -> HTMLResponse:
    """The page of one ticket; of one that was merged (并单), with a way to the ticket it moves with."""
    with visit.desk.reading() as session:
        found = tickets.by_number(session, number)
        ticket_id, place = (found.id, of_ticket(found)) if found else (None, None)
    with visit.looking("ticket.show", Meant("工单", number[:40].upper(), place)) as talk:
        ticket = tickets.get(talk.session, ticket_id)
        assert ticket is not None
        return visit.page(
            "ticket.html",
            ticket=ticket,
            lead=tickets.lead_of(talk.session, ticket),
            followers=tickets.followers_of(talk.session, ticket.key),
            facts=_facts(talk, ticket),
            urgency=urgency(ticket, talk.now),
            conversation=_conversation(talk, ticket),
            before=_before(talk, ticket),
            history=_history(talk, ticket),
            candidates=_candidates(talk, ticket),
            draft=_draft(talk, ticket),
            files=_files(talk, ticket),
            endings=",".join(f".{each}" for each in sorted(KINDS)),
            waiting=_waiting(talk, ticket),
            referral=referrals.alive_of_ticket(talk.session, ticket.key),
            referral_states=referrals.STATES,
            providers=providers.KINDS,
            may={each.partition(".")[2]: sees(talk, each, of_ticket(ticket)) for each in ACTIONS},
            is_mine=ticket.holder == talk.staff.key,
            is_waiting=ticket.state in WAITING,
            book=talk.desk.duty.book,
            said=replies_to(talk.session, visit, said),
            stamp=stamp(talk.session),
        )


def _files(talk: StaffTalk, ticket: Ticket) -> list[Listed]:
    """The files of the ticket, oldest first, each of ours with whether it has left."""
    held = {
        each.file_of: file_wording.WAITS if each.state == "waiting" else file_wording.NEVER_LEFT
        for each in checks.of_tickets(talk.session, [ticket.key])
        if each.is_held_back
    }
    return [
        Listed(
            each.key,
            for_staff(file_name(each.name)),
            file_wording.size(each.size_bytes),
            each.received_at,
            held.get(stored_file(each.key), file_wording.LEFT) if each.sent_by else "",
        )
        for each in visitor_files.of_ticket(talk.session, ticket.key)
    ]


def _facts(talk: StaffTalk, ticket: Ticket) -> Mapping[str, str]:
    """What the ticket is, by the names of its lines; the asker as a number only."""
    book = talk.desk.duty.book
    is_secret = talk.session.get_one(Contact, ticket.contact_id).is_secret
    known = {
        "状态": STATE_NAMES[ticket.state],
        "类型": book.kind_name(ticket.kind),
        "来由": REASON_NAMES.get(ticket.reason, ticket.reason),
        "服务对象": "保密" if is_secret else f"{ticket.contact_id} 号",
        "服务事项": load_pack().named(ticket.service_item),
        "网点": book.outlets[ticket.outlet].name if ticket.outlet in book.outlets else ticket.outlet,
        "派给": ticket.assignee_name,
        "接单人": ticket.holder_name,
    }
    return {name: value for name, value in known.items() if value}


def _conversation(talk: StaffTalk, ticket: Ticket) -> list[Said]:
    """The question, what was answered by itself, then everything said since; oldest first."""
    about = _consultation(talk, ticket)
    told = [Said("theirs", "服务对象", for_staff(ticket.question), ticket.created_at)]
    if about is not None and about.reply:
        told.append(Said("ours", "自动答复", mask(about.reply), about.created_at))
    sides = {"asker": "theirs", "unsaid": "theirs", "staff": "ours"}
    for each in ticket_messages.of_ticket(talk.session, ticket.key):
        if each.text and each.author not in ("draft", "dropped"):
            name = actor_name(talk, each.actor) if each.actor else ""
            speaker = f"{ticket_wording.SPEAKERS[each.author]} {name}".strip()
            told.append(Said(sides.get(each.author, "inside"), speaker, for_staff(each.text), each.at))
    return told


def _before(talk: StaffTalk, ticket: Ticket) -> list[Consultation]:
    """What the same person asked before; of who asks in secret (保密咨询) nothing, it may tell who they are."""
    if talk.session.get_one(Contact, ticket.contact_id).is_secret:
        return []
    asked = archive.latest(talk.session, ticket.contact_id, BEFORE + 1)
    book = talk.desk.duty.book
    known = [each for each in asked if each.id != ticket.consultation_id and each.question]
    return [each for each in known if sees(talk, "archive.search", of_consultation(talk.session, book, each))][:BEFORE]


def _history(talk: StaffTalk, ticket: Ticket) -> list[Happened]:
    return [
        Happened(
            each.at,
            each.note if each.from_state == each.to_state else _moved(STATE_NAMES[each.to_state], each.note),
            actor_name(talk, each.actor),
        )
        for each in tickets.history_of(talk.session, ticket.key)
    ]


def _moved(state: str, note: str) -> str:
    return f"{state}（{note}）" if note else state


def _candidates(talk: StaffTalk, ticket: Ticket) -> list[tuple[str, str]]:
    about = _consultation(talk, ticket)
    return cards_near(talk.desk, about, office_time(talk.desk.settings).day(talk.now)) if about else []


def _draft(talk: StaffTalk, ticket: Ticket) -> str:
    """What was inserted or held back, for its author to go on with; a reply that waits for a second person is not."""
    if checks.draft_waits(talk.session, ticket.key):
        return ""
    written = [each for each in ticket_messages.of_ticket(talk.session, ticket.key) if each.author == "draft"]
    return written[-1].text if written and written[-1].actor == talk.staff.key else ""


def _waiting(talk: StaffTalk, ticket: Ticket) -> Waiting | None:
    check = checks.waiting_of(talk.session, ticket.key)
    if check is None:
        return None
    is_own = talk.desk.duty.book.is_same_person(check.author, talk.staff.key)
    choices = decide_row(check)[0] if not is_own and sees(talk, "reply.check", of_ticket(ticket)) else ()
    undo = (Choice(check_wording.TAKE_BACK, f"check:{ticket.id}:{check.id}:undo"),) if is_own else ()
    return Waiting(check_blocks(talk, ticket, check), (*choices, *undo), is_own)


def _consultation(talk: StaffTalk, ticket: Ticket) -> Consultation | None:
    return talk.session.get(Consultation, ticket.consultation_id) if ticket.consultation_id else None
