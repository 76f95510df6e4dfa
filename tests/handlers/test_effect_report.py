"""The report of service effects: each figure is the number of the records it lists, and reckoned a second time."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from consultations.archive import Consultation
from consultations.contacts import Contact
from consultations.figures import FIGURES, RATES
from consultations.messages import Address
from consultations.periods import Period, read_period
from consultations.targets import FILE, read_targets
from consultations.tickets import Ticket
from handlers import survey
from handlers.desk import Desk
from handlers.docx import write_document
from handlers.effect_report import candidates, items
from handlers.figure_records import records
from handlers.make_report import Draft, change_lines, keep_report, make_report
from handlers.paper import docx_parts, sheets
from handlers.report_basis import rate_text
from handlers.xlsx import write_tables
from knowledge.passages import Answer
from knowledge.proofread import Flaw
from tests.conftest import Clock
from tests.drivers import CoreDriver, StaffRoom

ZONE = ZoneInfo("Asia/Shanghai")


class Polite:
    """Takes everything for thanks."""

    def answer(self, question: str, on: date, *, previous: str = "", outlet: str = "") -> Answer:
        del on, previous, outlet
        return Answer("out_of_scope", "thanks", question, lead="不客气。")

    def card(self, card_id: str, on: date, *, day: date | None = None, outlet: str = "") -> None:
        del card_id, on, day, outlet

    def flaws(self, text: str, on: date) -> tuple[Flaw, ...]:
        del text, on
        return ()


def report_of(desk: Desk, home: Path, *, period: Period | None = None) -> Draft:
    wanted = period or read_period(f"{desk.now().astimezone(ZONE):%Y-%m}")
    assert wanted is not None
    return make_report(desk, home, "effect", wanted)


def listed(desk: Desk, report: Draft, key: str) -> list[tuple[str, str]]:
    with desk.reading() as session:
        return list(records(session, key, report.basis.counted.ids[key]))


def serve(desk: Desk, room: StaffRoom, name: str, score: str, *, solved: str = "") -> None:
    """Somebody asks, is handed over, is answered and rates."""
    asker = CoreDriver(desk, Address("core", name))
    asker.say("商标续展多少钱？")
    asker.say("没有人知道的事，电话13800000000")
    with desk.reading() as session:
        ticket = session.exec(select(Ticket.id).order_by(col(Ticket.id).desc())).first()
    room.act(f"claim:{ticket}")
    room.say("示例答复", thread=f"ticket:{ticket}")
    room.act(f"close:{ticket}")
    survey.send_due(desk)
    if score:
        asker.press(score)
        if solved:
            asker.press(solved)


@pytest.fixture
def lived(desk_on_both: Desk, clock: Clock) -> Desk:
    """Four people: two satisfied, one of them in confidence, one not, one silent."""
    room = StaffRoom(desk_on_both)
    serve(desk_on_both, room, "a", "非常满意", solved="解决了")
    serve(desk_on_both, room, "b", "满意", solved="解决了")
    serve(desk_on_both, room, "c", "很不满意", solved="没解决")
    serve(desk_on_both, room, "d", "")
    with desk_on_both.writing() as session:
        secret = session.exec(select(Contact).where(Contact.chat_id == "b")).one()
        secret.is_secret = True
    clock.advance(minutes=1)
    return desk_on_both


def test_the_figures_agree_with_a_second_reckoning(lived: Desk, tmp_path: Path) -> None:
    report = report_of(lived, tmp_path)
    values = report.basis.values
    with lived.reading() as session:
        asked = session.exec(select(Consultation)).all()
        counted = [each.contact_id for each in asked if each.action != "file"]
        taken_in = session.exec(select(Ticket.id)).all()
    assert values["consultations"] == len(counted)
    assert values["people"] == len(set(counted)) == 4
    assert values["answered"] + values["asked_back"] + values["handed_over"] <= values["consultations"]
    assert values["tickets"] == values["closed"] == values["polled"] == len(taken_in) == 4
    assert (values["rated"], values["satisfied"]) == (3, 2)
    assert (values["said_solved"], values["solved"]) == (3, 2)
    assert rate_text(report.basis.values, "satisfied_rate") == "66.7%（2/3）"
    assert rate_text(report.basis.values, "response_rate") == "100.0%（4/4）"
    assert values["improvements"] >= 1  # the one who was not satisfied
    assert report.basis.board.first_reply_minutes == 0


@pytest.mark.parametrize("key", FIGURES)
def test_what_a_figure_counts_can_be_listed_masked(lived: Desk, tmp_path: Path, key: str) -> None:
    report = report_of(lived, tmp_path)
    found = listed(lived, report, key)
    assert len(found) == report.basis.values[key]
    assert not any("13800000000" in words for _, words in found)


def test_the_lines_of_the_service_items_add_up_to_the_whole(lived: Desk, tmp_path: Path) -> None:
    report = report_of(lived, tmp_path)
    with lived.reading() as session:
        lines = items(session, report.basis)
    for name in ("consultations", "tickets", "closed", "rated", "satisfied"):
        assert sum(getattr(each, name) for each in lines) == report.basis.values[name]
    assert len(lines) == 20  # 15 + 4, and what belongs to none
    assert sum(each.n for each in report.basis.board.channels) == report.basis.values["consultations"]


def test_whoever_asked_in_confidence_is_no_case(lived: Desk, tmp_path: Path) -> None:
    report = report_of(lived, tmp_path)
    with lived.reading() as session:
        cases = candidates(session, report.basis)
    assert len(cases) == 1  # a; b asked in confidence, c is not satisfied, d did not say
    assert "13800000000" not in cases[0].question


def test_made_again_it_is_the_same_or_says_what_changed(lived: Desk, tmp_path: Path, clock: Clock) -> None:
    assert change_lines(report_of(lived, tmp_path).changed) == []
    first = report_of(lived, tmp_path)
    with lived.writing() as session:
        keep_report(session, first, "示例甲")
    assert report_of(lived, tmp_path).basis.counted.sha256 == first.basis.counted.sha256
    assert change_lines(report_of(lived, tmp_path).changed) == ["和上一次出具的完全一致。"]
    clock.advance(minutes=1)
    CoreDriver(lived, Address("core", "f")).say("商标续展多少钱？")
    told = change_lines(report_of(lived, tmp_path).changed)
    assert f"服务对象：上一次 {first.basis.values['people']}，现在 {first.basis.values['people'] + 1}" in told


def test_another_month_has_nothing_and_shares_of_nothing_are_not_told(lived: Desk, tmp_path: Path) -> None:
    other = read_period(f"{(lived.now() - timedelta(days=62)).astimezone(ZONE):%Y-%m}")
    report = report_of(lived, tmp_path, period=other)
    assert set(report.basis.values.values()) == {0}
    assert {rate_text(report.basis.values, key) for key in RATES} == {"—"}
    assert report.basis.is_over


def test_small_talk_is_no_consultation(desk_on_both: Desk, tmp_path: Path) -> None:
    polite = replace(desk_on_both, answerer=Polite())
    CoreDriver(polite, Address("core", "polite")).say("谢谢")
    with polite.reading() as session:
        assert len(session.exec(select(Consultation)).all()) == 1
    assert report_of(polite, tmp_path).basis.values["consultations"] == 0


def test_a_message_in_three_pieces_is_one_consultation(desk_on_both: Desk, tmp_path: Path, clock: Clock) -> None:
    asker = CoreDriver(desk_on_both, Address("core", "pieces"))
    for words in ("商标", "续展", "多少钱"):
        asker.say(words)
        clock.advance(seconds=1)
    assert report_of(desk_on_both, tmp_path).basis.values["consultations"] == 1


def test_the_files_hold_the_figures_and_no_formula(lived: Desk, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('[[target]]\nperiod = "2026-11"\nfigure = "服务对象"\nvalue = 8\n', encoding="utf-8")
    report = report_of(lived, tmp_path)
    write_document(tmp_path / "r.docx", docx_parts(report.pieces))
    write_tables(tmp_path / "r.xlsx", sheets(report.pieces))
    with zipfile.ZipFile(tmp_path / "r.docx") as package:
        words = package.read("word/document.xml").decode()
    for expected in (
        f"{lived.settings.outlet_name}服务成效报告",
        "满意率",
        "66.7%",
        f"{report.basis.values['people'] / 8:.1%}",
        "数据校验码",
    ):
        assert expected in words
    assert "13800000000" not in words
    with zipfile.ZipFile(tmp_path / "r.xlsx") as package:
        assert all("<f>" not in package.read(name).decode() for name in package.namelist())


def test_targets_are_read_and_faults_told_with_their_cure(tmp_path: Path) -> None:
    assert read_targets(tmp_path).by_period == {}
    path = tmp_path / FILE
    good = '[[target]]\nperiod = "2026-11"\nfigure = "people"\nvalue = 10\n'
    path.write_text(good, encoding="utf-8")
    assert read_targets(tmp_path).by_period == {"2026-11": {"people": 10}}
    path.write_text(good.replace("people", "服务对象"), encoding="utf-8")
    assert read_targets(tmp_path).by_period == {"2026-11": {"people": 10}}
    for faulty, said in (
        (good.replace("2026-11", "2026-13"), "period 请写成"),
        (good.replace("people", "persons"), "figure 应是一个指标的名称"),
        (good.replace("10", '"十"'), "value 应是"),
        (good * 2, "写了两次"),
        ("[[goal]]\na = 1\n", "不认识 [[goal]]"),
    ):
        path.write_text(faulty, encoding="utf-8")
        told = read_targets(tmp_path)
        assert told.by_period == {"2026-11": {"people": 10}}  # as it was when last right
        assert any(said in each for each in told.problems), told.problems


def test_a_period_that_is_not_over_says_so(lived: Desk, tmp_path: Path) -> None:
    report = report_of(lived, tmp_path)
    assert not report.basis.is_over
    assert date.fromisoformat(str(report.basis.period.first)) <= lived.now().date()
    write_document(tmp_path / "r.docx", docx_parts(report.pieces))
    with zipfile.ZipFile(tmp_path / "r.docx") as package:
        assert "报告期还没有结束" in package.read("word/document.xml").decode()
