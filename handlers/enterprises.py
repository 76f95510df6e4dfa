"""The directory of enterprises (企业名录) as it is looked at: filtered lists, and one enterprise with all that is known
of it: years, visits, contacts, assets, consultations, tickets, referrals.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import TypeVar

from sqlmodel import Session, col, select

from consultations import archive, assets, contacts, enterprise_visits, enterprises, referrals, tickets
from consultations.archive import Consultation
from consultations.assets import Asset, AssetLedger
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
class Wanted:
    """What of the directory is looked for; what is empty leaves nothing out. `outlet` is an id, ``-`` for none."""

    words: str = ""
    tag: str = ""
    year: int = 0
    district: str = ""
    industry: str = ""
    outlet: str = ""
    is_without_assets: bool = False
    is_struck: bool = False


@dataclass(frozen=True)
class Line:
    """One enterprise in a list: contact person and telephone masked."""

    enterprise: Enterprise
    years: Sequence[EnterpriseYear] = ()
    visited_on: date | None = None

    @property
    def person(self) -> str:
        """The contact person without the given name."""
        return veiled(self.enterprise.person)

    @property
    def phone(self) -> str:
        """The telephone masked."""
        return veiled_phone(self.enterprise.phone)


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


def veiled(person: str) -> str:
    """A person's name as a list may show it: the first character."""
    return person[:1] + "*" * min(2, len(person) - 1) if person else ""


def veiled_phone(phone: str) -> str:
    """A telephone number as a list may show it: its first three and last two digits."""
    return f"{phone[:3]}****{phone[-2:]}" if len(phone) > 6 else "****" if phone else ""


def in_directory(session: Session, rows: Iterable[Enterprise], wanted: Wanted) -> list[Line]:
    """Those of these rows that are looked for, with years and last visit."""
    found = [each for each in rows if _fits(each, wanted)]
    years = enterprises.years_of(session, {each.key for each in found})
    if wanted.year:
        found = [each for each in found if any(one.year == wanted.year for one in years.get(each.key, ()))]
    if wanted.is_without_assets:
        holders = with_assets(session)
        found = [each for each in found if each.key not in holders]
    visited = enterprise_visits.last_days(session)
    return [Line(each, years.get(each.key, ()), visited.get(each.key)) for each in found]


def lines_for(talk: StaffTalk, wanted: Wanted) -> list[Line]:
    """The same of all that somebody may see."""
    rows = in_sight(talk, READ, enterprises.listed(talk.session, is_struck=wanted.is_struck), place_of)
    return in_directory(talk.session, rows, wanted)


def choices(lines: Iterable[Line]) -> Mapping[str, Sequence[str]]:
    """What can be filtered by: tags, districts, industries and years that occur."""
    rows = list(lines)
    return {
        "tag": sorted({tag for each in rows for tag in each.enterprise.tags}),
        "district": sorted({each.enterprise.district for each in rows} - {""}),
        "industry": sorted({each.enterprise.industry for each in rows} - {""}),
        "year": [str(year) for year in sorted({one.year for each in rows for one in each.years}, reverse=True)],
    }


def with_assets(session: Session) -> set[int]:
    """The enterprises of which some asset is known: in a ledger staff keep under its name, or in one of somebody who
    speaks for it.
    """
    holding = select(Asset.ledger_id).where(~col(Asset.number).startswith(assets.ERASED, autoescape=True))
    ledgers = session.exec(select(AssetLedger).where(col(AssetLedger.id).in_(holding))).all()
    names = {each.enterprise for each in ledgers if each.enterprise}
    owners = {each.contact_id for each in ledgers if each.contact_id is not None}
    named = session.exec(select(Enterprise.id).where(col(Enterprise.name).in_(names))).all()
    tied = session.exec(select(EnterpriseContact).where(col(EnterpriseContact.contact_id).in_(owners))).all()
    return {each for each in named if each is not None} | {each.enterprise_id for each in tied}


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


def _fits(enterprise: Enterprise, wanted: Wanted) -> bool:
    words = wanted.words.strip().lower()
    within = (enterprise.name, enterprise.code, enterprise.district, enterprise.industry, *enterprise.tags)
    return (
        (not words or words == str(enterprise.key) or any(words in each.lower() for each in within))
        and (not wanted.tag or wanted.tag in enterprise.tags)
        and wanted.district in ("", enterprise.district)
        and wanted.industry in ("", enterprise.industry)
        and (not wanted.outlet or enterprise.outlet == wanted.outlet.removeprefix("-"))
    )


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
