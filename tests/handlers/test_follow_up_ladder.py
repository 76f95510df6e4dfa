"""Follow-ups climb from chat to the other chat to a task for staff; results, second contacts and the improvement
ledger; nothing twice, whatever the clock or a second process does.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from consultations import contacts, follow_ups, improvements, outbox, timers
from consultations.contacts import Contact
from consultations.follow_up_rules import RuleBook
from consultations.follow_ups import FollowUp
from consultations.improvements import ImprovementItem
from consultations.messages import Address
from consultations.outbox import OutboxMessage
from consultations.tickets import Staff, Ticket
from handlers import follow_up, survey
from handlers.desk import Desk
from handlers.follow_up_tasks import Heard, RecordRefusedError, record_result
from tests.conftest import Clock
from tests.drivers import CoreDriver, StaffRoom, deliver_due

STAFF = Staff("staff:1", "示例甲")


@pytest.fixture
def both(desk_on_both: Desk) -> tuple[Desk, CoreDriver, StaffRoom]:
    return desk_on_both, CoreDriver(desk_on_both), StaffRoom(desk_on_both)


def close_one(asker: CoreDriver, room: StaffRoom) -> None:
    asker.say("没有人知道的事")
    room.press("接单")
    room.press("办结")
    asker.received()


def close_and_rate(desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    close_one(asker, room)
    tick(desk)
    asker.press("满意")


def tick(desk: Desk) -> int:
    return survey.send_due(desk) + follow_up.send_due(desk)


def visit_of(desk: Desk, kind: str = "visit") -> FollowUp:
    with desk.reading() as session:
        found = session.exec(select(FollowUp).where(FollowUp.kind == kind).order_by(col(FollowUp.id))).first()
        session.expunge_all()
    assert found is not None, f"no {kind}"
    return found


def ledger(desk: Desk) -> list[ImprovementItem]:
    with desk.reading() as session:
        found = list(improvements.ledger(session))
        session.expunge_all()
    return found


def said(room: StaffRoom) -> str:
    return "\n".join(each.text for each in room.read())


def close_window(desk: Desk, clock: Clock) -> None:
    with desk.writing() as session:
        contacts.keep_reachable(session, Address("core", "asker"), clock.now() + timedelta(minutes=3))


# --- the ladder


def test_a_closed_window_gives_staff_a_script_at_once_and_the_words_wait_in_the_window(
    both: tuple[Desk, CoreDriver, StaffRoom], clock: Clock
) -> None:
    desk, asker, room = both
    close_one(asker, room)
    close_window(desk, clock)
    clock.advance(days=7)
    tick(desk)
    task = visit_of(desk)
    assert (task.state, task.cause) == ("task", "closed")
    shown = said(room)
    assert "请打电话或上门（咨询窗口已关闭）" in shown
    assert "话术：\n1. 说明身份" in shown
    assert "12月1日（星期二）10:00 前联系" in shown
    assert "这里回访一下" in "".join(each.text for each in asker.received())
    asker.press("都好，谢谢")  # they came back after all
    done = visit_of(desk)
    assert (done.state, done.result, done.way) == ("answered", "ok", "chat")
    assert "已经有结果：顺利（服务对象本人）" in room.say("/visit 1 顺利")[0].text


def test_an_open_window_is_asked_in_the_window(desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock) -> None:
    close_one(asker, room)
    clock.advance(days=7)
    close_window(desk, clock)  # seen a moment ago
    tick(desk)
    assert visit_of(desk).state == "sent"


def test_a_blocked_bot_gives_staff_a_task_and_nothing_goes_into_the_chat(
    both: tuple[Desk, CoreDriver, StaffRoom], clock: Clock
) -> None:
    desk, asker, room = both
    close_one(asker, room)
    asker.send("blocked")
    clock.advance(days=7)
    assert tick(desk) == 1
    assert (visit_of(desk).state, visit_of(desk).cause) == ("task", "blocked")
    assert asker.received() == []


def test_a_bot_blocked_or_failing_after_sending_climbs_within_one_tick(
    desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock
) -> None:
    close_one(asker, room)
    clock.advance(days=7)
    tick(desk)
    with desk.writing() as session:
        (due,) = [
            each
            for each in outbox.claim_due(session, now=clock.now(), channels=["core"], limit=9, lease_seconds=60)
            if each.kind == "follow_up"
        ]
        outbox.mark_failed(session, due.outbox_id or 0, "Bad Request", clock.now())
    clock.advance(minutes=1)
    assert tick(desk) == 1
    assert (visit_of(desk).state, visit_of(desk).cause) == ("task", "failed")


def test_nobody_answered_within_a_day_of_working_time(
    desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock
) -> None:
    clock.advance(days=-2)  # Saturday 21st: the follow-up is due on a Saturday, its day is over on a Sunday
    close_one(asker, room)
    clock.advance(days=7)
    tick(desk)
    assert visit_of(desk).state == "sent"
    clock.advance(hours=24)
    tick(desk)
    assert visit_of(desk).state == "sent"  # Sunday: nobody is there to call
    clock.advance(hours=23)  # Monday 9:00
    tick(desk)
    assert (visit_of(desk).state, visit_of(desk).cause) == ("task", "unanswered")


def test_the_other_chat_of_the_same_person_comes_before_the_phone(
    both: tuple[Desk, CoreDriver, StaffRoom], clock: Clock
) -> None:
    desk, asker, room = both
    other = CoreDriver(desk, Address("core", "elsewhere"))
    asker.say("/link")
    code = asker.received()[0].text.partition("/link ")[2][:8]
    other.say(f"/link {code}")
    assert "已关联" in other.received()[0].text
    close_one(asker, room)
    clock.advance(days=7)
    tick(desk)
    deliver_due(desk, "core")
    clock.advance(days=1)
    tick(desk)
    assert visit_of(desk).state == "sent"
    assert "这里回访一下" in "".join(each.text for each in other.received())
    other.press("都好，谢谢")
    assert (visit_of(desk).state, visit_of(desk).result) == ("answered", "ok")
    clock.advance(days=3)
    tick(desk)
    assert visit_of(desk).state == "answered"


def test_both_chats_silent_end_on_the_phone(desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock) -> None:
    other = CoreDriver(desk, Address("core", "elsewhere"))
    other.say("你好")
    with desk.writing() as session:
        mine, theirs = (contacts.find(session, each.address) for each in (asker, other))
        assert mine is None
        assert theirs is not None
    close_one(asker, room)
    with desk.writing() as session:
        mine, theirs = (contacts.find(session, each.address) for each in (asker, other))
        assert mine is not None
        assert theirs is not None
        contacts.link(session, mine, theirs)
    clock.advance(days=7)
    tick(desk)
    clock.advance(days=1)
    tick(desk)
    clock.advance(days=1)
    tick(desk)
    task = visit_of(desk)
    assert (task.state, task.rung, task.cause) == ("task", 3, "unanswered")
    with desk.reading() as session:
        moves = [each.to_state for each in follow_ups.history_of(session, task.key)]
    assert moves == ["sent", "sent", "task"]


def test_quiet_hours_hold_the_whole_ladder(desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock) -> None:
    close_one(asker, room)
    asker.send("blocked")
    clock.advance(days=7, hours=10)  # 20:00
    assert tick(desk) == 0
    clock.advance(hours=12, minutes=30)
    assert tick(desk) == 1


def test_three_dark_days_lose_no_rung_and_double_none(both: tuple[Desk, CoreDriver, StaffRoom], clock: Clock) -> None:
    desk, asker, room = both
    close_and_rate(desk, asker, room)
    clock.advance(days=10)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: tick(desk), range(8)))
    assert (visit_of(desk).state, visit_of(desk).is_late) == ("sent", True)
    clock.advance(days=4)
    with ThreadPoolExecutor(8) as pool:
        moved = sum(pool.map(lambda _: tick(desk), range(8)))
    assert moved == 1
    assert visit_of(desk).state == "task"
    with desk.reading() as session:
        texts = [each.message.plain_text for each in session.exec(select(OutboxMessage))]
    assert len([each for each in texts if "这里回访一下" in each]) == 1
    assert len([each for each in texts if "请打电话或上门" in each]) == 1


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_jumps_an_hour_doubles_nothing(
    hours: int, desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock
) -> None:
    close_and_rate(desk, asker, room)
    clock.advance(days=7)
    tick(desk)
    clock.advance(hours=hours)
    assert tick(desk) == 0
    clock.advance(days=1, hours=-hours)
    assert tick(desk) == 1
    clock.advance(hours=hours)
    assert tick(desk) == 0
    with desk.reading() as session:
        moves = [each.to_state for each in follow_ups.history_of(session, 1)]
    assert moves == ["sent", "task"]


@pytest.mark.parametrize("goodbye", ["退订", "删除我的信息"])
def test_nobody_is_called_who_wants_to_be_left_alone(
    goodbye: str, both: tuple[Desk, CoreDriver, StaffRoom], clock: Clock
) -> None:
    desk, asker, room = both
    close_one(asker, room)
    clock.advance(days=7)
    tick(desk)
    asker.say(goodbye)
    if goodbye != "退订":
        asker.press("确认删除")
    clock.advance(days=2)
    assert tick(desk) == 0
    assert visit_of(desk).state == ("sent" if goodbye == "退订" else "cancelled")


def test_a_task_is_called_off_when_consent_is_withdrawn(
    desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock
) -> None:
    close_one(asker, room)
    close_window(desk, clock)
    clock.advance(days=7)
    tick(desk)
    asker.say("退订")
    assert visit_of(desk).state == "cancelled"
    assert "这次回访已取消" in room.say("/visit 1 顺利")[0].text
    assert visit_of(desk).result == ""


def test_a_reopened_ticket_is_asked_about_again_when_it_is_closed_again(
    both: tuple[Desk, CoreDriver, StaffRoom], clock: Clock
) -> None:
    desk, asker, room = both
    close_and_rate(desk, asker, room)
    room.say("/reopen GD-20261123-0001")
    clock.advance(days=8)
    tick(desk)
    assert "这里回访一下" not in "".join(each.text for each in asker.received())  # somebody is working on it
    room.press("接单")
    room.press("办结")
    tick(desk)
    assert "您对这次服务满意吗" in asker.received()[-1].text
    asker.press("非常满意")
    clock.advance(days=7)
    tick(desk)
    assert "这里回访一下" in asker.received()[-1].text
    with desk.reading() as session:
        states = [(each.kind, each.seq, each.state) for each in session.exec(select(FollowUp)) if each.kind == "visit"]
    assert states == [("visit", 1, "cancelled"), ("visit", 2, "sent")]


# --- rules


def test_the_rule_of_the_service_item_gives_days_words_and_buttons(
    engine: Engine, make_desk: Callable[[Engine], Desk], tmp_path: Path, clock: Clock
) -> None:
    (tmp_path / "own.toml").write_text(
        '[[rule]]\nid = "lamp"\nname = "示例"\nservice_items = ["B01"]\ndays = [2, 5, 90]\n'
        'question = "示例：{closed_on}的事（{number}）成了吗？"\nscript = ["示例话术"]\n'
        'answers = [{ label = "成了", result = "ok" }, { label = "还没有", result = "going" }]\n',
        encoding="utf-8",
    )
    plain = make_desk(engine)
    desk = replace(plain, settings=replace(plain.settings, follow_up_rules=RuleBook(tmp_path)))
    asker, room = CoreDriver(desk), StaffRoom(desk)
    close_one(asker, room)
    with desk.reading() as session:
        due = [(each.seq, (each.due_at - clock.now()).days) for each in session.exec(select(FollowUp))]
    assert due == [(1, 2), (2, 5), (3, 90)]
    clock.advance(days=2)
    tick(desk)
    assert asker.received()[-1].text == "示例：11月23日的事（GD-20261123-0001）成了吗？"
    asker.press("还没有")
    assert "有需要随时找我们" in asker.received()[-1].text
    assert visit_of(desk).result == "going"


# --- results recorded by staff


def test_staff_record_by_button(desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock) -> None:
    close_one(asker, room)
    close_window(desk, clock)
    clock.advance(days=7)
    tick(desk)
    assert room.press("顺利")[0].text == "已记录：回访 1，顺利。"
    done = visit_of(desk)
    assert (done.state, done.result, done.way, done.recorded_by) == ("answered", "ok", "phone", "示例甲")
    again = room.press("还需要帮助", who="示例乙")
    assert "已经有结果：顺利（示例甲），没有改动" in again[0].text
    assert visit_of(desk).result == "ok"


def test_staff_record_in_words_and_personal_data_is_masked(
    desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock
) -> None:
    close_one(asker, room)
    close_window(desk, clock)
    clock.advance(days=7)
    tick(desk)
    assert "1 · 回访 · GD-20261123-0001 · 咨询窗口已关闭" in room.say("/visits")[0].text
    assert "记录结果：/visit" in room.say("/visit 1 好像还行")[0].text
    assert "没有这个编号" in room.say("/visit 99 顺利")[0].text
    assert "问的不是评分" in room.say("/visit 1 满意")[0].text
    room.say("/visit 1 顺利 上门 已拿到通知书，电话13800138000")
    done = visit_of(desk)
    assert (done.way, done.result) == ("visit", "ok")
    assert done.words.startswith("已拿到通知书")
    assert "13800138000" not in done.words
    assert "没有待办" in room.say("/visits")[0].text


def test_still_needing_help_opens_a_ticket_and_an_improvement_item(
    both: tuple[Desk, CoreDriver, StaffRoom], clock: Clock
) -> None:
    desk, asker, room = both
    close_one(asker, room)
    close_window(desk, clock)
    clock.advance(days=7)
    tick(desk)
    assert "已转到工单 GD-20261130-0001" in room.say("/visit 1 还需要帮助 材料又被退回")[0].text
    with desk.reading() as session:
        ticket = session.exec(select(Ticket).where(Ticket.number == "GD-20261130-0001")).one()
        assert timers.is_waiting(session, ticket.key, "over")  # its deadline is watched
        assert ticket.state == "open"
        assert "材料又被退回" in ticket.question
    assert [(each.source, each.cause) for each in ledger(desk)] == [("follow_up", "回访时说还需要帮助")]


def test_not_reached_three_times_ends_the_task(desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock) -> None:
    close_one(asker, room)
    close_window(desk, clock)
    clock.advance(days=7)
    tick(desk)
    assert "第 1 次未联系上" in room.press("未联系上")[0].text
    clock.advance(days=1)
    assert "第 2 次未联系上" in room.press("未联系上")[0].text
    clock.advance(days=1)
    assert "已记录：回访 1，未联系上" in room.press("未联系上")[0].text
    assert (visit_of(desk).state, visit_of(desk).result) == ("answered", "unreached")


def test_a_task_past_its_time_is_told_once(desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock) -> None:
    close_and_rate(desk, asker, room)
    close_window(desk, clock)
    clock.advance(days=7)
    tick(desk)
    room.read()
    clock.advance(days=1)
    assert tick(desk) == 1
    assert "已过时限" in said(room)
    clock.advance(hours=1)
    assert tick(desk) == 0


def test_of_two_who_record_at_once_one_wins(both: tuple[Desk, CoreDriver, StaffRoom], clock: Clock) -> None:
    desk, asker, room = both
    close_one(asker, room)
    close_window(desk, clock)
    clock.advance(days=7)
    tick(desk)

    def record(name: str) -> bool:
        try:
            with desk.writing() as session:
                record_result(session, desk, 1, Heard("ok"), staff=Staff(name, name), now=clock.now())
        except RecordRefusedError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = sum(pool.map(record, [f"示例{n}" for n in range(8)]))
    assert won == 1


# --- low scores


def test_a_low_score_brings_a_second_contact_within_a_working_day_and_an_item(
    both: tuple[Desk, CoreDriver, StaffRoom], clock: Clock
) -> None:
    desk, asker, room = both
    close_one(asker, room)
    tick(desk)
    asker.press("不满意")
    asker.press("没解决")
    second = visit_of(desk, "second")
    assert second.state == "task"
    assert second.task_due_at == clock.now() + timedelta(days=1)
    assert "二次回访" in said(room)
    asker.press("很不满意")  # changed their mind: nothing is doubled
    asker.press("没解决")
    (item,) = ledger(desk)
    assert (item.source, item.cause) == ("survey", "评分 2（不满意）；没解决；评分 1（很不满意）")
    assert item.due_at == second.task_due_at
    with desk.reading() as session:
        assert len(session.exec(select(FollowUp).where(FollowUp.kind == "second")).all()) == 1


@pytest.mark.parametrize("label", ["非常满意", "满意", "一般"])
def test_a_fair_score_brings_nobody_to_the_phone(label: str, desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    close_one(asker, room)
    tick(desk)
    asker.press(label)
    assert ledger(desk) == []


def test_a_low_score_on_friday_evening_is_due_on_monday_evening(
    desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock
) -> None:
    clock.advance(days=4, hours=7)  # Friday 17:00
    close_one(asker, room)
    tick(desk)
    asker.press("很不满意")
    assert str(visit_of(desk, "second").task_due_at)[:16] == "2026-11-30 09:00"  # Monday 17:00 in Shanghai


def test_a_score_asked_for_by_phone_counts_as_one_given_in_chat(
    engine: Engine, make_desk: Callable[[Engine], Desk], tmp_path: Path, clock: Clock
) -> None:
    (tmp_path / "own.toml").write_text(
        '[[rule]]\nid = "general"\nname = "示例"\nscript = ["示例话术"]\nphone_for_score = true\n', encoding="utf-8"
    )
    plain = make_desk(engine)
    desk = replace(plain, settings=replace(plain.settings, follow_up_rules=RuleBook(tmp_path)))
    asker, room = CoreDriver(desk), StaffRoom(desk)
    close_one(asker, room)
    tick(desk)
    clock.advance(days=1)
    tick(desk)  # the reminder
    clock.advance(days=1)
    tick(desk)
    reminder = visit_of(desk, "score_reminder")
    assert (reminder.state, reminder.cause) == ("task", "unanswered")
    assert f"回访 {reminder.id}，不满意" in room.say(f"/visit {reminder.id} 不满意 电话 等得太久")[0].text
    assert [each.cause for each in ledger(desk)] == ["评分 2（不满意）"]
    with desk.reading() as session:
        assert session.exec(select(FollowUp).where(FollowUp.kind == "second")).one().state == "task"


def test_a_reminder_without_such_a_rule_bothers_nobody_further(
    desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock
) -> None:
    close_one(asker, room)
    tick(desk)
    clock.advance(days=1)
    tick(desk)
    clock.advance(days=3)
    assert tick(desk) == 0
    assert visit_of(desk, "score_reminder").state == "sent"


# --- old buttons, other people's buttons


def test_a_foreign_or_invented_button_changes_nothing(
    desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock
) -> None:
    close_one(asker, room)
    clock.advance(days=7)
    tick(desk)
    stranger = CoreDriver(desk, Address("core", "stranger"))
    for action in ("follow:1:ok", "follow:1:better", "follow:99:ok", "visit:1:ok"):
        reply = stranger.send("choice", action=action).replies[0].plain_text
        assert "这个按钮已经失效了" in reply
    assert visit_of(desk).state == "sent"


def test_the_same_press_delivered_twice_is_one_answer(
    desk: Desk, asker: CoreDriver, room: StaffRoom, clock: Clock
) -> None:
    close_one(asker, room)
    clock.advance(days=7)
    tick(desk)
    first = asker.send("choice", action="follow:1:more", message_id="twice")
    again = asker.send("choice", action="follow:1:more", message_id="twice")
    assert not first.repeated
    assert again.repeated
    with desk.reading() as session:
        assert len(session.exec(select(Ticket)).all()) == 2
        assert len(follow_ups.history_of(session, 1)) == 2


# --- linking


def test_a_code_links_once_and_not_for_ever(desk: Desk, asker: CoreDriver, clock: Clock) -> None:
    other = CoreDriver(desk, Address("core", "elsewhere"))
    asker.say("/link")
    code = asker.received()[0].text.partition("/link ")[2][:8]
    asker.say(f"/link {code}")
    assert "在同一个渠道里不用关联" in asker.received()[0].text
    other.say(f"/link {code}")
    assert "关联码不对或已过期" in other.received()[0].text
    asker.say("/link")
    code = asker.received()[0].text.partition("/link ")[2][:8]
    clock.advance(minutes=31)
    other.say(f"/link {code}")
    assert "关联码不对或已过期" in other.received()[0].text
    with desk.reading() as session:
        assert [each.person for each in session.exec(select(Contact))] == [None, None]


def test_linked_channels_show_the_same_history_and_can_be_parted(desk: Desk, asker: CoreDriver) -> None:
    other = CoreDriver(desk, Address("core", "elsewhere"))
    asker.say("没有人知道的事")
    asker.received()
    other.say("/my")
    assert "GD-20261123-0001" not in other.received()[-1].text
    asker.say("/link")
    other.say("/link " + asker.received()[0].text.partition("/link ")[2][:8])
    other.press("我的咨询")
    assert "GD-20261123-0001 · 受理" in other.received()[-1].text
    other.press("取消关联")
    other.received()
    other.say("/my")
    assert "GD-20261123-0001" not in other.received()[-1].text
    other.press("取消关联")
    assert "已取消关联" in other.received()[-1].text
    with desk.reading() as session:
        contact = contacts.find(session, asker.address)
        assert contact is not None
        assert contacts.others_of(session, contact) == []


def _link(giver: CoreDriver, user: CoreDriver) -> None:
    giver.say("/link")
    user.say("/link " + giver.received()[-1].text.partition("/link ")[2][:8])


def test_whoever_was_parted_does_not_come_along_to_the_next(desk: Desk, asker: CoreDriver) -> None:
    parted, third = (CoreDriver(desk, Address("core", each)) for each in ("parted", "third"))
    third.say("没有人知道的事")
    third.received()
    _link(asker, parted)
    asker.say("/link off")
    asker.received()
    _link(asker, third)
    parted.received()
    parted.say("/my")
    assert "GD-20261123-0001" not in parted.received()[-1].text
    asker.say("/my")
    assert "GD-20261123-0001" in asker.received()[-1].text


def test_whoever_gave_the_code_is_told_that_it_was_used_and_may_part(desk: Desk, asker: CoreDriver) -> None:
    other = CoreDriver(desk, Address("core", "elsewhere"))
    _link(asker, other)
    assert "关联码刚刚用过了" in asker.received()[-1].text
    asker.press("取消关联")
    assert "已取消关联" in asker.received()[-1].text
