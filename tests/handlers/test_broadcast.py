"""Broadcasts: previewed, confirmed once, one row each, doubts shown and resent alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlmodel import select

from consultations import contacts, outbox
from consultations.contacts import Contact
from consultations.messages import Address
from consultations.outbox import OutboxMessage
from handlers import broadcast
from handlers.desk import Desk
from tests.conftest import Clock
from tests.drivers import CoreDriver

ADMINISTRATOR = Address("core", "administrator")


def subscribe(desk: Desk, n_people: int) -> None:
    with desk.writing() as session:
        for number in range(n_people):
            person = contacts.meet(session, Address("crowd", f"p{number}"), "", desk.now())
            contacts.agree(person, "1", desk.now())


def rows(desk: Desk) -> list[OutboxMessage]:
    with desk.reading() as session:
        found = session.exec(select(OutboxMessage).where(OutboxMessage.kind == "broadcast").order_by("id")).all()
        session.expunge_all()
    return list(found)


@pytest.fixture
def administrator(desk: Desk) -> CoreDriver:
    return CoreDriver(desk, ADMINISTRATOR)


@pytest.fixture
def known(administrator: CoreDriver) -> CoreDriver:
    """An administrator who has seen the privacy notice."""
    administrator.say("/help")
    administrator.received()
    return administrator


def test_text_preview_confirm_outbox(desk: Desk, administrator: CoreDriver) -> None:
    subscribe(desk, 3)
    administrator.say("/broadcast 示例通知：周五有培训。")
    preview = administrator.received()[-1]
    assert "将发给 3 位" in preview.text
    assert "示例通知：周五有培训。" in preview.text
    assert rows(desk) == []
    administrator.press("确认发送")
    assert "共 3 条" in administrator.received()[-1].text
    sent = rows(desk)
    assert {each.dedupe_key for each in sent} == {f"broadcast:1:{n}" for n in (1, 2, 3)}
    assert {(each.on_doubt, each.priority, each.broadcast_id) for each in sent} == {("hold", 9, 1)}
    assert {each.message.choices[0][0].label for each in sent} == {"退订"}


def test_a_second_press_sends_nothing(desk: Desk, administrator: CoreDriver) -> None:
    subscribe(desk, 3)
    administrator.say("/broadcast 示例")
    for _ in range(2):
        administrator.press("确认发送")
    assert "不会重复发送" in administrator.received()[-1].text
    assert len(rows(desk)) == 3


def test_a_dropped_draft_cannot_be_sent(desk: Desk, administrator: CoreDriver) -> None:
    subscribe(desk, 3)
    administrator.say("群发")
    administrator.say("示例通知")
    administrator.press("取消")
    administrator.press("确认发送")
    assert "已经处理过了" in administrator.received()[-1].text
    assert rows(desk) == []


def test_a_command_ends_waiting_for_the_text(desk: Desk, administrator: CoreDriver) -> None:
    administrator.say("群发")
    administrator.say("/help")
    administrator.say("商标续展多少钱？")
    assert "示例：五百元。" in administrator.received()[-1].text


@pytest.mark.parametrize("words", ["/broadcast 假冒", "群发"])
def test_only_administrators_broadcast(desk: Desk, asker: CoreDriver, words: str) -> None:
    asker.say(words)
    assert "只对管理员开放" in asker.received()[0].text
    asker.say("商标续展多少钱？")
    assert "示例：五百元。" in asker.received()[0].text


def test_quiet_hours_hold_a_broadcast(desk: Desk, administrator: CoreDriver, clock: Clock) -> None:
    subscribe(desk, 1)
    clock.advance(hours=11)  # 21:00
    administrator.say("/broadcast 示例")
    administrator.press("确认发送")
    assert "11月24日（星期二）08:30 开始发送" in administrator.received()[-1].text
    with desk.writing() as session:
        assert outbox.claim_due(session, now=desk.now(), channels=["crowd"], limit=9, lease_seconds=60) == []
    clock.advance(hours=11, minutes=30)
    with desk.writing() as session:
        assert len(outbox.claim_due(session, now=desk.now(), channels=["crowd"], limit=9, lease_seconds=60)) == 1


def test_only_rows_in_doubt_are_sent_again(desk: Desk, administrator: CoreDriver, clock: Clock) -> None:
    subscribe(desk, 4)
    administrator.say("/broadcast 示例")
    administrator.press("确认发送")
    with desk.writing() as session:
        first, second, *_ = outbox.claim_due(session, now=desk.now(), channels=["crowd"], limit=3, lease_seconds=60)
        outbox.mark_sent(session, {first.outbox_id or 0: "x"}, desk.now())
        outbox.mark_failed(session, second.outbox_id or 0, "示例", desk.now())
    clock.advance(minutes=2)
    with desk.writing() as session:
        outbox.recover(session, desk.now())
    administrator.press("查看进度")
    assert "等待 1，发送中 0，已发出 1，失败 1，存疑 1" in administrator.received()[-1].text
    administrator.press("补发存疑的")
    assert "已补发 1 条" in administrator.received()[-1].text
    with desk.reading() as session:
        assert broadcast.counts(session, 1) == {"new": 2, "sent": 1, "failed": 1}


def test_unsubscribing_from_a_broadcast_ends_it(desk: Desk, asker: CoreDriver, administrator: CoreDriver) -> None:
    asker.say("同意")
    administrator.say("/broadcast 示例一")
    administrator.press("确认发送")
    assert "示例一" in asker.received()[-1].text
    asker.press("退订")
    administrator.say("/broadcast 示例二")
    assert "将发给 0 位" in administrator.received()[-1].text
    with desk.reading() as session:
        mine = session.exec(select(Contact).where(Contact.chat_id == "asker")).one()
        assert (mine.consent, mine.consent_version, mine.is_subscribed) == ("refused", "1", False)


def test_ten_thousand_recipients_are_all_written(desk: Desk, administrator: CoreDriver) -> None:
    subscribe(desk, 10_000)
    administrator.say("/broadcast 示例")
    administrator.press("确认发送")
    assert len(rows(desk)) == 10_000


WRONG = "示例通知：依据《样灯法》第九条。"


def test_a_wrong_citation_in_a_broadcast_is_listed_under_its_preview(desk: Desk, known: CoreDriver) -> None:
    subscribe(desk, 2)
    known.say(f"/broadcast {WRONG}")
    preview = known.received()[-1]
    assert WRONG in preview.text
    assert "共3条，没有第九条" in preview.text
    assert preview.buttons == ("改一改", "仍然发送", "取消")
    assert rows(desk) == []
    known.press("仍然发送")
    assert len(rows(desk)) == 2
    known.press("仍然发送")
    assert "不会重复发送" in known.received()[-1].text
    assert len(rows(desk)) == 2


def test_a_broadcast_is_edited_and_the_old_text_never_sent(desk: Desk, known: CoreDriver) -> None:
    subscribe(desk, 2)
    known.say(f"/broadcast {WRONG}")
    known.press("改一改")
    assert "改好的内容" in known.received()[-1].text
    known.press("仍然发送")
    assert "已经处理过了" in known.received()[-1].text
    known.press("改一改")
    assert "已经处理过了" in known.received()[-1].text
    known.say("群发")
    known.say("示例通知：依据《样灯法》第三条。")
    assert known.received()[-1].buttons == ("确认发送", "取消")
    known.press("确认发送")
    assert {each.message.blocks[0].text for each in rows(desk)} == {"示例通知：依据《样灯法》第三条。"}


def test_the_edited_text_is_the_next_message(desk: Desk, known: CoreDriver) -> None:
    subscribe(desk, 2)
    known.say(f"/broadcast {WRONG}")
    known.press("改一改")
    known.say("示例通知：依据《样灯法》第三条。")
    assert known.received()[-1].buttons == ("确认发送", "取消")


def test_a_preview_from_before_midnight_is_checked_again(desk: Desk, known: CoreDriver, clock: Clock) -> None:
    subscribe(desk, 2)
    clock.moment = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)
    known.say("/broadcast 示例：依据《样灯法》第三条（2020年1月31日版）。")
    assert known.received()[-1].buttons == ("确认发送", "取消")
    clock.advance(seconds=1)
    known.press("确认发送")
    assert "自2027年1月1日起已由2026年6月26日版取代" in known.received()[-1].text
    assert rows(desk) == []
    known.press("仍然发送")
    assert len(rows(desk)) == 2
