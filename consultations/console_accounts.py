"""Who may enter the staff console (工作台): credentials, one-time links, and how often somebody tried.

Only hashes are kept of whatever opens a door by itself: passwords (argon2), recovery codes, links. The duty book says
who is staff; an account here only says how that person proves it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import JSON, delete, update
from sqlmodel import Field, Session, SQLModel, col, func, select

Purpose = Literal["setup", "enter"]
WINDOW = timedelta(minutes=15)  # in which attempts are counted, and for which a door is shut afterwards


class ConsoleAccount(SQLModel, table=True):
    """The credentials of one member of staff. `staff` is the id in the duty book, or a name while the book is empty.

    `totp_step` is the last half minute whose code was used: a code opens once.
    """

    __tablename__ = "console_account"

    staff: str = Field(primary_key=True)
    password_hash: str
    totp_secret: str
    totp_step: int = 0
    recovery_hashes: list[str] = Field(default_factory=list, sa_type=JSON)
    set_up_at: datetime


class ConsoleLink(SQLModel, table=True):
    """A link that opens once: ``setup`` to choose a password, ``enter`` to sign in from the chat."""

    __tablename__ = "console_link"

    token_hash: str = Field(primary_key=True)
    staff: str = Field(index=True)
    purpose: str
    totp_secret: str = ""  # offered by a set-up link, so that the page shows the same one when it is loaded again
    ends_at: datetime


class ConsoleAttempt(SQLModel, table=True):
    """How often somebody tried lately, by a hash of the name typed or of the address it came from."""

    __tablename__ = "console_attempt"

    key_hash: str = Field(primary_key=True)
    n_tried: int
    since: datetime


def account_of(session: Session, staff: str) -> ConsoleAccount | None:
    """How that person signs in; ``None`` when nothing was set up."""
    return session.get(ConsoleAccount, staff, populate_existing=True)


def everybody(session: Session) -> list[str]:
    """Whoever set up how they sign in, as in `ConsoleAccount.staff`."""
    return list(session.exec(select(ConsoleAccount.staff).order_by(ConsoleAccount.staff)))


def is_new(session: Session) -> bool:
    """Whether nobody has set up anything yet."""
    return session.exec(select(func.count()).select_from(ConsoleAccount)).one() == 0


def set_up(session: Session, account: ConsoleAccount) -> None:
    """These credentials in place of whatever that person had; links of theirs that were on their way open no more."""
    session.connection().execute(delete(ConsoleLink).where(col(ConsoleLink.staff) == account.staff))
    session.merge(account)


def use_step(session: Session, staff: str, step: int) -> bool:
    """Whether the code of that half minute was still unused; of two requests one gets it."""
    unused = (col(ConsoleAccount.staff) == staff, col(ConsoleAccount.totp_step) < step)
    done = session.connection().execute(update(ConsoleAccount).where(*unused).values(totp_step=step))
    return bool(done.rowcount)


def use_recovery(session: Session, staff: str, code_hash: str) -> bool:
    """Whether that recovery code was unused; it is gone now."""
    account = session.get(ConsoleAccount, staff, populate_existing=True, with_for_update=True)
    if account is None or code_hash not in account.recovery_hashes:
        return False
    account.recovery_hashes = [each for each in account.recovery_hashes if each != code_hash]
    return True


# --- links


def make_link(session: Session, link: ConsoleLink, now: datetime) -> None:
    """The link, valid until it is used or its time is over; an earlier one for the same purpose opens no more."""
    old = delete(ConsoleLink).where(col(ConsoleLink.staff) == link.staff, col(ConsoleLink.purpose) == link.purpose)
    session.connection().execute(old)
    session.connection().execute(delete(ConsoleLink).where(col(ConsoleLink.ends_at) <= now))
    session.add(link)


def link_of(session: Session, token_hash: str, now: datetime) -> ConsoleLink | None:
    """The link, as long as it opens; to be read also when the session is over."""
    link = session.get(ConsoleLink, token_hash, populate_existing=True)
    if link is None or link.ends_at <= now:
        return None
    session.expunge(link)
    return link


def use_link(session: Session, token_hash: str, now: datetime) -> bool:
    """Whether the link opened; of two presses one opens it."""
    still = (col(ConsoleLink.token_hash) == token_hash, col(ConsoleLink.ends_at) > now)
    return bool(session.connection().execute(delete(ConsoleLink).where(*still)).rowcount)


# --- attempts


def is_over(session: Session, key_hash: str, now: datetime, most: int) -> bool:
    """Whether there were more attempts than allowed within `WINDOW`; looked at first, so that refusing costs little."""
    row = session.get(ConsoleAttempt, key_hash, populate_existing=True)
    return row is not None and row.n_tried > most and row.since > now - WINDOW


def try_once(session: Session, key_hash: str, now: datetime) -> int:
    """How many attempts there were within `WINDOW`, this one included. It is counted before it is made, so that a
    hundred at once are a hundred.
    """
    session.connection().execute(delete(ConsoleAttempt).where(col(ConsoleAttempt.since) <= now - WINDOW))
    row = session.get(ConsoleAttempt, key_hash, populate_existing=True, with_for_update=True)
    if row is None:
        row = ConsoleAttempt(key_hash=key_hash, n_tried=0, since=now)
        session.add(row)
    row.n_tried += 1
    session.flush()
    return row.n_tried


def was_right(session: Session, key_hash: str) -> None:
    """The attempt just counted was none to count."""
    row = session.get(ConsoleAttempt, key_hash, populate_existing=True, with_for_update=True)
    if row is not None:
        row.n_tried = max(0, row.n_tried - 1)


def forget_attempts(session: Session, key_hash: str) -> None:
    """Somebody got in: counting starts anew."""
    session.connection().execute(delete(ConsoleAttempt).where(col(ConsoleAttempt.key_hash) == key_hash))
