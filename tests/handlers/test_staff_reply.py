"""Staff in their chat: claim, reply, note, close; refusals in plain Chinese, and nothing said to the wrong person."""

from __future__ import annotations

import pytest
from sqlmodel import select

from consultations import tickets
from consultations.contacts import Contact
from consultations.outbox import OutboxMessage
from handlers.desk import Desk
from tests.conftest import Clock
from tests.drivers import CoreDriver, Shown, StaffRoom

NUMBER = "GD-20261123-0001"


@pytest.fixture
def opened(asker: CoreDriver, room: StaffRoom) -> StaffRoom:
    """A room that has one new ticket in front of it."""
    asker.say("没有人知道的事")
    asker.received()
    room.read()
    return room


def text_of(shown: list[Shown]) -> str:
    return "\n".join(each.text for each in shown)


def test_the_notice_shows_question_history_candidates_and_a_button(asker: CoreDriver, room: StaffRoom) -> None:
    asker.say("我的手机13800138000，商标续展多少钱？")
    assert "我的手机138****8000，商标续展多少钱？" in text_of(room.read())
    room.press("接单")
    room.press("办结")
    asker.say("商标续展多少钱？")
    room.read()
    asker.say("转人工")
    (notice,) = room.read()
    assert "服务对象 1：商标续展多少钱？" in notice.text
    assert "138****8000" in notice.text
    assert "13800138000" not in notice.text
    assert "可参考：\n· 《示例商标条例》第二十条之二" in notice.text
    assert notice.buttons == ("接单",)


def test_the_thread_is_titled_by_number_reason_and_state(opened: StaffRoom, desk: Desk) -> None:
    opened.press("接单")
    with desk.reading() as session:
        rows = session.exec(select(OutboxMessage).where(OutboxMessage.kind == "staff").order_by("id")).all()
        messages = [each.message for each in rows]
    assert [each.thread_title for each in messages] == [f"{NUMBER} 依据不足 受理", f"{NUMBER} 依据不足 办理中"]
    assert {each.thread_key for each in messages} == {"ticket:1"}


def test_a_secret_asker_stays_unnamed(desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    asker.say("商标续展多少钱？")
    with desk.writing() as session:
        session.exec(select(Contact)).one().is_secret = True
    asker.say("转人工")
    assert "保密服务对象：" in text_of(room.read())


def test_the_second_claim_reads_who_was_first(opened: StaffRoom) -> None:
    opened.press("接单", who="示例甲")
    assert f"{NUMBER} 已由 示例甲 接单。" in text_of(opened.press("接单", who="示例乙"))
    assert f"{NUMBER} 已由 示例甲 接单。" in text_of(opened.say("/claim", who="示例乙"))


def test_only_the_holder_speaks_to_the_asker(opened: StaffRoom, asker: CoreDriver, desk: Desk) -> None:
    assert "还没有人接单" in text_of(opened.say("太早了"))
    opened.press("接单", who="示例甲")
    assert "没有发给服务对象" in text_of(opened.say("我来插一句", who="示例乙"))
    assert "已记为内部备注" in text_of(opened.say("/note 先查一下", who="示例乙"))
    assert asker.received() == []
    opened.say("示例答复", who="示例甲")
    assert "示例答复" in asker.received()[0].text
    with desk.reading() as session:
        said = [(each.author, each.text) for each in tickets.messages_of(session, 1)]
    assert said == [("note", "太早了"), ("note", "我来插一句"), ("note", "先查一下"), ("staff", "示例答复")]


def test_commands_take_a_number_outside_the_thread(opened: StaffRoom, asker: CoreDriver) -> None:
    assert NUMBER in text_of(opened.say("/tickets", thread=""))
    assert "没认出是哪张工单" in text_of(opened.say("/claim", thread=""))
    assert "没认出是哪张工单" in text_of(opened.say("/claim GD-20991231-0001", thread=""))
    assert "接单" in text_of(opened.say(f"/claim {NUMBER.lower()}", thread=""))
    assert "已答复" in text_of(opened.say(f"/reply {NUMBER} 示例答复", thread=""))
    assert "示例答复" in asker.received()[0].text
    assert "已记为内部备注" in text_of(opened.say(f"/note {NUMBER} 内部", thread=""))
    assert "已由 示例甲 办结" in text_of(opened.say(f"/close {NUMBER}", thread=""))
    assert "没有待办工单" in text_of(opened.say("/tickets", thread=""))


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ("/close", "还没有人接单，请先接单"),
        ("/reply", "答复内容是空的"),
        ("/nosuch", "在工单话题里"),
    ],
)
def test_refusals_before_claiming(opened: StaffRoom, words: str, refusal: str) -> None:
    assert refusal in text_of(opened.say(words))


def test_a_closed_ticket_is_closed(opened: StaffRoom, asker: CoreDriver) -> None:
    opened.press("接单")
    opened.press("办结")
    asker.received()
    for words in ("/claim", "/close", "还有一句", "/reply 还有一句"):
        assert "已经办结，不能再办理" in text_of(opened.say(words)), words
    assert asker.received() == []


def test_staff_may_talk_among_themselves(room: StaffRoom) -> None:
    assert room.say("大家下午好", thread="") == []


@pytest.mark.parametrize("thread", ["ticket:999", "ticket:x", "ticket:99999999999999999999", "ticket:"])
def test_an_unknown_thread_is_told(room: StaffRoom, thread: str) -> None:
    assert "没认出是哪张工单" in text_of(room.say("示例", thread=thread))


def test_staff_hear_that_the_asker_left_the_channel(opened: StaffRoom, asker: CoreDriver) -> None:
    opened.press("接单")
    asker.send("blocked")
    assert "已停用本渠道" in text_of(opened.say("示例答复"))


def test_an_asker_who_needs_nobody_any_more_withdraws(opened: StaffRoom, asker: CoreDriver) -> None:
    (reply,) = asker.send("choice", action="done:1").replies
    assert "已撤回" in reply.plain_text
    assert "无需再办理" in text_of(opened.read())
    assert "由服务对象撤回，不能再办理" in text_of(opened.say("/claim"))


def test_a_long_message_is_cut_for_staff_but_whole_in_the_archive(
    opened: StaffRoom, asker: CoreDriver, desk: Desk
) -> None:
    opened.press("接单")
    asker.say("长" * 5000)
    assert "全文见档案" in text_of(opened.read())
    with desk.reading() as session:
        assert len(tickets.messages_of(session, 1)[-1].text) == 5000


def test_a_promise_at_night_counts_from_the_morning(asker: CoreDriver, clock: Clock) -> None:
    clock.advance(days=4, hours=9)  # Friday 19:00
    asker.say("转人工")
    text = asker.received()[0].text
    assert "11月30日（星期一）17:00 前答复" in text
    assert "11月30日（星期一）09:00 上班" in text


def test_the_list_shows_what_the_asker_added_until_somebody_replies(opened: StaffRoom, asker: CoreDriver) -> None:
    opened.press("接单")
    opened.say("请带上证书。")
    asker.say("需要几天？")
    assert "又说：需要几天？" in text_of(opened.say("/tickets", thread=""))
    opened.say("三天。")
    assert "又说" not in text_of(opened.say("/tickets", thread=""))
