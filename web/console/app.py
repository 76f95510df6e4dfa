"""Puts the console together: the door, the pages in the order of the navigation, and what refused visitors read."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from handlers.console_wording import FORMS
from web.console import (
    acting,
    archive,
    audit,
    board,
    broadcasts,
    calendar,
    cases,
    checks,
    drafts,
    duty,
    edits,
    enterprises,
    entrance,
    entry,
    files,
    follow_ups,
    gaps,
    improvements,
    interpretations,
    ledgers,
    live,
    opinions,
    originals,
    papers,
    people,
    policies,
    queue,
    settings,
    single_sign_on,
    surveys,
    ticket,
    trainings,
)
from web.console.console import ROOT, Console
from web.console.visits import SIGN_IN, ForgedFormError, Looking, NotSignedInError, RefusedError

# Each has a `router`; those with an `ENTRY` stand in the navigation, in this order.
PAGES = (
    queue,
    ticket,
    files,
    checks,
    entry,
    follow_ups,
    opinions,
    archive,
    enterprises,
    gaps,
    drafts,
    policies,
    interpretations,
    originals,
    broadcasts,
    surveys,
    trainings,
    duty,
    people,
    calendar,
    improvements,
    ledgers,
    board,
    papers,
    cases,
    settings,
    edits,
    audit,
)


def add_console(app: FastAPI, console: Console) -> None:
    """Add everything under ``/console`` to the application."""
    app.state.console = console
    found = (page.ENTRY for page in PAGES if hasattr(page, "ENTRY"))
    console.entries = list(dict.fromkeys(found))  # a page may share the entry of the one it belongs to
    app.add_exception_handler(NotSignedInError, _send_to_door)
    app.add_exception_handler(RefusedError, _tell_refused)
    app.add_exception_handler(ForgedFormError, _tell_forged)
    app.add_exception_handler(RequestValidationError, _tell_unreadable)
    for part in (entrance, single_sign_on, acting, live, *PAGES):
        app.include_router(part.router)

    @app.get(f"{ROOT}/{{path:path}}")
    def missing(visit: Looking) -> HTMLResponse:
        raise RefusedError(visit, "没有这个页面，请从上面的导航进入。", 404)


def _send_to_door(request: Request, error: Exception) -> Response:
    assert isinstance(error, NotSignedInError)
    if request.headers.get("accept", "").startswith("text/event-stream"):
        return Response(status_code=401)
    left = "" if error.back == ROOT else "&left=over"
    return RedirectResponse(f"{SIGN_IN}?back={quote(error.back)}{left}", status_code=303)


def _tell_refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    return error.visit.page("refused.html", error.status, told=error.sentence)


async def _tell_unreadable(request: Request, error: Exception) -> Response:
    """A field that is too long or no number; outside the console it is told as everywhere."""
    assert isinstance(error, RequestValidationError)
    if not request.url.path.startswith(ROOT):
        return await request_validation_exception_handler(request, error)
    return _tell_forged(request, ForgedFormError(422))


def _tell_forged(request: Request, error: Exception) -> Response:
    assert isinstance(error, ForgedFormError)
    console: Console = request.app.state.console
    return console.page("forged.html", error.status, told=FORMS[error.status])
