"""An outlet answers in its own way: with a reason, reviewed, for its own askers only, never beyond what is law."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from consultations import broadcasts, card_drafts
from consultations.archive import Consultation
from consultations.card_drafts import CardDraft
from consultations.duty_reading import Duty, parse_book
from consultations.outbox import OutboxMessage
from consultations.permissions import MACHINE, Person
from consultations.tickets import Staff, Ticket
from handlers import correct_answers, discuss_drafts, override_card, review_card, wording, write_broadcast
from handlers.desk import Desk
from handlers.review_card import DraftRefusedError
from handlers.why import why
from tests.handlers.test_flywheel import Office, article

OUTLETS = """
[[outlet]]
id = "north"
name = "示例北区网点"
areas = ["北区"]
[[outlet]]
id = "south"
name = "示例南区网点"
areas = ["南区"]
"""
AUTHOR, REVIEWER = Staff("telegram:1", "示例甲"), Staff("telegram:2", "示例乙")
ASKED, CITY, OWN = "专利年费能分期付款吗", "示例：不能分期", "示例北区：不能分期，可以先来网点核对缴费期限。"
SOURCE = "《示例缴费条例》第九条"


@pytest.fixture
def office(desk: Desk, tmp_path: Path) -> Office:
    made = Office(replace(desk, duty=Duty(book=parse_book({"a.toml": OUTLETS}))), tmp_path)
    city = {"title": "专利年费能分期付款吗？", "answer": f"{CITY}付款。", "citations": SOURCE}
    publish(made, begin(made, city, source="gap:1"))
    return made


def begin(office: Office, words: Mapping[str, str], source: str) -> int:
    """A draft of a new card."""
    now = office.desk.now()
    draft = CardDraft(
        source=source,
        kind="card",
        service_item="B08",
        author=AUTHOR.key,
        author_name=AUTHOR.name,
        created_at=now,
        changed_at=now,
    )
    with office.desk.writing() as session:
        number = card_drafts.create(session, draft, (), now)[0].key
    write(office, number, words)
    return number


def write(office: Office, number: int, words: Mapping[str, str]) -> None:
    draft = office.draft(number)
    for name, value in words.items():
        for field, change in review_card.read_change(office.desk, draft, name, value, MACHINE).items():
            setattr(draft, field, change)
    changes = {name: getattr(draft, name) for name in card_drafts.EDITABLE}
    with office.desk.writing() as session:
        review_card.edit_draft(session, number, AUTHOR, changes, office.desk.now())


def publish(office: Office, number: int) -> None:
    with office.desk.writing() as session:
        review_card.submit_draft(session, number, AUTHOR, office.desk.now())
    tried = review_card.try_out(office.desk, number)
    assert tried.reasons == ()
    with office.desk.writing() as session:
        review_card.publish_draft(session, office.desk, tried, REVIEWER, office.desk.now())
    office.tick()


def override(office: Office, words: str = OWN, outlet: str = "north") -> int:
    """A published override of the city's card."""
    with office.desk.writing() as session:
        made = override_card.override_card(
            session, office.desk, "own_0001", outlet, "北区可以上门核对", AUTHOR, office.desk.now()
        )
        number = made.key
    write(office, number, {"answer": words, "citations": SOURCE})
    publish(office, number)
    return number


def standing(office: Office) -> list[tuple[str, str, str]]:
    with office.desk.reading() as session:
        return [
            (each.outlet, each.draft.override_reason, each.standing)
            for each in override_card.overview(session, office.desk)
        ]


def test_the_outlet_answers_its_own_askers_and_nobody_else_and_once(office: Office) -> None:
    override(office)
    told = office.ask(f"北区{ASKED}", "north")
    assert OWN in told
    assert CITY not in told
    assert wording.local_answer("示例北区网点") in told
    for words, name in ((ASKED, "nobody"), (f"南区{ASKED}", "south")):
        told = office.ask(words, name)
        assert CITY in told
        assert OWN not in told
    with office.desk.reading() as session:
        filed = [(each.number, each.card_id) for each in session.exec(select(Consultation))]
    shown = [why(office.desk, number) for number, _ in filed]
    assert [card_id for _, card_id in filed] == ["own_0002", "own_0001", "own_0001"]
    assert wording.layer_of("示例北区网点", is_own=True) in shown[0]
    assert "层级" not in shown[1]
    assert standing(office) == [("示例北区网点", "北区可以上门核对", "fits")]


def test_its_reviewer_sees_the_address_it_publishes_and_of_other_drafts_nothing_personal(office: Office) -> None:
    address = f"{OWN}地址：示例路 1 号二楼。"
    own = override(office, address)
    assert address in "\n".join(discuss_drafts.draft_lines(office.draft(own), 0))
    asked = begin(office, {"title": "在哪里办？", "answer": address}, source="gap:2")
    assert "示例路***" in "\n".join(discuss_drafts.draft_lines(office.draft(asked), 0))


def test_undone_the_common_card_answers_again(office: Office) -> None:
    number = override(office)
    with office.desk.writing() as session:
        review_card.withdraw_draft(session, office.desk, number, AUTHOR, office.desk.now())
    office.tick()
    assert CITY in office.ask(f"北区{ASKED}", "north")
    assert standing(office) == []


def test_when_the_common_card_changes_somebody_else_looks_again(office: Office) -> None:
    number = override(office)
    (office.folder / "b.toml").write_text("", encoding="utf-8")
    with office.desk.writing() as session:
        session.get_one(CardDraft, 1).answer = f"{CITY}，逾期交滞纳金。"
    office.published.heal(is_sure=True)
    office.tick()
    assert standing(office)[0][2] == "outdated"
    assert OWN in office.ask(f"北区{ASKED}", "north")
    with office.desk.writing() as session, pytest.raises(DraftRefusedError, match="另一位"):
        override_card.stand_by(session, office.desk, number, AUTHOR, office.desk.now())
    with office.desk.writing() as session:
        override_card.stand_by(session, office.desk, number, REVIEWER, office.desk.now())
    office.tick()
    assert standing(office)[0][2] == "fits"


def test_an_override_never_makes_a_repealed_article_current(office: Office) -> None:
    override(office)
    ended = replace(article("9", "年费应当在期满前两个月内一次缴清，不能分期付款。"), effective_to=date(2026, 1, 1))
    office.index.replace({"revision:1": [ended]})
    office.tick()
    told = office.ask(f"北区{ASKED}", "north")
    assert OWN not in told
    assert "GD-" in told
    assert standing(office)[0][2] == "held"


def test_a_card_an_outlet_adds_is_found_there_only(office: Office) -> None:
    words = {
        "title": "商标权出质要办什么手续？",
        "answer": "示例：要办理质押登记。",
        "citations": "《示例缴费条例》第十二条",
    }
    publish(office, begin(office, {**words, "outlet": "示例北区网点"}, source="gap:2"))
    asked = "商标权出质要办什么手续"
    assert "示例：要办理质押登记" in office.ask(f"北区{asked}", "north")
    assert "示例：要办理质押登记" not in office.ask(f"南区{asked}", "south")
    assert "示例：要办理质押登记" not in office.ask(asked, "nobody")


@pytest.mark.parametrize(
    ("card", "outlet", "reason", "told"),
    [
        ("own_0001", "north", " ", "理由"),
        ("own_0001", "西区", "示例", "没有网点“西区”"),
        ("own_0009", "north", "示例", "没有编号是 own_0009"),
        ("own_0001", "south", "示例", "已经有一份改写"),
    ],
)
def test_what_stands_in_the_way_is_told(office: Office, card: str, outlet: str, reason: str, told: str) -> None:
    override(office, outlet="south")
    with office.desk.writing() as session, pytest.raises(DraftRefusedError, match=told):
        override_card.override_card(session, office.desk, card, outlet, reason, AUTHOR, office.desk.now())


def test_an_own_notice_that_is_not_at_hand_is_refused_with_the_way_to_it(office: Office) -> None:
    with office.desk.writing() as session:
        made = override_card.override_card(
            session, office.desk, "own_0001", "north", "示例：本网点另有时间", AUTHOR, office.desk.now()
        ).key
    own = "示例路 1 号二楼，工作日 9:00–17:30。"
    for sources, told in (("", "先导入那份文件"), ("《示例公示牌》第一条", "《示例公示牌》第一条里没有找到.*再填一次")):
        changes = {"answer": own, "citations": []}
        if sources:
            changes |= review_card.read_change(office.desk, office.draft(made), "citations", sources, MACHINE)
        with office.desk.writing() as session:
            review_card.edit_draft(session, made, AUTHOR, changes, office.desk.now())
        with office.desk.writing() as session, pytest.raises(DraftRefusedError, match=told):
            review_card.submit_draft(session, made, AUTHOR, office.desk.now())


def test_a_draft_goes_to_no_outlet_whose_cards_its_editor_may_not_write(office: Office) -> None:
    draft = office.draft(begin(office, {"title": "示例：谁能写"}, source="gap:3"))
    southern = Person(frozenset({"adviser"}), "south")
    assert review_card.read_change(office.desk, draft, "outlet", "south", southern) == {"outlet": "south"}
    for guessed in ("north", "示例北区网点"):
        with pytest.raises(DraftRefusedError, match=f"没有网点“{guessed}”。现有：示例南区网点"):
            review_card.read_change(office.desk, draft, "outlet", guessed, southern)


def test_an_asker_belongs_to_the_outlet_of_their_last_ticket(office: Office) -> None:
    override(office)
    office.ask("转人工", "north")
    with office.desk.writing() as session:
        session.exec(select(Ticket)).one().outlet = "north"
    assert OWN in office.ask(ASKED, "north")


def corrected(office: Office) -> list[tuple[str, bool, bool]]:
    """Look, approve and send: who was told, and whether they read the outlet's or the city's words."""
    correct_answers.run_due(office.desk)
    with office.desk.writing() as session:
        for each in broadcasts.in_states(session, "in_review"):
            write_broadcast.approve(session, office.desk, each, each.edition, REVIEWER, office.desk.now())
    with office.desk.reading() as session:
        before = len(sent(session))
    correct_answers.send_approved(office.desk)
    with office.desk.reading() as session:
        texts = [(each.chat_id, each.message.plain_text) for each in sent(session)[before:]]
    return [(name, OWN in text, CITY in text) for name, text in texts]


def sent(session: Session) -> list[OutboxMessage]:
    found = session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id))).all()
    return [each for each in found if (each.dedupe_key or "").startswith("correction:")]


def test_whose_answer_the_outlet_gives_in_its_own_way_since_hears_of_it_and_of_its_end(office: Office) -> None:
    assert corrected(office) == []  # takes stock
    for words, name in ((f"北区{ASKED}", "north"), (f"南区{ASKED}", "south"), (ASKED, "nobody")):
        assert CITY in office.ask(words, name)
    number = override(office)
    assert corrected(office) == [("north", True, False)]
    assert corrected(office) == []
    assert OWN in office.ask(f"北区{ASKED}", "later")
    with office.desk.writing() as session:
        review_card.withdraw_draft(session, office.desk, number, REVIEWER, office.desk.now())
    office.tick()
    assert sorted(corrected(office)) == [("later", False, True), ("north", False, True)]
    assert corrected(office) == []


def test_in_the_staff_chat_overrides_are_listed_stood_by_and_taken_back(office: Office) -> None:
    number = override(office)
    listed = office.room.say("/drafts 改写", who="示例乙")[-1]
    assert "示例北区网点" in listed.text
    assert "理由：北区可以上门核对" in listed.text
    assert listed.buttons == (f"{wording.SHOW_DRAFT} {number}",)
    (office.folder / "b.toml").write_text("", encoding="utf-8")
    with office.desk.writing() as session:
        session.get_one(CardDraft, 1).answer = f"{CITY}，逾期交滞纳金。"
    office.published.heal(is_sure=True)
    office.tick()
    again = f"{wording.STILL_FITS} {number}"
    assert again in office.room.say("/drafts 改写", who="示例乙")[-1].buttons
    assert wording.override_stands(number) in office.room.press(again, who="示例乙")[-1].text
    office.tick()
    assert standing(office)[0][2] == "fits"
    office.room.press(f"{wording.SHOW_DRAFT} {number}", who="示例乙")
    office.room.press(wording.TAKE_DOWN, who="示例乙")
    office.tick()
    assert standing(office) == []
