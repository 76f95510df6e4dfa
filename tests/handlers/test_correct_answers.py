"""Who got an answer that has changed since hears of it: exactly they, once, if they like."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from consultations import broadcasts
from consultations.broadcasts import BroadcastRefusedError, Content
from consultations.messages import Address
from consultations.outbox import OutboxMessage
from consultations.tickets import Staff
from handlers import correct_answers, policy_wording, write_broadcast
from handlers.desk import Desk, NoShelf
from handlers.import_policy import import_paths
from knowledge.card import Card
from knowledge.index import Index
from knowledge.passages import Answer, Citation
from tests.conftest import ADMIN, Clock
from tests.drivers import CoreDriver, StaffRoom
from tests.handlers.conftest import ANSWERS, OPPOSE, RENEW, MiniatureAnswerer
from tests.knowledge.test_check import lamp_card

ARTICLE = "样灯条例第一条怎么说"
APPROVER = Staff("s:2", "示例乙")


@dataclass
class Shelf(NoShelf):
    """Cards by id, whichever day it is."""

    cards: dict[str, Card] = field(default_factory=dict)

    def version_on(self, card_id: str, on: date) -> Card | None:
        del on
        return self.cards.get(card_id)


@dataclass
class Changing(MiniatureAnswerer):
    """Answers of its own before those of the miniature."""

    own: dict[str, Answer] = field(default_factory=dict)

    def answer(self, question: str, on: date, *, previous: str = "", outlet: str = "") -> Answer:
        return replace(self.own[question], holds_on=on) if question in self.own else super().answer(
            question, on, previous=previous, outlet=outlet
        )  # fmt: skip


@pytest.fixture
def office(desk: Desk) -> Desk:
    """A desk whose archive changes are told from now on."""
    made = replace(desk, answerer=Changing(), shelf=Shelf())
    assert correct_answers.run_due(made) == 0
    return made


def change_card(desk: Desk, card_id: str, question: str, lead: str) -> None:
    assert isinstance(desk.shelf, Shelf)
    assert isinstance(desk.answerer, Changing)
    desk.shelf.cards[card_id] = lamp_card(card_id=card_id, answer=lead)
    desk.answerer.own[question] = replace(ANSWERS[question], lead=lead)


def corrected(desk: Desk) -> list[OutboxMessage]:
    with desk.reading() as session:
        found = session.exec(select(OutboxMessage).where(OutboxMessage.kind == "follow_up")).all()
        rows = [each for each in found if (each.dedupe_key or "").startswith("correction:")]
        session.expunge_all()
    return rows


def correct(desk: Desk) -> int:
    """Look, approve what was found and send it: how many people hear."""
    correct_answers.run_due(desk)
    approve(desk)
    return correct_answers.send_approved(desk)


def approve(desk: Desk) -> None:
    with desk.writing() as session:
        for each in broadcasts.in_states(session, "in_review"):
            write_broadcast.approve(session, desk, each, each.edition, APPROVER, desk.now())


def states(desk: Desk) -> list[str]:
    with desk.reading() as session:
        return [each.state for each in reversed(broadcasts.newest(session))]


def ask(desk: Desk, chat: str, question: str) -> CoreDriver:
    person = CoreDriver(desk, Address("core", chat))
    person.say(question)
    return person


def test_exactly_those_who_read_the_old_answer_hear_of_it_once(office: Desk) -> None:
    ask(office, "reader", OPPOSE)
    ask(office, "another", RENEW)
    change_card(office, "oppose", OPPOSE, "两个月内。")
    assert correct(office) == 1
    assert correct(office) == 0
    (row,) = corrected(office)
    text = row.message.plain_text
    assert row.chat_id == "reader"
    assert f"您之前问过：{OPPOSE}" in text
    assert policy_wording.ANSWER_CHANGED in text
    assert "两个月内。" in text
    assert "依据：" in text
    assert [each.label for line in row.message.choices for each in line] == ["转人工", "退订"]


def test_a_push_that_was_wrong_is_taken_back_and_each_state_is_told_once(office: Desk) -> None:
    ask(office, "reader", OPPOSE)
    told = []
    for lead in ("两个月内。", "三个月内。", "两个月内。"):
        change_card(office, "oppose", OPPOSE, lead)
        told.append([correct(office) for _ in range(3)])
    assert told == [[1, 0, 0]] * 3
    texts = [each.message.plain_text for each in corrected(office)]
    assert [("两个月内。" in text, "三个月内。" in text) for text in texts] == [
        (True, False),
        (False, True),
        (True, False),
    ]


def test_who_asked_while_the_wrong_words_stood_and_who_was_pushed_them_both_hear(office: Desk, clock: Clock) -> None:
    ask(office, "pushed", OPPOSE)
    change_card(office, "oppose", OPPOSE, "两个月内。")
    assert isinstance(office.answerer, Changing)
    assert isinstance(office.shelf, Shelf)
    wrong = office.shelf.cards["oppose"].version
    office.answerer.own[OPPOSE] = replace(office.answerer.own[OPPOSE], card_version=wrong)
    assert correct(office) == 1
    clock.moment += timedelta(minutes=1)
    ask(office, "asked", OPPOSE)
    assert correct(office) == 0
    change_card(office, "oppose", OPPOSE, "三个月内。")
    assert correct(office) == 2
    assert sorted(each.chat_id for each in corrected(office)) == ["asked", "pushed", "pushed"]


def test_a_new_wording_of_what_was_pushed_disturbs_nobody(office: Desk) -> None:
    ask(office, "reader", OPPOSE)
    change_card(office, "oppose", OPPOSE, "两个月内。")
    assert correct(office) == 1
    assert isinstance(office.shelf, Shelf)
    office.shelf.cards["oppose"] = lamp_card(card_id="oppose", answer="两个月内。", title="异议期多长？")
    assert correct(office) == 0


def test_asking_twice_is_told_once(office: Desk) -> None:
    person = ask(office, "reader", OPPOSE)
    person.say(OPPOSE)
    change_card(office, "oppose", OPPOSE, "两个月内。")
    assert correct(office) == 1
    assert len(corrected(office)) == 1


def test_who_read_the_same_words_hears_nothing(office: Desk) -> None:
    ask(office, "reader", OPPOSE)
    change_card(office, "oppose", OPPOSE, "三个月内。")  # another wording of the card, the same answer
    assert correct(office) == 0
    assert corrected(office) == []


def test_a_figure_that_changed_below_the_answer_is_told(office: Desk) -> None:
    ask(office, "reader", OPPOSE)
    change_card(office, "oppose", OPPOSE, "三个月内。")
    assert isinstance(office.answerer, Changing)
    office.answerer.own[OPPOSE] = replace(office.answerer.own[OPPOSE], details=("示例：费用 900 元。",))
    assert correct(office) == 1


def test_who_asked_again_since_knows(office: Desk) -> None:
    person = ask(office, "reader", OPPOSE)
    change_card(office, "oppose", OPPOSE, "两个月内。")
    person.say(OPPOSE)
    assert correct(office) == 0


@pytest.mark.parametrize("words", ["退订", "删除我的信息"])
def test_who_opted_out_or_was_erased_hears_nothing(office: Desk, words: str) -> None:
    person = ask(office, "reader", OPPOSE)
    person.say(words)
    if words.startswith("删除"):
        person.press("确认删除")
    change_card(office, "oppose", OPPOSE, "两个月内。")
    assert correct(office) == 0
    assert corrected(office) == []


def test_an_answer_that_is_gone_is_not_pushed(office: Desk) -> None:
    ask(office, "reader", OPPOSE)
    change_card(office, "oppose", OPPOSE, "两个月内。")
    assert isinstance(office.answerer, Changing)
    office.answerer.own[OPPOSE] = Answer("escalate", "question", OPPOSE)
    assert correct(office) == 0


def test_a_question_that_leads_to_another_card_is_left_alone(office: Desk) -> None:
    ask(office, "reader", OPPOSE)
    change_card(office, "oppose", OPPOSE, "两个月内。")
    assert isinstance(office.answerer, Changing)
    office.answerer.own[OPPOSE] = ANSWERS[RENEW]
    assert correct(office) == 0


def test_in_quiet_hours_it_waits_for_the_morning_and_tells_what_holds_then(office: Desk, clock: Clock) -> None:
    ask(office, "reader", OPPOSE)
    change_card(office, "oppose", OPPOSE, "两个月内。")
    clock.moment = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)  # midnight in Shanghai
    assert correct(office) == 0
    assert corrected(office) == []
    change_card(office, "oppose", OPPOSE, "四个月内。")
    clock.moment = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)
    assert correct_answers.send_approved(office) == 0  # what was approved is overtaken
    assert states(office) == ["cancelled"]
    assert correct(office) == 1
    (row,) = corrected(office)
    assert "四个月内。" in row.message.plain_text


def test_nobody_hears_before_it_is_approved_and_what_changes_back_is_called_off(office: Desk) -> None:
    ask(office, "reader", OPPOSE)
    change_card(office, "oppose", OPPOSE, "两个月内。")
    assert [correct_answers.run_due(office) for _ in range(2)] == [1, 0]
    assert correct_answers.send_approved(office) == 0
    assert corrected(office) == []
    assert states(office) == ["in_review"]
    change_card(office, "oppose", OPPOSE, "三个月内。")
    assert correct_answers.run_due(office) >= 1
    assert "in_review" not in states(office)
    assert corrected(office) == []


def test_what_staff_called_off_is_not_asked_again(office: Desk) -> None:
    ask(office, "reader", OPPOSE)
    change_card(office, "oppose", OPPOSE, "两个月内。")
    correct_answers.run_due(office)
    with office.writing() as session:
        (pending,) = broadcasts.in_states(session, "in_review")
        with pytest.raises(BroadcastRefusedError, match="不能改"):
            broadcasts.edit(session, pending, Content("别的"), APPROVER, office.now())
        write_broadcast.cancel(session, pending, APPROVER, office.now())
    assert [correct_answers.run_due(office) for _ in range(2)] == [0, 0]
    assert states(office) == ["cancelled"]


def test_staff_approve_in_their_room_and_who_opts_out_meanwhile_hears_nothing(office: Desk) -> None:
    person = ask(office, "reader", OPPOSE)
    ask(office, "other", OPPOSE)
    change_card(office, "oppose", OPPOSE, "两个月内。")
    correct_answers.run_due(office)
    room = StaffRoom(office)
    told = room.read()[-1].text
    assert "2 位问过的人" in told
    assert "两个月内。" in told
    person.say("退订")
    assert "已批准" in room.press("批准发送")[0].text
    assert correct_answers.send_approved(office) == 1
    assert [each.chat_id for each in corrected(office)] == ["other"]


def test_the_first_look_only_takes_stock(desk: Desk) -> None:
    """After an upgrade nobody is told of what changed long ago."""
    office = replace(desk, answerer=Changing(), shelf=Shelf())
    ask(office, "reader", OPPOSE)
    change_card(office, "oppose", OPPOSE, "两个月内。")
    assert correct(office) == 0
    assert correct(office) == 0
    change_card(office, "oppose", OPPOSE, "四个月内。")
    assert correct(office) == 1


def test_of_several_that_look_at_once_one_tells(office: Desk) -> None:
    ask(office, "reader", OPPOSE)
    change_card(office, "oppose", OPPOSE, "两个月内。")
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(correct_answers.run_due, [office] * 4)) == 1
        approve(office)
        assert sum(pool.map(correct_answers.send_approved, [office] * 4)) == 1
    assert len(corrected(office)) == 1


def test_dying_before_the_commit_repeats_nothing_and_leaves_nobody_out(office: Desk) -> None:
    ask(office, "reader", OPPOSE)
    change_card(office, "oppose", OPPOSE, "两个月内。")

    class KilledError(Exception):
        pass

    @contextmanager
    def dying() -> Iterator[Session]:
        with office.writing() as session:
            yield session
            raise KilledError

    with pytest.raises(KilledError):
        correct_answers.run_due(replace(office, writing=dying))
    correct_answers.run_due(office)
    approve(office)
    with pytest.raises(KilledError):
        correct_answers.send_approved(replace(office, writing=dying))
    assert corrected(office) == []
    assert correct_answers.send_approved(office) == 1
    assert len(corrected(office)) == 1


@pytest.mark.parametrize(
    ("version", "since"),
    [
        pytest.param("2026-09-01", "2026年11月1日", id="a new version"),
        pytest.param("2020-03-01", "2020年5月1日", id="the same version, corrected"),
    ],
)
def test_whoever_read_an_article_that_changed_hears_of_it(
    office: Desk, tmp_path: Path, version: str, since: str
) -> None:
    assert isinstance(office.answerer, Changing)
    texts = (("2020-03-01", "2020年5月1日", "灯要亮。"), (version, since, "灯要常亮。"))
    for number, (edition, start, words) in enumerate(texts, start=1):
        path = tmp_path / f"样灯条例({edition}).md"
        path.write_text(f"# 样灯条例\n第一条 {words}\n第二条 本条例自{start}起施行。", "utf-8")
        report = import_paths(
            [path], writing=office.writing, index=Index.open(tmp_path / "index"), home=tmp_path, by=ADMIN
        )
        assert report.count("refused") == 0
        cited = (Citation("样灯条例", "1", edition, words, f"art:{number}:1"),)
        office.answerer.own[ARTICLE] = Answer("answer", "article", ARTICLE, f"规定：{words}", citations=cited)
        if number == 1:
            ask(office, "reader", ARTICLE)
            assert correct(office) == 0
    assert correct(office) == 1
    assert correct(office) == 0
    assert "灯要常亮。" in corrected(office)[0].message.plain_text
