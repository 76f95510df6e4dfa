"""Trainings: legal moves only, the last seat once, the waiting in their order, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from bot.database import SessionMaker
from consultations import attendances, contacts, trainings
from consultations.attendances import Attendance
from consultations.messages import Address
from consultations.tickets import Staff
from consultations.trainings import LEGAL_ORIGINS, STATE_NAMES, State, Training, TrainingRefusedError
from tests.conftest import Clock

Store = tuple[SessionMaker, SessionMaker]
STAFF = Staff("staff:77", "示例甲")


def made(session: Session, clock: Clock, **parts: object) -> Training:
    """A training tomorrow."""
    now = clock.now()
    values: dict[str, object] = {
        "number": "PX-20261123-0001",
        "title": "示例培训",
        "starts_at": now + timedelta(days=1),
        "ends_at": now + timedelta(days=1, hours=2),
        "place": "示例室",
        "author": "x",
        "author_name": "x",
        "created_at": now,
        "changed_at": now,
    }
    training = Training(**(values | parts))  # type: ignore[arg-type]
    return trainings.create(session, training, STAFF, now)


def people(session: Session, clock: Clock, n: int) -> list[int]:
    return [contacts.meet(session, Address("core", str(each)), "", clock.now()).key for each in range(n)]


@pytest.mark.parametrize("target", STATE_NAMES)
@pytest.mark.parametrize("origin", STATE_NAMES)
def test_only_legal_moves(store: Store, clock: Clock, origin: str, target: State) -> None:
    with store[0]() as session:
        training = made(session, clock, state=origin, confirmed_at=clock.now())
        if origin in LEGAL_ORIGINS[target]:
            trainings.move(session, training, target, STAFF, clock.now())
            last = trainings.history_of(session, training.key)[-1]
            assert (training.state, last.from_state, last.to_state) == (target, origin, target)
            return
        with pytest.raises(TrainingRefusedError, match=STATE_NAMES[origin]):
            trainings.move(session, training, target, STAFF, clock.now())


def test_the_last_seat_goes_to_one_of_many_at_once(store: Store, clock: Clock) -> None:
    with store[0]() as session:
        training = made(session, clock, state="open", capacity=1)
        ids, key = people(session, clock, 8), training.key

    def join(contact_id: int) -> str:
        with store[0]() as session:
            found = session.get_one(Training, key)
            return attendances.join(session, found, [contact_id], "", "core", clock.now()).state

    with ThreadPoolExecutor(8) as pool:
        states = sorted(pool.map(join, ids))
    assert states == ["signed_up", *["waiting"] * 7]
    with store[1]() as session:
        assert sorted(each.turn for each in attendances.of_training(session, key)) == list(range(1, 9))


def test_one_row_for_each_person_in_the_database_too(store: Store, clock: Clock) -> None:
    with store[0]() as session:
        training, (one,) = made(session, clock, state="open"), people(session, clock, 1)
        first = attendances.join(session, training, [one], "甲", "core", clock.now())
        again = attendances.join(session, training, [one], "甲", "core", clock.now())
        assert first.key == again.key
        values = first.model_dump(exclude={"id", "turn"}) | {"turn": 9}
    with pytest.raises(IntegrityError), store[0]() as session:
        session.add(Attendance(**values))


def test_who_comes_back_waits_at_the_end_and_more_seats_go_in_order(store: Store, clock: Clock) -> None:
    with store[0]() as session:
        training, ids = made(session, clock, state="open", capacity=1), people(session, clock, 4)
        rows = [attendances.join(session, training, [each], "", "core", clock.now()) for each in ids]
        attendances.withdraw(session, training, rows[1], clock.now())
        attendances.join(session, training, [ids[1]], "", "core", clock.now())
        trainings.edit(session, training, training.revision, {"capacity": 3}, STAFF, clock.now(), note="")
        skipped = rows[2].key  # nobody can tell them
        moved = attendances.move_up(session, training, lambda each: each.key != skipped, clock.now())
        assert [each.contact_id for each in moved] == [ids[3], ids[1]]
        assert attendances.seats_left(session, training) == 0
        assert attendances.move_up(session, training, lambda _each: True, clock.now()) == []


def test_nobody_signs_up_or_leaves_once_it_began(store: Store, clock: Clock) -> None:
    with store[0]() as session:
        training, (one, two) = made(session, clock, state="open"), people(session, clock, 2)
        row = attendances.join(session, training, [one], "", "core", clock.now())
        later = clock.now() + timedelta(days=1)
        with pytest.raises(TrainingRefusedError, match="已经开始"):
            attendances.join(session, training, [two], "", "core", later)
        with pytest.raises(TrainingRefusedError, match="已经开始"):
            attendances.withdraw(session, training, row, later)


def test_another_courseware_must_be_confirmed_anew_before_it_is_filed(store: Store, clock: Clock) -> None:
    with store[0]() as session:
        training = made(session, clock, state="open", courseware="示例.pptx")
        trainings.confirm(session, training, STAFF, clock.now())
        trainings.edit(session, training, training.revision, {"place": "别处"}, STAFF, clock.now(), note="")
        assert training.confirmed_by == STAFF.name
        trainings.move(session, training, "held", STAFF, clock.now())
        trainings.edit(session, training, training.revision, {"courseware_version": "2"}, STAFF, clock.now(), note="")
        assert (training.confirmed_at, training.confirmed_by) == (None, "")
        with pytest.raises(TrainingRefusedError, match="讲师确认"):
            trainings.move(session, training, "filed", STAFF, clock.now())
        with pytest.raises(TrainingRefusedError, match="不能修改"):
            trainings.edit(session, training, training.revision, {"place": "又一处"}, STAFF, clock.now(), note="")
        with pytest.raises(TrainingRefusedError, match="刚刚被别人改过"):
            trainings.edit(session, training, 1, {"needs": "想学检索"}, STAFF, clock.now(), note="")


@pytest.mark.parametrize(("written", "number"), [("px-20261127-1", "0001"), ("名单 PX20261127-01", "0001"), ("x", "")])
def test_numbers_are_read_as_people_say_them(written: str, number: str) -> None:
    assert trainings.number_in(written) == (f"PX-20261127-{number}" if number else "")
