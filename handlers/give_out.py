"""Give tickets out (派单) by the rules of the duty book, and show who is on duty and who would get what."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlmodel import Session

from consultations import caseload, dispatch, enterprises, tickets
from consultations.contacts import Contact
from consultations.dispatch import Occasion, Selection
from consultations.duty_book import Absence, Member
from consultations.messages import Block
from consultations.permissions import names_of
from consultations.service_items import load_pack
from consultations.tickets import Reason, Staff, Ticket
from handlers import absent_wording, promises, ticket_wording, wording
from handlers.desk import Desk
from handlers.outlet_of_asker import beside_titles
from handlers.promises import promised, roster_of, served_from
from handlers.talk import Replies, Rows, StaffTalk, office_time, row, say
from knowledge.passages import Answer

LOOK_AGAIN_MINUTES = 15
DUTY = "duty"  # the actor of what the rules decide
REASONS: dict[str, Reason] = {
    "human": "asked",
    "complaint": "complaint",
    "personal": "personal_case",
    "urgent": "urgent",
    "danger": "urgent",
}


def give_out(
    session: Session, desk: Desk, ticket: Ticket, now: datetime, *, excluded: frozenset[str] = frozenset()
) -> Selection | None:
    """Who got an open ticket; with `member` ``None`` it goes on waiting. ``None`` where no staff is listed."""
    book = desk.duty.book
    if not book.members:
        return None
    kind = book.kinds.get(ticket.kind) or book.kind_of("", "", "")
    occasion = Occasion(
        kind=kind,
        reason=ticket.reason,
        service_item=ticket.service_item,
        question=beside_titles(session, book, ticket.question),
        moment=now,
        outlet=ticket.outlet,
        last_adviser=_last_adviser(session, ticket),
        own_advisers=_own_advisers(session, ticket),
        loads=caseload.loads(session),
        excluded=excluded,
    )
    found = dispatch.select(book, office_time(desk.settings), occasion)
    ticket.outlet = found.outlet
    session.flush()
    if found.member is not None:
        to = Staff(found.member.key, found.member.name)
        tickets.assign(session, ticket.key, to, DUTY, now, note=f"按规则“{found.rule.name}”：{found.why}")
        promises.plan_claim(session, desk, ticket, now)
    else:
        promises.plan_queue(session, ticket, _look_again(desk, found.outlet, now))
    return found


def _last_adviser(session: Session, ticket: Ticket) -> str:
    """Who answered this person last; nobody for who asks in secret (保密咨询): it would tell the adviser who it is."""
    is_secret = session.get_one(Contact, ticket.contact_id).is_secret
    return "" if is_secret else caseload.last_adviser(session, ticket.contact_id)


def _own_advisers(session: Session, ticket: Ticket) -> frozenset[str]:
    """Who looks after the enterprises this person speaks for; nobody for who asks in secret, as above."""
    is_secret = session.get_one(Contact, ticket.contact_id).is_secret
    return frozenset() if is_secret else frozenset(enterprises.advisers_of(session, [ticket.contact_id]).values())


def _look_again(desk: Desk, outlet: str, now: datetime) -> datetime:
    """When an open ticket is looked at again: when somebody comes, or in a while when those who are there may not."""
    at = served_from(desk, now, outlet)
    return at if at > now else office_time(desk.settings).due(now, LOOK_AGAIN_MINUTES)


def told(desk: Desk, found: Selection | None, now: datetime) -> tuple[Block, ...]:
    """What the notice to staff says about who got it."""
    if found is None:
        return ()
    if found.member is not None:
        return (Block("note", ticket_wording.given_to(found.member.name, found.why)),)
    at = served_from(desk, now, found.outlet)
    zone = office_time(desk.settings).zone
    return (Block("note", ticket_wording.nobody_now(wording.moment_name(at, zone) if at > now else "")),)


def claim_row(ticket: Ticket) -> Rows:
    """The button to take it."""
    return (row((wording.CLAIM, f"claim:{ticket.id}")),)


def is_gone(desk: Desk, key: str, now: datetime) -> bool:
    """Whether that key is nobody's on the list, or of somebody who has left. The command line is always trusted."""
    if key.startswith("terminal:"):
        return False
    member = desk.duty.book.member_of(key)
    return member is None or bool(member.until and member.until < office_time(desk.settings).day(now))


# --- who is there, who would get it


def show_duty(talk: StaffTalk) -> Replies:
    """值班: who is on duty now, in the staff chat; and what in the outlet's files is wrong and so not in use."""
    wrong = (*talk.desk.duty.problems, *talk.desk.settings.calendar.problems)
    lost = [ticket_wording.duty_lost(talk.desk.duty.lost)] if talk.desk.duty.lost else []
    return (say(talk, duty_now(talk.desk, talk.now), *map(ticket_wording.faulty_file, wrong), *lost),)


def duty_now(desk: Desk, now: datetime) -> str:
    """Everybody on the list: there or not, and why not; when somebody will be."""
    roster, book = roster_of(desk), desk.duty.book
    if not book.members:
        return ticket_wording.FAULTY_LIST if desk.duty.problems else ticket_wording.NO_LIST
    lines = [
        ticket_wording.on_the_list(_described(each, desk), roster.why_not(each, now)) for each in book.members.values()
    ]
    at = served_from(desk, now)
    zone = office_time(desk.settings).zone
    tail = [] if at <= now else [ticket_wording.nobody_now(wording.moment_name(at, zone))]
    return "\n".join([*lines, *tail, absences_ahead(desk, office_time(desk.settings).day(now))]).rstrip()


def absences_ahead(desk: Desk, today: date) -> str:
    """Every absence (请假) that is not over, a line each; empty when there is none."""
    book = desk.duty.book
    known = [each for each in book.absences if each.last >= today and each.member in book.members]
    return absent_lines(desk, sorted(known, key=lambda each: (each.first, each.member)))


def absent_lines(desk: Desk, absences: Iterable[Absence]) -> str:
    """Absences as staff read them."""
    members = desk.duty.book.members
    return "\n".join(
        absent_wording.line(
            each.number,
            members[each.member].name if each.member in members else each.member,
            absent_wording.days(each.first, each.last),
            each.reason,
        )
        for each in absences
    )


def preview(session: Session, desk: Desk, question: str, answer: Answer, now: datetime) -> str:
    """Who would get this question as a ticket now, and why; nothing is stored."""
    book, zone = desk.duty.book, office_time(desk.settings).zone
    reason = REASONS.get(answer.label, "weak")
    kind = book.kind_of(reason, answer.service_item, question)
    due = wording.moment_name(promised(desk, kind.kind_id, now), zone)
    item = load_pack().named(answer.service_item)
    head = ticket_wording.preview_head(kind.name, book.deadline_of(kind.kind_id).name, item, due)
    if not book.members:
        return f"{head}\n{ticket_wording.NO_LIST}"
    words = beside_titles(session, book, question)
    occasion = Occasion(kind, reason, answer.service_item, words, now, loads=caseload.loads(session))
    found = dispatch.select(book, office_time(desk.settings), occasion)
    outlet = book.outlets[found.outlet].name if found.outlet in book.outlets else ""
    lines = [ticket_wording.preview_rule(found.rule.name, outlet)]
    lines += [
        ticket_wording.preview_candidate(each.member.name, each.obstacle, each.merits) for each in found.candidates
    ]
    lines.append(ticket_wording.preview_end(found.member.name if found.member else ""))
    return "\n".join([head, *lines])


def _described(member: Member, desk: Desk) -> str:
    book = desk.duty.book
    outlet, roles = book.outlets.get(member.outlet), names_of(book.roles_of(member)) if member.roles is not None else ()
    parts = [member.name, outlet.name if outlet else "", *roles, "值班负责人" if member.is_leader else ""]
    return " ".join(each for each in parts if each)
