"""Who asks for a page of the console, and whether they may: one session, one gate, for every route.

A page depends on `visiting`, a form on `posting`. Without a session one is sent to sign in; whoever is no longer staff
is signed out; a form without the token of its session (CSRF) changes nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from consultations import audit, console_sessions
from consultations.messages import Address, Inbound
from consultations.permissions import Action, Person
from consultations.tickets import Staff
from handlers import gate
from handlers.desk import Desk
from handlers.talk import StaffTalk
from handlers.whose import Meant
from handlers.wish import Wish
from web.console.console import ROOT, Console
from web.console.credentials import hash_of

COOKIE = "zhixun_console"
SIGN_IN = f"{ROOT}/sign-in"


class NotSignedInError(Exception):
    """There is no session, or it is over; `back` is the page wanted."""

    def __init__(self, back: str) -> None:
        super().__init__("Not signed in.")
        self.back = back


class RefusedError(Exception):
    """Somebody signed in wants what is not theirs, or what is not there."""

    def __init__(self, visit: Visit, sentence: str, status: int = 403) -> None:
        super().__init__(f"Refused with {status}.")
        self.visit, self.sentence, self.status = visit, sentence, status


class ForgedFormError(Exception):
    """A form that is not from a page of this session, or lacks something."""

    def __init__(self, status: int) -> None:
        super().__init__(f"Form refused with {status}.")
        self.status = status


@dataclass(frozen=True)
class Visit:
    """One request of somebody signed in. `session_hash` names their session."""

    console: Console
    staff_id: str
    staff: Staff
    person: Person
    session_hash: str
    csrf: str
    path: str

    @property
    def desk(self) -> Desk:
        """The office's desk."""
        return self.console.desk

    def inbound(self, message_id: str = "", **parts: Any) -> Inbound:  # noqa: ANN401  fields of `Inbound`
        """A message of this person, as from any staff chat."""
        return inbound_of(self.staff_id, self.desk.now(), message_id, **parts)

    def may(self, action: Action) -> bool:
        """Whether a role of theirs may do that anywhere."""
        return gate.has_role(self.person, action)

    @contextmanager
    def looking(self, action: Action, *meant: Meant) -> Iterator[StaffTalk]:
        """A talk to read with, for whoever may do `action` to what is meant.

        Raises:
            RefusedError: They may not; noted in the audit trail. What belongs elsewhere reads as not there.
        """
        with self.desk.reading() as session:
            talk = self._talk(session)
            no = gate.why_not(talk, action, lambda _talk: meant)
            if not no:
                for each in meant:
                    if each.place is None:  # whoever may everything is told, too; nothing was refused them
                        raise RefusedError(self, gate.not_here(action, each), 404)
                yield talk
                return
        with self.desk.writing() as session:
            audit.note_refusal(session, action, self.staff.key, self.desk.now())
        raise RefusedError(self, no, 404 if self.may(action) else 403)

    def page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401  whatever it shows
        """A page inside the shell: navigation, name, sign-out."""
        entries = [each for each in self.console.entries if self.may(each.action)]
        return self.console.page(template, status, visit=self, entries=entries, **values)

    def _talk(self, session: Session) -> StaffTalk:
        return StaffTalk(self.desk, session, self.desk.now(), self.inbound(), Wish(), self.staff, self.person, None, "")


def inbound_of(staff_id: str, now: datetime, message_id: str = "", **parts: Any) -> Inbound:  # noqa: ANN401
    """A message from the console. The id of each person's messages begins with theirs: nobody repeats a colleague's."""
    address = Address(gate.CONSOLE, staff_id)
    return Inbound(address, f"{staff_id}/{message_id}", staff_id, now, sender_name=staff_id, **parts)


def known(desk: Desk, staff_id: str) -> tuple[Staff, Person] | None:
    """Who that is by the duty book as it stands now; ``None`` for whoever may not enter (any more)."""
    inbound = inbound_of(staff_id, desk.now())
    person = gate.person_of(desk, inbound, desk.now())
    return (gate.staff_of(desk, inbound), person) if gate.has_role(person, "console.enter") else None


def csrf_of(token: str) -> str:
    """What a form of this browser carries; whoever does not know the cookie can't make it."""
    return hashlib.sha256(f"form:{token}".encode()).hexdigest()


def console_of(request: Request) -> Console:
    """The console this application serves."""
    found: Console = request.app.state.console
    return found


def visit_of(request: Request) -> Visit:
    """The visit of a request.

    Raises:
        NotSignedInError: There is no session, it is over, or its owner is no longer staff.
    """
    return _opened(request)[0]


def _opened(request: Request) -> tuple[Visit, bool]:
    """The same, and whether it is time to note that somebody is there."""
    console, token = console_of(request), request.cookies.get(COOKIE, "")
    now, token_hash = console.desk.now(), hash_of(token)
    with console.desk.reading() as session:
        found = console_sessions.find(session, token_hash, now) if token else None
        staff_id, is_to_note = (found.staff, found.is_worth_noting(now)) if found else ("", False)
    who = known(console.desk, staff_id) if staff_id else None
    if staff_id and who is None:
        with console.desk.writing() as session:
            console_sessions.end_all(session, staff_id)
    if who is None:
        raise NotSignedInError(_back(request))
    return Visit(console, staff_id, *who, token_hash, csrf_of(token), request.url.path), is_to_note


def visiting(request: Request) -> Visit:
    """The same, and somebody is there: the session stays open from now on."""
    visit, is_to_note = _opened(request)
    if is_to_note:
        with visit.desk.writing() as session:
            console_sessions.note_seen(session, visit.session_hash, visit.desk.now())
    return visit


async def posting(request: Request) -> Visit:
    """The visit of a form that was sent.

    Raises:
        NotSignedInError: As `visiting`.
        ForgedFormError: The form does not carry the token of this session.
    """
    visit = await run_in_threadpool(visiting, request)
    await check_form(request, request.cookies.get(COOKIE, ""))
    return visit


async def check_form(request: Request, token: str) -> None:
    """Let a form through that was made for this browser.

    Raises:
        ForgedFormError: It was not, it comes from another site, or holds what no database takes.
    """
    form = await request.form()
    sent = form.get("csrf", "")
    is_ours = isinstance(sent, str) and bool(token) and secrets.compare_digest(sent.encode(), csrf_of(token).encode())
    if not is_ours or request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ForgedFormError(403)
    if any(isinstance(each, str) and "\0" in each for each in form.values()):
        raise ForgedFormError(422)  # PostgreSQL takes none


def _back(request: Request) -> str:
    """The page to come back to after signing in; a form that was sent has none."""
    query = f"?{urlencode(list(request.query_params.multi_items()))}" if request.query_params else ""
    return request.url.path + query if request.method == "GET" else ROOT


Looking = Annotated[Visit, Depends(visiting)]
Posting = Annotated[Visit, Depends(posting)]
