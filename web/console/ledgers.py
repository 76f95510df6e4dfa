"""台账: the ledgers the outlet keeps of itself, a list for each kind and year, forms, spreadsheets out and in."""

from __future__ import annotations

import io
import json
from typing import Annotated, Any

from fastapi import APIRouter, File, Query, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from consultations import audit, ledger_values, ledgers
from consultations.ledger_kinds import LedgerField, LedgerKind
from consultations.ledgers import VERBS, LedgerEntry
from consultations.permissions import may
from consultations.service_items import load_pack
from handlers import keep_ledgers, ledger_sheets, ledger_wording
from handlers.keep_ledgers import action_of, outlets_seen, outlets_written
from handlers.ledger_sheets import name_of
from handlers.talk import StaffTalk
from handlers.whose import Meant, Place
from handlers.wish import has_words, identity, readable
from handlers.xlsx import write_tables
from policies.readers import Refused
from policies.readers.isolated import read_rows
from web.console.acting import ID
from web.console.console import ROOT, Entry
from web.console.edits import Sent
from web.console.papers import MEDIA
from web.console.visits import ForgedFormError, Looking, Posting, RefusedError, Visit

ENTRY = Entry(f"{ROOT}/ledgers", "台账", "ledger.list")
PREVIEWED = 50
LONGEST_ROWS = 100_000  # characters of a spreadsheet that are sent again with the yes
TOO_LONG = "表格太大，请分几次导入，或在服务器上用 ledgers import 导入。"
Year = Annotated[int | None, Query(ge=1950, le=2150)]
router = APIRouter()


@router.get(ENTRY.path)
def show(visit: Looking) -> HTMLResponse:
    """Every kind with how much there is this year, what is missing, and the red light."""
    with visit.looking(ENTRY.action) as talk:
        book, seen = visit.desk.ledgers, _seen(visit)
        sheets = [_sheet(talk, visit, each, None) for each in book.kinds.values()]
        return visit.page(
            "ledgers.html",
            sheets=sheets,
            gaps={each.kind.kind_id: ledger_wording.gaps(each.kind, each.gaps) for each in sheets if each.gaps},
            lights=keep_ledgers.light(visit.desk, seen),
            problems=book.problems,
        )


@router.get(f"{ENTRY.path}/{{kind}}")
def show_kind(visit: Looking, kind: str, year: Year = None, saved: str = "") -> HTMLResponse:
    """One ledger: its lines, sums, gaps; what was struck out apart."""
    return _page(visit, kind, year=year, told=[ledger_wording.SAVED] if saved else [])


@router.get(f"{ENTRY.path}/{{kind}}/new")
def show_new(visit: Looking, kind: str) -> HTMLResponse:
    """The form of a new line."""
    return _form(visit, _kind(visit, kind), None, {})


@router.get(f"{ENTRY.path}/{{kind}}/xlsx")
def download(visit: Looking, kind: str, year: Year = None) -> Response:
    """A ledger as a file, masked for whoever may not write into it, and a line in the audit trail that it left."""
    found = _kind(visit, kind)
    with visit.looking(ENTRY.action) as talk:
        entries = _sheet(talk, visit, found, year).entries
        is_masked, is_whole = _is_masked(visit, found), visit.may(action_of(found))
        tables = ledger_sheets.tables_of(found, entries, visit.desk.duty.book, is_masked=is_masked, is_whole=is_whole)
        content = io.BytesIO()
        write_tables(content, tables)
    with visit.desk.writing() as session:
        audit.note(session, "ledger_file", 0, visit.staff.key, visit.desk.now())
    attached = {"Content-Disposition": f'attachment; filename="{found.kind_id}.xlsx"'}
    return Response(content.getvalue(), media_type=MEDIA[".xlsx"], headers=attached)


@router.post(f"{ENTRY.path}/{{kind}}")
def add(visit: Posting, kind: str, typed: Sent) -> Response:
    """A new line; nothing typed is lost when something is wrong with it."""
    found = _kind(visit, kind)
    with visit.looking(action_of(found)):
        pass
    given, once = _first(typed), _first(typed).get("once", "")
    if not ID.fullmatch(once):
        raise ForgedFormError(422)
    outlets = outlets_written(visit.desk.duty.book, visit.person, action_of(found))
    outlet = given.get("outlet") or outlets[0]
    written, faults = keep_ledgers.read(visit.desk, found, given)
    told = [each.sentence for each in faults] + ([] if outlet in outlets else [ledger_wording.OUTLET_WRONG])
    if told:
        return _form(visit, found, None, given, 422, told=told)
    with visit.desk.writing() as session:
        key = f"{visit.staff_id}/{once}"
        ledgers.add(session, found.kind_id, outlet, written, visit.staff, visit.desk.now(), key=key)
        audit.note(session, "record", 0, visit.staff.key, visit.desk.now())
    year = written.day(found.year_by)
    return RedirectResponse(f"{ENTRY.path}/{kind}?saved=1{f'&year={year.year}' if year else ''}", status_code=303)


@router.post(f"{ENTRY.path}/{{kind}}/import")
def take_in(visit: Posting, kind: str, typed: Sent, file: Annotated[UploadFile | None, File()] = None) -> HTMLResponse:
    """First what a spreadsheet would do; stored once that was seen and is still so, never with a fault in it."""
    found = _kind(visit, kind)
    with visit.looking(action_of(found)):
        pass
    given = _first(typed)
    rows = _rows_sent(given["rows"]) if given.get("rows") else _rows_of(file)
    if isinstance(rows, str):
        return _page(visit, kind, 422, told=[rows])
    outlets = outlets_written(visit.desk.duty.book, visit.person, action_of(found))
    with visit.desk.reading() as session:
        plan = ledger_sheets.plan_of(session, visit.desk, found, rows, outlets)
    if plan.problems:
        return _page(visit, kind, 422, told=[ledger_wording.NOT_STORED, *plan.problems])
    if given.get("sure") == plan.stamp:
        with visit.desk.writing() as session:
            again = ledger_sheets.plan_of(session, visit.desk, found, rows, outlets)
            is_done = again.stamp == plan.stamp and ledger_sheets.take_up(
                session, visit.desk, found, again, visit.staff
            )
            if not is_done:
                raise RefusedError(visit, ledger_wording.STALE, 422)
            audit.note(session, "record", 0, visit.staff.key, visit.desk.now())
        return _page(visit, kind, told=[ledger_wording.stored(len(plan.added), len(plan.changed))])
    sent = json.dumps(rows, ensure_ascii=False)
    if len(sent) > LONGEST_ROWS:
        return _page(visit, kind, 422, told=[TOO_LONG])
    lines = ledger_sheets.lines_of(found, plan, visit.desk.duty.book)
    preview = {
        "head": ledger_wording.preview(len(plan.added), len(plan.changed), plan.n_known),
        "lines": lines[:PREVIEWED],
        "n_more": max(0, len(lines) - PREVIEWED),
        "rows": sent,
        "stamp": plan.stamp,
    }
    told = [ledger_wording.STALE] if given.get("sure") else [] if lines else [ledger_wording.NOTHING_NEW]
    return _page(visit, kind, told=told, preview=preview if lines else None)


@router.get(f"{ENTRY.path}/{{kind}}/{{number}}")
def show_one(visit: Looking, kind: str, number: str) -> HTMLResponse:
    """One line with its history, and its form for whoever may change it."""
    return _form(visit, _kind(visit, kind), number, None)


@router.post(f"{ENTRY.path}/{{kind}}/{{number}}")
def change(visit: Posting, kind: str, number: str, typed: Sent) -> HTMLResponse:
    """What a line says now; not when somebody else changed it meanwhile."""
    found, given = _kind(visit, kind), _first(typed)
    with visit.looking(action_of(found), _meant(visit, found, number)):
        pass
    written, faults = keep_ledgers.read(visit.desk, found, given)
    if faults:
        return _form(visit, found, number, given, 422, told=[each.sentence for each in faults])
    with visit.desk.writing() as session:
        entry = ledgers.get(session, found.kind_id, identity(number))
        assert entry is not None
        edition = identity(given.get("edition", "")) or 0
        is_same = entry.written == written
        is_done = ledgers.change(session, entry, edition, written, visit.staff, visit.desk.now())
    if not is_done:
        return _form(visit, found, number, None, 422, told=[ledger_wording.MEANWHILE])
    return _form(visit, found, number, None, told=[ledger_wording.NOTHING_CHANGED if is_same else ledger_wording.SAVED])


@router.post(f"{ENTRY.path}/{{kind}}/{{number}}/strike")
def strike(visit: Posting, kind: str, number: str, typed: Sent) -> HTMLResponse:
    """Strike a line out, or put one back, with the reason."""
    found, reason = _kind(visit, kind), readable(_first(typed).get("reason", ""))
    with visit.looking(action_of(found), _meant(visit, found, number)):
        pass
    if not has_words(reason) or len(reason) > ledger_wording.LONGEST_REASON:
        return _form(visit, found, number, None, 422, told=[ledger_wording.REASON_MISSING])
    with visit.desk.writing() as session:
        entry = ledgers.get(session, found.kind_id, identity(number))
        assert entry is not None
        is_back = entry.removed_at is not None
        move = ledgers.restore if is_back else ledgers.strike
        is_done = move(session, entry, visit.staff, reason, visit.desk.now())
    done = ledger_wording.RESTORED if is_back else ledger_wording.STRUCK
    return _form(visit, found, number, None, told=[done if is_done else ledger_wording.MEANWHILE])


def _page(visit: Visit, kind: str, status: int = 200, *, year: int | None = None, **values: Any) -> HTMLResponse:  # noqa: ANN401
    found = _kind(visit, kind)
    with visit.looking(ENTRY.action) as talk:
        sheet, book = _sheet(talk, visit, found, year), visit.desk.duty.book
        struck = ledgers.listed(talk.session, found.kind_id, outlets=_seen(visit), is_struck=True)
        is_masked = _is_masked(visit, found)
        return visit.page(
            "ledger.html",
            status,
            sheet=sheet,
            lines=[(each, name_of(book, each.outlet), _cells(found, each, is_masked)) for each in sheet.entries],
            struck=[(each, name_of(book, each.outlet), _cells(found, each, is_masked)) for each in struck],
            has_outlets=bool(book.outlets),
            gaps=ledger_wording.gaps(found, sheet.gaps) if found.gap_by else "",
            may_write=visit.may(action_of(found)),
            **({"told": [], "preview": None} | values),
        )


def _form(  # noqa: PLR0913, PLR0917  which line, what was typed, what is told
    visit: Visit,
    kind: LedgerKind,
    number: str | None,
    given: dict[str, str] | None,
    status: int = 200,
    told: list[str] | None = None,
) -> HTMLResponse:
    """The form of a new line or of one that is there, with what was typed, else what the line says."""
    action, book = action_of(kind), visit.desk.duty.book
    meant = [] if number is None else [_meant(visit, kind, number)]
    with visit.looking(action if number is None else ENTRY.action, *meant) as talk:
        entry = ledgers.get(talk.session, kind.kind_id, identity(number or ""))
        may_write = entry is None or may(visit.person, action, entry.outlet)
        if given is None and entry is not None and may_write:
            given = ledger_values.typed_of(kind, entry.written)
        is_masked = _is_masked(visit, kind)
        return visit.page(
            "ledger_entry.html",
            status,
            kind=kind,
            entry=entry,
            given=given or {},
            told=told or [],
            may_write=may_write,
            cells=_cells(kind, entry, is_masked) if entry else [],
            outlets=[(each, name_of(book, each)) for each in outlets_written(book, visit.person, action) if each],
            outlet_name=name_of(book, entry.outlet) if entry else "",
            options=_options(visit, kind),
            needed={each.key: ledger_wording.when_needed(kind, each) for each in kind.fields},
            history=_history(talk, kind, entry, is_masked=is_masked) if entry else [],
        )


def _history(
    talk: StaffTalk, kind: LedgerKind, entry: LedgerEntry, *, is_masked: bool
) -> list[tuple[ledgers.LedgerEvent, str, list[str]]]:
    """What was done with a line, newest first: by whom, and what it said before."""
    told = []
    for each in reversed(ledgers.history_of(talk.session, entry.number)):
        before = ledger_values.Written(each.content, each.personal)
        keys = {*each.content, *each.personal}
        lines = [
            f"{one.name} 原来是 {ledger_values.shown(one, before, is_masked=is_masked) or '空的'}"
            for one in kind.fields
            if one.key in keys
        ]
        told.append((each, VERBS[each.verb], lines))
    return told


def _cells(kind: LedgerKind, entry: LedgerEntry, is_masked: bool) -> list[tuple[LedgerField, str]]:
    return [(each, ledger_values.shown(each, entry.written, is_masked=is_masked)) for each in kind.fields]


def _options(visit: Visit, kind: LedgerKind) -> dict[str, list[tuple[str, str]]]:
    """What may be picked for a field: value and name."""
    members = [(each.name, each.name) for each in visit.desk.duty.book.members.values()]
    items = [(each.code, f"{each.code} {each.name}") for each in load_pack().items.values()]
    made = {"service_item": items, "staff": members}
    return {each.key: [(one, one) for one in each.choices] or made.get(each.kind, []) for each in kind.fields}


def _sheet(talk: StaffTalk, visit: Visit, kind: LedgerKind, year: int | None) -> keep_ledgers.Sheet:
    is_masked = _is_masked(visit, kind)
    return keep_ledgers.look(talk.session, visit.desk, kind, _seen(visit), year, is_masked=is_masked)


def _seen(visit: Visit) -> list[str] | None:
    found = outlets_seen(visit.desk.duty.book, visit.person, ENTRY.action)
    return None if found is None else list(found)


def _is_masked(visit: Visit, kind: LedgerKind) -> bool:
    """Whoever may not write into a ledger reads it without names and numbers."""
    return not visit.may(action_of(kind)) and not visit.may("ledger.write")


def _kind(visit: Visit, kind: str) -> LedgerKind:
    found = visit.desk.ledgers.kinds.get(kind)
    if found is None:
        with visit.looking(ENTRY.action):
            pass
        raise RefusedError(visit, ledger_wording.NO_SUCH_KIND, 404)
    return found


def _meant(visit: Visit, kind: LedgerKind, number: str) -> Meant:
    with visit.desk.reading() as session:
        entry = ledgers.get(session, kind.kind_id, identity(number))
        return Meant("台账记录", number[:20], Place(entry.outlet) if entry is not None else None)


def _first(typed: Sent) -> dict[str, str]:
    return {key: values[0] for key, values in typed.items() if values}


def _rows_of(file: UploadFile | None) -> list[tuple[int, list[str]]] | str:
    """The rows of the file that was sent, or why there are none."""
    content = file.file.read() if file is not None else b""
    if not content:
        return ledger_wording.NO_FILE
    read = read_rows(content)
    return read.reason if isinstance(read, Refused) else read


def _rows_sent(text: str) -> list[tuple[int, list[str]]] | str:
    """The rows that were shown, as the preview sent them along; they are read as strictly as the file was."""
    try:
        return [(int(line), [str(each) for each in cells]) for line, cells in json.loads(text)]
    except (ValueError, TypeError, RecursionError):
        return ledger_wording.NO_FILE
