"""设置: every setting of ``config.toml`` with its meaning and value; secrets are never shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from consultations.authored_files import FaultyFilesError
from consultations.file_edits import Change
from handlers import show_settings
from handlers.edit_files import MEANWHILE, EditRefusedError, check, make, reaches_all
from handlers.show_settings import Section, SettingsPort, change_of, name_of
from web.console.console import ROOT, Entry
from web.console.edits import NOTHING_CHANGED, Sent, confirmed, history_of
from web.console.visits import Looking, Posting, RefusedError, Visit

ENTRY = Entry(f"{ROOT}/settings", "设置", "settings.edit")
SAVED = "已写入 config.toml，重启服务后生效。"
NO_FILE = "这里改不了设置：服务不是从一个实例文件夹启动的。"
NO_SUCH = "没有这一节设置，请从“设置”进入。"
CANT_WRITE = "写不了 config.toml，什么也没有改。请机器的管理员照下面改，再重启服务："
router = APIRouter()


@router.get(ENTRY.path)
def show(visit: Looking, saved: str = "") -> HTMLResponse:
    """All sections."""
    return _page(visit, told=SAVED if saved else "")


@router.post(f"{ENTRY.path}/{{section}}")
def change(visit: Posting, section: str, typed: Sent) -> HTMLResponse:
    """First what would change; once that is confirmed, the file is written."""
    with visit.looking(ENTRY.action):
        pass
    port = _port(visit)
    found = next((each for each in _sections(port)[0] if each.name == section), None)
    if found is None:
        raise RefusedError(visit, NO_SUCH, 404)
    given = {key: values[0] for key, values in typed.items() if values}
    if given.get("seen") != found.seen:
        return _page(visit, 422, section=section, problems=[MEANWHILE], typed=given)
    wish, problems = change_of(found, given)
    if not problems and not wish.after:
        problems = [NOTHING_CHANGED]
    if problems:
        return _page(visit, 422, section=section, problems=problems, typed=given)
    try:
        if not confirmed(typed):
            check(port, wish, visit.staff, visit.person)
            return _page(visit, section=section, preview=_told(found, wish), typed=given)
        make(visit.desk, port, wish, visit.staff, visit.person)
    except EditRefusedError as refused:
        by_hand = isinstance(refused.__cause__, OSError)
        told = [CANT_WRITE, *port.lines_to_change(wish)] if by_hand else refused.sentences
        return _page(visit, 422, section=section, problems=told, typed=given)
    return _page(visit, told=SAVED)


def _port(visit: Visit) -> SettingsPort:
    if visit.console.settings is None:
        raise RefusedError(visit, NO_FILE, 404)
    return visit.console.settings


def _sections(port: SettingsPort) -> tuple[Sequence[Section], Sequence[str]]:
    """The sections, or what is wrong with the file."""
    try:
        return port.sections(), ()
    except FaultyFilesError as error:
        return (), error.problems


def _told(section: Section, change: Change) -> list[str]:
    by_key = {each.key: each for each in section.settings}
    return [
        f"{name_of(section.name, key)}：{show_settings.shown(by_key[key].value)} → {show_settings.shown(value)}"
        for key, value in (change.after or {}).items()
    ]


def _lines(change: Change) -> list[str]:
    before = change.before or {}
    after = (change.after or {}).items()
    return [f"{name_of(change.table, key)}：{_said(before.get(key))} → {_said(value)}" for key, value in after]


def _said(value: object) -> str:
    return "默认值" if value is None else show_settings.shown(value)


def _page(visit: Visit, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401  whatever it shows
    with visit.looking(ENTRY.action) as talk:
        sections, faults = _sections(_port(visit))
        typed: Mapping[str, str] = values.pop("typed", {})
        return visit.page(
            "settings.html",
            status,
            sections=sections,
            faults=faults,
            shown=show_settings.shown,
            names=show_settings.NAMES,
            typed_of=show_settings.typed_of,
            typed=typed,
            may_edit=reaches_all(visit.desk.duty.book, visit.person, ENTRY.action),
            is_waiting=any(one.is_waiting for each in sections for one in each.settings),
            edits=history_of(talk, "config.toml", _lines),
            **values,
        )
