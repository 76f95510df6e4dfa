"""``zhixun report``: reports on screen, as docx, xlsx and pdf; what stands behind a figure."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from bot.application import Office
from bot.screen import bar, say, say_table
from consultations import audit, reports
from consultations.counted_records import Scope
from consultations.figures import FIGURES
from consultations.periods import Period
from consultations.selection import Selection
from consultations.service_list import Listed
from handlers import paper, program
from handlers.docx import Paper
from handlers.evaluation_bundle import draw, write_bundle
from handlers.figure_records import records
from handlers.make_report import KINDS, Draft, change_lines, keep_report, make_poster, make_report
from handlers.report_files import write
from handlers.talk import office_time


def make(  # noqa: PLR0913  what, of when, of which, for whom, where to
    office: Office, kind: str, period: Period, selection: Selection, *, name: str, files: Sequence[Path]
) -> bool:
    """Print the report and write the files wanted, which are noted; whether all targets could be read.

    Raises:
        TemplateError: Its template can't be filled in.
        PdfRefusedError: There is no LibreOffice.
    """
    with bar("正在统计", None):
        draft = make_report(office.desk, office.settings.home, kind, period, selection)
    if not files:
        _show(draft)
    for line in change_lines(draft.changed):
        say(line)
    for problem in draft.problems:
        say(f"有误：{problem}改好之前沿用上一次正确的内容。")
    for file in files:
        write(file, draft.pieces)
        say(f"已写入 {file}。")
    if files:
        with office.writing() as session:
            keep_report(session, draft, name)
    return not draft.problems


def make_service_list(office: Office, listed: Listed, files: Sequence[Path], size: Paper = "A4") -> bool:
    """Write the service list as a poster; whether there is one. What is missing is told with its cure.

    Raises:
        TemplateError: Its template can't be filled in.
        PdfRefusedError: There is no LibreOffice.
    """
    for problem in listed.problems:
        say(f"有误：{problem}")
    if listed.value is None:
        say("服务清单不完整，没有写成海报。")
        return False
    pieces = make_poster(office.settings.home, office.settings.outlet.name, listed.value)
    for file in files:
        write(file, pieces, size)
        say(f"已写入 {file}（{size}）。")
    if not files:
        for each in pieces:
            say(each.text if not isinstance(each, paper.Grid) else each.name)
    return not listed.problems


def make_bundle(  # noqa: PLR0913  of what, where to, how it is drawn, by whom
    office: Office, period: Period, selection: Selection, file: Path, *, sample: int, seed: int | None, actor: str
) -> None:
    """Write the material for an evaluation by others; noted in the audit trail, as every look at many.

    Raises:
        TemplateError: The template of the report of service effects can't be filled in.
    """
    drawn_with = secrets.randbelow(1_000_000) if seed is None else seed
    with bar("正在整理", None), office.reading() as session:
        draft = make_report(office.desk, office.settings.home, "effect", period, selection)
        drawn = draw(session, draft.basis.scope, sample, drawn_with)
        n = write_bundle(session, file, draft, drawn, draft.basis.zone)
    with office.writing() as session:
        audit.note(session, "report", 0, actor, office.desk.now())
    say(f"已写入 {file}：抽取 {n} 件，共 {sum(drawn.totals.values())} 件，种子 {drawn_with}。")


def show_records(office: Office, period: Period, key: str, actor: str) -> None:
    """Print exactly the records a figure counts, masked; noted in the audit trail, as every look at many."""
    start, end = period.span(office_time(office.desk.settings).zone)
    with office.reading() as session:
        ids = FIGURES[key].ids(session, Scope(start, end, office.desk.now()))
    say_records(office, period, key, ids, actor)


def say_records(office: Office, period: Period, key: str, ids: Sequence[int], actor: str) -> None:
    """Print these records of a figure, masked; noted in the audit trail."""
    table = Table("记录", "内容")
    with office.reading() as session:
        for number, words in records(session, key, ids):
            table.add_row(number, escape(" ".join(words.split())[:60]))
    with office.writing() as session:
        audit.note(session, "records", 0, actor, office.desk.now())
    say_table(table, f"{period.name}没有“{FIGURES[key].name}”的记录。")
    say(f"{FIGURES[key].name} {len(ids)}：{FIGURES[key].definition}。")


def show_made(office: Office) -> None:
    """Print the reports that were made, the newest first."""
    zone = office_time(office.desk.settings).zone
    table = Table("报告", "报告期", "出具时间", "出具人", "咨询", "口径版本", "数据校验码")
    with office.reading() as session:
        for each in reports.newest(session):
            at = each.made_at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
            counts = (str(each.figures.get("consultations", 0)), str(each.definitions), each.sha256[:16])
            name = KINDS.get(each.kind, each.kind) + (f"（{each.chosen}）" if each.chosen else "")
            table.add_row(name, each.period, at, escape(each.made_by), *counts)
    say_table(table, f"还没有出具过报告：例如 {program.name()} report 2026-11 --docx 十一月.docx。")


def _show(draft: Draft) -> None:
    for each in draft.pieces:
        if not isinstance(each, paper.Grid):
            say(each.text.strip())
            continue
        table = Table(*each.head)
        for row in each.rows:
            table.add_row(*(escape(paper.shown(cell)) for cell in row))
        say_table(table, each.nothing)
        if each.rows and each.note:
            say(each.note)
