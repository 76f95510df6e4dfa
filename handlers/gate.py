"""The gate (权限): the one place where what staff want to do is let through or refused.

Every command and button of a staff room names its action in `handlers.staff_routes`; `refused` asks the table in
`consultations.permissions` before anything happens. Who may not gets one sentence that says who may, the refusal is in
the audit trail, and a number of another outlet reads like one that is not there.
"""

from __future__ import annotations

from datetime import datetime

from consultations import audit, dialogue
from consultations.masking import mask
from consultations.messages import Address, Inbound, Outbound
from consultations.permissions import (
    ANYBODY,
    MACHINE,
    OPEN_OFFICE,
    Action,
    Person,
    is_limited,
    may,
    name_of,
    names_of,
    reach_of,
    who_may,
)
from consultations.tickets import Staff
from handlers import gate_wording
from handlers.desk import Desk
from handlers.give_out import is_gone
from handlers.talk import Replies, StaffTalk, Talk, say
from handlers.whose import Means, Meant, Place

CONSOLE = "console"  # the channel of the staff console: whoever writes there has signed in, `sender_id` says as whom
CITY_ADMIN = Person(frozenset({"enterprise", "city_admin"}))


def is_of_staff(desk: Desk, address: Address) -> bool:
    """Whether staff write there: in their chat, in the console, at the command line."""
    return address.channel == CONSOLE or address in (*desk.settings.staff_rooms, *desk.settings.local_rooms)


def staff_of(desk: Desk, inbound: Inbound) -> Staff:
    """Who wrote in a staff room: by the name the duty book has, so that nobody goes by a colleague's."""
    key = f"{inbound.address.channel}:{inbound.sender_id}"
    member = desk.duty.book.member_of(key)
    if member is None or inbound.address in desk.settings.local_rooms:
        return Staff(key, inbound.sender_name or inbound.sender_id)
    return Staff(member.key, member.name)


def person_of(desk: Desk, inbound: Inbound, now: datetime) -> Person:
    """Whoever wrote in a staff room, as permissions know people."""
    book, key = desk.duty.book, staff_of(desk, inbound).key
    if inbound.address in desk.settings.local_rooms:
        return MACHINE
    if not book.members:  # a list that can't be read lets nobody in
        return ANYBODY if desk.duty.problems else OPEN_OFFICE
    member = book.member_of(key)
    return ANYBODY if member is None or is_gone(desk, key, now) else book.person(member)


def asker_of(desk: Desk, address: Address, now: datetime) -> Person:
    """Whoever wrote in a chat of their own; the administrators of the settings are city admins there."""
    if address in desk.settings.administrators:
        return CITY_ADMIN
    account = str(address)
    member = desk.duty.book.member_named(account)
    is_staff = member is not None and account in member.accounts and not is_gone(desk, account, now)
    return desk.duty.book.person(member) if member is not None and is_staff else ANYBODY


def has_role(person: Person, action: Action) -> bool:
    """Whether a role of theirs may do that anywhere."""
    return reach_of(person, action) != "none"


def refused(talk: StaffTalk, action: Action, means: Means) -> Outbound | None:
    """What somebody reads who may not do that; ``None`` when they may. Refusals are noted in the audit trail."""
    no = why_not(talk, action, means)
    if no:
        audit.note_refusal(talk.session, action, talk.staff.key, talk.now)
    return say(talk, no) if no else None


def why_not(talk: StaffTalk, action: Action, means: Means) -> str:
    """The sentence for somebody who may not do that; empty when they may."""
    if not has_role(talk.person, action):
        return _not_yours(talk, action)
    for each in means(talk):
        if not _reaches(talk, action, each):
            return not_here(action, each)
    return ""


def not_here(action: Action, meant: Meant) -> str:
    """The sentence for what is not there, or belongs elsewhere."""
    return gate_wording.not_here(meant.what, _shown(meant), who_may(action))


def refused_asker(talk: Talk, action: Action) -> Replies:
    """What somebody reads in a chat of their own who may not do that; nothing when they may."""
    if may(asker_of(talk.desk, talk.inbound.address, talk.now), action):
        return ()
    dialogue.await_words(talk.dialogue, "", talk.now)
    audit.note_refusal(talk.session, action, f"contact:{talk.contact.id}", talk.now)
    return (say(talk, gate_wording.NOT_STAFF),)


def _reaches(talk: StaffTalk, action: Action, meant: Meant) -> bool:
    """What is not there is told by whoever looks for it, unless that would tell what is elsewhere."""
    if meant.place is None:
        return not is_limited(talk.person, action)
    return _may(talk.person, action, meant.place)


def _may(person: Person, action: Action, place: Place) -> bool:
    return may(person, action, place.outlet, given_to=place.given_to)


def _not_yours(talk: StaffTalk, action: Action) -> str:
    what, who = name_of(action), who_may(action)
    book = talk.desk.duty.book
    member = book.member_of(talk.staff.key)
    if not book.members:
        return gate_wording.list_is_faulty(what)
    if member is None:
        return gate_wording.not_listed(talk.staff.key, what, who)
    if is_gone(talk.desk, talk.staff.key, talk.now):
        return gate_wording.has_left(member.name, what, who)
    return gate_wording.not_your_role(what, who, names_of(book.roles_of(member)))


def _shown(meant: Meant) -> str:
    return mask(meant.number)[:40]
