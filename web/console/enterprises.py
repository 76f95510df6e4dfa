"""企业名录: the directory of enterprises with its filters; one of them with all that is known of it; spreadsheets."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, File, Form, Query, Request, Response, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlmodel import Session

from consultations import audit, enterprises
from consultations.asset_rules import KINDS as ASSET_KINDS
from consultations.assets import STATES as ASSET_STATES
from consultations.enterprises import FIELDS, KINDS, SIZES, USUAL_TAGS, Enterprise, EnterpriseRefusedError
from consultations.masking import mask
from consultations.permissions import is_limited
from handlers import keep_enterprises
from handlers.enterprise_search import Wanted, choices, look_for, veiled, veiled_phone
from handlers.enterprise_sheets import (
    LARGEST_BYTES,
    Preview,
    plan_of,
    preview,
    rows_in,
    table_of,
    take_up,
    template,
)
from handlers.enterprises import MANAGE, READ, known, place_of
from handlers.enterprises import told as told_of
from handlers.escalate import for_staff
from handlers.record_sheet import CHANNELS
from handlers.whose import Meant, sees
from handlers.wish import identity
from handlers.xlsx import Table, write_tables
from web.console.acting import LONGEST
from web.console.console import ROOT, Entry
from web.console.enterprise_acts import ACTS, DONE, Act, act_of
from web.console.papers import MEDIA
from web.console.visits import Looking, Posting, Visit

ENTRY = Entry(f"{ROOT}/enterprises", "企业名录", READ)
IMPORT = f"{ENTRY.path}/import"
LARGEST_FORM = 2 * LARGEST_BYTES  # bytes: a file, or its rows once more to be confirmed
PER_PAGE = 100
NO_FILE = "请选一个 .xlsx 表格。"
OTHERWISE = "这期间名录变了，会写入的和您看到的不同：请再看一次。"
Short = Annotated[str, Form(max_length=200)]
Asked = Annotated[str, Query(max_length=100)]
Rows = list[tuple[int, list[str]]]
router = APIRouter()


def wanted_by(  # noqa: PLR0913, PLR0917  the filters
    words: Asked = "",
    tag: Asked = "",
    year: Asked = "",
    district: Asked = "",
    industry: Asked = "",
    outlet: Asked = "",
    without: Asked = "",
    visited: Asked = "",
    struck: Asked = "",
) -> Wanted:
    """What of the directory is looked for."""
    number = int(year) if len(year) == 4 and year.isascii() and year.isdecimal() else 0
    rest = {"is_without_assets": without == "assets", "is_late": visited == "late", "is_struck": struck == "yes"}
    return Wanted(words, tag, number, district, industry, outlet, **rest)


Filters = Annotated[Wanted, Depends(wanted_by)]


async def typed_by(request: Request) -> dict[str, str]:
    """The fields of an enterprise as they were typed."""
    form = await request.form()
    return {name: str(form.get(name, ""))[:LONGEST] for name in FIELDS if name in form}


Typed = Annotated[dict[str, str], Depends(typed_by)]


@router.get(ENTRY.path)
def show_list(visit: Looking, wanted: Filters, page: Annotated[int, Query(ge=1, le=10_000)] = 1) -> HTMLResponse:
    """The directory, filtered, page by page."""
    return _list(visit, wanted, page)


@router.post(ENTRY.path)
def add(visit: Posting, typed: Typed, outlet: Short = "") -> Response:
    """A new enterprise; what is wrong is told, and nothing typed is lost."""
    with visit.looking(MANAGE):
        pass
    try:
        with visit.desk.writing() as session:
            where = _outlet(visit, outlet)
            made = keep_enterprises.add(session, visit.desk, typed, where, visit.staff)
            number = made.key
    except EnterpriseRefusedError as refused:
        return _list(visit, Wanted(), told=str(refused), typed=typed, status=422)
    return RedirectResponse(f"{ENTRY.path}/{number}?done=add", status_code=303)


@router.get(f"{ENTRY.path}/xlsx")
def download(visit: Looking, wanted: Filters, personal: Asked = "", what: Asked = "") -> Response:
    """The directory as filtered, or the table to fill in; contact persons only for who keeps it, which is noted."""
    is_personal = personal == "yes"
    with visit.looking(MANAGE if is_personal else READ) as talk:
        table = template() if what == "template" else table_of(look_for(talk, wanted).lines, is_personal=is_personal)
    with visit.desk.writing() as session:
        audit.note(session, "tables_personal" if is_personal else "directory", 0, visit.staff.key, visit.desk.now())
    return _saved(table, "enterprises.xlsx")


@router.post(IMPORT)
def take_in(
    visit: Posting,
    file: Annotated[UploadFile | None, File()] = None,
    table: Annotated[str, Form()] = "",
    seen: Short = "",
    outlet: Short = "",
) -> Response:
    """First what would become of a spreadsheet; once that is confirmed, as it was seen, it is written."""
    with visit.looking(MANAGE):
        pass
    where = _outlet(visit, outlet)
    rows = rows_in(file.file.read(LARGEST_BYTES + 1)) if file is not None and file.size else _rows(table)
    if isinstance(rows, str):
        return _list(visit, Wanted(), told=rows, status=422)
    with visit.desk.reading() as session:
        plan = plan_of(session, visit.desk, rows, where)
        shown = preview(plan)
    may_write = plan.is_clean and plan.does_something
    if seen != _print(shown) or not may_write:
        return _shown(visit, shown, rows, where, status=422 if seen else 200, may_write=may_write)
    with visit.desk.writing() as session:
        done = take_up(session, visit.desk, plan_of(session, visit.desk, rows, where), where, visit.staff)
    return _list(visit, Wanted(), said=done)


@router.get(f"{ENTRY.path}/{{number}}")
def show(visit: Looking, number: str, done: Asked = "") -> HTMLResponse:
    """One enterprise."""
    return _page(visit, number, said=DONE.get(done, ""))


@router.post(f"{ENTRY.path}/{{number}}")
def edit(visit: Posting, number: str, typed: Typed, revision: Short = "") -> Response:
    """Everything that was changed, as one change."""
    with visit.looking(MANAGE, _meant(visit, number)):
        pass
    try:
        with visit.desk.writing() as session:
            found = _found(session, number)
            changed = keep_enterprises.edit(session, visit.desk, found, identity(revision) or 0, typed, visit.staff)
    except EnterpriseRefusedError as refused:
        return _page(visit, number, told=str(refused), typed=typed, status=422)
    return RedirectResponse(f"{ENTRY.path}/{number}?done={'edit' if changed else 'same'}", status_code=303)


@router.post(f"{ENTRY.path}/{{number}}/act")
def act(visit: Posting, number: str, given: Annotated[Act, Depends(act_of)]) -> Response:
    """A year, a visit, a contact, merging, striking out; what is wrong is told, and nothing typed is lost."""
    with visit.looking(MANAGE, _meant(visit, number)) as talk:
        try:
            prepared = (
                ACTS[given.verb](talk, given) if given.verb in ACTS else enterprises.refuse("请从页面上的按钮进入。")
            )
        except EnterpriseRefusedError as refused:
            return _page(visit, number, told=str(refused), given=given, status=422)
    try:
        with visit.desk.writing() as session:
            prepared(session, _found(session, number))
    except EnterpriseRefusedError as refused:
        return _page(visit, number, told=str(refused), given=given, status=422)
    return RedirectResponse(f"{ENTRY.path}/{number}?done={given.verb}", status_code=303)


def _meant(visit: Visit, number: str) -> Meant:
    with visit.desk.reading() as session:
        found = enterprises.get(session, identity(number))
        return Meant("企业", number[:20], place_of(found) if found else None)


def _found(session: Session, number: str) -> Enterprise:
    found = enterprises.get(session, identity(number))
    assert found is not None
    return found


def _outlets(visit: Visit) -> dict[str, str]:
    """Where this person may enter enterprises, id → name."""
    names = {key: each.name for key, each in visit.desk.duty.book.outlets.items()}
    if is_limited(visit.person, MANAGE):
        return {visit.person.outlet: names.get(visit.person.outlet, visit.person.outlet)}
    return names or {"": "不分网点"}


def _outlet_name(visit: Visit, outlet: str) -> str:
    found = visit.desk.duty.book.outlets.get(outlet)
    return found.name if found is not None else ""


def _outlet(visit: Visit, chosen: str) -> str:
    allowed = _outlets(visit)
    return chosen if chosen in allowed else next(iter(allowed))


def _rows(table: str) -> Rows | str:
    """The rows of a sheet that was shown, as they come back to be confirmed; only what `_shown` wrote is taken."""
    try:
        rows = json.loads(table) if table else []
    except ValueError:
        return NO_FILE
    is_ours = isinstance(rows, list) and all(
        isinstance(each, list)
        and len(each) == 2
        and isinstance(each[0], int)
        and isinstance(each[1], list)
        and all(isinstance(cell, str) for cell in each[1])
        for each in rows
    )
    return [(line, cells) for line, cells in rows] if rows and is_ours else NO_FILE


def _print(shown: Preview) -> str:
    whole = json.dumps([shown.head, list(shown.lines), list(shown.problems)], ensure_ascii=False)
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def _shown(  # noqa: PLR0913  what was read, where it goes, whether it may
    visit: Visit, shown: Preview, rows: Rows, outlet: str, *, status: int, may_write: bool
) -> HTMLResponse:
    return visit.page(
        "enterprise_import.html",
        status,
        shown=shown,
        told=OTHERWISE if status != 200 and may_write else "",
        table=json.dumps(rows, ensure_ascii=False),
        seen=_print(shown),
        outlet=outlet,
        where=_outlets(visit).get(outlet, ""),
        may_write=may_write,
    )


def _saved(table: Table, name: str) -> Response:
    content = io.BytesIO()
    write_tables(content, [table])
    attached = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content.getvalue(), media_type=MEDIA[".xlsx"], headers=attached)


def _list(  # noqa: PLR0913  what is shown above it
    visit: Visit,
    wanted: Wanted,
    page: int = 1,
    *,
    told: str = "",
    said: str = "",
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    with visit.looking(ENTRY.action) as talk:
        first = (page - 1) * PER_PAGE
        found = look_for(talk, wanted, first=first, limit=PER_PAGE)
        return visit.page(
            "enterprises.html",
            status,
            lines=found.lines,
            n=found.n_all,
            before=_link(wanted, page - 1) if page > 1 else "",
            after=_link(wanted, page + 1) if first + PER_PAGE < found.n_all else "",
            query=urlencode(_asked(wanted)),
            wanted=wanted,
            choices=choices(talk, is_struck=wanted.is_struck),
            outlets={key: each.name for key, each in visit.desk.duty.book.outlets.items()},
            chosen_outlets=_outlets(visit) if visit.may(MANAGE) else {},
            told=told,
            said_of_it=said,
            typed=typed or {},
            may_manage=visit.may(MANAGE),
            visit_days=visit.desk.settings.visit_days,
            **_form_values(),
        )


def _page(  # noqa: PLR0913  what is shown above it
    visit: Visit,
    number: str,
    *,
    told: str = "",
    said: str = "",
    typed: dict[str, str] | None = None,
    given: Act | None = None,
    status: int = 200,
) -> HTMLResponse:
    with visit.looking(ENTRY.action, _meant(visit, number)) as talk:
        found = known(talk, _found(talk.session, number))
        one = found.enterprise
        may_manage = sees(talk, MANAGE, place_of(one))
        values = {name: "、".join(value) if isinstance(value := getattr(one, name), list) else value for name in FIELDS}
        shown = values if may_manage else {name: _veiled(name, text) for name, text in values.items()}
        return visit.page(
            "enterprise.html",
            status,
            known=found,
            one=one,
            facts=[(FIELDS[name], text) for name, text in shown.items() if text],
            typed=(values | (typed or {})) if may_manage else {},
            given=given or Act(visited_on=str(visit.console.today()), year=str(visit.console.today().year)),
            veil=(lambda text: text) if may_manage else mask,
            name_of=(lambda name: name) if may_manage else veiled,
            history=[(each, told_of(each)) for each in reversed(found.history)],
            for_staff=for_staff,
            today=visit.console.today(),
            channels=CHANNELS,
            asset_kinds=ASSET_KINDS,
            asset_states=ASSET_STATES,
            told=told,
            said_of_it=said,
            may_manage=may_manage,
            is_open=bool(typed),
            outlet_name=_outlet_name(visit, one.outlet),
            **_form_values(),
        )


def _veiled(name: str, text: str) -> str:
    """A field as somebody reads it who does not keep the directory."""
    veils = {"person": veiled, "phone": veiled_phone, "note": mask}
    return veils[name](text) if name in veils else text


def _form_values() -> dict[str, Any]:
    return {"fields": FIELDS, "kinds": KINDS, "sizes": SIZES, "usual_tags": USUAL_TAGS}


def _asked(wanted: Wanted) -> dict[str, str]:
    """The filters as they stand in an address."""
    asked = {
        "words": wanted.words,
        "tag": wanted.tag,
        "year": str(wanted.year or ""),
        "district": wanted.district,
        "industry": wanted.industry,
        "outlet": wanted.outlet,
        "without": "assets" if wanted.is_without_assets else "",
        "visited": "late" if wanted.is_late else "",
        "struck": "yes" if wanted.is_struck else "",
    }
    return {name: value for name, value in asked.items() if value}


def _link(wanted: Wanted, page: int) -> str:
    return f"{ENTRY.path}?{urlencode({**_asked(wanted), 'page': str(page)})}"
