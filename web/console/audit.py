"""留痕: who did what to personal data, who signed in, who was refused what; the newest first."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from consultations import audit
from web.console.console import ROOT, Entry
from web.console.visits import Looking

ENTRY = Entry(f"{ROOT}/audit", "操作留痕", "audit.list")
SHOWN = 300
router = APIRouter()


@router.get(ENTRY.path)
def show(visit: Looking, only: Annotated[str, Query(max_length=20)] = "") -> HTMLResponse:
    """The newest lines, or only refusals."""
    with visit.looking(ENTRY.action) as talk:
        found = audit.newest(talk.session, SHOWN, is_refused=only == "refused")
        lines = [(each.at, audit.who(each, talk.desk.duty.book), audit.what(each), each.contact_id) for each in found]
        return visit.page("audit.html", lines=lines, only=only)
