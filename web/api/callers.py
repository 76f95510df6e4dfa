"""Which program asks, and what it may: its token, the scope a route wants, the member of staff it acts as."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, cast

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from consultations import api_tokens, audit
from consultations.api_tokens import Scope
from consultations.messages import Address, Inbound
from consultations.permissions import Action, Person, may, name_of, who_may
from consultations.tickets import Staff
from handlers import gate, program
from handlers.desk import Desk
from handlers.library import Library
from handlers.whose import Place
from knowledge.cards import Cards
from web.api.problems import ProblemError
from web.limits import Buckets, is_local, too_many
from web.window import Window

BEARER = HTTPBearer(scheme_name="token", description=f"{program.name()} tokens create 生成的令牌", auto_error=False)
Given = Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
CHALLENGE = {"WWW-Authenticate": "Bearer"}
NOT_KNOWN = f"请在 Authorization 里带上有效的令牌：Bearer zx_…；令牌由管理员用 {program.name()} tokens create 生成。"


def not_allowed(action: Action) -> str:
    """What a program reads whose member of staff may not do that anywhere."""
    return f"不能“{name_of(action)}”：令牌代表的工作人员没有这个权限，可以的有{'、'.join(who_may(action))}。"


@dataclass
class Interface:
    """What the interface serves: the desk, the channel of askers, what is public; one bucket for each token."""

    desk: Desk
    window: Window
    library: Library
    cards: Callable[[], Cards]
    requests_per_minute: int = 300
    on_work: Callable[[], None] = lambda: None
    buckets: Buckets = field(init=False)

    def __post_init__(self) -> None:
        """Begin with full buckets."""
        self.buckets = Buckets(self.requests_per_minute)


@dataclass(frozen=True)
class Caller:
    """One request of a program: `staff` and `person` are those its token acts as, nobody's for what is public."""

    interface: Interface
    token_id: int
    scopes: Sequence[str]
    staff_id: str
    staff: Staff
    person: Person

    @property
    def desk(self) -> Desk:
        """The office's desk."""
        return self.interface.desk

    def inbound(self, message_id: str, text: str) -> Inbound:
        """What staff type in their chat, from this program; its ids are its own."""
        return _inbound(self.desk, self.staff_id, f"api:{self.token_id}/{message_id}", text)

    def may(self, action: Action, place: Place) -> bool:
        """Whether it may do that to something at that place."""
        return may(self.person, action, place.outlet, given_to=place.given_to)

    def need(self, action: Action) -> None:
        """Refuse a program that may not do that anywhere; noted in the audit trail.

        Raises:
            ProblemError: It may not.
        """
        if not gate.has_role(self.person, action):
            self.note_refusal(action)
            raise ProblemError(403, not_allowed(action))

    def note_refusal(self, action: Action) -> None:
        """Write down that it was refused."""
        with self.desk.writing() as session:
            audit.note_refusal(session, action, self.staff.key, self.desk.now())


def calling(request: Request, scopes: SecurityScopes, given: Given) -> Caller:
    """The program behind a request.

    Raises:
        ProblemError: 401 without a token that opens something, 403 without the scope, 429 too often.
    """
    interface = interface_of(request)
    token = given.credentials if given is not None else ""
    found = _found(interface.desk, token)
    if found is None:
        raise ProblemError(401, NOT_KNOWN, CHALLENGE)
    if seconds := interface.buckets.wait_seconds(str(found.key)):
        raise ProblemError(429, too_many(seconds), {"Retry-After": str(seconds)})
    missing = [cast("Scope", each) for each in scopes.scopes if each not in found.scopes]
    if missing:
        raise ProblemError(403, f"这个令牌没有范围 {missing[0]}（{api_tokens.SCOPES[missing[0]]}），请管理员另发一个。")
    return _caller(interface, found)


def may_read_numbers(interface: Interface, request: Request) -> bool:
    """Whether ``/metrics`` is for whoever asks: on this machine, or with a token for it."""
    if is_local(request.scope):
        return True
    found = _found(interface.desk, request.headers.get("authorization", "").removeprefix("Bearer "))
    return found is not None and "metrics:read" in found.scopes


def needs(scope: Scope) -> Any:  # noqa: ANN401  a dependency
    """The dependency of a route on a token with this scope."""
    return Security(calling, scopes=[scope])


def interface_of(request: Request) -> Interface:
    """The interface this application serves."""
    found: Interface = request.app.state.interface
    return found


def asker_id(token_id: int, asker: str) -> str:
    """The chat of one asker of one program; another program's asker of the same name is somebody else."""
    return "api" + hashlib.sha256(f"{token_id}/{asker}".encode()).hexdigest()[:29]


def _found(desk: Desk, token: str) -> api_tokens.ApiToken | None:
    now = desk.now()
    if not token.startswith(api_tokens.PREFIX) or len(token) > 100:
        return None
    with desk.reading() as session:
        found = api_tokens.find(session, token, now)
        if found is None:
            return None
        session.expunge(found)  # it is used after the session ends
    if api_tokens.is_worth_noting(found, now):
        with desk.writing() as session:
            api_tokens.note_use(session, found.key, now)
    return found


def _caller(interface: Interface, token: api_tokens.ApiToken) -> Caller:
    """Roles are those of the duty book as it stands now: whoever left takes their tokens with them."""
    desk = interface.desk
    if not token.staff:
        nobody = Staff(f"api:{token.key}", token.name)
        return Caller(interface, token.key, token.scopes, "", nobody, Person(frozenset()))
    inbound = _inbound(desk, token.staff)
    staff, person = gate.staff_of(desk, inbound), gate.person_of(desk, inbound, desk.now())
    return Caller(interface, token.key, token.scopes, token.staff, staff, person)


def _inbound(desk: Desk, staff_id: str, message_id: str = "", text: str = "") -> Inbound:
    address = Address(gate.CONSOLE, staff_id)
    return Inbound(address, message_id, staff_id, desk.now(), sender_name=staff_id, text=text)
