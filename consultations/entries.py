"""Entries (登记): consultations by telephone (电话) and at the counter (到访), written down by staff.

They go into the same archive, with a number and a seal as any other. An entry is never changed: a mistake is put right
by another record that names it (`Consultation.edit_of`), either the right one or one that says it is void (作废).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlmodel import Session, col, select

from consultations import archive, audit, contacts, received
from consultations.archive import Consultation
from consultations.contacts import Contact
from consultations.messages import Address, Inbound
from consultations.received import ReceivedMessage
from consultations.tickets import Staff

CHANNELS: Mapping[str, str] = {"phone": "电话", "visit": "到访"}
RECORDED, VOID = "recorded", "void"  # `Consultation.action`
DOUBLE_WITHIN = timedelta(minutes=10)  # the same words again so soon are the same call, entered twice


@dataclass(frozen=True)
class Entry:
    """What staff write down. `at` is when the person called or came; only the question is never empty."""

    channel: str
    question: str
    at: datetime
    reply: str = ""
    who: str = ""
    phone: str = ""
    service_item: str = ""
    label: str = ""


def enter(  # noqa: PLR0913  what is written, by whom, when, in place of what
    session: Session,
    entry: Entry,
    staff: Staff,
    now: datetime,
    *,
    number: str,
    nth: int,
    corrects: Consultation | None = None,
) -> Consultation:
    """The archive record of one entry, stored. `nth` is its place among the same words by the same member of staff, as
    `Before.n_same` told; `corrects` is the wrong entry it stands for.

    Raises:
        IntegrityError: The same entry was made by somebody else in this very moment.
    """
    contact = _caller(session, entry, now)
    address = Address(entry.channel, contact.chat_id)
    inbound = Inbound(address, f"{_key(entry, staff)}:{nth}", staff.key, now, text=entry.question)
    letter = received.record(session, inbound, route="record", contact_id=contact.key, now=now)
    made = Consultation(
        number=number,
        contact_id=contact.key,
        received_id=letter.key,
        channel=entry.channel,
        question=entry.question,
        reply=entry.reply,
        service_item=entry.service_item,
        action=RECORDED,
        label=entry.label,
        trace=_entered(staff, now),
        edit_of=corrects.id if corrects else None,
        created_at=entry.at,
    )
    audit.note(session, "record", contact.key, staff.key, now)
    return archive.file_consultation(session, made)


def void(  # noqa: PLR0913  what is void, who says so, when and why
    session: Session, entry: Consultation, staff: Staff, now: datetime, *, number: str, question: str, reason: str
) -> Consultation:
    """The record that says an entry is void; the entry itself stays as it is."""
    contact = session.get_one(Contact, entry.contact_id)
    inbound = Inbound(Address(entry.channel, contact.chat_id), f"void:{entry.id}", staff.key, now)
    letter = received.record(session, inbound, route="record", contact_id=contact.key, now=now)
    made = Consultation(
        number=number,
        contact_id=contact.key,
        received_id=letter.key,
        channel=entry.channel,
        question=question,
        reply=reason,
        action=VOID,
        trace=_entered(staff, now),
        edit_of=entry.id,
        created_at=now,
    )
    audit.note(session, "record", contact.key, staff.key, now)
    return archive.file_consultation(session, made)


def correction_of(session: Session, entry: Consultation) -> Consultation | None:
    """The record that stands for an entry that was wrong."""
    return session.exec(select(Consultation).where(Consultation.edit_of == entry.id)).first()


@dataclass(frozen=True)
class Before:
    """How often the same member of staff entered the same words, and the record of moments ago that is still good."""

    n_same: int
    double: Consultation | None


def before(session: Session, entry: Entry, staff: Staff, now: datetime) -> Before:
    """What there is of this entry already."""
    alike = col(ReceivedMessage.message_id).startswith(_key(entry, staff) + ":")
    rows = select(ReceivedMessage).where(ReceivedMessage.channel == entry.channel, alike)
    same = session.exec(rows.order_by(col(ReceivedMessage.id).desc())).all()
    if not same or now - same[0].received_at > DOUBLE_WITHIN:
        return Before(len(same), None)
    found = archive.of_received(session, same[0].key)
    return Before(len(same), found if found is not None and correction_of(session, found) is None else None)


def _caller(session: Session, entry: Entry, now: datetime) -> Contact:
    """Who called: the same person again by the same number, else somebody new. Nothing can be sent to them."""
    digits = re.sub(r"\D", "", entry.phone).removeprefix("86")
    known = f"tel:{digits}" if len(digits) >= 7 else f"at:{entry.phone}" if entry.phone else f"entry:{uuid4().hex}"
    contact = contacts.meet(session, Address(entry.channel, known), entry.who, now)
    contact.is_blocked = True
    return contact


def _key(entry: Entry, staff: Staff) -> str:
    words = f"{entry.who}\n{entry.phone}\n{entry.question}\n{entry.reply}\n{entry.service_item}\n{staff.key}"
    return f"record:{hashlib.sha256(words.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def _entered(staff: Staff, now: datetime) -> dict[str, object]:
    return {"entry": {"staff": staff.name, "key": staff.key, "at": now.isoformat(timespec="seconds")}}
