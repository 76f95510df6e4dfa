"""Links into the staff console (工作台): one to set up how somebody signs in, one from the chat to enter at once."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlmodel import Session

from consultations import console_accounts, outbox
from consultations.console_accounts import ConsoleLink, Purpose
from consultations.duty_book import Member
from consultations.messages import Address, Block, Outbound
from handlers import console_wording
from handlers.desk import Desk
from handlers.gate import CONSOLE
from handlers.talk import Replies, StaffTalk, Talk, say

VALID: dict[Purpose, timedelta] = {"setup": timedelta(hours=24), "enter": timedelta(minutes=10)}
CHATS = ("telegram",)  # where an account is a chat with that person alone


def make_link(  # noqa: PLR0913  whose link, for what, when
    session: Session, staff: str, purpose: Purpose, now: datetime, *, address: str, secret: str = ""
) -> str:
    """A link that opens once; only its hash is kept.

    Args:
        session: A writing session.
        staff: Who, as in `ConsoleAccount.staff`.
        purpose: ``setup`` or ``enter``.
        now: The time of the turn.
        address: Where the console is reached.
        secret: What an authenticator app is to be given, for ``setup``.
    """
    token = secrets.token_urlsafe(32)
    token_hash = hashlib.sha256(token.encode()).hexdigest()
    ends_at = now + VALID[purpose]
    link = ConsoleLink(token_hash=token_hash, staff=staff, purpose=purpose, totp_secret=secret, ends_at=ends_at)
    console_accounts.make_link(session, link, now)
    return f"{address}/console/link/{token}"


def own_chats(member: Member) -> list[Address]:
    """The chats with that person alone."""
    return [Address(*each.split(":", 1)) for each in member.accounts if each.partition(":")[0] in CHATS]


def send_link(session: Session, desk: Desk, member: Member, now: datetime) -> bool:
    """Whether a link to enter went to that person's own chat; it is not kept once it is out."""
    chats = own_chats(member)
    if not chats or not desk.settings.public_url:
        return False
    link = make_link(session, member.member_id, "enter", now, address=desk.settings.public_url.rstrip("/"))
    for chat in chats:
        message = Outbound(chat, (Block("text", console_wording.link(link)),), kind="notice", is_fleeting=True)
        outbox.enqueue(session, message, now=now)
    return True


def from_own_chat(talk: Talk) -> Replies:
    """``/console`` in somebody's own chat."""
    return (say(talk, _told(talk, str(talk.inbound.address))),)


def from_room(talk: StaffTalk) -> Replies:
    """``/console`` in the staff room: the link goes to their own chat, everybody reads here."""
    return (say(talk, _told(talk, talk.staff.key)),)


def _told(talk: Talk | StaffTalk, key: str) -> str:
    member = talk.desk.duty.book.member_of(key)
    if talk.inbound.address.channel == CONSOLE:
        return console_wording.HERE
    if member is None or not send_link(talk.session, talk.desk, member, talk.now):
        return console_wording.NO_LINK
    return console_wording.SENT
