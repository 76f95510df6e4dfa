"""The way into the console through the identity provider (统一身份认证): there, and back with proof.

Who the provider proves is staff when the duty book has their account, ``oidc:`` and the agreed claim; nobody else is.
"""

from __future__ import annotations

import secrets

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from consultations import audit
from handlers import console_wording as words
from web.console.acting import place
from web.console.console import ROOT, Console
from web.console.entrance import enter, forgive, sign_in_page, too_often
from web.console.identity import ERRAND_SECONDS, Errand, IdentityError
from web.console.visits import console_of

PATH = f"{ROOT}/oidc"
RETURN = f"{PATH}/return"
COOKIE = "zhixun_oidc"
ACCOUNT = "oidc"  # before the colon of such an account in the duty book
log = structlog.get_logger(__name__)
router = APIRouter()


@router.get(PATH)
def leave(request: Request, back: str = ROOT) -> Response:
    """To the provider."""
    console = console_of(request)
    if console.identity is None:
        return sign_in_page(request, back, words.NO_PROVIDER, 404)
    errand = Errand.begin(place(back))
    try:
        address = console.identity.address(errand)
    except IdentityError as error:
        return _refused(request, console, back, error)
    response = RedirectResponse(address, status_code=303)
    is_safe = request.url.scheme == "https"
    response.set_cookie(
        COOKIE, errand.to_cookie(), ERRAND_SECONDS, path=PATH, httponly=True, samesite="lax", secure=is_safe
    )
    return response


@router.get(RETURN)
def come_back(request: Request, code: str = "", state: str = "", error: str = "") -> Response:
    """From the provider: in, when it proved a member of staff."""
    response = _came_back(request, code, state, error)
    response.delete_cookie(COOKIE, path=PATH)
    return response


def _came_back(request: Request, code: str, state: str, error: str) -> Response:
    console = console_of(request)
    if console.identity is None:
        return sign_in_page(request, ROOT, words.NO_PROVIDER, 404)
    errand = Errand.from_cookie(request.cookies.get(COOKIE, ""))
    if errand is None or not secrets.compare_digest(errand.state.encode(), state.encode()):
        return sign_in_page(request, ROOT, words.STALE_ERRAND, 403)
    back = place(errand.back)  # the cookie may be somebody else's making
    if told := too_often(request, console.desk):
        return sign_in_page(request, back, told, 429)
    if error or not code:
        return _refused(request, console, back, IdentityError(words.NOT_PROVEN, "The provider sent nobody."))
    try:
        who = console.identity.who(code, errand, console.desk.now().timestamp())
    except IdentityError as refused:
        return _refused(request, console, back, refused)
    return _let_in(request, console, back, f"{ACCOUNT}:{who}")


def _let_in(request: Request, console: Console, back: str, account: str) -> Response:
    member = console.desk.duty.book.member_named(account)
    if member is None:
        _note_refusal(console)
        return sign_in_page(request, back, words.not_listed(account), 403)
    with console.desk.writing() as session:
        forgive(session, request, member.member_id)
    return enter(request, console, member.member_id, back)


def _refused(request: Request, console: Console, back: str, error: IdentityError) -> Response:
    log.warning("sign_in.not_proven", reason=str(error))
    _note_refusal(console)
    return sign_in_page(request, back, error.sentence, 502 if error.sentence == words.PROVIDER_AWAY else 403)


def _note_refusal(console: Console) -> None:
    with console.desk.writing() as session:
        audit.note(session, "not_signed_in", 0, "console:?", console.desk.now())
