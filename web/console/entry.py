"""登记: a consultation by telephone or at the counter, on one form of eight fields; half a minute's work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse

from consultations.entries import CHANNELS
from consultations.service_items import load_pack
from handlers import entry_wording
from handlers.record import EntryRefusedError, preview, read_entry, record
from web.console.acting import LONGEST, replies_to
from web.console.console import ROOT, Entry
from web.console.visits import Looking, Posting, Visit

ENTRY = Entry(f"{ROOT}/entry", "登记", "entry.record")
router = APIRouter()
Short = Annotated[str, Form(max_length=200)]
Long = Annotated[str, Form(max_length=LONGEST)]


@router.get(ENTRY.path)
def show(visit: Looking, said: str = "") -> HTMLResponse:
    """The empty form."""
    with visit.looking(ENTRY.action) as talk:
        return _page(visit, {}, said=replies_to(talk.session, visit, said))


@router.post(ENTRY.path)
def enter(  # noqa: PLR0913, PLR0917  the fields of the form
    visit: Posting,
    channel: Short = "",
    at: Short = "",
    who: Short = "",
    phone: Short = "",
    service_item: Short = "",
    question: Long = "",
    reply: Long = "",
    corrects: Short = "",
) -> HTMLResponse:
    """Into the archive at once, with a way to undo it; what can't be used is told, and nothing typed is lost."""
    with visit.looking(ENTRY.action):
        pass
    given = {"channel": channel, "at": at, "who": who, "phone": phone}
    given |= {"service_item": service_item, "question": question, "reply": reply}
    try:
        entry = read_entry(visit.desk, given, visit.desk.now())
        done = record(visit.desk, entry, visit.staff, corrects=corrects.strip())
    except EntryRefusedError as refused:
        return _page(visit, given | {"corrects": corrects}, 422, refusal=str(refused))
    visit.console.on_work()
    told = entry_wording.is_double(done.number) if done.is_double else entry_wording.recorded(done.number)
    undo = "" if done.is_double else f"unrecord:{done.consultation_id}"
    return _page(visit, {}, told=told, shown=preview(visit.desk, entry), undo=undo, undo_name=entry_wording.UNDO)


def _page(visit: Visit, given: Mapping[str, str], status: int = 200, **values: object) -> HTMLResponse:
    items = load_pack().items.values()
    return visit.page("entry.html", status, given=given, channels=CHANNELS, items=items, **values)
