"""未答问题: what was not answered well, the most pressing first, each one press away from a draft."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from handlers.find_gaps import find_gaps, n_secret_gaps, suggestion
from web.console.acting import replies_to
from web.console.console import ROOT, Entry
from web.console.visits import Looking

ENTRY = Entry(f"{ROOT}/gaps", "未答问题", "gap.list")
SHOWN = 30
router = APIRouter()


@router.get(ENTRY.path)
def show(visit: Looking, said: str = "") -> HTMLResponse:
    """The gaps; of people who ask in secret only how many there are."""
    with visit.looking(ENTRY.action) as talk:
        told = replies_to(talk.session, visit, said)
    found = find_gaps(visit.desk, limit=SHOWN, person=visit.person)
    return visit.page(
        "gaps.html",
        lines=[(each, suggestion(each)) for each in found],
        n_secret=n_secret_gaps(visit.desk, person=visit.person),
        said=told,
    )
