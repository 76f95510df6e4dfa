"""Trainings in the conversation: signed up by one tap, reminded once, told of changes, signed in, asked afterwards."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from consultations import attendances, contacts, outbox, trainings
from consultations.attendances import Attendance
from consultations.broadcasts import Broadcast
from consultations.counted_records import Scope
from consultations.figures import FIGURES
from consultations.messages import Address, Choice
from consultations.selection import Selection
from consultations.surveys import SurveyAsking
from consultations.trainings import Training
from handlers import remind_trainings, report_files, survey, training_wording
from handlers.desk import Desk
from handlers.own_data import own_data
from handlers.training_papers import ENDINGS, file_pieces
from tests.conftest import Clock
from tests.drivers import CoreDriver, StaffRoom, choices_of

NUMBER = "PX-20261123-0001"
LINES = """标题：商标注册实务
时间：2026-11-25 14:00-16:00
地点：一楼会议室
讲师：示例讲师
名额：{seats}
课件：商标.pptx
课件版本：1"""


@pytest.fixture
def room(desk: Desk) -> StaffRoom:
    return StaffRoom(desk)


@pytest.fixture
def asker(desk: Desk) -> CoreDriver:
    return CoreDriver(desk)


def said(room: StaffRoom, text: str) -> str:
    return "\n".join(each.text for each in room.say(text, thread=""))


def publish(room: StaffRoom, seats: int = 1) -> None:
    said(room, f"/training 保存\n{LINES.format(seats=seats)}")
    room.press(training_wording.PUBLISH)


def sign_up(desk: Desk, name: str) -> CoreDriver:
    person = CoreDriver(desk, Address("core", name))
    person.send(text="培训", sender_name=name)
    action = next(each.action for each in _choices(person) if each.label.startswith((training_wording.SIGN_UP, "候补")))
    person.send("choice", action=action, sender_name=name)
    return person


def _choices(person: CoreDriver) -> list[Choice]:
    return choices_of(person.received_messages()[-1])


def texts(person: CoreDriver) -> str:
    return "\n".join(each.text for each in person.received())


def due(desk: Desk, person: CoreDriver) -> str:
    """Everything that went or is to go to somebody by now, whoever fetched it."""
    with desk.reading() as session:
        rows = outbox.of_address(session, person.address)
        return "\n".join(
            each.message.plain_text for each in rows if each.state != "cancelled" and each.due_at <= desk.now()
        )


def code(desk: Desk) -> str:
    with desk.reading() as session:
        return session.exec(select(Training.code)).one()


def states(desk: Desk) -> list[str]:
    with desk.reading() as session:
        return [each.state for each in attendances.of_training(session, 1)]


def test_nothing_is_stored_before_the_preview_was_seen(desk: Desk, room: StaffRoom) -> None:
    shown = room.say(f"/training 新建\n{LINES.format(seats=2)}", thread="")[0].text
    with desk.reading() as session:
        assert session.exec(select(Training)).all() == []
    assert "2026年11月25日（星期三）14:00–16:00" in shown
    again = shown[shown.index("/training 保存") :]
    assert NUMBER in said(room, again)  # the preview ends with the message that stores it
    with desk.reading() as session:
        training = session.exec(select(Training)).one()
        assert (training.state, training.capacity, training.place) == ("draft", 2, "一楼会议室")


@pytest.mark.parametrize(
    ("lines", "cure"),
    [
        ("标题：示例\n地点：示例室", "还缺时间"),
        ("标题：示例\n地点：示例室\n时间：下周三", "看不懂"),
        ("标题：示例\n地点：示例室\n时间：2026-11-01 14:00-16:00", "已经过了"),
        ("标题：示例\n地点：示例室\n时间：2026-12-01 16:00-14:00", "看不懂"),
        ("标题：示例\n地点：示例室\n时间：2026-12-01 14:00-16:00\n名额：很多", "写成数字"),
        ("随便写写", "每行写"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_cure(room: StaffRoom, lines: str, cure: str) -> None:
    assert cure in said(room, f"/training 新建\n{lines}")


def test_a_plain_question_shows_what_is_open_and_else_is_answered_as_ever(
    desk: Desk, room: StaffRoom, asker: CoreDriver
) -> None:
    for words in ("最近有什么培训", "培训"):
        asker.say(words)
        assert "报名" not in texts(asker)
    asker.say("/trainings")
    assert training_wording.NONE_OPEN in texts(asker)
    publish(room)
    for words in ("最近有什么培训", "我想报名培训", "培训", "/trainings"):
        asker.say(words)
        assert "还有 1 个名额" in texts(asker)
    asker.say("专利代理师资格考试培训怎么报名")
    assert "商标注册实务" not in texts(asker)


def test_one_tap_signs_up_the_next_waits_and_moves_up_once_there_is_a_seat(desk: Desk, room: StaffRoom) -> None:
    publish(room)
    first, second = sign_up(desk, "甲"), sign_up(desk, "乙")
    assert "报名成功" in texts(first)
    assert "候补第 1 位" in texts(second)
    first.say("/my")
    first.press(f"{training_wording.LEAVE} {NUMBER}")
    assert states(desk) == ["withdrawn", "signed_up"]
    remind_trainings.run_due(desk)
    assert texts(second).count("有空位了") == 1
    second.say("我的咨询")
    assert "已报名" in texts(second)


def test_the_reminder_comes_once_the_day_before_and_survives_an_outage(
    desk: Desk, room: StaffRoom, clock: Clock
) -> None:
    publish(room, 5)
    person = sign_up(desk, "甲")
    texts(person)
    remind_trainings.run_due(desk)
    assert texts(person) == ""  # two days before
    clock.advance(hours=22)  # the day before, eight o'clock: quiet
    remind_trainings.run_due(desk)
    assert texts(person) == ""
    clock.advance(hours=1)
    for _ in range(3):
        remind_trainings.run_due(desk)
    assert texts(person).count("明天举办") == 1
    late = sign_up(desk, "乙")  # who signs up now has just read it
    texts(late)
    clock.advance(hours=24)
    remind_trainings.run_due(desk)
    assert (texts(person), texts(late)) == ("", "")


def test_after_an_outage_the_reminder_still_comes_on_the_day(desk: Desk, room: StaffRoom, clock: Clock) -> None:
    publish(room, 5)
    person = sign_up(desk, "甲")
    texts(person)
    clock.advance(days=2)
    remind_trainings.run_due(desk)
    assert texts(person).count("今天举办") == 1


def test_another_time_or_place_is_told_once_and_what_waited_of_before_is_called_off(
    desk: Desk, room: StaffRoom, clock: Clock
) -> None:
    publish(room, 5)
    person = sign_up(desk, "甲")
    said(room, f"/training 报名 {NUMBER} 示例丙")
    texts(person)
    clock.advance(hours=11)  # quiet hours
    told = said(room, f"/training {NUMBER} 改\n地点：二楼")
    assert "已通知 1 位" in told
    assert "还有 1 位" in told  # no chat: must be called
    said(room, f"/training {NUMBER} 改\n时间：2026-11-26 09:00-11:00\n地点：三楼")
    said(room, f"/training {NUMBER} 改\n讲师：示例乙")  # nobody is told of that
    assert texts(person) == ""
    clock.advance(hours=13)
    heard = texts(person)
    assert heard.count("请以这一条为准") == 1
    assert "三楼" in heard
    assert "时间和地点" in heard
    assert "未通知" in said(room, f"/training {NUMBER} 名单")


def test_who_can_not_be_told_of_a_seat_is_not_promised_one(desk: Desk, room: StaffRoom) -> None:
    publish(room)
    sign_up(desk, "甲")
    assert "一有空位就告诉您" in texts(sign_up(desk, "乙"))
    silent = CoreDriver(desk, Address("core", "丙"))
    silent.say("退订")
    silent.say("培训")
    silent.press(next(each.label for each in _choices(silent) if each.label.startswith("候补")))
    heard = texts(silent)
    assert "候补第 2 位" in heard
    assert training_wording.NO_PLACE in heard
    assert "一有空位就告诉您" not in heard


def test_whoever_signed_up_or_waits_hears_that_it_is_cancelled_unless_they_want_nothing(
    desk: Desk, room: StaffRoom, clock: Clock
) -> None:
    publish(room)
    first, waiting, gone = (sign_up(desk, each) for each in "甲乙丙")
    gone.say("退订")
    assert "请写明取消的原因" in said(room, f"/training {NUMBER} 取消")
    told = said(room, f"/training {NUMBER} 取消 讲师生病")
    assert "已通知 2 位" in told
    assert "还有 1 位" in told
    assert "讲师生病" in due(desk, first)
    assert "请不要前往" in due(desk, waiting)
    assert "请不要前往" not in due(desk, gone)
    clock.advance(days=1)
    assert remind_trainings.run_due(desk) == 0
    assert "不能取消" in said(room, f"/training {NUMBER} 取消 又一次")


def test_the_code_signs_in_who_is_there_and_only_while_it_is_taken(desk: Desk, room: StaffRoom, clock: Clock) -> None:
    publish(room, 5)
    first, stranger = sign_up(desk, "甲"), CoreDriver(desk, Address("core", "丁"))
    first.say(f"签到 {code(desk)}")
    assert training_wording.CODE_WRONG in texts(first)  # two days early
    clock.advance(days=2, hours=3, minutes=30)
    first.say(f"签到{code(desk)}")
    first.say(f"签到：{code(desk)}。")
    heard = texts(first)
    assert heard.count("已签到：") == 1
    assert "已经签到过" in heard
    stranger.say(f"签到 {code(desk)}")
    assert "名单里没有您" in texts(stranger)
    stranger.press(training_wording.ENTER_ME)
    assert states(desk) == ["attended", "attended"]
    clock.advance(hours=3)
    late = CoreDriver(desk, Address("core", "戊"))
    late.say(f"签到 {code(desk)}")
    assert training_wording.CODE_WRONG in texts(late)


def test_who_guesses_codes_has_few_tries(desk: Desk, room: StaffRoom, clock: Clock) -> None:
    publish(room, 5)
    clock.advance(days=2, hours=4)
    guesser = CoreDriver(desk, Address("core", "丁"))
    for each in range(5):
        wrong = f"{(int(code(desk)) + each + 1) % 10**6:06d}"
        if each % 2:
            guesser.say(f"签到 {wrong}")
        else:
            guesser.send("choice", action=f"sign_in:{wrong}:yes")
    texts(guesser)
    guesser.say(f"签到 {code(desk)}")
    assert training_wording.GUESSED_ENOUGH in texts(guesser)
    assert states(desk) == []
    clock.advance(minutes=11)
    guesser.say(f"签到 {code(desk)}")
    assert "名单里没有您" in texts(guesser)


def test_two_hours_after_the_end_whoever_came_is_asked_once(desk: Desk, room: StaffRoom, clock: Clock) -> None:
    publish(room, 5)
    came, missed, late = (sign_up(desk, each) for each in "甲乙丙")
    clock.advance(days=2, hours=4)
    came.say(f"签到 {code(desk)}")
    clock.advance(hours=2)
    for _ in range(2):
        remind_trainings.run_due(desk)
    said(room, f"/training {NUMBER} 到场 丙")  # staff remember after the end
    said(room, f"/training {NUMBER} 未到 丙")
    said(room, f"/training {NUMBER} 到场 3")
    survey.send_due(desk)
    assert "培训效果调查" not in due(desk, came)
    clock.advance(hours=2)
    for _ in range(2):
        survey.send_due(desk)
    assert [due(desk, each).count("培训效果调查") for each in (came, missed, late)] == [1, 0, 1]
    assert "确认课件" in said(room, f"/training {NUMBER} 归档")
    said(room, f"/training {NUMBER} 确认课件")
    assert "已归档" in said(room, f"/training {NUMBER} 归档")
    with desk.reading() as session:
        assert {each.occasion for each in session.exec(select(SurveyAsking))} == {"training:1"}


def test_who_is_erased_leaves_no_name_and_their_seat_goes_to_whoever_waits(desk: Desk, room: StaffRoom) -> None:
    publish(room)
    first, second = sign_up(desk, "王小明"), sign_up(desk, "乙")
    first.press(training_wording.GIVE_NAME)
    first.say("王小明，示例公司")
    assert "王小明，示例公司" in said(room, f"/training {NUMBER} 名单")
    with desk.reading() as session:
        contact = contacts.find(session, first.address)
        assert contact is not None
        assert own_data(session, contact)["培训报名"][0]["name"] == "王小明，示例公司"
    texts(second)
    first.send("choice", action="erase:sure")
    remind_trainings.run_due(desk)
    assert "有空位了" in texts(second)
    assert "王小明" not in said(room, f"/training {NUMBER} 名单")
    with desk.reading() as session:
        assert {each.name for each in session.exec(select(Attendance))} == {"", "乙"}


def test_whoever_asks_in_confidence_is_in_no_list_by_name(desk: Desk, room: StaffRoom) -> None:
    publish(room)
    sign_up(desk, "王小明").say("保密咨询")
    assert training_wording.UNNAMED in said(room, f"/training {NUMBER} 名单")


def test_the_invitation_is_a_draft_somebody_else_approves(desk: Desk, room: StaffRoom) -> None:
    publish(room)
    room.say(f"/training {NUMBER} 邀请", thread="")
    with desk.reading() as session:
        made = session.exec(select(Broadcast)).one()
        assert (made.state, made.rule, made.about) == ("draft", {"topic": ["培训活动"]}, "training:1")
        assert "一楼会议室" in made.text


def test_people_without_chat_are_entered_by_name_and_signed_in(desk: Desk, room: StaffRoom, clock: Clock) -> None:
    publish(room)
    said(room, f"/training {NUMBER} 报名 示例丙")
    assert "名单里已经有" in said(room, f"/training {NUMBER} 报名 示例 丙")
    assert "候补" in said(room, f"/training {NUMBER} 报名 示例丙（示例公司）")
    assert "30 分钟起才能签到" in said(room, f"/training {NUMBER} 到场 示例丙")
    told = said(room, f"/training {NUMBER} 退出 示例丙")
    assert "请打电话告诉他们" in told + "".join(each.text for each in room.read())
    clock.advance(days=2, hours=4)
    room.say(f"/training {NUMBER} 名单", thread="")
    assert "已签到" in room.press("到场 2. 示例丙（示例公司）")[0].text
    assert "已删去" in said(room, f"/training {NUMBER} 抹去 2")
    assert "示例公司" not in said(room, f"/training {NUMBER} 名单")


def test_the_file_holds_everything_and_names_only_for_whoever_may_know_them(
    desk: Desk, room: StaffRoom, clock: Clock, tmp_path: Path
) -> None:
    publish(room, 5)
    said(room, f"/training {NUMBER} 改\n方案：先讲后练\n需求：想学检索")
    came = sign_up(desk, "王小明")
    said(room, f"/training {NUMBER} 报名 示例丙")
    clock.advance(days=2, hours=4)
    came.say(f"签到 {code(desk)}")
    clock.advance(hours=2)
    remind_trainings.run_due(desk)
    said(room, f"/training {NUMBER} 确认课件")
    clock.advance(hours=2)
    survey.send_due(desk)
    with desk.reading() as session:
        training = session.exec(select(Training)).one()
        open_, hidden = (file_pieces(session, desk, training, is_named=each) for each in (True, False))
        scope = Scope(clock.now() - timedelta(days=9), clock.now(), clock.now())
        assert {key: FIGURES[key].value(session, scope) for key in ("trainings", "trained")} == {
            "trainings": 1,
            "trained": 1,
        }
        by_web = replace(scope, selection=Selection(channels=("web",)))
        assert [FIGURES[key].value(session, by_web) for key in ("trainings", "trained")] == [0, 0]
    texts_of = [str(open_), str(hidden)]
    for wanted in ("先讲后练", "想学检索", "商标.pptx", "示例甲记录", "11-25 14:00", "问了 1 人，答了 0 人"):
        assert wanted in texts_of[0]
    assert "王小明" in texts_of[0]
    assert "王小明" not in texts_of[1]
    assert "示例丙" not in texts_of[1]
    for ending in ENDINGS:
        report_files.write(tmp_path / f"file{ending}", open_)
        assert zipfile.is_zipfile(tmp_path / f"file{ending}")


def test_forged_and_old_buttons_do_nothing(desk: Desk, room: StaffRoom, clock: Clock) -> None:
    said(room, f"/training 保存\n{LINES.format(seats=1)}")
    stranger = CoreDriver(desk, Address("core", "丁"))
    stranger.send("choice", action="training:1:join")  # a draft
    publish(room)
    stranger.send("choice", action="training:2:cancel")
    stranger.send("choice", action="training:99:join")
    clock.advance(days=3)
    stranger.send("choice", action="training:2:join")
    with desk.reading() as session:
        assert session.exec(select(Attendance)).all() == []
        assert [each.state for each in trainings.in_states(session, ("draft", "open"))] == ["open", "draft"]
    assert training_wording.GONE in texts(stranger)


def test_days_between_are_those_of_the_office(desk: Desk, room: StaffRoom, clock: Clock) -> None:
    publish(room, 5)
    with desk.reading() as session:
        training = session.exec(select(Training)).one()
        assert training.starts_at - clock.now() == timedelta(days=2, hours=4)
        assert re.fullmatch(r"\d{6}", training.code)
