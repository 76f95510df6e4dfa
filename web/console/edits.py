"""What all pages that change files have: the form as it was sent, who changed what, and undoing it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from consultations import file_edits
from consultations.file_edits import Change, FileEdit
from handlers.edit_files import CalendarFiles, DutyFiles, Editable, EditRefusedError, check, is_theirs, make
from handlers.entry_forms import TITLES, Field, Typed, Values, fields_of, read, told
from handlers.show_settings import SECTIONS
from handlers.talk import StaffTalk
from handlers.wish import identity
from web.console.console import ROOT, Entry
from web.console.visits import Posting, RefusedError, Visit

SAVED = "已保存。"
NOTHING_CHANGED = "没有改动。"
GONE = "没有这一条，可能刚被别人改过：请从列表重新进入。"
NO_SUCH_EDIT = "没有这次修改。"
PATHS = {"duty": "people", "calendars": "calendar", "config.toml": "settings"}
SHOWN = 30
router = APIRouter()


@dataclass(frozen=True)
class EntryForm:
    """The form of one entry. `fixed` fields are shown and sent, not changed; `warning` is read first."""

    title: str
    action: str
    back: Entry
    fields: Sequence[Field]
    may_remove: bool = False
    fixed: frozenset[str] = frozenset()
    warning: str = ""

    def page(self, visit: Visit, typed: Typed, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401
        """The form with what was typed."""
        given = {each.key: list(typed.get(each.key, ())) for each in self.fields}
        return visit.page("edit.html", status, form=self, typed=given, **values)

    def sent(
        self,
        visit: Visit,
        files: Editable,
        before: Values | None,
        change_to: Callable[[Values | None], Change],
        typed: Typed,
    ) -> HTMLResponse | None:
        """The form again, with what is wrong or what would change; ``None`` once it was confirmed and is done."""
        is_out = "remove" in typed and self.may_remove
        values, problems = ({}, []) if is_out else read(self.fields, typed)
        wish = change_to(None if is_out else values)
        if not is_out and not problems and before == values:
            problems = [NOTHING_CHANGED]
        if problems:
            return self.page(visit, typed, 422, problems=problems)
        try:
            if confirmed(typed):
                make(visit.desk, files, wish, visit.staff, visit.person)
                return None
            check(files, wish, visit.staff, visit.person)
        except EditRefusedError as refused:
            return self.page(visit, typed, 422, problems=refused.sentences)
        return self.page(visit, typed, preview=told(self.fields, wish.before, wish.after), is_out=is_out)


@dataclass(frozen=True)
class Told:
    """One change in words."""

    edit: FileEdit
    what: str
    lines: Sequence[str]
    is_undone: bool


async def _typed(request: Request) -> Mapping[str, Sequence[str]]:
    form = await request.form()
    return {key: [each for each in form.getlist(key) if isinstance(each, str)] for key in form}


Sent = Annotated[Mapping[str, Sequence[str]], Depends(_typed)]


def told_of(visit: Visit, change: Change) -> Sequence[str]:
    """What a change of an entry is, a line each field."""
    return told(fields_of(change.table, visit.desk.duty.book), change.before, change.after)


def confirmed(typed: Mapping[str, Sequence[str]]) -> bool:
    """Whether somebody saw what changes and said yes."""
    return typed.get("confirm") == ["yes"]


def history_of(talk: StaffTalk, prefix: str, lines: Callable[[Change], Sequence[str]]) -> list[Told]:
    """The last changes of these files, newest first."""
    edits = file_edits.newest(talk.session, prefix, SHOWN)
    gone = file_edits.undone(talk.session, edits)
    return [Told(each, _what(each), lines(each.change), each.id in gone) for each in edits]


@router.post(f"{ROOT}/edits/{{number}}/undo")
def undo(visit: Posting, number: str) -> Response:
    """Put back what somebody changed; not when the entry was changed again since."""
    with visit.desk.reading() as session:
        found = file_edits.get(session, identity(number))
        change, is_undone = (found.change, bool(file_edits.undone(session, [found]))) if found else (None, False)
    if change is None or not _is_in_sight(visit, change):
        with visit.looking("duty.edit"):
            raise RefusedError(visit, NO_SUCH_EDIT, 404)
    files = files_of(visit, change.file)
    with visit.looking(files.action):
        pass
    if is_undone:
        raise RefusedError(visit, "这次修改已经撤销过，没有再改。", 409)
    try:
        make(visit.desk, files, change.reverse(), visit.staff, visit.person, undoes=identity(number))
    except EditRefusedError as refused:
        raise RefusedError(visit, "没有撤销：" + "".join(refused.sentences), 409) from refused
    return RedirectResponse(f"{ROOT}/{PATHS[change.file.partition('/')[0]]}?saved=1", status_code=303)


def _is_in_sight(visit: Visit, change: Change) -> bool:
    """Whether it is of this person's outlet, or of a file all may see."""
    return not change.file.startswith("duty/") or is_theirs(visit.desk.duty.book, visit.person, change)


def files_of(visit: Visit, file: str) -> Editable:
    """The kind of file a change was made in."""
    if file.startswith("duty/"):
        return DutyFiles(visit.desk, visit.console.home)
    if visit.console.settings is not None and file == "config.toml":
        return visit.console.settings
    return CalendarFiles(visit.desk, visit.console.home)


def _what(edit: FileEdit) -> str:
    verb = "撤销" if edit.undoes else "新增" if edit.before is None else "去掉" if edit.after is None else "修改"
    values = edit.after or edit.before or {}
    if edit.file == "config.toml":
        return f"{verb}设置“{SECTIONS.get(edit.part, edit.part)}”"
    name = values.get("name", "")
    return f"{verb}{TITLES.get(edit.part, f'[{edit.part}]')}{f' {name}' if isinstance(name, str) and name else ''}"
