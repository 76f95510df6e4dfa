"""人员网点: outlets, staff and roster of the duty book, changed in the browser; the files stay what counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from consultations import console_accounts
from consultations.file_edits import Change
from handlers import entry_forms
from handlers.edit_files import DutyFiles, Written, is_theirs, reaches_all
from handlers.entry_forms import TITLES, Typed
from web.console.console import ROOT, Entry
from web.console.edits import GONE, SAVED, EntryForm, Sent, history_of, told_of
from web.console.visits import Looking, Posting, RefusedError, Visit

ENTRY = Entry(f"{ROOT}/people", "人员网点", "duty.edit")
TABLES = ("outlet", "staff", "shift")
REMOVABLE = frozenset({"shift"})  # who and what records know is never taken out: somebody leaves with `until`
UNLISTED = (
    "还没有名单：现在凭链接设置过登录的人都能进来。登记第一位工作人员之后，只有名单上的人能进来，"
    "没有登记的马上退出、不能再登录。要继续用的人请接着登记"
)
OVERTAKEN = (
    "同事刚改过这一条，您的还没有保存，下面是您写的。请和现在的内容对一对，改好再点“看看会改什么”；"
    "要用同事的，点“返回人员网点”就行。"
)
router = APIRouter()


@router.get(ENTRY.path)
def show(visit: Looking, saved: str = "") -> HTMLResponse:
    """The three lists, and who changed what."""
    return _list(visit, told=SAVED if saved else "")


@router.get(f"{ENTRY.path}/{{table}}")
def show_one(visit: Looking, table: str, entry: str = "") -> HTMLResponse:
    """The form of one entry, or of a new one."""
    with visit.looking(ENTRY.action):
        pass
    files, found = _meant(visit, table, entry)
    form = _form(visit, table, found)
    typed = entry_forms.typed_of(form.fields, found.values) if found else _empty(files, table, visit)
    return form.page(visit, typed)


@router.post(f"{ENTRY.path}/{{table}}")
def change(visit: Posting, table: str, typed: Sent, entry: str = "") -> HTMLResponse:
    """First what would change; once that is confirmed, the change."""
    with visit.looking(ENTRY.action):
        pass
    if (newer := _overtaken(visit, table, entry, typed)) is not None:
        return _form(visit, table, newer).page(visit, typed, 422, problems=[OVERTAKEN, *_now(visit, table, newer)])
    files, found = _meant(visit, table, entry)
    form, before = _form(visit, table, found), found.values if found else None
    again = form.sent(visit, files, before, lambda after: files.change_of(table, found, after), typed)
    return again or _list(visit, told=SAVED)


def _overtaken(visit: Visit, table: str, entry: str, typed: Typed) -> Written | None:
    """The entry as it is now, when somebody changed it since it was opened: it is known by its id, which stays."""
    files, named = DutyFiles(visit.desk, visit.console.home), list(typed.get("id", ()))
    if table not in TABLES or not entry or not named or files.found(table, entry) is not None:
        return None
    entries = (each for each in files.entries(table) if [each.values.get("id")] == named)
    return next((each for each in entries if _is_theirs(visit, table, each)), None)


def _now(visit: Visit, table: str, newer: Written) -> Sequence[str]:
    """What the entry says now, in one line."""
    lines = entry_forms.told(entry_forms.fields_of(table, visit.desk.duty.book), None, newer.values)
    return ["现在的内容：" + "；".join(lines)]


def _unlisted(visit: Visit) -> str:
    """What happens to whoever signs in without a list once there is one; empty when there is one."""
    if visit.desk.duty.book.members:
        return ""
    with visit.desk.reading() as session:
        names = console_accounts.everybody(session)
    return f"{UNLISTED}：{'、'.join(names)}。" if names else f"{UNLISTED}。"


def _meant(visit: Visit, table: str, entry: str) -> tuple[DutyFiles, Written | None]:
    files = DutyFiles(visit.desk, visit.console.home)
    found = files.found(table, entry) if table in TABLES and entry else None
    if table not in TABLES or (entry and (found is None or not _is_theirs(visit, table, found))):
        raise RefusedError(visit, GONE, 404)
    return files, found


def _is_theirs(visit: Visit, table: str, written: Written) -> bool:
    """Whether an entry belongs to the outlet of whoever looks; what belongs elsewhere reads as not there."""
    return is_theirs(visit.desk.duty.book, visit.person, Change(written.file, table, written.values, written.values))


def _is_own_outlet(visit: Visit, table: str, written: Written) -> bool:
    return table == "outlet" and written.values.get("id") == visit.person.outlet


def _empty(files: DutyFiles, table: str, visit: Visit) -> Typed:
    """A new entry; the first on the list is whoever writes it, or they would lock themselves out."""
    if table != "staff" or any(files.entries("staff")):
        return {}
    return {"id": [visit.staff_id], "name": [visit.staff.name], "roles": ["adviser", "reviewer", "outlet_admin"]}


def _form(visit: Visit, table: str, found: Written | None) -> EntryForm:
    return EntryForm(
        title=("修改" if found else "新增") + TITLES[table],
        action=f"{ENTRY.path}/{table}?entry={found.key if found else ''}",
        back=ENTRY,
        fields=entry_forms.fields_of(table, visit.desk.duty.book),
        may_remove=found is not None and table in REMOVABLE,
        fixed=frozenset({"id"}) if found else frozenset(),
        warning=_unlisted(visit) if table == "staff" else "",
    )


def _list(visit: Visit, *, told: str = "") -> HTMLResponse:
    with visit.looking(ENTRY.action) as talk:
        files, book = DutyFiles(visit.desk, visit.console.home), visit.desk.duty.book
        lists: Mapping[str, Sequence[tuple[Written, Sequence[str], bool]]] = {
            table: [
                (each, entry_forms.told(entry_forms.fields_of(table, book), None, each.values), may_edit)
                for each in files.entries(table)
                if (may_edit := _is_theirs(visit, table, each)) or _is_own_outlet(visit, table, each)
            ]
            for table in TABLES
        }
        edits = history_of(talk, "duty/", partial(told_of, visit))
        return visit.page(
            "people.html",
            lists=lists,
            titles=TITLES,
            told=told,
            warning=_unlisted(visit),
            problems=visit.desk.duty.problems,
            edits=[each for each in edits if is_theirs(book, visit.person, each.edit.change)],
            tables=TABLES if reaches_all(book, visit.person, ENTRY.action) else TABLES[1:],
        )
