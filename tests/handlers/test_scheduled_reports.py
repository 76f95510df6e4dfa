"""Drafts on set days: made once, told to staff, and never of a period that is not over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select

from consultations import reports
from consultations.authored_files import FaultyFilesError
from consultations.outbox import OutboxMessage
from handlers import report_files
from handlers.desk import Desk
from handlers.report_template import FOLDER
from handlers.scheduled_reports import FILE, Rule, parse_schedule, run_due
from tests.conftest import Clock

GOOD = '[[draft]]\nreport = "服务成效"\nevery = "month"\nday = 3\n'


def told(desk: Desk) -> list[str]:
    with desk.reading() as session:
        found = session.exec(select(OutboxMessage).where(OutboxMessage.kind == "staff")).all()
        return [str(each.payload) for each in found if "草稿" in str(each.payload)]


def test_a_draft_is_made_on_its_day_and_never_again(desk: Desk, clock: Clock, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(GOOD, encoding="utf-8")
    assert run_due(desk, tmp_path) == len(desk.settings.staff_rooms)  # October, in time until the third of December
    clock.advance(days=9)  # the second of December
    assert run_due(desk, tmp_path) == 0
    clock.advance(days=1)
    for _ in range(3):
        run_due(desk, tmp_path)
    with desk.reading() as session:
        made = [(each.kind, each.period, each.made_by) for each in reports.newest(session)]
        newest = reports.newest(session)[0].key
    assert made == [("effect", "2026-11", "定期草稿"), ("effect", "2026-10", "定期草稿")]
    assert len(told(desk)) == 2 * len(desk.settings.staff_rooms)
    content = report_files.content_of(tmp_path, newest, ".docx")
    assert content is not None
    assert content.startswith(b"PK")


def test_of_two_processes_one_makes_the_draft(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(GOOD, encoding="utf-8")
    with desk.writing() as session:  # the other was first, after this one had looked
        from handlers.make_report import keep_report, make_report
        from handlers.scheduled_reports import _stored

        draft = make_report(desk, tmp_path, "effect", Rule("effect", "month", 3).period(date(2026, 11, 23)))
        assert keep_report(session, draft, "定期草稿", scheduled="effect:2026-10") is not None
        assert _stored(session, tmp_path, draft, "effect:2026-10") == ""
    assert run_due(desk, tmp_path) == 0


def test_a_faulty_template_is_told_once_a_day_and_made_when_it_is_right(
    desk: Desk, clock: Clock, tmp_path: Path
) -> None:
    (tmp_path / FILE).write_text(GOOD, encoding="utf-8")
    (tmp_path / FOLDER).mkdir()
    template = tmp_path / FOLDER / "effect.md"
    template.write_text("{{资询}}", encoding="utf-8")
    for _ in range(3):
        run_due(desk, tmp_path)
    assert len(told(desk)) == len(desk.settings.staff_rooms)
    assert all("第 1 行" in each for each in told(desk))
    template.unlink()
    clock.advance(minutes=10)
    run_due(desk, tmp_path)
    with desk.reading() as session:
        assert len(reports.newest(session)) == 1


def test_nothing_is_made_without_a_file_or_long_after(desk: Desk, clock: Clock, tmp_path: Path) -> None:
    assert run_due(desk, tmp_path) == 0
    (tmp_path / FILE).write_text(GOOD.replace("month", "year"), encoding="utf-8")
    assert run_due(desk, tmp_path) == 0
    with desk.reading() as session:
        assert reports.newest(session) == []


@pytest.mark.parametrize(
    ("every", "today", "code"),
    [
        ("month", date(2026, 1, 1), "2025-12"),
        ("quarter", date(2026, 4, 1), "2026-Q1"),
        ("quarter", date(2026, 3, 31), "2025-Q4"),
        ("half", date(2026, 7, 1), "2026-H1"),
        ("half", date(2026, 6, 30), "2025-H2"),
        ("year", date(2026, 12, 31), "2025"),
    ],
)
def test_the_period_is_the_last_one_that_was_over(every: str, today: date, code: str) -> None:
    assert Rule("effect", every, 1).period(today).code == code


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("服务成效", "成效"), "第 2 行：没有名为 成效 的报告"),
        (GOOD.replace("month", "week"), "第 3 行：every 应是其中之一"),
        (GOOD.replace("3", "31"), "第 4 行：day 应是 1 到 28 之间的整数"),
        (GOOD * 2, "完全一样"),
        ("[[report]]\na = 1\n", "不认识 [[report]]"),
    ],
)
def test_a_faulty_schedule_is_refused_with_line_and_cure(text: str, said: str) -> None:
    with pytest.raises(FaultyFilesError) as refused:
        parse_schedule({FILE: text})
    assert said in str(refused.value)


def test_an_office_without_staff_rooms_still_gets_its_draft(desk: Desk, tmp_path: Path) -> None:
    alone = replace(desk, settings=replace(desk.settings, staff_rooms=()))
    (tmp_path / FILE).write_text(GOOD, encoding="utf-8")
    assert run_due(alone, tmp_path) == 0
    with desk.reading() as session:
        assert len(reports.newest(session)) == 1
