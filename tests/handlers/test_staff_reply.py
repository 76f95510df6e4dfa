"""Staff in their chat: claim, reply, note, close; refusals in plain Chinese, and nothing said to the wrong person."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlmodel import select

from consultations import ticket_messages
from consultations.contacts import Contact
from consultations.messages import Inbound
from consultations.outbox import OutboxMessage
from handlers.desk import Desk
from handlers.turn import take_turn
from tests.conftest import Clock
from tests.drivers import STAFF_ROOM, CoreDriver, Shown, StaffRoom

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
    assert "可参考：\n1. 《示例商标条例》第二十条之二" in notice.text
    assert notice.buttons == ("接单", "为什么这样答")


def test_the_thread_is_titled_by_number_reason_and_state(opened: StaffRoom, desk: Desk) -> None:
    opened.press("接单")
    with desk.reading() as session:
        rows = session.exec(select(OutboxMessage).where(OutboxMessage.kind == "staff").order_by("id")).all()
        messages = [each.message for each in rows]
    assert [each.thread_title for each in messages] == [f"{NUMBER} 咨询 受理", f"{NUMBER} 咨询 办理中"]
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


def test_of_fifty_presses_at_once_one_wins_and_the_others_read_who(desk_on_both: Desk) -> None:
    CoreDriver(desk_on_both).say("没有人知道的事")

    def press(number: int) -> str:
        inbound = Inbound(
            STAFF_ROOM,
            f"race/{number}",
            f"示例{number}",
            desk_on_both.now(),
            kind="choice",
            sender_name=f"示例{number}",
            action="claim:1",
            thread_key="ticket:1",
        )
        return "".join(each.plain_text for each in take_turn(inbound, desk_on_both).replies)

    with ThreadPoolExecutor(10) as pool:
        told = list(pool.map(press, range(50)))
    (won,) = [number for number, words in enumerate(told) if not words]
    assert set(told) == {"", f"{NUMBER} 已由 示例{won} 接单。"}
    shown = text_of(StaffRoom(desk_on_both).read())
    assert shown.count(f"已由 示例{won} 接单") == shown.count("已由") == 1


def test_only_the_holder_speaks_to_the_asker(opened: StaffRoom, asker: CoreDriver, desk: Desk) -> None:
    assert "还没有人接单" in text_of(opened.say("太早了"))
    opened.press("接单", who="示例甲")
    assert "没有发给服务对象" in text_of(opened.say("我来插一句", who="示例乙"))
    assert "已记为内部备注" in text_of(opened.say("/note 先查一下", who="示例乙"))
    assert asker.received() == []
    opened.say("示例答复", who="示例甲")
    assert "示例答复" in asker.received()[0].text
    with desk.reading() as session:
        said = [(each.author, each.text) for each in ticket_messages.of_ticket(session, 1)]
    assert said == [("note", "太早了"), ("note", "我来插一句"), ("note", "先查一下"), ("staff", "示例答复")]


def test_commands_take_a_number_outside_the_thread(opened: StaffRoom, asker: CoreDriver) -> None:
    assert NUMBER in text_of(opened.say("/tickets", thread=""))
    assert "没认出是哪张工单" in text_of(opened.say("/claim", thread=""))
    assert "没有找到工单 GD-20991231-0001" in text_of(opened.say("/claim gd-20991231-0001", thread=""))
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
        assert len(ticket_messages.of_ticket(session, 1)[-1].text) == 5000


def test_a_promise_at_night_counts_from_the_morning(asker: CoreDriver, clock: Clock) -> None:
    clock.advance(days=4, hours=9)  # Friday 19:00
    asker.say("转人工")
    text = asker.received()[0].text
    assert "11月30日（星期一）17:00 前答复" in text
    assert "11月30日（星期一）09:00 上班" in text


def test_a_question_written_after_asking_for_a_person_is_listed_once(asker: CoreDriver, room: StaffRoom) -> None:
    asker.say("转人工")
    asker.say("没有人知道的事")
    room.read()
    assert text_of(room.say("/tickets", thread="")).count("没有人知道的事") == 1


def test_the_list_shows_what_the_asker_added_until_somebody_replies(opened: StaffRoom, asker: CoreDriver) -> None:
    opened.press("接单")
    opened.say("请带上证书。")
    asker.say("需要几天？")
    assert "又说：需要几天？" in text_of(opened.say("/tickets", thread=""))
    opened.say("三天。")
    assert "又说" not in text_of(opened.say("/tickets", thread=""))


# --- citations ---


WRONG = "依据《样灯法》第九条，可以办理。"


def held(room: StaffRoom, text: str = WRONG) -> str:
    return text_of(room.say(text))


def test_a_reply_with_a_wrong_citation_waits_for_a_decision(opened: StaffRoom, asker: CoreDriver) -> None:
    opened.press("接单")
    (shown,) = opened.say(WRONG)
    assert "《样灯法》（2020年1月31日版）共3条，没有第九条" in shown.text
    assert shown.buttons == ("仍然发送", "改一改")
    assert asker.received() == []


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("依据《没有这部条例》第三条", "没有找到《没有这部条例》"),
        ("依据样灯旧法第三条", "自2021年1月1日起由样灯法取代"),
        ("新样灯法第3条改了", "自2027年1月1日起才施行"),
        ("依据样灯法第1条第2款", "只有一款，没有第二款"),
    ],
)
def test_every_kind_of_wrong_citation_is_told(opened: StaffRoom, asker: CoreDriver, text: str, part: str) -> None:
    opened.press("接单")
    assert part in held(opened, text)
    assert part in held(opened, f"/reply {NUMBER} {text}")
    assert asker.received() == []


def test_a_held_reply_is_sent_once_when_its_author_insists(opened: StaffRoom, asker: CoreDriver, desk: Desk) -> None:
    opened.press("接单")
    opened.say(WRONG)
    assert "已答复" in text_of(opened.press("仍然发送"))
    assert [WRONG in each.text for each in asker.received()] == [True]
    assert "已经处理过了" in text_of(opened.press("仍然发送"))
    assert "已经处理过了" in text_of(opened.press("改一改"))
    assert asker.received() == []
    with desk.reading() as session:
        said = [(each.author, each.text) for each in ticket_messages.of_ticket(session, 1)]
    assert said == [("dropped", WRONG), ("note", "引用有疑问，经确认仍然发送。"), ("staff", WRONG)]


def test_a_revised_reply_goes_out_and_the_held_one_never(opened: StaffRoom, asker: CoreDriver) -> None:
    opened.press("接单")
    opened.say(WRONG)
    assert "再发一遍" in text_of(opened.press("改一改"))
    assert "已经处理过了" in text_of(opened.press("仍然发送"))
    opened.say("依据《样灯法》第二条，可以办理。")
    (reply,) = asker.received()
    assert "第二条" in reply.text


def test_writing_the_right_reply_at_once_drops_the_held_one(opened: StaffRoom, asker: CoreDriver) -> None:
    opened.press("接单")
    opened.say(WRONG)
    opened.say("依据《样灯法》第二条，可以办理。")
    assert "已经处理过了" in text_of(opened.press("仍然发送"))
    assert ["第二条" in each.text for each in asker.received()] == [True]


def test_of_two_held_replies_only_the_last_can_be_sent(opened: StaffRoom, asker: CoreDriver) -> None:
    opened.press("接单")
    (first,) = opened.say(WRONG)
    opened.say("依据《样灯法》第八条，可以办理。")
    assert "已经处理过了" in text_of(opened.act("send:1:1"))
    opened.press("仍然发送")
    assert ["第八条" in each.text for each in asker.received()] == [True]
    assert first.buttons


def test_only_the_holder_decides_on_a_held_reply(opened: StaffRoom, asker: CoreDriver) -> None:
    opened.press("接单", who="示例甲")
    opened.say(WRONG, who="示例甲")
    assert "由 示例甲 决定" in text_of(opened.press("仍然发送", who="示例乙"))
    assert "由 示例甲 决定" in text_of(opened.press("改一改", who="示例乙"))
    assert asker.received() == []
    opened.press("仍然发送", who="示例甲")
    assert len(asker.received()) == 1


def test_a_held_reply_of_a_closed_ticket_stays_unsent(opened: StaffRoom, asker: CoreDriver) -> None:
    opened.press("接单")
    opened.say(WRONG)
    opened.press("办结")
    asker.received()
    assert "已经办结" in text_of(opened.press("仍然发送"))
    assert asker.received() == []
    assert "已经办结" in held(opened)


def test_what_cannot_be_verified_goes_out_with_a_remark_to_staff(opened: StaffRoom, asker: CoreDriver) -> None:
    opened.press("接单")
    told = text_of(opened.say("依据《样灯规则》第七条"))
    assert "已答复" in told
    assert "没有核对" in told
    assert "没有核对" not in text_of([*asker.received()])


def test_a_reply_right_today_is_wrong_after_midnight(opened: StaffRoom, asker: CoreDriver, clock: Clock) -> None:
    opened.press("接单")
    text = "依据《样灯法》第二条（2020年1月31日版）。"
    clock.moment = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)
    assert "已答复" in held(opened, text)
    clock.advance(seconds=1)
    assert "自2027年1月1日起已由2026年6月26日版取代" in held(opened, text)
    assert len(asker.received()) == 1


def test_erasing_takes_a_held_reply_too(opened: StaffRoom, asker: CoreDriver, desk: Desk) -> None:
    opened.press("接单")
    opened.say(WRONG)
    asker.send("choice", action="erase:sure")
    with desk.reading() as session:
        assert {each.text for each in ticket_messages.of_ticket(session, 1)} == {""}
    assert "已经" in text_of(opened.press("仍然发送"))
    assert all(WRONG not in each.text for each in asker.received())


def test_the_asker_cannot_send_a_held_reply(opened: StaffRoom, asker: CoreDriver) -> None:
    opened.press("接单")
    opened.say(WRONG)
    asker.send("choice", action="send:1:1")
    assert all(WRONG not in each.text for each in asker.received())


def test_a_held_reply_is_no_part_of_the_askers_own_data(opened: StaffRoom, asker: CoreDriver) -> None:
    opened.press("接单")
    opened.say(WRONG)
    asker.send("choice", action="export")
    assert all(WRONG not in each.text for each in asker.received())


def test_of_two_presses_one_takes_the_draft(desk_on_both: Desk) -> None:
    asker, room = CoreDriver(desk_on_both), StaffRoom(desk_on_both)
    asker.say("没有人知道的事")
    room.read()
    room.press("接单")
    room.say(WRONG)
    with desk_on_both.writing() as session:
        draft = ticket_messages.of_ticket(session, 1)[-1]
        assert (draft.author, draft.text) == ("draft", WRONG)
        assert ticket_messages.take_draft(session, 1, draft.id) is not None
        assert ticket_messages.take_draft(session, 1, draft.id) is None
        assert ticket_messages.take_draft(session, 2, draft.id) is None
