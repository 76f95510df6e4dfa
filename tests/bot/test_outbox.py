"""The outbox loses nothing, doubles nothing by itself, and refuses moves that would."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, event
from sqlmodel import select

from bot.database import SessionMaker
from consultations import broadcast_rows, contacts, outbox, outbox_pruning
from consultations.broadcasts import Broadcast
from consultations.messages import Address, Choice, Outbound, text_blocks
from consultations.outbox import OutboxMessage

Store = tuple[SessionMaker, SessionMaker]
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CHAT = Address("telegram", "7")


def message(text: str = "您好", address: Address = CHAT) -> Outbound:
    return Outbound(address, text_blocks(text), choices=((Choice("转人工", "human"),),))


def claim(
    store: Store, *, now: datetime = NOW, limit: int = 10, channels: tuple[str, ...] = ("telegram",)
) -> list[Outbound]:
    with store[0]() as session:
        return outbox.claim_due(session, now=now, channels=channels, limit=limit, lease_seconds=60)


def put(store: Store, text: str = "您好", **options: object) -> int:
    with store[0]() as session:
        made = outbox.enqueue(session, message(text), now=NOW, **options)  # type: ignore[arg-type]
    assert made.outbox_id is not None
    return made.outbox_id


def states(store: Store) -> dict[str, int]:
    with store[1]() as session:
        return outbox.count_by_state(session)


def test_a_message_comes_back_whole_when_it_is_claimed(store: Store) -> None:
    row = put(store)
    [claimed] = claim(store)
    assert claimed.outbox_id == row
    assert (claimed.blocks, claimed.choices, claimed.address) == (message().blocks, message().choices, CHAT)
    assert claim(store) == []


def test_the_same_key_is_one_message(store: Store) -> None:
    first = put(store, "一", dedupe_key="survey:1")
    assert put(store, "二", dedupe_key="survey:1") == first
    assert put(store, "三") != put(store, "三")
    assert states(store) == {"new": 3}


def test_replies_leave_before_broadcasts_and_nothing_leaves_early(store: Store) -> None:
    put(store, "广播", priority=9)
    put(store, "明天", due_at=NOW + timedelta(days=1))
    put(store, "后到", priority=0, due_at=NOW - timedelta(seconds=1))
    put(store, "先到", priority=0, due_at=NOW - timedelta(seconds=2))
    assert [each.plain_text for each in claim(store)] == ["先到", "后到", "广播"]


def test_a_channel_that_is_off_keeps_its_rows(store: Store) -> None:
    put(store)
    assert claim(store, channels=("web",)) == []
    assert claim(store, channels=()) == []
    assert len(claim(store, channels=("telegram", "web"))) == 1


def test_a_sent_row_keeps_the_foreign_id_and_is_never_claimed_again(store: Store) -> None:
    row = put(store)
    claim(store)
    with store[0]() as session:
        outbox.mark_sent(session, {row: "501"}, NOW)
        outbox.mark_sent(session, {row: "502"}, NOW)
    with store[1]() as session:
        kept = session.get_one(outbox.OutboxMessage, row)
        assert (kept.state, kept.foreign_id, kept.sent_at) == ("sent", "501", NOW)
    assert claim(store, now=NOW + timedelta(days=1)) == []


def test_marks_are_grouped(store: Store) -> None:
    rows = [put(store, str(number)) for number in range(5)]
    claim(store)
    with store[0]() as session:
        outbox.mark_sent(session, {row: f"m{row}" for row in rows}, NOW)
    with store[1]() as session:
        assert [session.get_one(outbox.OutboxMessage, row).foreign_id for row in rows] == [f"m{row}" for row in rows]


def test_many_marks_take_the_same_statements_as_a_few_and_no_case_for_each_row(store: Store, engine: Engine) -> None:
    few, many = _statements_that_mark(store, engine, 5), _statements_that_mark(store, engine, 500)
    # A case for each row would cost the square of their number.
    assert [each.count("CASE") for each in many] == [each.count("CASE") for each in few]


def _statements_that_mark(store: Store, engine: Engine, n_rows: int) -> list[str]:
    with store[0]() as session:
        outbox.enqueue_many(session, [(message(), None)] * n_rows, now=NOW)
    waiting = claim(store, limit=n_rows)
    assert len(waiting) == n_rows
    statements: list[str] = []

    def note(_connection: object, _cursor: object, said: str, *_: object) -> None:
        statements.append(said)

    event.listen(engine, "before_cursor_execute", note)
    with store[0]() as session:
        outbox.mark_sent(session, {each.outbox_id or 0: "x" for each in waiting}, NOW)
    event.remove(engine, "before_cursor_execute", note)
    return statements


def test_illegal_moves_are_refused(store: Store) -> None:
    row = put(store)
    with pytest.raises(outbox.IllegalMoveError), store[0]() as session:
        outbox.mark_failed(session, row, "没有认领", NOW)
    claim(store)
    with store[0]() as session:
        outbox.mark_failed(session, row, "用户已停用", NOW)
    with pytest.raises(outbox.IllegalMoveError), store[0]() as session:
        outbox.mark_sent(session, {row: "1"}, NOW)
    with pytest.raises(outbox.IllegalMoveError), store[0]() as session:
        outbox.mark_sent(session, {row + 999: "1"}, NOW)
    with pytest.raises(outbox.IllegalMoveError), store[0]() as session:
        outbox.postpone(session, row + 999, NOW, "")
    assert states(store) == {"failed": 1}


def test_every_state_is_reached_only_from_its_legal_origins(store: Store) -> None:
    for target, origins in outbox.LEGAL_ORIGINS.items():
        for origin in outbox.LEGAL_ORIGINS:
            row = put(store)
            with store[0]() as session:
                session.get_one(outbox.OutboxMessage, row).state = origin
            with store[0]() as session:
                moved = outbox.move(session, target, outbox._among([row]))  # noqa: SLF001  the one door of all changes
            assert (row in moved) == (origin in origins), (origin, target)


def test_a_dead_sender_means_resend_for_a_reply_and_unsure_for_a_broadcast(store: Store) -> None:
    reply, mass = put(store), put(store, priority=9, on_doubt="hold")
    claim(store)
    with store[0]() as session:
        assert outbox.recover(session, NOW + timedelta(seconds=59)) == 0
    with store[0]() as session:
        assert outbox.recover(session, NOW + timedelta(seconds=61)) == 2
    with store[1]() as session:
        assert session.exec(select(OutboxMessage.id).where(OutboxMessage.state == "unsure")).all() == [mass]
    assert [each.outbox_id for each in claim(store, now=NOW + timedelta(seconds=62))] == [reply]
    assert states(store) == {"sending": 1, "unsure": 1}


def test_a_fresh_start_frees_what_its_predecessor_held(store: Store) -> None:
    put(store)
    claim(store)
    with store[0]() as session:
        assert outbox.recover(session, NOW, abandoned=["web"]) == 0
        assert outbox.recover(session, NOW, abandoned=["telegram"]) == 1


def test_retries_slow_down_and_end(store: Store) -> None:
    row, now, pauses = put(store), NOW, []
    for _ in range(len(outbox.BACK_OFF_SECONDS) + 1):
        [_claimed] = claim(store, now=now)
        with store[0]() as session:
            again = outbox.retry_later(session, row, now, "网络故障")
        with store[1]() as session:
            due_at = session.get_one(outbox.OutboxMessage, row).due_at
        pauses.append((due_at - now).total_seconds())
        now = due_at
    assert pauses == [*outbox.BACK_OFF_SECONDS, 0]
    assert not again
    assert states(store) == {"failed": 1}


def test_a_door_that_sends_by_itself_holds_the_row_for_its_lease(store: Store) -> None:
    row = put(store, claimed_for_seconds=60)
    assert claim(store) == []
    with store[0]() as session:
        outbox.recover(session, NOW + timedelta(seconds=61))
    assert [each.outbox_id for each in claim(store, now=NOW + timedelta(seconds=61))] == [row]


def test_waiting_for_the_channel_uses_no_attempt(store: Store) -> None:
    row = put(store)
    for counted, expected in ((False, 0), (True, 1)):
        claim(store)
        with store[0]() as session:
            outbox.postpone(session, row, NOW, "429", counted=counted)
        with store[1]() as session:
            assert session.get_one(outbox.OutboxMessage, row).attempts == expected


def test_a_timeout_is_doubtful_as_a_crash_is(store: Store) -> None:
    reply, mass = put(store), put(store, priority=9, on_doubt="hold")
    claim(store)
    with store[0]() as session:
        for row in (reply, mass):
            outbox.mark_doubtful(session, row, NOW, "超时")
    assert states(store) == {"new": 1, "unsure": 1}


def test_what_may_have_arrived_is_sent_again_after_longer_and_longer(store: Store) -> None:
    row, now = put(store), NOW
    pauses = []
    for _ in range(5):
        with store[0]() as session:
            outbox.claim_due(session, now=now, channels=["telegram"], limit=9, lease_seconds=60)
            pause = outbox.pause_in_doubt(session, row)
            outbox.mark_doubtful(session, row, now + pause, "超时")
        pauses.append(pause.total_seconds())
        now += pause
    assert pauses == [5, 60, 300, 1800, 1800]


def reader(store: Store, chat: Address = CHAT) -> None:
    """Somebody a broadcast may go to."""
    with store[0]() as session:
        contacts.agree(contacts.meet(session, chat, "", NOW), "1", NOW)


def broadcast(store: Store, state: str) -> int:
    with store[0]() as session:
        made = Broadcast(text="示例", author="示例甲", state=state, created_at=NOW)
        session.add(made)
        session.flush()
        return made.key


def test_what_is_paused_or_cancelled_is_not_claimed_whatever_brings_a_row_back(store: Store) -> None:
    reader(store)
    number = broadcast(store, "sending")
    rows = [put(store, priority=9, broadcast_id=number) for _ in range(4)]
    first, second = claim(store, limit=2)
    with store[0]() as session:
        session.get_one(Broadcast, number).state = "paused"
        assert broadcast_rows.hold(session, number) == 2
    with store[0]() as session:  # it was on the wire, and its channel asked to wait
        outbox.postpone(session, first.outbox_id or 0, NOW, "429")
        outbox.mark_sent(session, {second.outbox_id or 0: "9"}, NOW)
    assert claim(store) == []
    with store[0]() as session:
        session.get_one(Broadcast, number).state = "sending"
        assert broadcast_rows.let_go(session, number, NOW) == 2
    assert {each.outbox_id for each in claim(store)} == {*rows} - {second.outbox_id}


def test_a_cancelled_broadcast_tells_truly_what_was_on_the_wire(store: Store) -> None:
    reader(store)
    number = broadcast(store, "sending")
    rows = [put(store, priority=9, broadcast_id=number) for _ in range(4)]
    held, failed = claim(store, limit=2)
    with store[0]() as session:
        outbox.mark_failed(session, failed.outbox_id or 0, f"{outbox.UNREACHABLE}：示例", NOW)
        assert broadcast_rows.call_off(session, number) == 2
        outbox.mark_sent(session, {held.outbox_id or 0: "9"}, NOW)
        outbox.mark_sent(session, {rows[3]: "10"}, NOW)
        assert broadcast_rows.counts(session, number) == {"sent": 2, "cancelled": 1, "blocked": 1}


@pytest.mark.parametrize("end", ["withdraw", "block", "forget"])
def test_a_row_of_somebody_who_left_is_not_claimed_even_when_it_comes_back(end: str, store: Store) -> None:
    reader(store)
    number = broadcast(store, "sending")
    put(store, priority=9, broadcast_id=number)
    (row,) = claim(store)
    with store[0]() as session:
        contact = contacts.meet(session, CHAT, "", NOW)
        if end == "block":
            contacts.mark_blocked(session, CHAT)
        else:
            contacts.withdraw(contact, "1", NOW) if end == "withdraw" else contacts.forget(contact, NOW)
        outbox.postpone(session, row.outbox_id or 0, NOW, "429")
    assert claim(store) == []
    with store[0]() as session:
        assert broadcast_rows.has_left(session, number)
        assert broadcast_rows.call_off_left(session, number) == 1
        assert not broadcast_rows.is_waiting(session, number)


def test_in_quiet_hours_replies_leave_and_broadcasts_rest(store: Store) -> None:
    reader(store)
    mass, reply = put(store, priority=9, broadcast_id=broadcast(store, "sending")), put(store)
    with store[0]() as session:
        due = outbox.claim_due(session, now=NOW, channels=["telegram"], limit=9, lease_seconds=60, is_quiet=True)
    assert [each.outbox_id for each in due] == [reply]
    assert [each.outbox_id for each in claim(store)] == [mass]


def test_only_rows_in_doubt_are_sent_again(store: Store) -> None:
    reader(store)
    number = broadcast(store, "sending")
    for _ in range(2):
        put(store, priority=9, broadcast_id=number, on_doubt="hold")
    doubtful, sent = claim(store)
    with store[0]() as session:
        outbox.mark_doubtful(session, doubtful.outbox_id or 0, NOW, "?")
        outbox.mark_sent(session, {sent.outbox_id or 0: "9"}, NOW)
        assert broadcast_rows.resend_unsure(session, number, NOW) == 1
    assert [each.outbox_id for each in claim(store)] == [doubtful.outbox_id]


def test_withdrawal_calls_off_what_waits_and_erasure_removes_it(store: Store) -> None:
    put(store)
    with store[0]() as session:
        outbox.enqueue(session, Outbound(CHAT, text_blocks("回访"), kind="follow_up"), now=NOW)
        assert outbox.cancel_waiting(session, CHAT, {"follow_up", "broadcast"}) == 1
        assert outbox_pruning.forget(session, CHAT) == 2
        assert outbox_pruning.forget(session, CHAT) == 0


def test_old_finished_rows_are_pruned_and_waiting_ones_kept(store: Store) -> None:
    done = put(store)
    claim(store)
    with store[0]() as session:
        outbox.mark_sent(session, {done: "1"}, NOW)
    put(store)
    with store[0]() as session:
        assert outbox_pruning.prune(session, NOW, 100) == 0
        assert outbox_pruning.prune(session, NOW + timedelta(days=1), 100) == 1
    assert states(store) == {"new": 1}


def test_what_something_is_known_by_is_emptied_and_still_known(store: Store) -> None:
    with store[0]() as session:
        outbox.enqueue(session, message("示例甲的问题"), now=NOW, dedupe_key="card_draft:1:7")
        outbox.enqueue_many(session, [(message("示例推送"), "broadcast:1:7")], now=NOW, broadcast_id=1)
        outbox.enqueue_many(session, [(message("示例推送"), "broadcast:1:8")], now=NOW, broadcast_id=1)
        outbox.enqueue(session, message(), now=NOW + timedelta(days=2))
    reader(store)
    first, _, second, doubtful = claim(store, now=NOW + timedelta(days=2))
    with store[0]() as session:
        sent = {each.outbox_id or 0: "x" for each in (first, second)}
        outbox.mark_sent(session, sent, NOW)
        outbox.mark_doubtful(session, doubtful.outbox_id or 0, NOW, "?")
        assert outbox_pruning.prune(session, NOW + timedelta(days=1), 1) == 1  # some at a time
        assert outbox_pruning.prune(session, NOW + timedelta(days=1), 100) == 1
        assert outbox_pruning.prune(session, NOW + timedelta(days=1), 100) == 0
        rows = session.exec(select(OutboxMessage).order_by("id")).all()
        assert [(each.chat_id, each.payload) for each in rows[:2]] == [("", {}), ("", {})]
        assert rows[2].message.plain_text == "示例推送"  # in doubt: somebody may send it again
        assert outbox.keys_beginning(session, "card_draft:1:") == {"card_draft:1:7": "sent"}
        assert outbox.count_by_state(session, 1) == {"sent": 1, "unsure": 1}
        again = outbox.enqueue(session, message("再来"), now=NOW, dedupe_key="card_draft:1:7")
        assert (again.outbox_id, again.plain_text) == (first.outbox_id, "再来")
        assert outbox.enqueue_many(session, [(message(), "broadcast:1:7")], now=NOW, broadcast_id=1) == 0


def test_the_newest_row_stays_so_that_no_id_is_given_twice(store: Store) -> None:
    newest = put(store)
    claim(store)
    with store[0]() as session:
        outbox.mark_sent(session, {newest: "1"}, NOW)
        assert outbox_pruning.prune(session, NOW + timedelta(days=1), 100) == 0
    assert put(store) > newest


@pytest.mark.parametrize("end", ["sent", "failed", "cancelled"])
def test_what_is_fleeting_is_gone_once_it_is_out(end: str, store: Store) -> None:
    fleeting = replace(message("✓ 示例选项"), is_fleeting=True)
    with store[0]() as session:
        kept = outbox.enqueue(session, message("示例留下"), now=NOW).outbox_id or 0
        gone = outbox.enqueue(session, fleeting, now=NOW).outbox_id or 0
        assert session.get_one(OutboxMessage, gone).message == replace(fleeting, outbox_id=gone)
    if end != "cancelled":
        claim(store)
    with store[0]() as session:
        if end == "sent":
            outbox.mark_sent(session, {kept: "1", gone: "2"}, NOW)
        elif end == "failed":
            outbox.mark_failed(session, gone, "x", NOW)
        else:
            outbox.cancel_waiting(session, CHAT, {"reply"})
        session.expire_all()
        left = session.get_one(OutboxMessage, gone)
        assert (left.payload, left.chat_id, left.state) == ({}, "", end)
        assert session.get_one(OutboxMessage, kept).message.plain_text == "示例留下"


def test_a_large_broadcast_is_written_in_few_statements_and_only_once(store: Store, engine: Engine) -> None:
    pairs = [(message("政策更新" * 20, Address("telegram", str(n))), f"broadcast:1:{n}") for n in range(10_000)]
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _connection, _cursor, said, *_: statements.append(said))
    with store[0]() as session:
        assert outbox.enqueue_many(session, pairs, now=NOW, broadcast_id=1) == 10_000
    assert len(statements) < 100
    with store[0]() as session:
        assert outbox.enqueue_many(session, [*pairs[:3], (message(), "broadcast:1:new")], now=NOW) == 1
        assert outbox.enqueue_many(session, [], now=NOW) == 0


def test_claiming_costs_no_more_with_many_rows_waiting(store: Store) -> None:
    """A scan of all rows would take some twenty times as long; the index takes as long as with few."""
    wait(store, 300)
    few = fastest_claim(store)
    wait(store, 30_000)
    assert fastest_claim(store) < 6 * few


def wait(store: Store, n_rows: int) -> None:
    """So many rows that are due, and as many that are not yet."""
    for due_at, priority in ((NOW, 9), (NOW + timedelta(days=30), 0)):
        with store[0]() as session:
            pairs = [(message("x", Address("telegram", str(n % 50))), None) for n in range(n_rows)]
            outbox.enqueue_many(session, pairs, now=NOW, due_at=due_at, priority=priority)


def fastest_claim(store: Store) -> float:
    """Seconds of the fastest of twenty claims: what else the machine does slows the others."""
    times = []
    for _ in range(20):
        started = time.perf_counter()
        assert len(claim(store, limit=5, channels=("telegram", "web"))) == 5
        times.append(time.perf_counter() - started)
    return min(times)
