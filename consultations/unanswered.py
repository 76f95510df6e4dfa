"""Questions nobody answered well (未答问题), as they may leave the archive: masked, with the number of who asked.

Unanswered are: handed over for want of evidence, asked back without anything being picked, taken for out of scope, and
answered in a way the asker found no help. Whether one of them asks for a card is for others to judge.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_
from sqlmodel import Session, col, select

from consultations.anonymise import anonymous
from consultations.archive import Consultation
from consultations.contacts import Contact
from consultations.dialogue import MEMORY
from consultations.masking import mask
from consultations.received import ReceivedMessage
from consultations.tickets import Ticket

MOST = 5000  # questions looked at, the newest
NOT_OURS = ("complaint", "to_person")  # labels: staff answer these, the assistant was not asked
_ACTIONS = ("escalate", "clarify", "out_of_scope")


@dataclass(frozen=True)
class Unanswered:
    """One unanswered question. `text` is masked; `is_bad`: the asker said that the answer was no help. `outlet` is that
    of its ticket; `is_secret`: who asked wants to stay unknown (保密咨询), and the words are for nobody's list.
    """

    consultation_id: int
    contact_id: int
    text: str
    action: str
    label: str
    service_item: str
    asked_at: datetime
    is_bad: bool
    outlet: str = ""
    is_secret: bool = False


def unanswered(session: Session, since: datetime, limit: int = MOST) -> list[Unanswered]:
    """The unanswered questions from `since` on, oldest first; at most `limit`, the newest.

    Left out: complaints (they have a ledger of their own), erased ones, those asked anew by an edit, and an asking-back
    after which something was picked.
    """
    badly = or_(col(Consultation.action).in_(_ACTIONS), col(Consultation.outcome) == "bad")
    asked_anew = select(col(Consultation.edit_of)).where(col(Consultation.edit_of).is_not(None))
    found = (
        select(Consultation, Ticket.outlet, Contact.is_secret)
        .join(Contact, col(Contact.id) == col(Consultation.contact_id))
        .outerjoin(Ticket, col(Ticket.id) == col(Consultation.ticket_id))
        .where(
            badly,
            Consultation.created_at >= since,
            Consultation.question != "",
            col(Consultation.label).not_in(NOT_OURS),
        )
        .where(col(Contact.erased_at).is_(None), col(Consultation.id).not_in(asked_anew))
        .order_by(col(Consultation.id).desc())
        .limit(limit)
    )
    picked = _picks(session, since)
    rows = [each for each in session.exec(found) if each[0].outcome == "bad" or not _was_picked(each[0], picked)]
    return [_masked(each, outlet or "", is_secret=is_secret) for each, outlet, is_secret in reversed(rows)]


def _masked(consultation: Consultation, outlet: str, *, is_secret: bool) -> Unanswered:
    return Unanswered(
        consultation_id=consultation.key,
        contact_id=consultation.contact_id,
        text=mask(consultation.edited_text or consultation.question),
        action=consultation.action,
        label=consultation.label,
        service_item=consultation.service_item,
        asked_at=consultation.created_at,
        is_bad=consultation.outcome == "bad",
        outlet=outlet,
        is_secret=is_secret,
    )


def _picks(session: Session, since: datetime) -> Mapping[int, Sequence[datetime]]:
    """When each contact picked one of the cards offered to them."""
    pressed = select(ReceivedMessage.contact_id, ReceivedMessage.received_at).where(
        col(ReceivedMessage.action).startswith("pick:", autoescape=True), ReceivedMessage.received_at >= since
    )
    picks: defaultdict[int, list[datetime]] = defaultdict(list)
    for contact_id, at in session.exec(pressed):
        picks[contact_id or 0].append(at)
    return picks


def _was_picked(consultation: Consultation, picks: Mapping[int, Sequence[datetime]]) -> bool:
    if consultation.action != "clarify":
        return False
    asked = consultation.created_at
    return any(asked <= at <= asked + MEMORY for at in picks.get(consultation.contact_id, ()))


def anonymous_questions(session: Session, consultation_ids: Collection[int]) -> dict[int, tuple[int, str]]:
    """Consultation id → ``(contact id, the question without the person)``, for what is to become public; of a secret
    asker (保密服务对象) no words at all.
    """
    found = (
        select(Consultation, Contact.is_secret)
        .join(Contact, col(Contact.id) == col(Consultation.contact_id))
        .where(col(Consultation.id).in_(list(consultation_ids)), Consultation.question != "")
        .order_by(col(Consultation.id))
    )
    return {
        each.key: (each.contact_id, "" if is_secret else anonymous(each.edited_text or each.question))
        for each, is_secret in session.exec(found)
    }


def of_ticket(session: Session, ticket_id: int) -> list[int]:
    """The consultations that went onto one ticket, oldest first."""
    found = select(Consultation.id).where(Consultation.ticket_id == ticket_id).order_by(col(Consultation.id))
    return [each for each in session.exec(found) if each is not None]
