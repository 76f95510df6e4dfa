"""Staff move tickets in their chat: give back, give out, transfer, merge, reopen, correct; bad input is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from consultations import ticket_messages, tickets
from consultations.duty_reading import Duty, parse_book
from consultations.messages import Address
from handlers.desk import Desk
from tests.conftest import Clock
from tests.drivers import CoreDriver, Shown, StaffRoom

NUMBER, SECOND = "GD-20261123-0001", "GD-20261123-0002"
BOOK = """
[[outlet]]
id = "here"
name = "本部"
[[outlet]]
id = "north"
name = "北站"
[[staff]]
id = "a"
name = "示例甲"
accounts = ["staff:示例甲"]
[[staff]]
id = "b"
name = "示例乙"
accounts = ["staff:示例乙"]
[[staff]]
id = "lead"
name = "示例组长"
accounts = ["staff:示例组长"]
leader = true
[[staff]]
id = "gone"
name = "示例离岗"
until = 2026-11-22
"""


@pytest.fixture
def staffed(desk: Desk) -> Desk:
    return replace(desk, duty=Duty(book=parse_book({"duty.toml": BOOK})))


@pytest.fixture
def asker(staffed: Desk) -> CoreDriver:
    return CoreDriver(staffed)


@pytest.fixture
def room(staffed: Desk, asker: CoreDriver) -> StaffRoom:
    """A room with one new ticket."""
    made = StaffRoom(staffed)
    asker.say("没有人知道的事")
    asker.received()
    made.read()
    return made


def text_of(shown: list[Shown]) -> str:
    return "\n".join(each.text for each in shown)


def state_of(desk: Desk, number: str = NUMBER) -> str:
    with desk.reading() as session:
        found = tickets.by_number(session, number)
        assert found is not None
        return found.state


def test_a_ticket_is_given_back_and_taken_by_a_colleague(room: StaffRoom, staffed: Desk) -> None:
    room.press("接单")
    assert f"{NUMBER} 已由 示例甲 退回待办：要出门。\n\n派给：示例乙" in text_of(room.say("/release 要出门"))
    assert state_of(staffed) == "assigned"
    room.press("接单", who="示例乙")
    assert "示例乙" in text_of(room.say("/ticket"))


def test_only_holder_and_leader_move_a_ticket(room: StaffRoom, staffed: Desk) -> None:
    room.press("接单")
    for words in ("/release", "/assign 示例乙", "/transfer 北站"):
        assert "请由接单人或值班负责人来做" in text_of(room.say(words, who="示例乙")), words
    assert state_of(staffed) == "claimed"
    assert "已派给 示例乙" in text_of(room.say("/assign 示例乙", who="示例组长"))
    assert state_of(staffed) == "assigned"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("/assign", "请写明派给谁。名单上有：示例甲、示例乙"),
        ("/assign 示例丙", "名单里没有“示例丙”"),
        ("/assign 示例离岗", "示例离岗 已经不在岗"),
        ("/transfer", "请写明转给哪个网点。已登记的有：本部、北站"),
        ("/transfer 南站", "没有名为“南站”的网点"),
        ("/kind", "请写明类型。可用的有：紧急、投诉建议"),
        ("/kind 聊天", "没有“聊天”这个类型"),
        ("/merge GD-20261123-0001 GD-20991231-0001", "没有找到工单 GD-20991231-0001"),
        ("/merge GD-20261123-0001", "两个工单号是同一张"),
        ("/reopen", "还没有办结，不用重新办理"),
        ("/ticket GD-20991231-0001", "没有找到工单 GD-20991231-0001"),
        ("/reopen GD-20991231-0001", "没有找到工单 GD-20991231-0001"),
    ],
)
def test_bad_input_gets_a_sentence_with_its_cure(room: StaffRoom, staffed: Desk, words: str, told: str) -> None:
    before = state_of(staffed)
    assert told in text_of(room.say(words))
    assert state_of(staffed) == before


def test_a_ticket_nobody_has_cannot_be_given_back(desk: Desk) -> None:
    CoreDriver(desk).say("没有人知道的事")
    assert f"{NUMBER} 本来就在待办里" in text_of(StaffRoom(desk).say("/release"))


def test_without_a_staff_list_the_way_to_one_is_told(desk: Desk) -> None:
    CoreDriver(desk).say("没有人知道的事")
    room = StaffRoom(desk)
    assert "duty/staff.toml" in text_of(room.say("/assign 示例乙"))
    assert "[[outlet]]" in text_of(room.say("/transfer 北站"))


def test_a_transferred_ticket_keeps_its_promise_and_the_asker_is_told(
    room: StaffRoom, asker: CoreDriver, staffed: Desk
) -> None:
    room.press("接单")
    told = text_of(room.say("/transfer 北站 归那边管"))
    assert f"{NUMBER} 已由 示例甲 转给 北站：归那边管。答应服务对象的时间不变。" in told
    assert "已转给 北站 办理，仍会在 11月24日（星期二）09:30 前答复您" in asker.received()[0].text
    assert "已经在 北站" in text_of(room.say("/transfer 北站"))
    assert "网点：北站" in text_of(room.say("/ticket"))
    assert state_of(staffed) == "assigned"


def test_merged_askers_both_get_the_reply_and_their_own_number(
    room: StaffRoom, asker: CoreDriver, staffed: Desk
) -> None:
    second = CoreDriver(staffed, Address("elsewhere", "second"))
    second.say("没有人知道的另一件事")
    second.received()
    room.read()
    told = text_of(room.say(f"/merge {SECOND} {NUMBER}", thread=""))
    assert f"{SECOND} 已由 示例甲 并入 {NUMBER}" in told
    assert "没有人知道的另一件事" in told
    assert room.thread == "ticket:1"
    assert "接单" in text_of(room.say(f"/claim {SECOND}", thread=""))
    room.say("示例答复", thread="ticket:1")
    for each, number in ((asker, NUMBER), (second, SECOND)):
        (reply,) = each.received()
        assert "示例答复" in reply.text
        assert number in reply.text
    second.say("我补充一句")
    assert "我补充一句" in text_of(room.read())
    assert room.thread == "ticket:1"
    room.say(f"/close {NUMBER}", thread="")
    for each, number in ((asker, NUMBER), (second, SECOND)):
        assert any(f"{number} 已办结" in shown.text for shown in each.received())
    assert state_of(staffed, SECOND) == "closed"


def test_one_asker_being_done_does_not_close_the_other_ticket(
    room: StaffRoom, asker: CoreDriver, staffed: Desk
) -> None:
    second = CoreDriver(staffed, Address("elsewhere", "second"))
    second.say("没有人知道的另一件事")
    room.say(f"/merge {SECOND} {NUMBER}", thread="")
    room.say(f"/claim {NUMBER}", thread="")
    asker.send("choice", action="done:1")
    assert (state_of(staffed), state_of(staffed, SECOND)) == ("closed", "claimed")
    assert "已答复" in text_of(room.say(f"/reply {SECOND} 示例", thread=""))


def test_a_closed_ticket_is_reopened_and_the_asker_told(room: StaffRoom, asker: CoreDriver, clock: Clock) -> None:
    room.press("接单")
    room.press("办结")
    asker.received()
    clock.advance(days=1)
    assert "/reopen" in text_of(room.say("还有一句"))
    assert f"{NUMBER} 已由 示例甲 重新办理，请在 11月25日（星期三）09:30 前答复" in text_of(room.say("/reopen"))
    assert "已重新办理，工作人员会在 11月25日（星期三）09:30 前答复您" in asker.received()[-1].text
    room.press("接单")
    room.say("示例答复")
    assert "示例答复" in asker.received()[-1].text


def test_a_ticket_is_not_reopened_beside_another_or_for_somebody_erased(room: StaffRoom, asker: CoreDriver) -> None:
    room.press("接单")
    room.press("办结")
    asker.say("没有人知道的另一件事")
    room.read()
    assert f"另有工单 {SECOND} 正在办理" in text_of(room.say(f"/reopen {NUMBER}", thread=""))
    asker.send("choice", action="erase:sure")
    assert "已要求删除个人信息" in text_of(room.say(f"/reopen {NUMBER}", thread=""))


def test_the_kind_is_read_from_the_question_and_can_be_corrected(room: StaffRoom, staffed: Desk) -> None:
    assert f"{NUMBER} 的类型改为“紧急”，请在 11月23日（星期一）10:15 前答复" in text_of(room.say("/kind 紧急"))
    # What was promised stays promised: a longer deadline does not move the time.
    assert "请在 11月23日（星期一）10:15 前答复" in text_of(room.say("/kind 投诉建议"))
    sheet = text_of(room.say("/ticket"))
    assert "投诉建议" in sheet
    assert "类型改为 紧急" in sheet
    CoreDriver(staffed, Address("core", "complaining")).say("你们态度太差")
    assert f"新工单 {SECOND}（投诉建议）" in text_of(room.read())


def test_an_emergency_is_promised_a_quarter_of_an_hour(staffed: Desk) -> None:
    asker, room = CoreDriver(staffed), StaffRoom(staffed)
    asker.say("明早就开庭")
    assert "11月23日（星期一）10:15 前答复" in asker.received()[0].text
    assert f"新工单 {NUMBER}（紧急，情况紧急）" in text_of(room.read())


def test_the_sheet_tells_the_whole_history_without_the_asker(room: StaffRoom, asker: CoreDriver) -> None:
    room.press("接单")
    room.say("示例答复")
    asker.send("choice", action="done:1")
    sheet = text_of(room.say(f"/ticket {NUMBER}", thread=""))
    for part in (f"工单：{NUMBER} · 咨询 · 已办结", "服务对象：1 号", "咨询编号：ZX-20261123-0001", "接单人：示例甲"):
        assert part in sheet
    for part in ("11-23 10:00 受理", "办理中 示例甲", "已回复 示例甲", "已办结 服务对象"):
        assert part in sheet


def test_the_ticket_of_an_asker_who_edits_shows_old_and_new(room: StaffRoom, asker: CoreDriver) -> None:
    asker.send(text="没有人知道的第三件事", foreign_message_id="m1")
    room.read()
    asker.send("edit", text="没有人知道的第四件事", foreign_message_id="m1")
    told = text_of(room.read())
    assert "原文：没有人知道的第三件事" in told
    assert "改为：没有人知道的第四件事" in told


def test_an_asker_takes_messages_back_one_by_one_and_staff_see_which(
    room: StaffRoom, asker: CoreDriver, staffed: Desk
) -> None:
    asker.say("撤回上一条")
    assert "没有可以撤回的" in asker.received()[-1].text
    room.press("接单")
    asker.say("电话13800138000，请打给我")
    asker.say("第二句")
    room.read()
    for original in ("第二句", "电话138****8000，请打给我"):
        asker.say("撤回上一条")
        assert "上一条不算了" in asker.received()[-1].text
        assert f"请不要再按它办理。原文：{original}" in text_of(room.read())
    asker.say("/unsay")
    assert "没有可以撤回的" in asker.received()[-1].text
    with staffed.reading() as session:
        said = [(each.author, each.text) for each in ticket_messages.of_ticket(session, 1)]
    assert said[0] == ("asker", "电话13800138000，请打给我")
    assert [author for author, _ in said] == ["asker", "asker", "unsaid", "unsaid"]
    assert "撤回了一条消息 服务对象" in text_of(room.say("/ticket"))
    asker.send("choice", action="erase:sure")
    with staffed.reading() as session:
        assert {each.text for each in ticket_messages.of_ticket(session, 1)} == {""}


def test_a_duty_folder_is_taken_up_without_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "duty"
    duty = Duty(folder)
    assert not duty.book.members
    folder.mkdir()
    (folder / "staff.toml").write_text(BOOK, encoding="utf-8")
    assert duty.refresh()
    assert len(duty.book.members) == 4
