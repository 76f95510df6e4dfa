"""Opinions and complaints: a ledger of their own, never mixed with cards and gaps."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot import opinions as command
from consultations import opinions as ledger
from consultations.opinions import Opinion
from consultations.outbox import OutboxMessage
from consultations.tickets import Staff
from consultations.unanswered import unanswered
from handlers import entry_wording, opinion_wording, opinions, record, remind_opinions
from handlers.desk import Desk
from handlers.draft_card import look_at_ticket
from handlers.opinions import OpinionRefusedError
from handlers.record import read_entry
from handlers.talk import office_time
from tests.conftest import Clock
from tests.drivers import CoreDriver, StaffRoom

STAFF = Staff("terminal:示例甲", "示例甲")
NUMBER = "YJ-20261123-0001"
COMPLAINT = "你们态度太差"


def rows(desk: Desk) -> list[Opinion]:
    with desk.reading() as session:
        found = list(session.exec(select(Opinion).order_by("id")))
        session.expunge_all()
        return found


def test_a_recognised_complaint_gets_a_row_with_number_and_due_date(
    desk_on_both: Desk,
) -> None:
    asker, room = CoreDriver(desk_on_both), StaffRoom(desk_on_both)
    asker.say(COMPLAINT)
    told = asker.received()[-1].text
    assert f"编号 {NUMBER}" in told
    assert "11月30日" in told  # five working days after Monday, 23 November
    (row,) = rows(desk_on_both)
    assert (row.kind, row.text, row.state, row.ticket_id, row.consultation_id) == ("complaint", COMPLAINT, "open", 1, 1)
    assert any(NUMBER in each.text for each in room.read())


def test_days_are_counted_by_the_work_calendar(desk: Desk) -> None:
    office = office_time(desk.settings)
    before_golden_week = datetime(2026, 9, 29, 2, tzinfo=UTC)
    assert str(office.day(office.due_in_days(before_golden_week, 2))) > "2026-10-07"


def test_a_reply_on_its_ticket_is_the_reply_in_the_ledger(desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    asker.say(COMPLAINT)
    room.press("接单")
    room.say("对不起，已经改进")
    room.say("再补充一句")
    (row,) = rows(desk)
    assert (row.state, row.reply, row.replied_by) == ("replied", "对不起，已经改进", "示例甲")
    room.press("办结")
    assert rows(desk)[0].state == "closed"


def test_a_complaint_said_on_another_tickets_matter_stays_open_when_that_is_answered(
    desk: Desk, asker: CoreDriver, room: StaffRoom
) -> None:
    asker.say("没有人知道的事")
    asker.say(COMPLAINT)
    room.press("接单")
    room.say("关于您的问题：示例")
    assert [each.state for each in rows(desk)] == ["open"]


def test_complaints_never_become_gaps_or_drafts(desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock) -> None:
    asker.say(COMPLAINT)
    room.press("接单")
    room.say("对不起")
    shown = room.press("办结")
    assert "转为知识卡片草稿" not in [label for each in shown for label in each.buttons]
    assert look_at_ticket(desk, 1).refusal == opinion_wording.NOT_CARDS
    with desk.reading() as session:
        assert unanswered(session, clock.now() - timedelta(days=1)) == []


def test_anybody_can_hand_in_an_opinion(desk: Desk, asker: CoreDriver) -> None:
    asker.say("意见建议")
    assert "下一条消息" in asker.received()[-1].text
    asker.say("希望周末也能咨询")
    assert NUMBER in asker.received()[-1].text
    asker.say("/opinion 希望有座位")
    assert [(each.kind, each.text) for each in rows(desk)] == [
        ("suggestion", "希望周末也能咨询"),
        ("suggestion", "希望有座位"),
    ]
    asker.say("/opinion")
    asker.say("！！！")
    assert "没有看到意见内容" in asker.received()[-1].text
    assert len(rows(desk)) == 2


def test_the_same_message_twice_is_one_row(desk: Desk, asker: CoreDriver) -> None:
    for _ in range(2):
        asker.send(text="/opinion 希望有座位", message_id="same")
    assert len(rows(desk)) == 1


def test_a_reply_from_the_ledger_reaches_the_asker_once(desk_on_both: Desk) -> None:
    desk = desk_on_both
    asker = CoreDriver(desk)
    asker.say("/opinion 希望有座位")
    asker.received()
    with desk.writing() as session:
        assert "已答复" in opinions.reply(session, desk, NUMBER, STAFF, "下周添椅子")
    with pytest.raises(OpinionRefusedError, match="已经答复过"), desk.writing() as session:
        opinions.reply(session, desk, NUMBER, STAFF, "下周添椅子")
    assert [each.text for each in asker.received()] == [f"关于您反映的情况（{NUMBER}），答复如下：\n\n下周添椅子"]


def test_staff_enter_rows_and_the_same_words_twice_are_one(desk: Desk, room: StaffRoom, clock: Clock) -> None:
    assert f"{NUMBER}（投诉）" in room.say("/opinion 投诉 等了两个小时，电话 13800138000")[0].text
    assert "没有重复登记" in room.say("/opinion 投诉 等了两个小时，电话 13800138000")[0].text
    clock.advance(minutes=11)
    assert "YJ-20261123-0002" in room.say("/opinion 投诉 等了两个小时，电话 13800138000")[0].text
    assert "请在命令后写内容" in room.say("/opinion")[0].text
    listed = room.say("/opinions")[0].text
    assert "138****8000" in listed
    assert "13800138000" not in listed
    assert "未到期 2 件" in listed
    assert "待答复" in room.say(f"/opinions {NUMBER}")[0].text
    assert "没有 YJ-20260101-0009" in room.say("/opinions YJ-20260101-0009")[0].text


def test_an_entered_complaint_call_is_in_archive_and_ledger(desk: Desk) -> None:
    made = record.record(desk, read_entry(desk, {"question": COMPLAINT}, desk.now()), STAFF)
    (row,) = rows(desk)
    assert (row.kind, row.consultation_id, row.channel) == ("complaint", made.consultation_id, "phone")
    with desk.writing() as session:
        assert "请用电话或当面转告" in opinions.reply(session, desk, NUMBER, STAFF, "已经改进")
    assert entry_wording.is_double(made.number)


def test_bad_input_is_told_and_changes_nothing(desk: Desk, asker: CoreDriver) -> None:
    asker.say("/opinion 希望有座位")
    for number, words, sentence in (
        ("YJ-20260101-0009", "好", "没有 YJ-20260101-0009"),
        (NUMBER, "  ", "答复内容是空的"),
    ):
        with pytest.raises(OpinionRefusedError, match=sentence), desk.writing() as session:
            opinions.reply(session, desk, number, STAFF, words)
    with pytest.raises(OpinionRefusedError, match="要写原因"), desk.writing() as session:
        opinions.close(session, desk, NUMBER, STAFF, " ")
    assert rows(desk)[0].state == "open"
    with desk.writing() as session:
        opinions.close(session, desk, NUMBER, STAFF, "重复反映")
    with pytest.raises(OpinionRefusedError, match="已经办结"), desk.writing() as session:
        opinions.close(session, desk, NUMBER, STAFF, "再来")


def test_erased_words_leave_the_ledger_and_the_rate_stays(desk_on_both: Desk, clock: Clock) -> None:
    asker = CoreDriver(desk_on_both)
    asker.say("/opinion 希望有座位")
    asker.say("导出我的信息")
    assert "希望有座位" in asker.received()[-1].text
    asker.say("删除我的信息")
    asker.press("确认删除")
    (row,) = rows(desk_on_both)
    assert (row.number, row.text) == (NUMBER, "")
    clock.advance(days=30)
    with desk_on_both.reading() as session:
        assert ledger.reply_rate(session, clock.now()).n_due == 1


def test_erased_words_leave_what_staff_were_sent_about_them(desk: Desk, asker: CoreDriver) -> None:
    room = StaffRoom(desk)
    asker.say("/opinion 希望大厅有座位")
    assert "希望大厅有座位" in "".join(each.text for each in room.read())
    room.say("/opinions")
    asker.say("删除我的信息")
    asker.press("确认删除")
    with desk.reading() as session:
        kept = [str(each.payload) for each in session.exec(select(OutboxMessage)).all()]
    assert not [each for each in kept if "希望大厅有座位" in each]


def test_the_command_lists_replies_and_exports(
    desk: Desk, asker: CoreDriver, clock: Clock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asker.say("/opinion =1+1 电话 13800138000 [b]")
    assert not command.list_all(desk, state="", limit=9)
    assert command.reply(desk, NUMBER, "依据样灯法第九条", "示例甲", ask=None)
    assert rows(desk)[0].state == "open"  # a wrong citation holds it back
    assert not command.reply(desk, NUMBER, "依据样灯法第九条", "示例甲", ask=lambda _question: True)
    assert command.show(desk, "YJ-20260101-0009")
    command.export(desk, tmp_path / "a.csv")
    told = (tmp_path / "a.csv").read_text(encoding="utf-8-sig")
    assert "'=1+1 电话 138****8000 [b]" in told
    command.export(desk, tmp_path / "a.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes()[:2] == b"PK"
    assert not command.add(desk, "没有人接电话", "示例甲", kind="complaint", channel="phone")
    clock.advance(days=30)
    capsys.readouterr()
    assert command.list_all(desk, state="open", limit=9)
    assert "按时答复率 50%（按时答复 1 件 / 到期 2 件）" in capsys.readouterr().out
    assert command.close(desk, "YJ-20261123-0002", "示例甲", "")
    assert not command.close(desk, "YJ-20261123-0002", "示例甲", "没留联系方式")


def test_the_due_date_follows_the_setting(desk: Desk) -> None:
    quick = replace(desk, settings=replace(desk.settings, opinion_days=1))
    with quick.writing() as session:
        assert "11月24日" in opinions.enter(session, quick, "示例意见", STAFF).due


# --- reminders


def enter(desk: Desk, *texts: str) -> None:
    with desk.writing() as session:
        for each in texts:
            opinions.enter(session, desk, each, STAFF)


def reminded(desk: Desk, room: StaffRoom) -> list[str]:
    remind_opinions.send_due(desk)
    return [each.text for each in room.read()]


def test_staff_hear_a_workday_ahead_and_when_it_is_late_once_each(desk_on_both: Desk, clock: Clock) -> None:
    desk, room = desk_on_both, StaffRoom(desk_on_both)
    enter(desk, "示例意见甲", "示例意见乙")  # on Monday; due on Monday the 30th at half past five
    clock.advance(days=3, hours=22, minutes=59)  # Friday, a minute to nine
    assert reminded(desk, room) == []
    clock.advance(minutes=1)
    (soon,) = reminded(desk, room)
    assert "2 件快到答复时限" in soon
    assert NUMBER in soon
    assert "示例意见" not in soon
    with desk.writing() as session:
        opinions.reply(session, desk, NUMBER, STAFF, "示例答复")
    clock.advance(days=3, hours=8, minutes=29)
    assert reminded(desk, room) == []
    clock.advance(minutes=1)
    (late,) = reminded(desk, room)
    assert "1 件到期还没有答复" in late
    assert NUMBER not in late  # it was replied to
    clock.advance(days=30)
    assert reminded(desk, room) == []


def test_after_dark_days_the_graver_reminder_comes_once(desk: Desk, room: StaffRoom, clock: Clock) -> None:
    enter(desk, "示例意见")
    clock.advance(days=20)
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: remind_opinions.send_due(desk), range(8))) == 1
    (told,) = [each.text for each in room.read()]
    assert "到期还没有答复" in told


def test_at_night_the_reminder_waits_for_the_morning(desk: Desk, room: StaffRoom, clock: Clock) -> None:
    enter(desk, "示例意见")
    clock.advance(days=7, hours=12)  # ten in the evening
    assert reminded(desk, room) == []
    clock.advance(hours=10, minutes=30)
    assert len(reminded(desk, room)) == 1


def test_a_short_promise_is_reminded_of_on_its_own_day(desk: Desk, room: StaffRoom, clock: Clock) -> None:
    desk = replace(desk, settings=replace(desk.settings, opinion_days=1))
    enter(desk, "示例意见")
    assert reminded(desk, room) == []
    clock.advance(hours=23)  # Tuesday at nine
    assert "快到答复时限" in reminded(desk, room)[0]


def test_a_long_opinion_is_kept_whole_and_a_long_reason_is_refused(desk: Desk, asker: CoreDriver) -> None:
    said = "示例" * 4000
    asker.say(f"/opinion {said}")
    assert rows(desk)[0].text == said
    assert said in opinion_sheet(desk)
    with desk.writing() as session, pytest.raises(OpinionRefusedError, match="最多 200 个字"):
        opinions.close(session, desk, NUMBER, STAFF, "长" * 201)
    assert rows(desk)[0].state == "open"


def opinion_sheet(desk: Desk) -> str:
    with desk.reading() as session:
        return opinions.show(session, desk, NUMBER, str)
