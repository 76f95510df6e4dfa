"""One question in several short messages (分条发送) is answered as one; everything else stands for itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlmodel import col, select

from consultations import unanswered
from consultations.archive import Consultation
from consultations.messages import Address
from consultations.received import ReceivedMessage
from handlers.at_once import AT_ONCE, MOST_LINES, is_short
from handlers.desk import Desk
from tests.conftest import Clock
from tests.drivers import CoreDriver, StaffRoom
from tests.handlers.conftest import RENEW, MiniatureAnswerer

PIECES = ("商标", "续展", "多少钱")


def filed(desk: Desk) -> Sequence[Consultation]:
    with desk.reading() as session:
        found = session.exec(select(Consultation).order_by(col(Consultation.id))).all()
        session.expunge_all()
    return found


def questions(desk: Desk) -> list[str]:
    return [each.question for each in filed(desk)]


@pytest.mark.parametrize("seconds", [0, AT_ONCE.total_seconds()])
def test_three_short_messages_are_answered_as_one(desk: Desk, asker: CoreDriver, clock: Clock, seconds: float) -> None:
    for piece in PIECES:
        asker.say(piece)
        clock.advance(seconds=seconds)
    assert "示例：五百元。" in asker.received()[-1].text


def test_messages_more_than_three_seconds_apart_stand_for_themselves(
    desk: Desk, asker: CoreDriver, clock: Clock
) -> None:
    asker.say("商标")
    clock.advance(seconds=AT_ONCE.total_seconds() + 1)
    asker.say("续展")
    assert questions(desk) == ["商标", "续展"]


def test_the_archive_keeps_every_message_once(desk_on_both: Desk) -> None:
    asker = CoreDriver(desk_on_both)
    for piece in PIECES:
        asker.send(text=piece, message_id=piece)
        asker.send(text=piece, message_id=piece)  # delivered again
    with desk_on_both.reading() as session:
        letters = session.exec(select(ReceivedMessage).order_by(col(ReceivedMessage.id))).all()
        assert [each.text for each in letters] == [*PIECES]
    first, second, third = filed(desk_on_both)
    assert [each.question for each in (first, second, third)] == ["商标", "商标\n续展", "商标\n续展\n多少钱"]
    assert (second.edit_of, third.edit_of) == (first.id, second.id)
    assert len({each.received_id for each in (first, second, third)}) == 3


def test_pieces_of_a_question_are_no_unanswered_questions(desk: Desk, asker: CoreDriver, clock: Clock) -> None:
    for piece in PIECES:
        asker.say(piece)
    with desk.reading() as session:
        assert unanswered.unanswered(session, clock.now() - timedelta(days=1)) == []


def test_late_messages_are_judged_by_when_they_were_sent(desk: Desk, asker: CoreDriver, clock: Clock) -> None:
    sent_at = clock.now() - timedelta(hours=2)
    for seconds, piece in enumerate(PIECES):
        asker.send(text=piece, sent_at=sent_at + timedelta(seconds=seconds))
        clock.advance(seconds=20)  # there is much to catch up with
    assert questions(desk)[-1] == "商标\n续展\n多少钱"


def test_late_messages_sent_minutes_apart_stand_for_themselves(desk: Desk, asker: CoreDriver, clock: Clock) -> None:
    sent_at = clock.now() - timedelta(hours=2)
    for minutes, piece in enumerate(PIECES[:2]):
        asker.send(text=piece, sent_at=sent_at + timedelta(minutes=minutes))  # and arrive at once
    assert questions(desk) == [*PIECES[:2]]


def test_a_clock_ahead_of_ours_counts_as_now(desk: Desk, asker: CoreDriver, clock: Clock) -> None:
    asker.send(text="商标", sent_at=clock.now() + timedelta(days=9))
    asker.send(text="续展", sent_at=clock.now() + timedelta(days=1))
    assert questions(desk)[-1] == "商标\n续展"


def test_an_answered_question_is_not_read_together_with_the_next(desk: Desk, asker: CoreDriver) -> None:
    asker.say(RENEW)
    asker.say("续展")
    assert questions(desk) == [RENEW, "续展"]


def test_words_that_ask_nothing_may_go_on_although_a_card_fitted_them(desk: Desk, asker: CoreDriver) -> None:
    asker.say("外观登记")
    asker.say("要几天")
    assert "示例：九天。" in asker.received()[-1].text


def test_a_question_behind_something_else_is_answered_by_itself(desk: Desk, asker: CoreDriver) -> None:
    asker.say("我是做餐饮的")
    asker.say(RENEW)
    assert questions(desk) == ["我是做餐饮的", RENEW]
    assert "示例：五百元。" in asker.received()[-1].text


def test_a_complaint_is_a_complaint_also_right_behind_a_question(desk: Desk, asker: CoreDriver) -> None:
    asker.say("商标")
    asker.say("你们态度太差")
    assert [(each.question, each.label) for each in filed(desk)][-1] == ("你们态度太差", "complaint")


def test_a_greeting_is_not_part_of_the_question(desk: Desk, asker: CoreDriver, answerer: MiniatureAnswerer) -> None:
    asker.say("你好")
    asker.say("商标")
    assert [asked for asked, _ in answerer.asked] == ["你好", "商标"]


def test_a_button_in_between_ends_the_question(desk: Desk, asker: CoreDriver) -> None:
    asker.say("商标")
    asker.press(RENEW)
    asker.say("续展")
    assert questions(desk)[-1] == "续展"


def test_a_pressed_card_is_no_beginning_of_a_question(desk: Desk, asker: CoreDriver) -> None:
    asker.send("choice", action="card:design")  # its title asks nothing: 外观登记
    asker.say("要几天")
    assert questions(desk) == ["外观登记", "要几天"]


def test_a_guide_in_between_ends_the_question(desk: Desk, asker: CoreDriver) -> None:
    asker.say("商标")
    asker.say("帮我判断")
    asker.press("灯要不要登记？")
    asker.say("台灯")  # typed, not pressed
    asker.say("续展")
    assert questions(desk) == ["商标", "续展"]


def test_a_ticket_ends_the_question(desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    asker.say("商标")
    asker.say("转人工")
    asker.say("续展")
    assert questions(desk) == ["商标", "续展"]
    room.press("接单")
    asker.say("商标")  # for the member of staff
    room.press("办结")
    asker.say("续展")  # the ticket is closed, and what was asked there with it
    assert questions(desk)[-1] == "续展"


def test_beside_an_open_ticket_each_message_stands_for_itself(desk: Desk, asker: CoreDriver) -> None:
    asker.say("转人工")
    asker.say("商标")
    asker.say("续展")
    assert questions(desk) == ["商标", "续展"]


def test_other_people_are_not_part_of_the_question(desk: Desk, asker: CoreDriver) -> None:
    other = CoreDriver(desk, Address("core", "other"))
    asker.say("商标")
    other.say("续展")
    asker.say("续展")
    assert questions(desk) == ["商标", "续展", "商标\n续展"]


def test_an_edit_is_a_message_of_its_own(desk: Desk, asker: CoreDriver) -> None:
    asker.send(text="商标", message_id="m")
    asker.send("edit", text="续展", foreign_message_id="m")
    asker.say("多少钱")
    assert questions(desk) == ["商标", "续展", "多少钱"]


def test_no_more_than_a_few_messages_are_one_question() -> None:
    assert is_short("\n".join("问" * MOST_LINES), 100)
    assert not is_short("\n".join("问" * (MOST_LINES + 1)), 100)


def test_together_they_are_no_longer_than_a_question_may_be(desk: Desk, asker: CoreDriver) -> None:
    asker.say("商标")
    longest = desk.settings.question_characters
    asker.say("长" * longest)
    assert questions(desk)[-1] == "长" * longest


def test_asking_back_for_a_piece_does_not_count_as_asking_back(desk: Desk, asker: CoreDriver) -> None:
    asker.say("商标")
    asker.say("续展")
    assert "您想问续展的什么？" in asker.received()[-1].text
    asker.say("多少钱")
    assert "示例：五百元。" in asker.received()[-1].text


def test_a_person_asked_for_gets_the_whole_question(desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    asker.say("商标")
    asker.say("续展")
    asker.say("转人工")
    assert any("商标\n续展" in each.text for each in room.read())
    assert filed(desk)[-1].ticket_id is not None
