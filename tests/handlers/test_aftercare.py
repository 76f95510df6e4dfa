"""Surveys and follow-ups: quiet hours, downtime, two processes ticking, one reminder, withdrawal."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import select

from consultations import surveys
from consultations.follow_ups import FollowUp
from consultations.outbox import OutboxMessage
from consultations.surveys import SurveyAsking
from handlers import follow_up, survey
from handlers.desk import Desk
from tests.conftest import Clock
from tests.drivers import CoreDriver, StaffRoom


def close_one(asker: CoreDriver, room: StaffRoom) -> None:
    asker.say("没有人知道的事")
    room.press("接单")
    room.press("办结")
    asker.received()


def tick(desk: Desk) -> int:
    return survey.send_due(desk) + follow_up.send_due(desk)


def kinds(desk: Desk) -> list[str]:
    with desk.reading() as session:
        rows = session.exec(select(OutboxMessage).where(OutboxMessage.channel == "core").order_by("id"))
        return [each.kind for each in rows if each.kind != "reply"]


def test_nothing_goes_out_in_quiet_hours(desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock) -> None:
    clock.advance(hours=9, minutes=59)  # 19:59
    close_one(asker, room)
    clock.advance(minutes=1)
    assert tick(desk) == 0
    clock.advance(hours=12, minutes=29)  # 08:29
    assert tick(desk) == 0
    clock.advance(minutes=1)
    assert tick(desk) == 1
    assert "满意吗" in asker.received()[0].text


def test_closed_at_night_is_asked_in_the_morning(desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock) -> None:
    clock.advance(hours=12)  # 22:00
    close_one(asker, room)
    with desk.reading() as session:
        assert str(session.exec(select(SurveyAsking)).one().due_at)[:16] == "2026-11-24 00:30"  # 08:30 in Shanghai


def test_closed_at_night_both_sides_read_when_the_score_is_asked_for(
    asker: CoreDriver, room: StaffRoom, clock: Clock
) -> None:
    clock.advance(hours=12)  # 22:00
    asker.say("没有人知道的事")
    room.press("接单")
    asker.received()
    told = "\n".join(each.text for each in room.press("办结"))
    assert "满意度评价 11月24日（星期二）08:30 发给对方" in told
    assert "11月24日（星期二）08:30 再请您评价" in asker.received()[-1].text


@pytest.mark.parametrize(("consent", "in_room"), [("不同意", "不发满意度评价和回访"), ("同意", "")])
def test_staff_read_at_closing_whether_no_score_will_be_asked_for(
    asker: CoreDriver, room: StaffRoom, consent: str, in_room: str
) -> None:
    asker.say("没有人知道的事")
    asker.received()
    asker.press(consent)
    room.press("接单")
    told = "\n".join(each.text for each in room.press("办结"))
    assert in_room in told
    assert ("满意度评价" in told) is bool(in_room)
    assert "评价" not in asker.received()[-1].text


def test_reopened_before_it_was_asked_about_it_is_asked_about_when_it_is_closed_again(
    desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock
) -> None:
    clock.advance(hours=12)  # 22:00
    close_one(asker, room)
    room.say("/reopen")
    clock.advance(hours=12)
    assert tick(desk) == 0
    room.press("接单")
    room.press("办结")
    assert tick(desk) == 1
    assert kinds(desk) == ["survey"]


def test_closed_again_the_reminder_of_the_first_time_stays_away(
    desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock
) -> None:
    close_one(asker, room)
    tick(desk)
    room.say("/reopen")
    clock.advance(hours=23)
    room.press("接单")
    room.press("办结")
    clock.advance(hours=1)
    follow_up.send_due(desk)  # the first reminder would be due; the second poll comes first
    assert kinds(desk) == ["survey"]
    survey.send_due(desk)
    assert kinds(desk) == ["survey", "survey"]


def test_three_days_of_darkness_lose_nothing_and_double_nothing(
    desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock
) -> None:
    close_one(asker, room)
    tick(desk)
    asker.press("满意")
    clock.advance(days=10)  # the follow-up was due three days ago
    assert tick(desk) == 1
    assert tick(desk) == 0
    assert kinds(desk) == ["survey", "follow_up"]
    with desk.reading() as session:
        visit = session.exec(select(FollowUp).where(FollowUp.kind == "visit")).one()
        assert (visit.state, visit.is_late) == ("sent", True)


def test_two_processes_may_tick(desk_on_both: Desk, clock: Clock) -> None:
    asker, room = CoreDriver(desk_on_both), StaffRoom(desk_on_both)
    close_one(asker, room)
    clock.advance(days=8)
    with ThreadPoolExecutor(8) as pool:
        moved = sum(pool.map(lambda _: tick(desk_on_both), range(8)))
    assert sorted(kinds(desk_on_both)) == ["follow_up", "survey"]
    assert moved == 2


def test_one_reminder_after_a_day_and_never_another(
    desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock
) -> None:
    close_one(asker, room)
    tick(desk)
    clock.advance(hours=24)
    assert tick(desk) == 1
    assert "还没有收到您的评价" in asker.received()[-1].text
    clock.advance(hours=48)
    assert tick(desk) == 0
    asker.press("非常满意")
    with desk.reading() as session:
        assert surveys.score_of(session, 1) == 5


def test_who_answered_is_not_reminded(desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock) -> None:
    close_one(asker, room)
    tick(desk)
    asker.press("一般")
    asker.received()
    clock.advance(hours=30)
    assert tick(desk) == 0
    assert asker.received() == []


def test_a_vote_taken_back_changes_nothing(desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    close_one(asker, room)
    tick(desk)
    asker.press("满意")
    assert asker.send("vote", action="score:1", votes=()).replies == ()
    assert "失效" in asker.send("vote", action="score:1", votes=(9,)).replies[0].plain_text
    with desk.reading() as session:
        assert surveys.score_of(session, 1) == 4


@pytest.mark.parametrize("goodbye", ["/stop", "不同意", "撤回同意", "退订"])
def test_withdrawal_stops_what_waits(
    goodbye: str, desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock
) -> None:
    close_one(asker, room)
    asker.say(goodbye)
    clock.advance(days=8)
    assert tick(desk) == 0
    with desk.reading() as session:
        assert {each.state for each in session.exec(select(SurveyAsking))} == {"cancelled"}
        assert {each.state for each in session.exec(select(FollowUp))} == {"cancelled"}


def test_withdrawal_calls_off_what_is_already_in_the_outbox(desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    close_one(asker, room)
    assert tick(desk) == 1
    asker.send(text="退订")
    assert [each.text for each in asker.received() if "满意吗" in each.text] == []


def test_who_left_is_not_followed_up_in_chat(desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock) -> None:
    close_one(asker, room)
    asker.send("blocked")
    clock.advance(days=8)
    tick(desk)
    assert kinds(desk) == []


def test_a_follow_up_answered_well_is_kept(desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock) -> None:
    close_one(asker, room)
    clock.advance(days=7)
    tick(desk)
    asker.press("都好，谢谢")
    assert "谢谢您告诉我们" in asker.received()[-1].text
    with desk.reading() as session:
        visit = session.exec(select(FollowUp).where(FollowUp.kind == "visit")).one()
        assert (visit.state, visit.result) == ("answered", "ok")
