"""Subscriptions (订阅): what each person chose to hear of, and whom a push may reach.

A choice is a consent of its own: what, when, under which notice; a choice taken back keeps its row with the day it
ended. Of topics and services nothing chosen means everything; industry, district and kind of enterprise are known
only of those who told them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Index, delete, exists, text, update
from sqlmodel import Field, Session, SQLModel, col, select

from consultations.contacts import Contact
from consultations.enterprise_holdings import has_no_asset
from consultations.enterprises import Enterprise, EnterpriseContact
from consultations.messages import Address
from consultations.push_book import HOLDING

Rule = Mapping[str, Sequence[str]]  # facet → values; an empty rule is everybody
OPEN_FACETS = frozenset({"topic", "service"})  # nothing chosen there means everything
_STANDING = "dropped_at IS NULL"


class Subscription(SQLModel, table=True):
    """One choice of one person, and until when it stood."""

    __tablename__ = "subscription"
    __table_args__ = (
        Index(
            "ix_subscription_standing",
            "contact_id",
            "facet",
            "value",
            unique=True,
            sqlite_where=text(_STANDING),
            postgresql_where=text(_STANDING),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    contact_id: int = Field(foreign_key="contact.id", index=True)
    facet: str
    value: str
    consent_version: str
    chosen_at: datetime
    dropped_at: datetime | None = None


def chosen(session: Session, contact_id: int) -> list[Subscription]:
    """What one person subscribes to now, in the order it was chosen."""
    theirs = select(Subscription).where(Subscription.contact_id == contact_id, col(Subscription.dropped_at).is_(None))
    return list(session.exec(theirs.order_by(col(Subscription.id))))


def toggle(session: Session, contact: Contact, option: tuple[str, str], version: str, now: datetime) -> bool:
    """Whether the person subscribes to a facet's value from now on: chosen when it was not, taken back when it was."""
    facet, value = option
    for each in chosen(session, contact.key):
        if (each.facet, each.value) == (facet, value):
            each.dropped_at = now
            session.flush()
            return False
    session.add(Subscription(contact_id=contact.key, facet=facet, value=value, consent_version=version, chosen_at=now))
    contact.is_subscribed = True
    session.flush()
    return True


def drop_all(session: Session, contact_id: int, now: datetime) -> None:
    """Nothing any more (退订); that they once chose stays."""
    standing = (col(Subscription.contact_id) == contact_id, col(Subscription.dropped_at).is_(None))
    session.connection().execute(update(Subscription).where(*standing).values(dropped_at=now))


def forget(session: Session, contact_id: int) -> None:
    """What one person ever chose is deleted."""
    session.connection().execute(delete(Subscription).where(col(Subscription.contact_id) == contact_id))


def of_contact(session: Session, contact_id: int) -> Sequence[Subscription]:
    """What one person ever chose, oldest first."""
    theirs = select(Subscription).where(Subscription.contact_id == contact_id)
    return session.exec(theirs.order_by(col(Subscription.id))).all()


def audience(session: Session, rule: Rule) -> Iterator[tuple[int, Address]]:
    """``(contact id, address)`` of everybody a push with this rule may reach: subscribed, reachable, not erased."""
    columns = select(Contact.id, Contact.channel, Contact.chat_id).where(
        col(Contact.is_subscribed).is_(True),
        col(Contact.is_blocked).is_(False),
        col(Contact.erased_at).is_(None),
        *(_fits(facet, values) for facet, values in rule.items() if values),
    )
    for identity, channel, chat_id in session.exec(columns.order_by(col(Contact.id))):
        yield identity or 0, Address(channel, chat_id)


def count_audience(session: Session, rule: Rule) -> Counter[str]:
    """How many a push with this rule may reach, by channel; never who."""
    return Counter(address.channel for _, address in audience(session, rule))


def _fits(facet: str, values: Sequence[str]) -> ColumnElement[bool]:
    """Whether somebody chose one of the values; where everything is open, also whoever chose nothing."""
    if facet == HOLDING:
        return _speaks_for_one_without_assets()
    theirs = (
        col(Subscription.contact_id) == col(Contact.id),
        col(Subscription.facet) == facet,
        col(Subscription.dropped_at).is_(None),
    )
    among = exists().where(*theirs, col(Subscription.value).in_(list(values)))
    return among | ~exists().where(*theirs) if facet in OPEN_FACETS else among


def _speaks_for_one_without_assets() -> ColumnElement[bool]:
    """Whether somebody speaks for an enterprise of the directory of which no asset is known."""
    spoken_for = select(EnterpriseContact.contact_id).where(
        EnterpriseContact.enterprise_id == Enterprise.id, col(Enterprise.removed_at).is_(None), has_no_asset()
    )
    return col(Contact.id).in_(spoken_for)
