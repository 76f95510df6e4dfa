"""Set-up links: for the first person of an instance, and for whoever the administrator of the machine names."""

from __future__ import annotations

from collections.abc import Iterable

from consultations import console_accounts
from consultations.duty_book import Member
from consultations.permissions import Role
from handlers.console_wording import FIRST_NAME
from handlers.desk import Desk
from handlers.enter_console import make_link
from web.console.credentials import new_secret
from web.console.visits import known

FIRST: tuple[Role, ...] = ("city_admin", "outlet_admin")  # whose link is shown first, where the duty book has them


def set_up_link(desk: Desk, name: str, address: str) -> str | None:
    """A link with which that person chooses a password and an authenticator, in place of those they had; ``None`` for
    somebody who is not staff. Earlier set-up links of theirs open no more.
    """
    member = desk.duty.book.member_named(name)
    staff = member.member_id if member is not None else name
    if not staff or not known(desk, staff):
        return None
    with desk.writing() as session:
        return make_link(session, staff, "setup", desk.now(), address=address, secret=new_secret())


def first_link(desk: Desk, address: str) -> tuple[str, str] | None:
    """Whose name, and the link, as long as nobody has set up anything; ``None`` afterwards."""
    with desk.reading() as session:
        if not console_accounts.is_new(session):
            return None
    first = next(iter(_first_people(desk)), None)
    staff, name = (first.member_id, first.name) if first else (FIRST_NAME, FIRST_NAME)
    link = set_up_link(desk, staff, address)
    return (name, link) if link else None


def _first_people(desk: Desk) -> Iterable[Member]:
    """Members by how much they administer."""
    book = desk.duty.book
    able = [each for each in book.members.values() if known(desk, each.member_id)]
    rank = {role: n for n, role in enumerate(FIRST)}
    able.sort(key=lambda each: min((rank.get(role, len(FIRST)) for role in book.roles_of(each)), default=len(FIRST)))
    return able
