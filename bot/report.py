"""``zhixun report``: the report of service effects on screen, as docx, as xlsx; what stands behind a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from bot.application import Office
from bot.screen import bar, say, say_table
from consultations import audit, reports
from consultations.figures import FIGURES, RATES, number_of
from consultations.periods import Period
from consultations.targets import read_targets
from handlers.docx import write_document
from handlers.effect_report import (
    EffectReport,
    change_lines,
    docx_parts,
    fingerprint,
    make_report,
    rate_text,
    records,
    sheets,
)
from handlers.talk import office_time
from handlers.xlsx import write_tables


def make(office: Office, period: Period, name: str, *, docx: Path | None, xlsx: Path | None) -> bool:
    """Print the report and write the files wanted, which are noted; whether all targets could be read."""
    targets = read_targets(office.settings.home)
    with bar("正在统计", None):
        report = _report(office, period, targets.by_period.get(period.code, {}))
    _show(report)
    for line in change_lines(report):
        say(line)
    for problem in targets.problems:
        say(f"有误：{problem}改好之前沿用上一次正确的内容。")
    if docx is not None:
        write_document(docx, docx_parts(report))
        say(f"已写入 {docx}。")
    if xlsx is not None:
        write_tables(xlsx, sheets(report))
        say(f"已写入 {xlsx}。")
    if docx is not None or xlsx is not None:
        with office.writing() as session:
            reports.keep(session, period.code, report.counted, name, office.desk.now())
    return not targets.problems


def show_records(office: Office, period: Period, key: str, actor: str) -> None:
    """Print exactly the records a figure counts, masked; noted in the audit trail, as every look at many."""
    ids = _report(office, period, {}).counted.ids[key]
    say_records(office, period, key, ids, actor)


def say_records(office: Office, period: Period, key: str, ids: Sequence[int], actor: str) -> None:
    """Print these records of a figure, masked; noted in the audit trail."""
    table = Table("记录", "内容")
    with office.reading() as session:
        for number, words in records(session, key, ids):
            table.add_row(number, escape(" ".join(words.split())[:60]))
    with office.writing() as session:
        audit.note(session, "sheets", 0, actor, office.desk.now())
    say_table(table, f"{period.name}没有“{FIGURES[key].name}”的记录。")
    say(f"{FIGURES[key].name} {len(ids)}：{FIGURES[key].definition}。")


def show_made(office: Office) -> None:
    """Print the reports that were made, the newest first."""
    zone = office_time(office.desk.settings).zone
    table = Table("报告期", "出具时间", "出具人", "咨询", "口径版本", "数据校验码")
    with office.reading() as session:
        for each in reports.newest(session):
            at = each.made_at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
            counts = (str(each.figures.get("consultations", 0)), str(each.definitions), each.sha256[:16])
            table.add_row(each.period, at, escape(each.made_by), *counts)
    say_table(table, "还没有出具过报告：例如 python3 run.py report 2026-11 --docx 十一月.docx。")


def _report(office: Office, period: Period, targets: Mapping[str, int]) -> EffectReport:
    settings, now = office.desk.settings, office.desk.now()
    with office.reading() as session:
        return make_report(
            session,
            period,
            office_time(settings).zone,
            now,
            outlet=settings.outlet_name,
            targets=targets,
            before=reports.latest(session, period.code),
        )


def _show(report: EffectReport) -> None:
    say(f"{report.outlet} {report.period.name}" + ("" if report.is_over else "（还没有结束，到现在为止）"))
    table = Table("编号", "指标", "数量", "口径")
    for key, each in FIGURES.items():
        table.add_row(str(number_of(key)), each.name, f"{report.values[key]:,}", each.definition)
    say_table(table)
    shares = Table("指标", "比率", "口径")
    for key, rate in RATES.items():
        shares.add_row(rate.name, rate_text(report.values, key), rate.definition)
    say_table(shares)
    say(fingerprint(report))
