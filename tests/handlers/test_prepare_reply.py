"""Quick replies and inserted cards: nothing with a hole in it leaves, and what was inserted stands in the history."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consultations import tickets
from consultations.authored_files import FaultyFilesError
from consultations.duty_reading import Duty, parse_book
from handlers.desk import Desk
from knowledge.passages import Citation, Hit, Passage
from tests.drivers import CoreDriver, Shown, StaffRoom
from tests.handlers.conftest import ANSWERS, EVERYDAY, OPPOSE, MiniatureAnswerer

NUMBER = "GD-20261123-0001"
LAMP = '[[quick]]\nid = "lamp"\nname = "灯"\ntext = "{工单号} 的灯由 {工作人员} 看。"\n'


def text_of(shown: list[Shown]) -> str:
    return "\n".join(each.text for each in shown)


def with_book(desk: Desk, text: str, **settings: str) -> Desk:
    book = parse_book({**EVERYDAY, "quick.toml": text})
    return replace(desk, duty=Duty(book=book), settings=replace(desk.settings, **settings))  # type: ignore[arg-type]


def claimed(desk: Desk, question: str = "没有人知道的事") -> tuple[CoreDriver, StaffRoom]:
    asker, room = CoreDriver(desk), StaffRoom(desk)
    asker.say(question)
    asker.received()
    room.press("接单")
    return asker, room


def history(desk: Desk) -> list[str]:
    with desk.reading() as session:
        return [each.note for each in tickets.history_of(session, 1) if each.note]


# --- quick replies


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        (LAMP.replace("{工作人员}", "{姓名}"), "quick.toml 第 4 行：text 里的 {姓名} 不认识，可用的有：{工单号}、"),
        (LAMP.replace("{工作人员}", "{工作人员"), "quick.toml 第 4 行：text 里的 { 不认识"),
        (LAMP.replace("{工作人员}", "{}"), "quick.toml 第 4 行：text 里的 {} 不认识"),
        (LAMP.replace('"lamp"', '"灯"'), "quick.toml 第 2 行：id = '灯' 不可用"),
        (LAMP + LAMP, "重复"),
        ('[[quick]]\nid = "lamp"\nname = "灯"\n', "缺少 text"),
    ],
)
def test_a_fault_is_told_with_file_and_line(entry: str, fault: str) -> None:
    with pytest.raises(FaultyFilesError) as caught:
        parse_book({"quick.toml": entry})
    assert fault in str(caught.value)


def test_a_typed_one_leaves_at_once_with_its_variables_filled(desk: Desk) -> None:
    asker, room = claimed(with_book(desk, LAMP))
    assert f"已答复 {NUMBER}" in text_of(room.say("/quick lamp"))
    assert f"{NUMBER} 的灯由 示例甲 看。" in text_of(asker.received())
    assert history(desk) == ["用快捷回复“灯”"]


def test_a_pressed_one_is_shown_before_it_is_sent_once(desk: Desk) -> None:
    asker, room = claimed(with_book(desk, LAMP))
    (listed,) = room.say("/quick")
    assert "lamp · 灯：{工单号} 的灯由 {工作人员} 看。" in listed.text
    (shown,) = room.press("灯")
    assert f"服务对象会读到：\n\n{NUMBER} 的灯由 示例甲 看。" in shown.text
    assert shown.buttons == ("发送", "改一改")
    assert asker.received() == []
    assert "已答复" in text_of(room.press("发送"))
    assert "已经处理过了" in text_of(room.press("发送"))
    assert len(asker.received()) == 1


def test_a_variable_without_a_value_keeps_it_back(desk: Desk) -> None:
    asker, room = claimed(desk)
    told = text_of(room.say("/quick call"))
    assert "“请来电”没有发出：{网点电话} 现在没有内容（config.toml 的 outlet.phone）。" in told
    assert "没有发出" in text_of(room.act("quick:1:call"))
    room.say("示例答复")
    asker.received()
    assert "{答复时限} 现在没有内容" in text_of(room.say("/quick hello"))  # answered: nothing is promised any more
    assert asker.received() == []
    assert history(desk) == []


def test_with_the_setting_it_leaves(desk: Desk) -> None:
    asker, room = claimed(with_book(desk, LAMP, outlet_phone="示例电话"))
    room.say(f"/quick {NUMBER} call")
    assert f"请在上班时间拨打 示例电话，说工单号 {NUMBER}。" in text_of(asker.received())


def test_an_unknown_one_lists_those_there_are(desk: Desk) -> None:
    _, room = claimed(desk)
    told = text_of(room.say("/quick nosuch"))
    assert "没有编号为“nosuch”的快捷回复" in told
    assert "hello · 已接单" in told


def test_only_the_holder_of_a_claimed_ticket_prepares_replies(desk: Desk) -> None:
    asker, room = CoreDriver(desk), StaffRoom(desk)
    asker.say("没有人知道的事")
    asker.received()
    room.read()
    assert "请先点“接单”" in text_of(room.say("/quick more"))
    room.press("接单", who="示例甲")
    assert "由 示例甲 决定" in text_of(room.say("/quick more", who="示例乙"))
    room.act("quick:1:more", who="示例甲")
    assert "由 示例甲 决定" in text_of(room.press("发送", who="示例乙"))
    room.press("办结")
    assert "已经办结" in text_of(room.say("/quick more"))
    assert "已经处理过了" in text_of(room.press("发送"))
    assert "请补充" not in text_of(asker.received())


def test_a_risky_one_is_checked_like_every_reply(desk: Desk) -> None:
    asker, room = claimed(with_book(desk, LAMP), "有人仿冒我的牌子，要维权")
    assert "要另一位同事复核后再发" in text_of(room.say("/quick lamp"))
    assert asker.received() == []
    assert "在等复核" in text_of(room.act("quick:1:lamp"))  # would take the place of the one that waits
    room.press("通过并发送", who="示例乙")
    assert "的灯由 示例甲 看" in text_of(asker.received())


def test_a_wrong_citation_in_one_is_held_back(desk: Desk) -> None:
    asker, room = claimed(with_book(desk, LAMP.replace("的灯", "依据《样灯法》第九条")))
    assert "没有第九条" in text_of(room.say("/quick lamp"))
    room.act("quick:1:lamp")
    assert "没有第九条" in text_of(room.press("发送"))
    assert asker.received() == []


# --- cards


@pytest.fixture
def suggesting(desk: Desk, answerer: MiniatureAnswerer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A question that goes to staff with two cards and an article beside it."""
    found = [("card:oppose", OPPOSE), ("art:1:3", "示例条文"), ("card:gone", "示例旧卡")]
    hits = tuple(Hit(Passage(key, "x", "card", title, "示例"), 1.0, 0.5) for key, title in found)
    cited = (Citation("样灯法", "2", "2020-01-31", "灯要亮。", "art:1:2"),)
    monkeypatch.setitem(ANSWERS, OPPOSE, replace(ANSWERS[OPPOSE], citations=cited))
    monkeypatch.setitem(ANSWERS, "我能打赢吗", replace(ANSWERS["我能打赢吗"], hits=hits))
    return desk


def test_three_suggestions_stand_under_a_ticket_and_cards_can_be_inserted(suggesting: Desk) -> None:
    asker, room = CoreDriver(suggesting), StaffRoom(suggesting)
    asker.say("我能打赢吗")
    (notice,) = room.read()
    assert f"可参考：\n1. {OPPOSE}\n2. 示例条文\n3. 示例旧卡" in notice.text
    assert [each for each in notice.buttons if "插入" in each] == ["插入 1", "插入 3"]


def test_an_inserted_card_is_sent_as_its_answer_and_the_insert_is_recorded(suggesting: Desk) -> None:
    asker, room = claimed(suggesting, "我能打赢吗")
    (shown,) = room.press("插入 1")
    assert "三个月内。" in shown.text
    assert "《样灯法》第二条" in shown.text
    assert asker.received() == []
    room.press("发送")
    assert "三个月内。" in text_of(asker.received())
    assert history(suggesting) == [f"插入知识卡片 oppose（{OPPOSE}）"]


def test_an_inserted_card_is_changed_by_writing_another_reply(suggesting: Desk) -> None:
    asker, room = claimed(suggesting, "我能打赢吗")
    room.press("插入 1")
    assert "再发一遍" in text_of(room.press("改一改"))
    room.say("示例：两个月内。")
    assert "两个月内" in text_of(asker.received())
    assert "已经处理过了" in text_of(room.press("发送"))


def test_a_card_that_is_no_more_is_not_inserted(suggesting: Desk) -> None:
    _, room = claimed(suggesting, "我能打赢吗")
    assert "这张卡片今天不能引用了" in text_of(room.press("插入 3"))
    assert "这张卡片今天不能引用了" in text_of(room.act("insert:1:💥"))


def test_the_asker_inserts_and_sends_nothing(suggesting: Desk) -> None:
    asker, room = claimed(suggesting, "我能打赢吗")
    room.press("插入 1")
    for action in ("prepared:1:1", "insert:1:oppose", "quick:1:more"):
        asker.send("choice", action=action)
    assert "三个月内" not in text_of(asker.received())
