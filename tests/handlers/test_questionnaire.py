"""Questionnaires: invitations, polls, one reminder, branching, anonymity, and what arrives too late, twice or from
somebody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import SQLModel, select

from consultations import contacts, surveys
from consultations.contacts import Contact
from consultations.dialogue import Dialogue
from consultations.messages import Address
from consultations.questionnaires import parse_questionnaire
from consultations.received import ReceivedMessage
from consultations.surveys import SurveyAnswer, SurveyAnswerChange, SurveyAsking, SurveyResponse
from handlers import questionnaire, survey
from handlers.desk import Desk
from tests.conftest import Clock
from tests.drivers import CoreDriver, Driver, StaffRoom
from tests.handlers.conftest import SURVEYS


def ask(desk: Desk, survey_id: str, *askers: CoreDriver, occasion: str = "round:1") -> int:
    for each in askers:
        each.say("你好")
        each.received()
    with desk.writing() as session:
        found = [contacts.find(session, each.address) for each in askers]
        ids = [each.key for each in found if each is not None]
        return questionnaire.plan_for(session, desk, desk.settings.surveys.by_id[survey_id], ids, occasion)


def given(desk: Desk, survey_id: str) -> list[dict[str, list[str]]]:
    with desk.reading() as session:
        responses = session.exec(select(SurveyResponse).where(SurveyResponse.survey == survey_id)).all()
        return [{name: each.chosen for name, each in surveys.answers_of(session, one).items()} for one in responses]


def n_finished(desk: Desk) -> int:
    with desk.reading() as session:
        return len([each for each in session.exec(select(SurveyResponse)) if each.finished_at])


# --- asking


def test_an_invitation_comes_once_and_with_its_first_question(desk_on_both: Desk, clock: Clock) -> None:
    desk, asker = desk_on_both, CoreDriver(desk_on_both)
    assert ask(desk, "lamps", asker) == 1
    assert ask(desk, "lamps", asker) == 0  # planned before
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: survey.send_due(desk), range(8))) == 1
    (shown,) = asker.received()
    assert "邀请您填写《灯具调查》" in shown.text
    assert "您用什么灯？" in shown.text
    assert shown.buttons[:2] == ("台灯", "吊灯")


def test_a_survey_opens_on_its_morning_and_not_in_quiet_hours(desk: Desk, asker: CoreDriver, clock: Clock) -> None:
    ask(desk, "single", asker)
    assert survey.send_due(desk) == 0
    clock.advance(hours=22, minutes=59)  # Tuesday 8:59
    assert survey.send_due(desk) == 0
    clock.advance(minutes=1)
    assert survey.send_due(desk) == 1
    (message,) = asker.received_messages()
    assert message.poll_options == ("来", "不来")  # one question, one answer: a poll where there are polls
    asker.press("来")
    assert "示例：一题收到。" in asker.received()[0].text
    assert given(desk, "single") == [{"again": ["来"]}]


def test_three_dark_days_send_one_invitation_and_no_reminder_before_it(
    desk: Desk, asker: CoreDriver, clock: Clock
) -> None:
    ask(desk, "lamps", asker)
    clock.advance(days=3)
    assert survey.send_due(desk) == 1
    assert survey.send_due(desk) == 0
    clock.advance(days=1)
    assert survey.send_due(desk) == 1
    assert "还没有收到您的回答，2026年12月24日截止" in asker.received()[-1].text
    clock.advance(days=2)
    assert survey.send_due(desk) == 0


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_jumps_an_hour_doubles_nothing(hours: int, desk: Desk, asker: CoreDriver, clock: Clock) -> None:
    ask(desk, "lamps", asker)
    assert survey.send_due(desk) == 1
    clock.advance(hours=hours)
    assert survey.send_due(desk) == 0
    clock.advance(days=1, hours=-hours)
    assert survey.send_due(desk) == 1
    clock.advance(hours=hours)
    assert survey.send_due(desk) == 0


@pytest.mark.parametrize("survey_id", ["lamps", "quiet"])
def test_who_answered_is_not_reminded(survey_id: str, desk: Desk, asker: CoreDriver, clock: Clock) -> None:
    ask(desk, survey_id, asker)
    survey.send_due(desk)
    for label in {"lamps": ("吊灯", "一般", "跳过"), "quiet": ("公平",)}[survey_id]:
        asker.press(label)
    assert n_finished(desk) == 1
    asker.received()
    clock.advance(days=2)
    assert survey.send_due(desk) == 0


@pytest.mark.parametrize("goodbye", ["退订", "删除我的信息"])
def test_who_withdrew_gets_neither_invitation_nor_reminder(
    goodbye: str, desk: Desk, asker: CoreDriver, clock: Clock
) -> None:
    other = CoreDriver(desk, Address("elsewhere", "other"))
    ask(desk, "lamps", asker)
    survey.send_due(desk)
    ask(desk, "lamps", other)
    for each in (asker, other):
        each.say(goodbye)
        if goodbye != "退订":
            each.press("确认删除")
        each.received()
    clock.advance(days=2)
    assert survey.send_due(desk) == 0
    assert asker.received() == other.received() == []


def test_a_survey_taken_away_is_not_sent_and_its_buttons_say_so(desk: Desk, asker: CoreDriver) -> None:
    other = CoreDriver(desk, Address("elsewhere", "other"))
    ask(desk, "lamps", asker)
    survey.send_due(desk)
    ask(desk, "lamps", other)
    asker.press("台灯")
    del desk.settings.surveys.by_id["lamps"]
    assert survey.send_due(desk) == 0
    asker.press("书房")
    assert "这份问卷已经停用了，您之前的回答仍然保留" in asker.received()[-1].text
    assert given(desk, "lamps") == [{"kind": ["台灯"]}]


def test_a_poll_is_sent_and_voted_in_on_every_channel(driver: Driver, desk: Desk, clock: Clock) -> None:
    driver.say("你好")
    driver.received()
    clock.advance(days=1)
    with desk.writing() as session:
        contact = session.exec(select(Contact)).one()
        questionnaire.plan_for(session, desk, desk.settings.surveys.by_id["single"], [contact.key], "round:1")
    assert survey.send_due(desk) == 1
    (shown,) = driver.received()
    assert "邀请您填写《一题调查》" in shown.text
    assert shown.buttons == ("来", "不来")
    driver.press("不来")
    assert "示例：一题收到。" in driver.received()[0].text
    assert given(desk, "single") == [{"again": ["不来"]}]


# --- answering


def test_an_earlier_answer_changed_takes_back_what_no_longer_applies(desk: Desk, asker: CoreDriver) -> None:
    ask(desk, "lamps", asker)
    survey.send_due(desk)
    asker.press("台灯")
    asker.say("1、3")
    assert given(desk, "lamps") == [{"kind": ["台灯"], "rooms": ["书房", "卧室"]}]
    asker.press("吊灯")
    assert given(desk, "lamps") == [{"kind": ["吊灯"]}]
    with desk.reading() as session:
        changes = [(each.question, each.old, each.new) for each in session.exec(select(SurveyAnswerChange))]
    assert changes == [("kind", ["台灯"], ["吊灯"]), ("rooms", ["书房", "卧室"], [])]


def test_answered_twice_changes_nothing(desk_on_both: Desk) -> None:
    asker = CoreDriver(desk_on_both)
    ask(desk_on_both, "lamps", asker)
    survey.send_due(desk_on_both)
    for label in ("吊灯", "一般", "跳过"):
        asker.press(label)
    before = given(desk_on_both, "lamps")
    asker.press("太暗")
    assert "您已经填过《灯具调查》，回答都在" in asker.received()[-1].text
    assert given(desk_on_both, "lamps") == before == [{"kind": ["吊灯"], "bright": ["一般"], "words": []}]


def test_the_same_press_delivered_twice_counts_once(desk: Desk, asker: CoreDriver) -> None:
    ask(desk, "lamps", asker)
    survey.send_due(desk)
    asker.press("台灯")
    asker.received()
    with desk.reading() as session:
        press = session.exec(select(ReceivedMessage).where(ReceivedMessage.kind == "choice")).one()
        action = press.action.replace(":0:", ":1:", 1)
        mark = desk.settings.surveys.by_id["lamps"].questions[1].mark
    action = f"{':'.join(action.split(':')[:3])}:{mark}:0"
    first = asker.send("choice", action=action, message_id="twice")
    again = asker.send("choice", action=action, message_id="twice")
    assert (first.repeated, again.repeated) == (False, True)
    assert again.replies == first.replies
    assert given(desk, "lamps")[0]["rooms"] == ["书房"]  # pressed twice on purpose it would be taken back


def test_after_closing_nothing_is_taken_and_nothing_is_lost(desk: Desk, asker: CoreDriver, clock: Clock) -> None:
    ask(desk, "lamps", asker)
    survey.send_due(desk)
    asker.press("台灯")
    clock.advance(days=31)  # 24th of December, the last day
    asker.say("你好")
    asker.press("书房")
    assert given(desk, "lamps")[0]["rooms"] == ["书房"]
    clock.advance(days=1)
    asker.press("客厅")
    assert "《灯具调查》已于 2026年12月24日截止，这次的回答没有计入" in asker.received()[-1].text
    assert given(desk, "lamps")[0]["rooms"] == ["书房"]
    assert "灯具调查" not in "".join(str(each) for each in _list(asker))


def _list(asker: CoreDriver) -> list[object]:
    asker.say("问卷")
    return list(asker.received())


def test_before_opening_a_button_says_when(desk: Desk, asker: CoreDriver) -> None:
    ask(desk, "single", asker)
    mark = desk.settings.surveys.by_id["single"].questions[0].mark
    reply = asker.send("choice", action=f"q:1:0:{mark}:0").replies[0].plain_text
    assert "《一题调查》从 2026年11月24日开始" in reply
    assert given(desk, "single") == []


def test_a_button_made_for_other_options_is_old(desk: Desk, asker: CoreDriver) -> None:
    ask(desk, "lamps", asker)
    survey.send_due(desk)
    turned = SURVEYS["lamps"].replace('["台灯", "吊灯"]', '["吊灯", "台灯"]')
    desk.settings.surveys.by_id["lamps"] = parse_questionnaire({"lamps.toml": turned})
    asker.press("台灯")
    (shown,) = asker.received()[-1:]
    assert "这个按钮已经失效了，没有改动您的回答" in shown.text
    assert shown.buttons[:2] == ("吊灯", "台灯")
    assert given(desk, "lamps") == []


def test_foreign_and_invented_buttons_change_nothing(desk: Desk, asker: CoreDriver) -> None:
    ask(desk, "lamps", asker)
    survey.send_due(desk)
    mark = desk.settings.surveys.by_id["lamps"].questions[0].mark
    stranger = CoreDriver(desk, Address("core", "stranger"))
    assert "失效" in stranger.send("choice", action=f"q:1:0:{mark}:0").replies[0].plain_text
    for action in (
        "q:1:0::0",
        f"q:1:9:{mark}:0",
        f"q:1:0:{mark}:9",
        f"q:1:0:{mark}:done",
        f"q:1:0:{mark}:skip",
        "q",
        "q:",
    ):
        assert "失效" in asker.send("choice", action=action).replies[0].plain_text
    for action in ("survey:nosuch", "survey:satisfaction", "survey:single", "survey:"):
        assert "停用" in asker.send("choice", action=action).replies[0].plain_text
    assert given(desk, "lamps") == []
    assert asker.send("vote", action=f"q:1:0:{mark}", votes=()).replies == ()


def test_words_that_fit_no_option_are_a_question(desk: Desk, asker: CoreDriver) -> None:
    asker.say("问卷")
    asker.press("灯具调查")
    for words in ("9", "商标续展多少钱？"):
        asker.say(words)
    assert "示例：五百元。" in asker.received()[-1].text
    assert given(desk, "lamps") == []


# --- anonymity


def everything(desk: Desk) -> str:
    """Every row of every table as text."""
    with desk.reading() as session:
        tables = SQLModel.metadata.sorted_tables
        return "\n".join(str(row) for each in tables for row in session.connection().execute(each.select()))


def test_an_anonymous_answer_is_nowhere_beside_who_gave_it(desk_on_both: Desk, clock: Clock) -> None:
    desk, asker = desk_on_both, CoreDriver(desk_on_both)
    ask(desk, "quiet", asker)
    survey.send_due(desk)
    asker.press("不公平")
    asker.say("示例：排队太久的原因")
    assert "示例：匿名收到。" in asker.received()[-1].text
    with desk.reading() as session:
        (response,) = session.exec(select(SurveyResponse)).all()
        assert response.contact_id is None
        assert response.respondent.startswith("anonymous:")
        assert "asker" not in response.respondent
        assert (response.started_at.hour, response.started_at.minute) == (0, 0)
        letters = session.exec(select(ReceivedMessage).where(ReceivedMessage.route.in_(["q", "q_typed"]))).all()  # type: ignore[attr-defined]
        assert {(each.text, each.action) for each in letters} == {("", "confidential")}
        answers = {each.question: each.chosen for each in session.exec(select(SurveyAnswer))}
        assert answers == {"fair": ["不公平"], "why": ["示例：排队太久的原因"]}
    assert everything(desk).count("排队太久") == 1  # the answer itself


ROOMS = """
name = "匿名多选"
anonymous = true
listed = true
remind_after_hours = 24
[[question]]
id = "rooms"
kind = "multi"
text = "放在哪里？"
options = ["书房甲", "客厅乙", "卧室丙"]
[[question]]
id = "why"
kind = "single"
text = "为什么放书房甲？"
options = ["安静丁", "方便戊"]
only_if = { question = "rooms", answers = ["书房甲"] }
"""
TOLD = ("书房甲", "客厅乙", "卧室丙", "安静丁", "方便戊")


def tables_saying(desk: Desk, words: Sequence[str]) -> set[str]:
    """The tables in which one of the words stands."""
    with desk.reading() as session:
        rows = [
            (each.name, session.connection().execute(each.select()).all()) for each in SQLModel.metadata.sorted_tables
        ]
    return {name for name, found in rows if any(word in str(row) for row in found for word in words)}


def test_choices_of_an_anonymous_survey_stand_in_no_table_beside_a_person(desk_on_both: Desk, clock: Clock) -> None:
    desk, asker = desk_on_both, CoreDriver(desk_on_both)
    desk.settings.surveys.by_id["rooms"] = parse_questionnaire({"rooms.toml": ROOMS})
    ask(desk, "rooms", asker)
    survey.send_due(desk)
    for label in ("书房甲", "卧室丙", "✓ 卧室丙", "客厅乙"):
        asker.press(label)
    clock.advance(days=1)
    survey.send_due(desk)
    assert "✓ 客厅乙" in asker.received()[-1].buttons  # the reminder goes on where it was left
    assert tables_saying(desk, TOLD) == {"survey_answer"}
    asker.press("选好了")
    asker.say("安静丁")
    asker.received()
    assert given(desk, "rooms") == [{"rooms": ["书房甲", "客厅乙"], "why": ["安静丁"]}]
    assert tables_saying(desk, TOLD) == {"survey_answer"}
    with desk.reading() as session:
        (answers,) = {each.response_id for each in session.exec(select(SurveyAnswer))}
        assert session.get_one(SurveyResponse, answers).contact_id is None
        state = session.exec(select(Dialogue)).one()
        assert state.awaiting == ""  # not even which question was the last


def test_an_anonymous_answer_edited_afterwards_is_not_kept(desk: Desk, asker: CoreDriver) -> None:
    ask(desk, "quiet", asker)
    survey.send_due(desk)
    asker.press("不公平")
    asker.send(text="示例：第一句", message_id="told")
    asker.send("edit", text="示例：改过的一句", foreign_message_id="told")
    assert "没有保存" in asker.received()[-1].text
    assert "改过的一句" not in everything(desk)
    assert given(desk, "quiet") == [{"fair": ["不公平"], "why": ["示例：第一句"]}]


@pytest.mark.parametrize("n_before", [1, 12])
def test_anonymous_words_reach_neither_the_ticket_nor_the_archive_when_throttled(
    n_before: int, desk: Desk, asker: CoreDriver
) -> None:
    ask(desk, "quiet", asker)
    asker.say("没有人知道的事")
    room = StaffRoom(desk)
    room.press("接单")
    survey.send_due(desk)
    for _ in range(n_before):
        asker.say("/my")
    asker.press("不公平")
    room.read()
    asker.say("示例：排队太久的原因")
    assert "示例：匿名收到。" in asker.received()[-1].text
    assert room.read() == []
    assert everything(desk).count("排队太久") == 1


def test_after_a_reply_of_staff_words_are_for_them_and_no_longer_for_a_survey(desk: Desk, asker: CoreDriver) -> None:
    ask(desk, "quiet", asker)
    asker.say("没有人知道的事")
    room = StaffRoom(desk)
    room.press("接单")
    survey.send_due(desk)
    asker.press("不公平")
    room.say("示例：哪一年的？")
    asker.say("示例：去年的")
    assert "示例：去年的" in room.read()[-1].text
    assert given(desk, "quiet") == [{"fair": ["不公平"]}]


def test_an_anonymous_survey_is_answered_once_all_the_same(desk_on_both: Desk) -> None:
    desk, asker = desk_on_both, CoreDriver(desk_on_both)
    other = CoreDriver(desk, Address("elsewhere", "other"))
    ask(desk, "quiet", asker, other)
    survey.send_due(desk)
    asker.press("公平")
    asker.press("不公平")
    assert "您已经填过《匿名调查》" in asker.received()[-1].text
    other.press("公平")
    assert given(desk, "quiet") == [{"fair": ["公平"]}, {"fair": ["公平"]}]


def test_the_hash_needs_the_key(desk: Desk) -> None:
    one, two = (surveys.respondent_of(7, "quiet", key=key) for key in (b"a", b"b"))
    assert one != two
    assert surveys.respondent_of(7, "quiet", key=b"a") == one
    assert surveys.respondent_of(8, "quiet", key=b"a") != one
    assert surveys.respondent_of(7, "other", key=b"a") != one


# --- one's own data


def test_who_has_their_data_erased_leaves_choices_without_name_and_words(desk_on_both: Desk) -> None:
    desk, asker = desk_on_both, CoreDriver(desk_on_both)
    ask(desk, "lamps", asker)
    survey.send_due(desk)
    for label in ("吊灯", "一般"):
        asker.press(label)
    asker.say("示例：我叫示例甲")
    asker.say("个人信息")
    asker.press("导出我的信息")
    exported = asker.received()[-1].text
    assert "示例：我叫示例甲" in exported
    assert "吊灯" in exported
    asker.say("删除我的信息")
    asker.press("确认删除")
    asker.received()
    assert given(desk, "lamps") == [{"kind": ["吊灯"], "bright": ["一般"], "words": [""]}]  # it was answered
    with desk.reading() as session:
        (response,) = session.exec(select(SurveyResponse)).all()
        assert (response.contact_id, response.respondent) == (None, f"erased:{response.id}")
        assert response.finished_at is not None
    asker.press("吊灯")
    assert "失效" in asker.received()[-1].text
    assert n_finished(desk) == 1


def test_who_begins_by_themselves_counts_as_asked(desk: Desk, asker: CoreDriver, clock: Clock) -> None:
    asker.say("问卷")
    asker.press("灯具调查")
    with desk.reading() as session:
        (asking,) = session.exec(select(SurveyAsking)).all()
        assert (asking.state, asking.channel) == ("sent", "core")
    clock.advance(days=3)
    assert survey.send_due(desk) == 0  # nobody reminds whoever was not invited
