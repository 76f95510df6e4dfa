"""The nightly self-check: once a night, new findings once, when somebody is there to read them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from functools import partial

import pytest
from sqlmodel import select

from consultations import self_checks
from consultations.outbox import OutboxMessage
from consultations.received import ReceivedMessage
from consultations.seal_check import Fault
from handlers.desk import Desk
from handlers.self_check import run_due
from knowledge.contradictions import Contradiction
from tests.conftest import Clock
from tests.drivers import CoreDriver, StaffRoom

SMALL = Contradiction("text", ("lamp",), ("三个月",), "卡片 lamp 写着“三个月”，请核对。")
LARGE = Contradiction("cards", ("lamp", "oil"), ("三年", "二年"), "卡片 lamp 和 oil 不一致，请核对。")


class Look:
    """The check as it would find the knowledge base."""

    def __init__(self, *found: Contradiction) -> None:
        self.found: Sequence[Contradiction] = found
        self.days: list[date] = []

    def __call__(self, on: date) -> Sequence[Contradiction]:
        self.days.append(on)
        return self.found


def told(desk: Desk) -> list[str]:
    with desk.reading() as session:
        rows = session.exec(select(OutboxMessage).where(OutboxMessage.kind == "staff").order_by("id"))
        return [each.message.plain_text for each in rows]


def told_at(desk: Desk) -> list[datetime]:
    with desk.reading() as session:
        return [each.due_at for each in session.exec(select(OutboxMessage).where(OutboxMessage.kind == "staff"))]


@pytest.fixture
def night(clock: Clock) -> Clock:
    """A clock at half past two in the morning, Beijing time."""
    clock.moment = datetime(2026, 11, 26, 18, 30, tzinfo=UTC)
    return clock


def test_nothing_is_checked_before_two_in_the_morning(desk: Desk, night: Clock) -> None:
    night.advance(minutes=-31)
    look = Look(SMALL)
    assert run_due(desk, look) == 0
    assert look.days == []


def test_a_finding_is_told_once_with_its_cure_when_the_office_opens(desk_on_both: Desk, night: Clock) -> None:
    desk, look = desk_on_both, Look(SMALL)
    assert run_due(desk, look) == 1
    assert look.days == [date(2026, 11, 27)]
    (text,) = told(desk)
    assert "新发现 1 处互相矛盾" in text
    assert SMALL.reason in text
    assert told_at(desk) == [datetime(2026, 11, 27, 1, 0, tzinfo=UTC)]


def test_a_night_is_checked_once_however_often_the_job_ticks(desk: Desk, night: Clock) -> None:
    look = Look(SMALL)
    run_due(desk, look)
    night.advance(hours=3)
    assert run_due(desk, look) == 0
    assert len(look.days) == 1


def test_what_was_told_is_not_told_again_the_next_night(desk: Desk, night: Clock) -> None:
    look = Look(SMALL)
    run_due(desk, look)
    night.advance(days=1)
    assert run_due(desk, look) == 0
    assert len(look.days) == 2
    assert len(told(desk)) == 1


def test_only_what_is_new_is_told_and_how_much_there_is_in_all(desk: Desk, night: Clock) -> None:
    look = Look(SMALL)
    run_due(desk, look)
    night.advance(days=1)
    look.found = (SMALL, LARGE)
    assert run_due(desk, look) == 1
    text = told(desk)[-1]
    assert "新发现 1 处互相矛盾（连同以前的共 2 处）" in text
    assert LARGE.reason in text
    assert SMALL.reason not in text


def test_what_was_mended_and_came_back_is_told_again(desk: Desk, night: Clock) -> None:
    look = Look(SMALL)
    run_due(desk, look)
    night.advance(days=1)
    look.found = ()
    assert run_due(desk, look) == 0
    night.advance(days=1)
    look.found = (SMALL,)
    assert run_due(desk, look) == 1


def test_the_result_is_kept_for_the_doctor(desk: Desk, night: Clock) -> None:
    run_due(desk, Look(LARGE))
    with desk.reading() as session:
        last = self_checks.latest(session)
        assert last is not None
        assert (last.day, list(last.findings.values())) == (date(2026, 11, 27), [LARGE.reason])


def test_two_processes_tell_once(desk_on_both: Desk, night: Clock) -> None:
    with ThreadPoolExecutor(2) as pool:
        moved = list(pool.map(partial(run_due, desk_on_both), [Look(SMALL), Look(SMALL)]))
    assert sorted(moved) == [0, 1]
    assert len(told(desk_on_both)) == 1


def test_a_check_that_fails_is_tried_again_at_the_next_tick(desk: Desk, night: Clock) -> None:
    def fail(on: date) -> list[Contradiction]:
        raise OSError(str(on))

    with pytest.raises(OSError, match="2026-11-27"):
        run_due(desk, fail)
    assert run_due(desk, Look(SMALL)) == 1


def test_a_long_list_is_cut_and_says_so(desk: Desk, night: Clock) -> None:
    many = [Contradiction("text", (f"lamp{n}",), ("三个月",), f"第 {n} 处。") for n in range(8)]
    run_due(desk, Look(*many))
    (text,) = told(desk)
    assert "新发现 8 处" in text
    assert "第 4 处" in text
    assert "第 5 处" not in text
    assert "另有 3 处新的" in text


BROKEN = Fault("words", 12, "consultation", 3, "ZX-20261123-0003", datetime(2026, 11, 23, 2, 0, tzinfo=UTC))


def test_a_record_changed_behind_our_back_is_told_once_with_the_first_step(desk: Desk, night: Clock) -> None:
    assert run_due(desk, Look(), lambda: (BROKEN,)) == 1
    (text,) = told(desk)
    assert "第 12 号封存，咨询 ZX-20261123-0003（2026-11-23 10:00）：文字（问题、答复或留言）和封存时不一样。" in text
    assert "先保留现状" in text
    night.advance(days=1)
    assert run_due(desk, Look(), lambda: (BROKEN,)) == 0


def test_cards_and_records_are_told_apart_and_each_says_only_what_is_new(desk: Desk, night: Clock) -> None:
    run_due(desk, Look(SMALL), lambda: (BROKEN,))
    cards, records = told(desk)
    assert "新发现 1 处互相矛盾。" in cards
    assert "封存" not in cards
    assert SMALL.reason not in records


def test_a_message_without_a_record_is_told(desk: Desk, night: Clock) -> None:
    asker = CoreDriver(desk)
    asker.say("没有人知道的事")
    asker.say("/human")
    StaffRoom(desk).press("接单")
    asker.say("说给工作人员的话")
    assert run_due(desk, Look()) == 0
    with desk.writing() as session:
        for route in ("ask", "ticket", "my"):
            lost = ReceivedMessage(channel="core", message_id=route, kind="text", route=route, received_at=night.now())
            lost.text = "示例"
            session.add(lost)
    night.advance(days=1)
    assert run_due(desk, Look()) == 1
    assert "有 2 条来信没有记录" in told(desk)[-1]
