"""Which outlet (网点) an asker belongs to, so that its own cards answer: as tickets are given out, then what is known.

By the question, which may name an area (but not in the title of a policy that is everybody's); by the ticket they have;
by the district they chose or told of their enterprise; by the last ticket they had. In an office with one outlet
everybody belongs there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from sqlmodel import Session, col, select

from consultations import enterprise_facts, subscriptions
from consultations.contacts import Contact
from consultations.dispatch import outlet_named_in
from consultations.duty_book import DutyBook
from consultations.tickets import Ticket
from handlers.desk import Desk
from handlers.wish import has_words
from knowledge.passages import Answer
from policies.compilation import Policy
from policies.layers import of_outlets

# 我在北区，… · 北区的… · 北区那边…
_AROUND_AREA = "(?:我们?(?:公司|单位)?(?:就?在|住|是))?{area}(?:这边|这里|那边|那里)?的?[，,]?"
_QUOTED = re.compile(r"《([^《》]{2,80})》")


def outlet_of_asker(session: Session, desk: Desk, contact: Contact | None, text: str, ticket: Ticket | None) -> str:
    """The id of the outlet; "" where nothing tells, and without a look where no outlet has anything of its own."""
    return outlet_known(session, desk.duty.book, contact, text, ticket) if desk.shelf.outlets else ""


def outlet_known(session: Session, book: DutyBook, contact: Contact | None, text: str, ticket: Ticket | None) -> str:
    """The id of the outlet as far as is known; "" where nothing tells."""
    if len(book.outlets) == 1:
        return next(iter(book.outlets))
    if named := outlet_named_in(book, beside_titles(session, book, text)):
        return named
    if ticket is not None and ticket.outlet:
        return ticket.outlet
    if contact is None:
        return ""
    of_districts = (outlet_named_in(book, each) for each in _districts(session, contact))
    return next(filter(None, of_districts), "") or _last(session, contact)


def answer_at(desk: Desk, question: str, on: date, *, previous: str = "", outlet: str = "") -> Answer:
    """The answer to who belongs to an outlet; a question that only the outlet's name keeps from its own card, as
    北区的网点地址在哪里, is answered by that card.

    The name says whose answer is wanted and is a word of no card, so that with it every card seems too far off. Without
    it nothing but what the outlet itself says counts: else the name may be what the question is about.
    """
    found = desk.answerer.answer(question, on, previous=previous, outlet=outlet)
    bare = without_name(desk.duty.book, question, outlet)
    if found.action == "answer" or bare == question or not has_words(bare):
        return found
    own = desk.answerer.answer(bare, on, previous=previous, outlet=outlet)
    is_own = own.action == "answer" and own.layer == outlet
    return replace(own, question=question) if is_own else found


def without_name(book: DutyBook, text: str, outlet: str) -> str:
    """What a question says beside the name and the areas of that outlet."""
    if (meant := book.outlets.get(outlet)) is None:
        return text
    if meant.name:
        text = text.replace(meant.name, "网点")
    for area in sorted(filter(None, meant.areas), key=len, reverse=True):
        text = re.sub(
            rf"(?:我们?(?:公司|单位)?(?:就?在|住|是))?{re.escape(area)}(?:这边|这里|那边|那里)?的?[，,]?", "", text
        )
    return text


def beside_titles(session: Session, book: DutyBook, text: str) -> str:
    """What a text says beside titles of policies: 北区专利资助办法 is a name, and nobody's district.

    Only titles that hold the name of an area are looked for, in 《》 or not. Those of an outlet's own texts stay: who
    asks for them belongs there.
    """
    if not outlet_named_in(book, text):
        return text
    areas = [area for each in book.outlets.values() for area in each.areas]
    named = {title for title in session.exec(select(Policy.title)) if title in text}
    named |= set(_QUOTED.findall(text))
    own = {session.get_one(Policy, each.policy_id).title for each in of_outlets(session)} if named else set()
    for title in sorted(named - own, key=len, reverse=True):
        if any(area in title for area in areas):
            text = text.replace(title, "")
    return text


def _districts(session: Session, contact: Contact) -> Iterator[str]:
    told = enterprise_facts.of_contact(session, contact.key)
    if told is not None and isinstance(district := told.facts.get("district"), str):
        yield district
    yield from (each.value for each in subscriptions.chosen(session, contact.key) if each.facet == "district")


def _last(session: Session, contact: Contact) -> str:
    theirs = select(Ticket.outlet).where(Ticket.contact_id == contact.key, Ticket.outlet != "")
    return session.exec(theirs.order_by(col(Ticket.id).desc())).first() or ""
