"""A selection (筛选): which outlets, channels and service items are counted. Nothing chosen means all of them.

Every record belongs to one outlet at most, so what the outlets count adds up to the city. Tickets know their outlet;
what hangs on a ticket belongs where the ticket does; what staff wrote down belongs to their outlet; the rest to none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import false
from sqlmodel import col, func, or_, select

from consultations.archive import Consultation
from consultations.contacts import Contact
from consultations.duty_book import DutyBook
from consultations.entries import RECORDED
from consultations.service_items import load_pack
from consultations.tickets import Ticket

NO_OUTLET = NO_ITEM = ""  # chosen like any other: what belongs to none


@dataclass(frozen=True)
class Selection:
    """What is chosen, several of each; empty means all. `outlets` are ids of the duty book, `staff` says of each key of
    staff which outlet it belongs to.
    """

    outlets: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    staff: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return not (self.outlets or self.channels or self.items)

    def consultations(self) -> list[Any]:
        """The conditions for consultations."""
        found = [_one_of_items(Consultation.service_item, self.items)] if self.items else []
        if self.channels:
            found.append(col(Consultation.channel).in_(self.channels))
        if self.outlets:
            found.append(self._outlet_of_consultation())
        return found

    def tickets(self) -> list[Any]:
        """The conditions for tickets; their channel is that of their asker."""
        found = [_one_of_items(Ticket.service_item, self.items)] if self.items else []
        if self.channels:
            askers = select(Contact.id).where(col(Contact.channel).in_(self.channels))
            found.append(col(Ticket.contact_id).in_(askers))
        if self.outlets:
            found.append(col(Ticket.outlet).in_(self.outlets))
        return found

    def on_tickets(self, ticket_id: Any, written_by: Any = None) -> list[Any]:  # noqa: ANN401  columns of any table
        """The conditions for rows that hang on a ticket; those on none belong to the outlet of whoever wrote them."""
        if self.is_all:
            return []
        chosen = col(ticket_id).in_(select(Ticket.id).where(*self.tickets()))
        if not self.outlets or self.channels or self.items:
            return [chosen]
        alone = [self._written_at(col(written_by))] if written_by is not None else []
        if written_by is None and NO_OUTLET in self.outlets:
            return [or_(chosen, col(ticket_id).is_(None))]
        return [or_(chosen, col(ticket_id).is_(None) & each) for each in alone] or [chosen]

    def at_outlet(self, outlet: Any) -> list[Any]:  # noqa: ANN401  a column
        """The conditions for rows that belong to an outlet and to no channel or item."""
        if self.channels or self.items:
            return [false()]
        return [col(outlet).in_(self.outlets)] if self.outlets else []

    def of_nowhere(self) -> list[Any]:
        """The conditions for rows that belong to no outlet, channel or item: they count where nothing else is asked."""
        is_meant = not (self.channels or self.items) and (not self.outlets or NO_OUTLET in self.outlets)
        return [] if is_meant else [false()]

    def _outlet_of_consultation(self) -> Any:  # noqa: ANN401  a condition, in SQLAlchemy's types
        with_ticket = col(Consultation.ticket_id).in_(select(Ticket.id).where(col(Ticket.outlet).in_(self.outlets)))
        alone = col(Consultation.ticket_id).is_(None)
        entered = alone & (col(Consultation.action) == RECORDED) & self._written_at(entered_by())
        if NO_OUTLET in self.outlets:
            return or_(with_ticket, entered, alone & (col(Consultation.action) != RECORDED))
        return or_(with_ticket, entered)

    def _written_at(self, key: Any) -> Any:  # noqa: ANN401
        """That the writer belongs to one of the outlets; who belongs to none, or is not known, to no outlet."""
        theirs = [each for each, outlet in self.staff.items() if outlet in self.outlets]
        known = [each for each, outlet in self.staff.items() if outlet]
        written = func.coalesce(key, "")
        return or_(written.in_(theirs), written.not_in(known)) if NO_OUTLET in self.outlets else written.in_(theirs)


def entered_by() -> Any:  # noqa: ANN401  in SQLAlchemy's types
    """The key of whoever entered a consultation (登记); empty for those nobody entered."""
    trace: Any = Consultation.trace  # a JSON column
    return func.coalesce(trace["entry"]["key"].as_string(), "")


def staff_outlets(book: DutyBook) -> dict[str, str]:
    """Key of staff → their outlet, of everybody in the book."""
    return {key: member.outlet for member in book.members.values() for key in member.keys}


def _one_of_items(column: Any, items: Sequence[str]) -> Any:  # noqa: ANN401
    """One of these service items; none means none that the list knows."""
    chosen = col(column).in_(items)
    return or_(chosen, col(column).not_in(list(load_pack().items))) if NO_ITEM in items else chosen
