"""Messages that never reached an asker: staff read it in the ticket's thread, with reason and cure, once."""

from __future__ import annotations

import pytest

from consultations import contacts, outbox, tickets
from consultations.messages import Outbound, text_blocks
from consultations.undelivered import failed_untold
from handlers import undelivered
from handlers.desk import Desk
from tests.conftest import Clock
from tests.drivers import CoreDriver, StaffRoom

NUMBER = "GD-20261123-0001"
WHY = "对方停用了机器人"


def fail_all(desk: Desk, *, blocked: bool = False) -> int:
    """The channel refuses what waits for the asker; how many messages that were."""
    with desk.writing() as session:
        due = outbox.claim_due(session, now=desk.now(), channels=["core"], limit=100, lease_seconds=60)
        for each in due:
            outbox.mark_failed(session, each.outbox_id or 0, WHY, desk.now())
            contacts.mark_blocked(session, each.address, blocked=blocked)
    return len(due)


def reads(desk: Desk, room: StaffRoom) -> str:
    undelivered.send_due(desk)
    return "\n".join(each.text for each in room.read())


@pytest.fixture
def replied(asker: CoreDriver, room: StaffRoom) -> StaffRoom:
    """A ticket with a reply on its way."""
    asker.say("没有人知道的事")
    asker.received()
    room.press("接单")
    room.say("示例：请打13800138000。")
    return room


@pytest.mark.parametrize(
    ("blocked", "cure"), [(True, "请改用电话联系；对方重新发来消息，才能在这里再答复"), (False, "请再发一次")]
)
def test_staff_read_what_did_not_arrive_and_what_to_do(
    desk: Desk, replied: StaffRoom, cure: str, *, blocked: bool
) -> None:
    assert fail_all(desk, blocked=blocked) == 1
    told = reads(desk, replied)
    assert f"{NUMBER} 有 1 条消息没有送到服务对象：{WHY}。{cure}" in told
    assert "示例：请打138****8000。" in told
    assert replied.thread == "ticket:1"
    assert reads(desk, replied) == ""
    with desk.reading() as session:
        assert [each.note for each in tickets.history_of(session, 1)][-1] == f"1 条消息没有送到：{WHY}"


def test_several_are_told_together_also_after_closing(desk: Desk, replied: StaffRoom) -> None:
    replied.say("示例：还有一句。")
    replied.press("办结")
    assert fail_all(desk) == 3
    told = reads(desk, replied)
    assert "有 2 条消息没有送到" in told  # the words that the ticket is closed need no cure


def test_at_night_it_waits_for_the_morning(desk: Desk, replied: StaffRoom, clock: Clock) -> None:
    clock.advance(hours=11)  # 21:00
    fail_all(desk)
    assert reads(desk, replied) == ""
    clock.advance(hours=12)
    assert "没有送到" in reads(desk, replied)


def test_what_no_ticket_is_about_is_nobodys_business(desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    asker.say("商标续展多少钱？")
    asker.received()
    with desk.writing() as session:
        outbox.enqueue(session, Outbound(asker.address, text_blocks("示例")), now=desk.now())
    fail_all(desk)
    assert reads(desk, room) == ""
    with desk.reading() as session:
        assert failed_untold(session) == []


def test_erasing_forgets_it(desk: Desk, asker: CoreDriver, replied: StaffRoom) -> None:
    fail_all(desk)
    asker.send("choice", action="erase:sure")
    assert "示例" not in reads(desk, replied)
