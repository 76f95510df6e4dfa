"""Contacts (服务对象): one row per conversation partner on a channel, and what they allow us to do.

Answering a question is a public duty and needs no consent; what we send unasked (推送、回访、评价邀请) does.
`consent` is ``""`` (not yet said), ``given`` or ``refused``; a refusal stops all that until it is given again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import UniqueConstraint, update
from sqlmodel import Field, Session, SQLModel, col, select

from consultations.messages import Address


class Contact(SQLModel, table=True):
    """One person on one channel. `notice_version` is the privacy notice they last saw.

    `reachable_until` is set by channels that close (the website window, when its page is shut); ``None`` never closes.
    `person` is the same for contacts one person linked (关联) to each other: the id of one of them.
    """

    __tablename__ = "contact"
    __table_args__ = (UniqueConstraint("channel", "chat_id"),)

    id: int | None = Field(default=None, primary_key=True)
    channel: str
    chat_id: str
    name: str = ""
    notice_version: str = ""
    consent: str = ""
    consent_version: str = ""
    consent_at: datetime | None = None
    is_subscribed: bool = Field(default=False, index=True)
    is_blocked: bool = False
    is_secret: bool = False
    first_seen_at: datetime
    erased_at: datetime | None = None
    reachable_until: datetime | None = None
    person: int | None = Field(default=None, index=True)

    @property
    def address(self) -> Address:
        """Where this person is reached."""
        return Address(self.channel, self.chat_id)

    @property
    def is_welcome_to_unasked(self) -> bool:
        """Whether surveys and follow-ups may go out to this person."""
        return self.may_be_followed_up and not self.is_blocked

    @property
    def may_be_followed_up(self) -> bool:
        """Whether anybody may come back to this person at all: in chat, by phone or by visit."""
        return self.consent != "refused" and self.erased_at is None

    def is_reachable(self, now: datetime) -> bool:
        """Whether what is sent into the chat now can be seen."""
        return not self.is_blocked and (self.reachable_until is None or now < self.reachable_until)

    @property
    def key(self) -> int:
        """The id of a stored contact."""
        assert self.id is not None
        return self.id


def find(session: Session, address: Address) -> Contact | None:
    """The contact behind an address, ``None`` when nobody wrote from there yet."""
    here = select(Contact).where(Contact.channel == address.channel, Contact.chat_id == address.chat_id)
    return session.exec(here).first()


def meet(session: Session, address: Address, name: str, now: datetime) -> Contact:
    """The contact behind an address, new when this is the first message; stored, with its id."""
    contact = find(session, address)
    if contact is None:
        contact = Contact(channel=address.channel, chat_id=address.chat_id, name=name, first_seen_at=now)
        session.add(contact)
        session.flush()
    elif name and name != contact.name:
        contact.name = name
    return contact


def agree(contact: Contact, version: str, now: datetime) -> None:
    """The person agrees to notice `version`: broadcasts, follow-ups and surveys may come."""
    contact.consent, contact.consent_version, contact.consent_at = "given", version, now
    contact.is_subscribed = True


def withdraw(contact: Contact, version: str, now: datetime) -> None:
    """The person wants nothing unasked any more. Answers to their questions go on."""
    contact.consent, contact.consent_version, contact.consent_at = "refused", version, now
    contact.is_subscribed = False


def keep_reachable(session: Session, address: Address, until: datetime) -> None:
    """The page of this person is open, at least until then; an unknown address changes nothing."""
    here = (col(Contact.channel) == address.channel, col(Contact.chat_id) == address.chat_id)
    session.connection().execute(update(Contact).where(*here).values(reachable_until=until))


def others_of(session: Session, contact: Contact) -> Sequence[Contact]:
    """The same person's contacts on other channels, the one met last first."""
    if contact.person is None:
        return ()
    same = select(Contact).where(Contact.person == contact.person, Contact.id != contact.id)
    return session.exec(same.order_by(col(Contact.id).desc())).all()


def link(session: Session, contact: Contact, other: Contact) -> None:
    """Both are one person from now on, with whoever either was linked to before.

    Where one of them asks in secret (保密咨询), all do.
    """
    for each in (contact, other):
        _leave_behind(session, each)
    person = min(contact.person or contact.key, other.person or other.key)
    for each in (contact, other):
        if each.person is not None and each.person != person:
            joined = update(Contact).where(col(Contact.person) == each.person)
            session.connection().execute(joined.values(person=person))
        each.person = person
    session.flush()
    if any(each.is_secret for each in (contact, *others_of(session, contact))):
        set_secret(session, contact, is_secret=True)


def _leave_behind(session: Session, contact: Contact) -> None:
    """Those a contact was parted from go by the number of one of them, so that they do not come along again."""
    if contact.person is not None:
        return
    session.flush()
    parted = col(Contact.person) == contact.key
    stay = session.exec(select(Contact.id).where(parted).order_by(col(Contact.id))).first()
    if stay is not None:
        session.connection().execute(update(Contact).where(parted).values(person=stay))
        session.expire_all()


def set_secret(session: Session, contact: Contact, *, is_secret: bool) -> None:
    """Whether this person asks in secret (保密咨询), on every channel of theirs."""
    for each in (contact, *others_of(session, contact)):
        each.is_secret = is_secret


def mark_blocked(session: Session, address: Address, *, blocked: bool = True) -> None:
    """The channel says this person can't be reached (or can again); an unknown address changes nothing."""
    here = (col(Contact.channel) == address.channel, col(Contact.chat_id) == address.chat_id)
    session.connection().execute(update(Contact).where(*here).values(is_blocked=blocked))


def forget(contact: Contact, now: datetime) -> None:
    """Take the person out of the row; the row stays, so that counts and archive numbers do not change."""
    contact.chat_id = f"erased:{contact.id}"
    contact.name = ""
    contact.consent, contact.is_subscribed, contact.erased_at, contact.person = "refused", False, now, None
