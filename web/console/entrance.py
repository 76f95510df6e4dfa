"""The door of the console: signing in with password and code, entering by a link from the chat, setting up, leaving.

Every form here carries the token of its browser, too: a cookie that means nothing yet and is replaced (rotated) the
moment somebody is signed in, so a cookie planted before that opens nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from consultations import audit, console_accounts, console_sessions
from consultations.console_accounts import ConsoleAccount, ConsoleLink
from handlers import console_wording as words
from handlers.desk import Desk
from handlers.enter_console import send_link
from web.console import credentials
from web.console.acting import place
from web.console.console import ROOT, Console
from web.console.credentials import hash_of
from web.console.visits import COOKIE, SIGN_IN, Posting, check_form, console_of, csrf_of, known
from web.limits import client_of, key_of

MOST_FOR_NAME, MOST_FROM_ADDRESS = 5, 30  # attempts within `console_accounts.WINDOW`
router = APIRouter()


async def entering(request: Request) -> Console:
    """The console, for a form of the door that was made for this browser.

    Raises:
        ForgedFormError: It was not.
    """
    await check_form(request, request.cookies.get(COOKIE, ""))
    return console_of(request)


Entering = Annotated[Console, Depends(entering)]
Name = Annotated[str, Form(max_length=80)]
Password = Annotated[str, Form(max_length=credentials.LONGEST_PASSWORD)]
Code = Annotated[str, Form(max_length=40)]
Path = Annotated[str, Form(max_length=400)]


@router.get(f"{ROOT}/sign-in")
def show_sign_in(request: Request, back: str = ROOT, left: str = "") -> Response:
    """The form; where nobody has set up anything it says how to begin."""
    told = {"out": words.SIGNED_OUT, "over": words.LEFT}.get(left, "")
    return sign_in_page(request, back, told)


@router.post(f"{ROOT}/sign-in")
def sign_in(  # noqa: PLR0913, PLR0917  the fields of the form
    request: Request, console: Entering, name: Name = "", password: Password = "", code: Code = "", back: Path = ""
) -> Response:
    """Password and code together: which of them was wrong is told to nobody."""
    staff = _staff_named(console.desk, name)
    if told := too_often(request, console.desk, f"name:{staff}"):
        return sign_in_page(request, back, told, 429)
    with console.desk.reading() as session:
        account = console_accounts.account_of(session, staff)
        password_hash = account.password_hash if account else None
    is_right = credentials.is_password(password_hash, password)  # takes long, so no session is open
    with console.desk.writing() as session:
        account = console_accounts.account_of(session, staff)
        if account is None or not is_right or not _is_code(session, console.desk, account, code):
            actor = f"console:{staff}" if account else "console:?"  # a mistyped name may be a password
            audit.note(session, "not_signed_in", 0, actor, console.desk.now())
            is_in = False
        else:
            forgive(session, request, staff)
            is_in = True
    return enter(request, console, staff, place(back)) if is_in else sign_in_page(request, back, words.WRONG, 403)


@router.post(f"{ROOT}/chat-link")
def chat_link(request: Request, console: Entering, name: Name = "", back: Path = "") -> Response:
    """A link to one's own chat."""
    if told := too_often(request, console.desk, f"link:{_staff_named(console.desk, name)}"):
        return sign_in_page(request, back, told, 429)
    member = console.desk.duty.book.member_named(name.strip())
    if member is not None and known(console.desk, member.member_id):
        with console.desk.writing() as session:
            send_link(session, console.desk, member, console.desk.now())
        console.on_work()
    return sign_in_page(request, back, words.SENT_IF_KNOWN)


@router.get(f"{ROOT}/link/{{token}}")
def show_link(request: Request, token: str) -> Response:
    """What a link opens: a form to set up, or a button to enter (chats fetch links to show what is behind them)."""
    return _link_page(request, token)


@router.post(f"{ROOT}/link/{{token}}")
def follow_link(  # noqa: PLR0913, PLR0917  the fields of the form
    request: Request, console: Entering, token: str, password: Password = "", again: Password = "", code: Code = ""
) -> Response:
    """Set up or enter, once."""
    link = _link(console, token)
    if link is None:
        return _link_page(request, token)
    if link.purpose == "setup":
        return _set_up(request, console, link, (password, again, credentials.plain_code(code)))
    with console.desk.writing() as session:
        is_first = console_accounts.use_link(session, link.token_hash, console.desk.now())
    return enter(request, console, link.staff, ROOT) if is_first else _link_page(request, token)


@router.post(f"{ROOT}/sign-out")
def sign_out(visit: Posting) -> Response:
    """The session is over here and now."""
    with visit.desk.writing() as session:
        console_sessions.end(session, visit.session_hash)
        audit.note(session, "sign_out", 0, visit.staff.key, visit.desk.now())
    response = RedirectResponse(f"{SIGN_IN}?left=out", status_code=303)
    response.delete_cookie(COOKIE, path=ROOT)
    return response


# --- pages of the door


def sign_in_page(request: Request, back: str, told: str, status: int = 200) -> Response:
    """The form to sign in with, under a sentence."""
    console = console_of(request)
    with console.desk.reading() as session:
        is_new = console_accounts.is_new(session)
    provider = console.identity.name if console.identity else ""
    return _door(request, "sign_in.html", status, told=told, back=place(back), is_new=is_new, provider=provider)


def _link_page(request: Request, token: str, told: str = "", status: int = 200) -> Response:
    console = console_of(request)
    link = _link(console, token)
    if link is None:
        return sign_in_page(request, ROOT, words.USED, 410)
    who = known(console.desk, link.staff)
    name = who[0].name if who else link.staff
    if link.purpose == "enter":
        return _door(request, "link.html", status, name=name)
    picture = credentials.qr_code(link.totp_secret, link.staff, console.desk.settings.outlet_name)
    return _door(request, "set_up.html", status, told=told, name=name, picture=picture, secret=link.totp_secret)


def _door(request: Request, template: str, status: int, **values: Any) -> Response:  # noqa: ANN401  whatever it shows
    """A page outside the shell, with the token of this browser in its form and a cookie where there was none."""
    token = request.cookies.get(COOKIE, "") or credentials.new_token()
    response = console_of(request).page(template, status, csrf=csrf_of(token), **values)
    if COOKIE not in request.cookies:
        _give_cookie(request, response, token)
    return response


def _give_cookie(request: Request, response: Response, token: str) -> None:
    is_safe = request.url.scheme == "https"
    response.set_cookie(COOKIE, token, path=ROOT, httponly=True, samesite="lax", secure=is_safe)


# --- steps


def _staff_named(desk: Desk, name: str) -> str:
    """Who is meant by a name or an id; in an office without a list, the name itself."""
    member = desk.duty.book.member_named(name.strip())
    return member.member_id if member is not None else name.strip()


def _link(console: Console, token: str) -> ConsoleLink | None:
    """The link as long as it opens and its owner is staff."""
    with console.desk.reading() as session:
        link = console_accounts.link_of(session, hash_of(token), console.desk.now())
    return link if link is not None and known(console.desk, link.staff) else None


def _is_code(session: Session, desk: Desk, account: ConsoleAccount, code: str) -> bool:
    """Whether the code is one that opens and was not used yet."""
    plain = credentials.plain_code(code)
    step = credentials.step_of(account.totp_secret, plain, desk.now())
    if known(desk, account.staff) is None:
        return False
    if step is not None:
        return console_accounts.use_step(session, account.staff, step)
    return console_accounts.use_recovery(session, account.staff, hash_of(plain))


def _set_up(request: Request, console: Console, link: ConsoleLink, typed: tuple[str, str, str]) -> Response:
    """The new credentials in place of the old ones, with recovery codes that are shown once."""
    password, again, code = typed
    token, now = request.path_params["token"], console.desk.now()
    step = credentials.step_of(link.totp_secret, code, now)
    if told := credentials.fault_of(password, again, link.staff) or ("" if step else words.WRONG_CODE):
        return _link_page(request, token, told, 422)
    codes = credentials.new_recovery_codes()
    account = ConsoleAccount(
        staff=link.staff,
        password_hash=credentials.hash_password(password),
        totp_secret=link.totp_secret,
        totp_step=step or 0,
        recovery_hashes=credentials.hashes_of(codes),
        set_up_at=now,
    )
    with console.desk.writing() as session:
        is_first = console_accounts.use_link(session, link.token_hash, now)
        if is_first:
            console_accounts.set_up(session, account)
            console_sessions.end_all(session, link.staff)
            audit.note(session, "set_up", 0, f"console:{link.staff}", now)
            forgive(session, request, link.staff)
    if not is_first:
        return _link_page(request, token)
    return _entered(request, console, link.staff, lambda: console.page("recovery_codes.html", codes=codes))


def enter(request: Request, console: Console, staff: str, back: str) -> Response:
    """Signed in, and on to the page wanted."""
    return _entered(request, console, staff, lambda: RedirectResponse(back, status_code=303))


def _entered(request: Request, console: Console, staff: str, then: Callable[[], Response]) -> Response:
    """Signed in: a fresh token in the browser; whatever session the old one opened is over."""
    who = known(console.desk, staff)
    if who is None:
        return sign_in_page(request, ROOT, words.WRONG, 403)
    token = credentials.new_token()
    with console.desk.writing() as session:
        console_sessions.end(session, hash_of(request.cookies.get(COOKIE, "")))
        console_sessions.begin(session, hash_of(token), staff, console.desk.now())
        audit.note(session, "sign_in", 0, who[0].key, console.desk.now())
    response = then()
    _give_cookie(request, response, token)
    return response


# --- attempts


def too_often(request: Request, desk: Desk, name_key: str = "") -> str:
    """The sentence for whoever tried too often, by name (where one was given) or from one address; this attempt is
    counted.
    """
    limits = [(_address_key(request), MOST_FROM_ADDRESS, words.TOO_MANY)]
    if name_key:
        limits.append((hash_of(name_key), MOST_FOR_NAME, words.LOCKED))
    now = desk.now()
    with desk.reading() as session:
        over = [told for key, most, told in limits if console_accounts.is_over(session, key, now, most)]
    if over:
        return over[0]
    with desk.writing() as session:
        for key, most, told in limits:
            if console_accounts.try_once(session, key, now) > most:
                audit.note(session, "locked", 0, "console:?" if told == words.TOO_MANY else f"console:{name_key}", now)
                over.append(told)
    return over[0] if over else ""


def forgive(session: Session, request: Request, staff: str) -> None:
    """Somebody got in: what they mistyped before is forgotten, and a whole office may sign in from one address."""
    console_accounts.forget_attempts(session, hash_of(f"name:{staff}"))
    console_accounts.was_right(session, _address_key(request))


def _address_key(request: Request) -> str:
    return hash_of(f"address:{key_of(client_of(request.scope, console_of(request).trusted))}")
