"""The directory of enterprises (企业名录) as it is looked at: filtered lists, and one enterprise with all that is known
of it: years, visits, contacts, assets, consultations, tickets, referrals.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from sqlmodel import Session

from consultations import archive, assets, contacts, enterprise_visits, enterprises, referrals, tickets
from consultations.archive import Consultation
from consultations.assets import Asset
from consultations.contacts import Contact
from consultations.enterprise_visits import EnterpriseVisit
from consultations.enterprises import Enterprise, EnterpriseContact, EnterpriseEvent, EnterpriseYear
from consultations.masking import mask
from consultations.permissions import Action
from consultations.referrals import Referral
from consultations.tickets import Ticket
from handlers.talk import StaffTalk
from handlers.whose import Place, in_sight, of_consultation, of_ticket, of_ticket_id, sees

READ: Action = "enterprise.read"
MANAGE: Action = "enterprise.manage"
SHOWN = 50  # records of one kind on an enterprise's page


@dataclass(frozen=True)
class Tied:
    """Somebody who speaks for an enterprise, by number and channel, never by account."""

    tie: EnterpriseContact
    channel: str
    others: Sequence[str]
    is_secret: bool


@dataclass(frozen=True)
class Known:
    """All that is known of one enterprise, as far as whoever looks may see it."""

    enterprise: Enterprise
    years: Sequence[EnterpriseYear]
    visits: Sequence[EnterpriseVisit]
    history: Sequence[EnterpriseEvent]
    tied: Sequence[Tied] = ()
    holdings: Sequence[Asset] = ()
    consultations: Sequence[Consultation] = ()
    tickets: Sequence[Ticket] = ()
    referrals: Sequence[Referral] = ()
    proposed: Sequence[int] = ()  # contacts whose own ledger of assets names it
    twins: Sequence[Enterprise] = field(default_factory=tuple)


def place_of(enterprise: Enterprise) -> Place:
    """Where it belongs."""
    return Place(enterprise.outlet)


def known(talk: StaffTalk, enterprise: Enterprise) -> Known:
    """Everything of one enterprise, without what belongs elsewhere or was asked in confidence (保密咨询)."""
    session, key = talk.session, enterprise.key
    people = [_tied(session, each) for each in enterprises.ties_of(session, key)]
    ids = _all_contacts(session, [each.tie.contact_id for each in people if not each.is_secret])
    theirs = [each for contact_id in ids for each in tickets.of_contact(session, contact_id, limit=SHOWN)]
    asked = [each for contact_id in ids for each in archive.latest(session, contact_id, SHOWN)]
    referred = [each for contact_id in ids for each in referrals.of_contact(session, contact_id)]
    place = partial(of_consultation, session, talk.desk.duty.book)
    visible = in_sight(talk, "ticket.list", theirs, of_ticket)
    return Known(
        enterprise,
        enterprises.every_year_of(session, key),
        enterprise_visits.of_enterprise(session, key),
        enterprises.history_of(session, key),
        people,
        holdings_of(session, enterprise, ids),
        _newest(in_sight(talk, "archive.search", asked, place)),
        _newest(visible),
        [each for each in referred if sees(talk, "ticket.list", of_ticket_id(session, each.ticket_id))][:SHOWN],
        proposed_for(talk, enterprise),
        twins_of(session, enterprise),
    )


def holdings_of(session: Session, enterprise: Enterprise, contact_ids: Collection[int]) -> list[Asset]:
    """The assets in the ledgers under its name and of who speaks for it."""
    ledgers = [each for each in assets.of_enterprise(session, enterprise.name) if each.contact_id is None]
    ledgers += [each for contact_id in contact_ids if (each := assets.of_contact(session, contact_id))]
    held = [each for ledger in ledgers for each in assets.holdings(session, ledger.key)]
    return [each for each in held if not each.number.startswith(assets.ERASED)]


def proposed_for(talk: StaffTalk, enterprise: Enterprise) -> list[int]:
    """Contacts not tied yet whose own ledger of assets names exactly this enterprise: staff decide."""
    tied = {each.contact_id for each in enterprises.ties_of(talk.session, enterprise.key)}
    owners = [each.contact_id for each in assets.of_enterprise(talk.session, enterprise.name) if each.contact_id]
    people = [talk.session.get_one(Contact, each) for each in owners if each not in tied]
    return [each.key for each in people if each.erased_at is None and not each.is_secret and is_seen(talk, each)]


def is_seen(talk: StaffTalk, contact: Contact) -> bool:
    """Whether somebody sees a ticket or a consultation of this person, and so may say for whom they speak."""
    theirs = tickets.of_contact(talk.session, contact.key, limit=SHOWN)
    if any(sees(talk, "ticket.list", of_ticket(each)) for each in theirs):
        return True
    place = partial(of_consultation, talk.session, talk.desk.duty.book)
    return bool(in_sight(talk, "archive.search", archive.latest(talk.session, contact.key, SHOWN), place))


def twins_of(session: Session, enterprise: Enterprise) -> list[Enterprise]:
    """Living rows of the same outlet that may be the same enterprise: of one name, without two different codes."""
    same = [each for each in enterprises.of_outlet(session, enterprise.outlet) if each.name == enterprise.name]
    differ = {each.key for each in same if each.code and enterprise.code and each.code != enterprise.code}
    return [each for each in same if each.key not in differ | {enterprise.key}]


def told(event: EnterpriseEvent) -> str:
    """One line of history in words."""
    names = enterprises.FIELDS
    changes = "；".join(
        f"{names.get(name, name)}：{old or '空'} → {new or '空'}" for name, (old, new) in event.changes.items()
    )
    parts = [enterprises.VERBS.get(event.verb, event.verb), changes, event.note]
    return "，".join(mask(each) if each is event.note else each for each in parts if each)


def _tied(session: Session, tie: EnterpriseContact) -> Tied:
    contact = session.get_one(Contact, tie.contact_id)
    others = [each.channel for each in contacts.others_of(session, contact)]
    return Tied(tie, contact.channel, others, contact.is_secret)


def _all_contacts(session: Session, contact_ids: Sequence[int]) -> list[int]:
    """These, and the same people's contacts on other channels, each once."""
    found = list(contact_ids)
    for each in contact_ids:
        found += [other.key for other in contacts.others_of(session, session.get_one(Contact, each))]
    return list(dict.fromkeys(found))


Row = TypeVar("Row", Consultation, Ticket)


def _newest(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda each: each.created_at, reverse=True)[:SHOWN]
