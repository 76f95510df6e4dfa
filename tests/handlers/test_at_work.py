"""Who may see 正在输入: the asker of whoever is about to write, and nobody when the words are on their way."""

from __future__ import annotations

import itertools

import pytest

from consultations.contacts import mark_blocked
from consultations.messages import Address, Inbound, InboundKind
from handlers.desk import Desk
from handlers.turn import take_turn
from tests.drivers import STAFF_ROOM, CoreDriver, StaffRoom

IDS = itertools.count()
ASKER = Address("core", "asker")


@pytest.fixture
def opened(asker: CoreDriver, room: StaffRoom) -> StaffRoom:
    asker.say("灯会电话是多少")
    room.read()
    return room


def shown_after(desk: Desk, text: str = "", *, action: str = "", who: str = "示例甲") -> tuple[Address, ...]:
    kind: InboundKind = "choice" if action else "text"
    key = f"work/{next(IDS)}"
    inbound = Inbound(STAFF_ROOM, key, who, desk.now(), kind, who, text=text, action=action, thread_key="ticket:1")
    return take_turn(inbound, desk).at_work


def test_whoever_takes_a_ticket_is_writing_and_whoever_replied_is_not(desk: Desk, opened: StaffRoom) -> None:
    assert shown_after(desk, "/claim") == (ASKER,)
    assert shown_after(desk, "/note 查一下") == ()
    assert shown_after(desk, "示例：请打总机。") == ()


def test_a_reply_prepared_held_back_or_to_be_rewritten_is_being_written(desk: Desk, opened: StaffRoom) -> None:
    shown_after(desk, "/claim")
    assert shown_after(desk, action="insert:1:renew") == (ASKER,)
    assert shown_after(desk, action="quick:1:taken") == (ASKER,)
    assert shown_after(desk, "依据《样灯法》第九条") == (ASKER,)  # no such article: held back
    assert shown_after(desk, action="revise:1:99") == (ASKER,)


def test_a_colleague_who_does_not_hold_the_ticket_writes_to_nobody(desk: Desk, opened: StaffRoom) -> None:
    shown_after(desk, "/claim")
    assert shown_after(desk, "/claim", who="示例乙") == ()
    assert shown_after(desk, "示例：我来说。", who="示例乙") == ()
    assert shown_after(desk, action="insert:1:renew", who="示例乙") == ()


def test_a_reply_that_waits_for_a_second_person_is_no_longer_being_written(
    desk: Desk, asker: CoreDriver, room: StaffRoom
) -> None:
    asker.say("有人仿冒我的牌子，要维权")
    room.read()
    shown_after(desk, "/claim")
    assert shown_after(desk, "示例：可以先请求调解。") == ()


def test_both_askers_of_a_merged_ticket_see_it_and_whoever_blocked_us_does_not(
    desk: Desk, asker: CoreDriver, room: StaffRoom
) -> None:
    other = CoreDriver(desk, Address("core", "other"))
    for each in (asker, other):
        each.say("没有人知道的事")
    room.read()
    shown_after(desk, "/merge GD-20261123-0002 GD-20261123-0001")
    assert shown_after(desk, "/claim") == (ASKER, other.address)
    with desk.writing() as session:
        mark_blocked(session, ASKER)
    assert shown_after(desk, action="revise:1:99") == (other.address,)
