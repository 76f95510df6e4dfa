"""工作日历: holidays and make-up workdays (调休) of a year, changed in the browser."""

from __future__ import annotations

from datetime import date
from functools import partial

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from consultations.file_edits import Change
from handlers import entry_forms
from handlers.edit_files import CalendarFiles, Written, reaches_all
from handlers.entry_forms import TITLES
from web.console.console import ROOT, Entry
from web.console.edits import GONE, SAVED, EntryForm, Sent, history_of, told_of
from web.console.visits import Looking, Posting, RefusedError, Visit

ENTRY = Entry(f"{ROOT}/calendar", "工作日历", "settings.edit")
WHICH = {"holiday": "holiday", "year": ""}  # in addresses → the table in the file
router = APIRouter()


@router.get(ENTRY.path)
def show(visit: Looking, saved: str = "") -> HTMLResponse:
    """This year and the next, and who changed what."""
    return _list(visit, told=SAVED if saved else "")


@router.get(f"{ENTRY.path}/{{year}}/{{which}}")
def show_one(visit: Looking, year: str, which: str, entry: str = "") -> HTMLResponse:
    """The form of one holiday, of a new one, or of what stands above them."""
    with visit.looking(ENTRY.action):
        pass
    found = _meant(visit, year, which, entry)
    form = _form(visit, year, which, found)
    return form.page(visit, entry_forms.typed_of(form.fields, found.values) if found else {})


@router.post(f"{ENTRY.path}/{{year}}/{{which}}")
def change(visit: Posting, year: str, which: str, typed: Sent, entry: str = "") -> HTMLResponse:
    """First what would change; once that is confirmed, the change."""
    with visit.looking(ENTRY.action):
        pass
    found = _meant(visit, year, which, entry)
    form, before = _form(visit, year, which, found), found.values if found else None
    wanted = partial(Change, f"calendars/{year}.toml", WHICH[which], before)
    again = form.sent(visit, CalendarFiles(visit.desk, visit.console.home), before, wanted, typed)
    return again or _list(visit, told=SAVED)


def _meant(visit: Visit, year: str, which: str, entry: str) -> Written | None:
    files = CalendarFiles(visit.desk, visit.console.home)
    is_year = year.isascii() and year.isdecimal() and 2000 <= int(year[:5]) <= 2199
    if not is_year or which not in WHICH:
        raise RefusedError(visit, GONE, 404)
    if which == "year":
        return files.top(int(year))
    found = next((each for each in files.entries(int(year)) if each.key == entry), None)
    if entry and found is None:
        raise RefusedError(visit, GONE, 404)
    return found


def _form(visit: Visit, year: str, which: str, found: Written | None) -> EntryForm:
    is_holiday = which == "holiday"
    return EntryForm(
        title=f"{year} 年：" + ("修改" if found else "新增") + TITLES[WHICH[which]],
        action=f"{ENTRY.path}/{year}/{which}?entry={found.key if found and is_holiday else ''}",
        back=ENTRY,
        fields=entry_forms.fields_of(WHICH[which], visit.desk.duty.book),
        may_remove=found is not None and is_holiday,
    )


def _list(visit: Visit, *, told: str = "") -> HTMLResponse:
    with visit.looking(ENTRY.action) as talk:
        files, calendar = CalendarFiles(visit.desk, visit.console.home), visit.desk.settings.calendar
        this_year = visit.console.today().year
        years = [
            (
                year,
                calendar.state_of(year),
                sorted(files.entries(year), key=lambda each: _first(each.values.get("from"))),
            )
            for year in (this_year, this_year + 1)
        ]
        return visit.page(
            "calendar.html",
            years=years,
            told=told,
            problems=calendar.problems,
            may_edit=reaches_all(visit.desk.duty.book, visit.person, ENTRY.action),
            edits=history_of(talk, "calendars/", partial(told_of, visit)),
        )


def _first(day: object) -> date:
    return day if isinstance(day, date) else date.max
