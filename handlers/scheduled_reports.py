"""Drafts of reports on set days (定期草稿): as ``report_schedule.toml`` of the instance says; each is made once and
told to staff, and somebody still reads and signs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sqlmodel import Session

from consultations import outbox, reports
from consultations.authored_files import FaultyFilesError, Kept, Reading, read_document, read_kept
from consultations.messages import Address, Block, Outbound
from consultations.periods import Period, month_of, period_before, read_period
from handlers import report_files
from handlers.desk import Desk
from handlers.make_report import KINDS, Draft, keep_report, make_report
from handlers.report_template import TemplateError
from handlers.talk import office_time

FILE = "report_schedule.toml"
KEPT = ".report_schedule"  # the folder beside it with the copy of the last good file
MADE_BY = "定期草稿"
LATEST = timedelta(days=31)  # after its day: an office that switches this on is not flooded with old periods
EVERY: Mapping[str, str] = {"month": "每月", "quarter": "每季度", "half": "每半年", "year": "每年"}
_PRIORITY = 5  # nobody waits for it


@dataclass(frozen=True)
class Rule:
    """One draft: which report, of what kind of period, on which day after its end (1 is the first)."""

    kind: str
    every: str
    day: int

    def period(self, today: date) -> Period:
        """The last period that was over before today."""
        year, month = today.year, today.month
        code = {
            "month": f"{year}-{month:02}",
            "quarter": f"{year}-Q{(month + 2) // 3}",
            "half": f"{year}-H{(month + 5) // 6}",
            "year": f"{year}",
        }[self.every]
        return period_before(read_period(code) or month_of(today))


def run_due(desk: Desk, home: Path) -> int:
    """How many messages to staff came of the drafts that are due; each is made once, whatever process was first."""
    rules, today = read_schedule(home).value or (), office_time(desk.settings).day(desk.now())
    return sum(_run(desk, home, rule, today) for rule in rules)


def read_schedule(home: Path) -> Kept[tuple[Rule, ...]]:
    """The rules as they stand; without a file there are none. While it is faulty, what it said when last right."""
    path = home / FILE
    return read_kept([path], parse_schedule, home / KEPT) if path.exists() else Kept(())


def parse_schedule(texts: Mapping[str, str]) -> tuple[Rule, ...]:
    """The rules in one TOML file (name → text).

    Raises:
        FaultyFilesError: Something is wrong; every fault with line and cure.
    """
    ((name, text),) = texts.items()
    document, reading = read_document(name, text), Reading()
    reading.only(document.top)
    by_name, rules = {each: key for key, each in KINDS.items()}, []
    for entry in reading.entries(document, "draft", "定期草稿"):
        reading.only(entry, "report", "every", "day")
        wanted = reading.text(entry, "report")
        if wanted and wanted not in by_name:
            reading.refuse(entry, "report", f"没有名为 {wanted} 的报告：可用 {'、'.join(by_name)}。")
        every = reading.chosen(entry, "every", EVERY, "")
        rules.append(Rule(by_name.get(wanted, ""), every, reading.number(entry, "day", 0, 1, 28)))
    if len(set(rules)) != len(rules):
        raise FaultyFilesError([*reading.problems, f"{name}：有两个 [[draft]] 完全一样，请留一个。"])
    reading.finish()
    return tuple(rules)


def _run(desk: Desk, home: Path, rule: Rule, today: date) -> int:
    period = rule.period(today)
    due, key = period.after + timedelta(days=rule.day - 1), f"{rule.kind}:{period.code}"
    if not due <= today <= due + LATEST:
        return 0
    with desk.reading() as session:
        if reports.is_made(session, key):
            return 0
    try:
        draft = make_report(desk, home, rule.kind, period)
    except TemplateError as error:
        faulty = f"{KINDS[rule.kind]} {period.name} 的草稿没有写成，模板有误：\n{error}"
        return _told(desk, f"report_faulty:{key}:{today}", lambda _session: faulty)
    return _told(desk, f"report:{key}", lambda session: _stored(session, home, draft, key))


def _stored(session: Session, home: Path, draft: Draft, key: str) -> str:
    """What staff read once the draft is stored with its files; empty when another process did it first."""
    made = keep_report(session, draft, MADE_BY, scheduled=key)
    if made is None:
        return ""
    report_files.store(home, made.key, draft.pieces)
    return f"{draft.title} 的草稿已写好，在工作台的“报告”里下载，核对、补充后签字报送。"


def _told(desk: Desk, key: str, text_of: Callable[[Session], str]) -> int:
    """How many staff rooms were told, in one transaction with what is told."""
    with desk.writing() as session:
        text, rooms = text_of(session), desk.settings.staff_rooms
        return _enqueue(session, desk, key, text, rooms) if text else 0


def _enqueue(session: Session, desk: Desk, key: str, text: str, rooms: Sequence[Address]) -> int:
    now = desk.now()
    for room in rooms:
        message = Outbound(room, (Block("text", text),), kind="staff")
        due_at = office_time(desk.settings).next_open(now)
        outbox.enqueue(session, message, now=now, due_at=due_at, dedupe_key=f"{key}:{room}", priority=_PRIORITY)
    return len(rooms)
