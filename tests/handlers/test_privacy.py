"""One's own data: told, exported, erased; the anonymous record stays, the person is gone."""

from __future__ import annotations

import json

import pytest
from sqlmodel import SQLModel, select

from consultations import surveys
from consultations.archive import Consultation
from consultations.audit import AuditEntry
from consultations.contacts import Contact
from consultations.messages import Address
from handlers import archive, follow_up, survey
from handlers.desk import Desk
from tests.conftest import Clock
from tests.drivers import CoreDriver, StaffRoom

PERSON = Address("core", "chat-77")
SECRETS = ("13800138000", "示例公司的秘密", "chat-77", "请快些")


def talk_much(desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    asker.say("示例公司的秘密，电话13800138000")
    room.press("接单")
    asker.say("请快些")
    room.say("示例答复，已打13800138000，请快些")
    room.say("/note 示例公司的秘密")
    room.press("办结")
    survey.send_due(desk)
    asker.press("一般")
    asker.press("没解决")
    asker.press("写几句")
    asker.say("请快些")
    asker.send("edit", text="示例公司的秘密，改", foreign_message_id=f"{asker.address.chat_id}/0")


def everything_stored(desk: Desk) -> str:
    with desk.reading() as session:
        tables = SQLModel.metadata.sorted_tables
        rows = [(each.name, str(row)) for each in tables for row in session.connection().execute(each.select())]
    return "\n".join(f"{name} {row}" for name, row in rows)


def test_the_export_holds_everything_and_leaves_a_trace(desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    talk_much(desk, asker, room)
    asker.send("choice", action="export")
    lead, body = asker.received()[-1].text.split("\n\n", 1)
    data = json.loads(body.split("\n\n")[0])
    assert "与您有关的全部信息" in lead
    assert {"服务对象", "来信", "发给您的消息", "咨询档案", "工单", "满意度评价", "意见建议", "回访"} <= set(data)
    assert data["工单"][-1]["messages"][0]["text"] == "请快些"
    assert data["满意度评价"][0]["answers"] == {"score": ["一般"], "solved": ["没解决"], "words": ["请快些"]}
    with desk.reading() as session:
        assert [each.verb for each in session.exec(select(AuditEntry))] == ["export"]


def test_notes_of_staff_are_not_exported(asker: CoreDriver, room: StaffRoom) -> None:
    asker.say("没有人知道的事")
    room.say("/note 内部看法")
    asker.send("choice", action="export")
    assert "内部看法" not in asker.received()[-1].text


def test_erasing_asks_first(desk: Desk, asker: CoreDriver) -> None:
    asker.say("商标续展多少钱？")
    asker.send("choice", action="erase")
    assert "确定要删除吗" in asker.received()[-1].text
    with desk.reading() as session:
        assert session.exec(select(Consultation)).one().question != ""


def test_the_words_of_the_button_erase_only_right_after_we_asked(desk: Desk, asker: CoreDriver) -> None:
    asker.say("商标续展多少钱？")
    asker.say("确认删除")
    asker.say("删除我的信息")
    asker.say("不删了")
    asker.say("确认删除")
    with desk.reading() as session:
        assert [each.erased_at for each in session.exec(select(Contact))] == [None]
    asker.say("删除我的信息")
    asker.say("确认删除")
    assert "已删除您的个人信息" in asker.received()[-1].text
    with desk.reading() as session:
        assert session.exec(select(Consultation)).first().question == ""  # type: ignore[union-attr]


def test_after_erasing_the_person_is_nowhere_and_the_statistics_stay(desk_on_both: Desk, clock: Clock) -> None:
    desk = desk_on_both
    asker, room = CoreDriver(desk, PERSON), StaffRoom(desk)
    talk_much(desk, asker, room)
    assert all(secret in everything_stored(desk) for secret in SECRETS)
    asker.send("choice", action="erase:sure", message_id="press/1")
    stored = everything_stored(desk)
    confirmation = "已删除您的个人信息"
    lines = [line for line in stored.splitlines() if confirmation not in line]
    assert [line for line in lines if any(secret in line for secret in SECRETS)] == []
    with desk.reading() as session:
        filed = session.exec(select(Consultation).order_by("id")).all()
        assert filed[0].number == "ZX-20261123-0001"
        assert (filed[0].action, filed[0].service_item, filed[0].question) == ("escalate", "B01", "")
        assert surveys.score_of(session, 1) == 3
        assert [each.verb for each in session.exec(select(AuditEntry))] == ["erase"]
    clock.advance(days=30)
    assert follow_up.send_due(desk) == 0


def test_an_erased_person_comes_back_as_a_new_one(desk: Desk, asker: CoreDriver) -> None:
    asker.say("商标续展多少钱？")
    asker.send("choice", action="erase:sure")
    asker.received()
    asker.say("商标续展多少钱？")
    assert "个人信息告知" in asker.received()[0].text
    with desk.reading() as session:
        assert len(session.exec(select(Contact)).all()) == 2


def test_erasing_twice_with_the_same_press_is_one_erasure(desk: Desk, asker: CoreDriver) -> None:
    asker.say("商标续展多少钱？")
    for _ in range(2):
        turn = asker.send("choice", action="erase:sure", message_id="press")
    assert turn.repeated
    with desk.reading() as session:
        assert len(session.exec(select(Contact)).all()) == 1


def test_erasing_withdraws_the_open_ticket(desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    asker.say("没有人知道的事")
    room.read()
    asker.send("choice", action="erase:sure")
    assert "已由服务对象撤回" in room.read()[0].text


@pytest.mark.parametrize("words", [("电话",), ("秘密", "电话"), ("ZX-20261123-0001",), ("gd-20261123-0001",)])
def test_the_archive_is_searched_by_words_and_numbers_and_masked(words: tuple[str, ...], desk_on_both: Desk) -> None:
    asker = CoreDriver(desk_on_both)
    asker.say("示例公司的秘密，电话13800138000")
    asker.say("商标续展多少钱？100%_\\")
    with desk_on_both.reading() as session:
        found = archive.search(session, *words)
        assert [each.number for each in found if each.question][-1] == "ZX-20261123-0001"
        assert "138****8000" in found[-1].question
        assert "13800138000" not in str(found)
        assert archive.search(session, "没有这样的词") == []
        assert len(archive.search(session, "%_\\")) == 1
