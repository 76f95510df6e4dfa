"""The whole way round: ask → hand over → reply → close → draft → review by another → publish → askers told → answered.

Over a real shelf, index and database, with a miniature law and cards of our own.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from consultations import card_drafts
from consultations.card_drafts import AskedBefore, CardDraft
from consultations.contacts import Contact
from consultations.messages import Address, Inbound
from consultations.outbox import OutboxMessage
from consultations.tickets import Staff
from handlers import review_card, survey, wording
from handlers.desk import Desk
from handlers.draft_card import look_at_ticket, make_draft
from handlers.published_cards import PublishedCards
from handlers.review_card import DraftRefusedError
from handlers.turn import take_turn
from knowledge.added_wordings import with_added_wordings
from knowledge.answer import Answerer
from knowledge.card_files import PUBLISHED
from knowledge.cards import Cards, load_cards
from knowledge.index import Index
from knowledge.passages import Passage
from knowledge.search import open_search
from knowledge.shelf import Shelf
from tests.conftest import Clock
from tests.drivers import STAFF_ROOM, CoreDriver, Shown, StaffRoom
from tests.handlers.conftest import MakeDesk
from tests.handlers.test_privacy import everything_stored

QUESTION = "专利年费能分期付款吗？"
REPLY = """您好，张先生！示例：年费不能分期付款，应当在期满前两个月内一次缴清，依据《示例缴费条例》第九条。
如有疑问请致电023-67890123。祝好！
示例网点 小王"""
AUTHOR, REVIEWER = "示例甲", "示例乙"
SHIPPED = """
[[card]]
id = "pledge"
title = "商标权能质押贷款吗？"
variants = ["商标可以抵押给银行吗", "拿商标去贷款行不行"]
answer = "示例：可以质押，先办登记。"
service_items = ["B08"]
last_reviewed = 2026-11-01
review_due = 2027-11-01

[[card.citations]]
law = "示例缴费条例"
version = "2020-01-31"
article = "12"
proof = ["质押登记"]

[[card]]
id = "outlet_hours"
title = "网点周末上班吗？"
variants = ["周六能去网点办事吗", "网点节假日开门吗"]
status = "empty"
missing = "周末安排"
service_items = ["B08"]
last_reviewed = 2026-11-01
review_due = 2027-11-01
"""
TEXTS = {
    "9": "年费应当在期满前两个月内一次缴清，不能分期付款。",
    "12": "以商标权出质的，应当办理质押登记。",
    "15": "网点周末照常开放。",
}


def article(number: str, text: str) -> Passage:
    return Passage(
        f"art:1:{number}",
        "revision:1",
        "article",
        f"示例缴费条例 第{number}条",
        text,
        law="示例缴费条例",
        article=number,
        version="2020-01-31",
        effective_from=date(2020, 3, 1),
    )


class Office:
    """A desk over card files, with two people in the staff room."""

    def __init__(self, desk: Desk, home: Path) -> None:
        self.shipped, self.folder = home / "shipped", home / "cards"
        for each in (self.shipped, self.folder):
            each.mkdir(exist_ok=True)
        (self.shipped / "a.toml").write_text(SHIPPED, encoding="utf-8")
        self.index = Index.open(home / "index")
        cards = self.load(self.folder)
        self.put(cards)
        self.index.replace({"revision:1": [article(*each) for each in TEXTS.items()]})
        self.search = open_search(self.index)
        self.shelf = Shelf(
            cards,
            load=self.load,
            make=lambda found: Answerer(self.search, found),
            passages=self.search.passages,
            folder=self.folder,
        )
        self.desk = replace(desk, answerer=self.shelf, shelf=self.shelf)
        self.room = StaffRoom(self.desk)
        self.published = PublishedCards(self.desk)
        self.people: dict[str, CoreDriver] = {}

    def load(self, folder: Path) -> Cards:
        return with_added_wordings(load_cards(self.shipped, folder), folder)

    def put(self, cards: Cards) -> None:
        self.index.replace({"cards": cards.passages()})

    def tick(self) -> None:
        """What the running service does every few seconds."""
        self.published.heal(is_sure=self.shelf.is_stale)
        self.shelf.refresh(self.put)
        self.search.refresh()

    def asker(self, name: str = "asker") -> CoreDriver:
        return self.people.setdefault(name, CoreDriver(self.desk, Address("core", name)))

    def ask(self, words: str, name: str = "asker") -> str:
        self.asker(name).say(words)
        return "\n\n".join(each.text for each in self.asker(name).received())

    def open_ticket(self, words: str, name: str = "asker") -> None:
        """Ask, and have it handed to a person if it was not."""
        if "GD-" not in self.ask(words, name):
            self.ask("转人工", name)

    def answered_ticket(self, words: str = QUESTION, reply: str = REPLY, name: str = "asker") -> list[Shown]:
        """A ticket somebody asked, replied to and closed; what the room read at the end."""
        self.open_ticket(words, name)
        self.room.press("接单", who=AUTHOR)
        if any(wording.SEND_ANYWAY in each.buttons for each in self.room.say(reply, who=AUTHOR)):
            self.room.press(wording.SEND_ANYWAY, who=AUTHOR)
        closed = self.room.press("办结", who=AUTHOR)
        self.asker(name).received()
        return closed

    def draft(self, number: int = 1) -> CardDraft:
        with self.desk.reading() as session:
            found = card_drafts.get(session, number)
            session.expunge_all()
        assert found is not None
        return found

    def publish(self) -> list[Shown]:
        self.room.press("提交审核", who=AUTHOR)
        self.room.press("发布", who=REVIEWER)
        self.tick()
        return self.room.press("通知提问人", who=REVIEWER)


@pytest.fixture
def office(desk: Desk, tmp_path: Path) -> Office:
    return Office(desk, tmp_path)


def text_of(shown: list[Shown]) -> str:
    return "\n".join(each.text for each in shown)


# --- the way round ---


def test_a_closed_ticket_becomes_a_card_and_the_next_asker_gets_it(office: Office) -> None:
    office.ask(f"请问{QUESTION}", "other")  # the same question, nobody replied to them
    closed = office.answered_ticket()
    assert closed[-1].buttons == ("转为知识卡片草稿",)
    made = office.room.press("转为知识卡片草稿", who=AUTHOR)
    assert "已生成草稿 1" in text_of(made)
    draft = office.draft()
    assert draft.title == "专利年费能分期付款吗？"
    assert draft.answer == "示例：年费不能分期付款，应当在期满前两个月内一次缴清，依据《示例缴费条例》第九条。"
    assert draft.citations[0]["proof"][0] == "两个月"
    assert (draft.author_name, draft.effective_from, draft.service_item) == (AUTHOR, date(2020, 3, 1), "B08")
    office.room.press("提交审核", who=AUTHOR)
    assert "最后由 示例甲 编写" in text_of(office.room.press("发布", who=AUTHOR))
    office.room.press("发布", who=REVIEWER)
    assert "现在还不能作答" in text_of(office.room.press("通知提问人", who=REVIEWER))
    office.tick()
    preview = text_of(office.room.press("通知提问人", who=REVIEWER))
    assert "有 1 位提问人" in preview
    assert "您之前问过：请问专利年费能分期付款吗？" in preview
    assert "依据：《示例缴费条例》第九条（2020年1月31日版）" in preview
    assert office.asker("other").received() == []  # nobody is told before somebody says so
    assert "已安排通知 1 位" in text_of(office.room.press("通知这 1 位", who=REVIEWER))
    (told,) = office.asker("other").received()
    assert told.text.startswith("您之前问过：请问专利年费能分期付款吗？")
    assert "示例：年费不能分期付款" in told.text
    assert "依据：《示例缴费条例》第九条（2020年1月31日版）" in told.text
    assert "转人工" in told.buttons
    answer = office.ask("专利年费能分期付款吗", "next")
    assert answer.startswith("示例：年费不能分期付款")
    assert "依据：《示例缴费条例》第九条（2020年1月31日版）" in answer
    assert "GD-" not in answer.split("个人信息告知")[0]


def test_everybody_is_told_once_however_often_it_is_pressed(office: Office) -> None:
    office.ask(f"请问{QUESTION}", "other")
    office.answered_ticket()
    office.room.press("转为知识卡片草稿", who=AUTHOR)
    office.publish()
    office.room.press("通知这 1 位")
    assert "没有要通知的人了" in text_of(office.room.press("通知这 1 位"))
    assert len(office.asker("other").received()) == 1
    with office.desk.reading() as session:
        rows = session.exec(select(OutboxMessage).where(OutboxMessage.dedupe_key == "card_draft:1:1")).all()
        assert [each.on_doubt for each in rows] == ["hold"]


@pytest.mark.parametrize("why", ["refused", "blocked", "erased", "served", "answered since"])
def test_who_may_not_be_written_to_or_has_the_answer_is_not_told(office: Office, why: str) -> None:
    office.open_ticket(f"请问{QUESTION}", "other")
    other = office.asker("other")
    if why == "served":  # their own ticket got a reply
        office.room.press("接单", who=AUTHOR)
        office.room.say("示例：不能。", who=AUTHOR)
        office.room.press("办结", who=AUTHOR)
    office.answered_ticket()
    if why == "refused":
        other.say("退订")
    elif why == "blocked":
        other.send("blocked")
    elif why == "erased":
        other.send("choice", action="erase:sure")
    office.room.press("转为知识卡片草稿", who=AUTHOR)
    office.publish()
    if why == "answered since":
        assert office.ask(QUESTION, "other").startswith("示例：年费不能分期付款")
        assert "没有要通知的人了" in text_of(office.room.press("通知这 1 位"))
    else:
        with pytest.raises(LookupError):
            office.room.press("通知这 1 位")
    assert not any("您之前问过" in each.text for each in other.received())


def test_in_quiet_hours_the_message_waits_and_a_goodbye_calls_it_off(office: Office, clock: Clock) -> None:
    office.ask(f"请问{QUESTION}", "patient")
    office.ask(f"请教一下{QUESTION}", "leaving")
    office.answered_ticket()
    office.room.press("转为知识卡片草稿", who=AUTHOR)
    office.publish()
    clock.advance(hours=11)  # 21:00
    assert "静默时段，11月24日（星期二）08:30 发出" in text_of(office.room.press("通知这 2 位"))
    assert office.asker("patient").received()[1:] == []
    office.asker("leaving").say("退订")
    clock.advance(hours=12)
    assert any("您之前问过" in each.text for each in office.asker("patient").received())
    assert not any("您之前问过" in each.text for each in office.asker("leaving").received())


def test_who_asks_after_the_draft_was_made_is_told_too(office: Office) -> None:
    office.answered_ticket()
    office.room.press("转为知识卡片草稿", who=AUTHOR)
    office.ask(f"请问{QUESTION}", "late")
    assert "有 1 位提问人" in text_of(office.publish())


def test_taking_it_down_ends_the_answers_and_calls_off_what_waits(office: Office, clock: Clock) -> None:
    office.ask(f"请问{QUESTION}", "other")
    office.answered_ticket()
    office.room.press("转为知识卡片草稿", who=AUTHOR)
    office.publish()
    clock.advance(hours=11)
    office.room.press("通知这 1 位")
    assert "已撤下" in text_of(office.room.press("撤下", who=AUTHOR))
    office.tick()
    clock.advance(hours=12)
    assert not any("您之前问过" in each.text for each in office.asker("other").received())
    assert not office.ask(QUESTION, "next").startswith("示例：")
    history = [(each.from_state, each.to_state) for each in _history(office)]
    assert history[-1] == ("published", "withdrawn")


def _history(office: Office) -> list[card_drafts.CardDraftEvent]:
    with office.desk.reading() as session:
        found = list(card_drafts.history_of(session, 1))
        session.expunge_all()
    return found


def test_who_asked_what_the_card_does_not_answer_is_not_told(office: Office) -> None:
    office.ask("专利申请被驳回了怎么办", "other")
    office.answered_ticket()
    office.room.press("转为知识卡片草稿", who=AUTHOR)
    with office.desk.writing() as session:
        draft = card_drafts.get(session, 1)
        assert draft is not None
        card_drafts.link(session, draft, [AskedBefore(1, 1)])
    shown = text_of(office.publish())
    assert "没有需要通知的提问人" in shown
    assert "另有 1 位的问法这张卡片还答不上" in shown
    assert "驳回了怎么办" in text_of(office.room.say("/gaps", thread=""))


# --- one action, once ---


def test_the_same_ticket_gives_the_same_draft(office: Office) -> None:
    office.answered_ticket()
    office.room.press("转为知识卡片草稿")
    assert "这个问题已有草稿 1" in text_of(office.room.press("转为知识卡片草稿"))
    assert "这个问题已有草稿 1" in text_of(office.room.say("/card"))
    assert "这个问题已有草稿 1" in text_of(office.room.say("/card GD-20261123-0001", thread=""))


def test_two_at_once_make_one_draft(engine: Engine, make_desk: MakeDesk, tmp_path: Path) -> None:
    office = Office(make_desk(engine), tmp_path)
    office.answered_ticket()

    def draft(n: int) -> int:
        prospect = look_at_ticket(office.desk, 1)
        with office.desk.writing() as session:
            made = make_draft(session, office.desk, prospect, Staff(f"s{n}", f"示例{n}"), office.desk.now())
            assert made.draft is not None
            return made.draft.key

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(draft, range(12))) == {1}


def test_the_same_question_in_another_ticket_joins_the_open_draft(office: Office) -> None:
    office.answered_ticket()
    office.room.press("转为知识卡片草稿", who=AUTHOR)
    office.answered_ticket("请教专利年费可以分期付款吗", name="other")
    assert "草稿 1 问的是同一件事" in text_of(office.room.press("转为知识卡片草稿", who=REVIEWER))
    assert "专利年费可以分期付款吗" in office.draft().variants
    with office.desk.reading() as session:
        assert len({each.contact_id for each in card_drafts.askers_of(session, 1)}) == 2
        assert len(card_drafts.in_states(session, card_drafts.OPEN)) == 1


def test_what_a_card_answers_is_offered_to_it_first(office: Office) -> None:
    office.answered_ticket("商标权能拿去银行质押贷款吗", "示例：可以，先办质押登记，依据《示例缴费条例》第十二条。")
    offered = office.room.press("转为知识卡片草稿", who=AUTHOR)
    assert "卡片“商标权能质押贷款吗？”可能已经答得上" in text_of(offered)
    assert offered[-1].buttons == ("加为已有卡片的问法", "仍建新卡片")
    made = text_of(office.room.press("加为已有卡片的问法", who=AUTHOR))
    assert "草稿 1 · 草稿 · 补充问法" in made
    office.publish()
    assert 'card = "pledge"' in (office.folder / PUBLISHED).read_text(encoding="utf-8")
    assert "商标权能拿去银行质押贷款吗" in office.shelf.cards.by_id["pledge"].variants
    assert office.ask("商标权能拿去银行质押贷款吗", "next").startswith("示例：可以质押，先办登记。")


def test_a_new_card_may_be_wanted_all_the_same(office: Office) -> None:
    office.answered_ticket("商标权能拿去银行质押贷款吗", "示例：可以，先办质押登记，依据《示例缴费条例》第十二条。")
    office.room.press("转为知识卡片草稿", who=AUTHOR)
    assert "草稿 1 · 草稿 · 新卡片" in text_of(office.room.press("仍建新卡片", who=AUTHOR))


def test_an_empty_card_is_filled_in(office: Office) -> None:
    office.answered_ticket("网点周末开门吗", "示例：周末照常开放，依据《示例缴费条例》第十五条。")
    assert "补齐空卡片" in text_of(office.room.press("转为知识卡片草稿", who=AUTHOR))
    office.publish()
    assert office.draft().state == "published"
    assert office.ask("网点周末上班吗", "next").startswith("示例：周末照常开放")


def test_a_gap_becomes_a_draft_that_staff_answer(office: Office) -> None:
    office.ask(QUESTION, "a")
    office.ask("专利年费可以分期付款吗", "b")
    office.room.read()
    office.room.say("/gaps", thread="")
    assert "已生成草稿 1" in text_of(office.room.press("1. 新卡片", who=AUTHOR))
    assert office.draft().answer == ""
    assert "最近没有未答好的问题" in text_of(office.room.say("/gaps", thread=""))
    assert "还缺：答复、出处" in text_of(office.room.press("提交审核", who=AUTHOR))
    shown = office.room.say("/draft 1 答复 示例：不能分期付款，依据《示例缴费条例》第九条。", who=AUTHOR, thread="")
    assert "《示例缴费条例》第九条（2020年1月31日版）[" in text_of(shown)
    assert "有 2 位提问人" in text_of(office.publish())


def test_a_gap_pressed_twice_is_one_draft(office: Office) -> None:
    office.ask(QUESTION, "a")
    office.room.read()
    office.room.say("/gaps", thread="")
    office.room.press("1. 新卡片")
    assert "这个问题已有草稿 1" in text_of(office.room.press("1. 新卡片"))


def test_the_ticket_of_a_gap_fills_in_its_draft(office: Office) -> None:
    office.open_ticket(QUESTION)
    office.room.read()
    office.room.say("/gaps", thread="")
    office.room.press("1. 新卡片")
    office.room.press("接单", who=AUTHOR)
    office.room.say("/reply GD-20261123-0001 示例：不能分期付款，依据《示例缴费条例》第九条。", who=AUTHOR)
    office.room.say("/close GD-20261123-0001", who=AUTHOR)
    assert "这个问题已有草稿 1" in text_of(office.room.press("转为知识卡片草稿", who=AUTHOR))
    assert office.draft().answer.startswith("示例：不能分期付款")


def test_the_words_of_a_secret_asker_are_no_wording(office: Office) -> None:
    office.open_ticket(QUESTION)
    office.ask("专利年费可以分期付款吗", "secret")
    with office.desk.writing() as session:
        session.exec(select(Contact).where(Contact.chat_id == "secret")).one().is_secret = True
    office.room.press("接单", who=AUTHOR)
    office.room.say(REPLY, who=AUTHOR)
    office.room.press("办结", who=AUTHOR)
    office.room.press("转为知识卡片草稿", who=AUTHOR)
    assert office.draft().variants == []
    with office.desk.reading() as session:
        assert len(card_drafts.askers_of(session, 1)) == 2


# --- what can't be ---


@pytest.mark.parametrize(
    ("prepare", "refusal"),
    [
        ("open", "还没有办结"),
        ("unanswered", "没有工作人员的答复"),
        ("courtesy", "去掉称呼和个人信息后没有内容"),
        ("unknown", "没有找到工单"),
    ],
)
def test_tickets_that_make_no_card_are_refused_with_the_reason(office: Office, prepare: str, refusal: str) -> None:
    office.open_ticket(QUESTION)
    office.room.press("接单", who=AUTHOR)
    if prepare == "courtesy":
        office.room.say("您好！谢谢您的咨询。请加微信abc_12345联系。", who=AUTHOR)
    if prepare in ("unanswered", "courtesy"):
        office.room.say("/close", who=AUTHOR)
    words = "/card GD-20991231-0001" if prepare == "unknown" else "/card"
    assert refusal in text_of(office.room.say(words, who=AUTHOR))
    with office.desk.reading() as session:
        assert session.exec(select(CardDraft)).all() == []


def test_no_button_where_nobody_replied(office: Office) -> None:
    office.open_ticket(QUESTION)
    office.room.press("接单", who=AUTHOR)
    assert all("转为知识卡片草稿" not in each.buttons for each in office.room.press("办结", who=AUTHOR))


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("示例：不能分期付款。", "出处"),
        ("示例：不能分期付款，依据《没有的条例》第九条。", "出处关键词"),
        ("示例：不能分期付款，依据《示例缴费条例》第九十九条。", "出处关键词"),
    ],
)
def test_without_a_source_that_holds_it_nothing_is_submitted(office: Office, reply: str, reason: str) -> None:
    office.answered_ticket(reply=reply)
    office.room.press("转为知识卡片草稿", who=AUTHOR)
    assert reason in text_of(office.room.press("提交审核", who=AUTHOR))
    assert office.draft().state == "draft"


@pytest.mark.parametrize(
    ("citation", "reason"),
    [
        ({"law": "示例缴费条例", "version": "2020-01-31", "article": "9", "proof": ["三个月"]}, "找不到出处关键词"),
        ({"law": "示例缴费条例", "version": "1999-01-01", "article": "9", "proof": ["两个月"]}, "没有所引的版本"),
        ({"law": "示例缴费条例", "version": "2020-01-31", "article": "99", "proof": ["两个月"]}, "找不到出处关键词"),
    ],
)
def test_publishing_looks_every_source_up(office: Office, citation: dict[str, object], reason: str) -> None:
    office.answered_ticket()
    office.room.press("转为知识卡片草稿", who=AUTHOR)
    with office.desk.writing() as session:
        author = Staff(f"staff:{AUTHOR}", AUTHOR)
        review_card.edit_draft(session, 1, author, {"citations": [citation]}, office.desk.now())
    office.room.say("/draft 1", thread="")
    office.room.press("提交审核", who=AUTHOR)
    assert reason in text_of(office.room.press("发布", who=REVIEWER))
    assert office.draft().state == "in_review"
    assert not (office.folder / PUBLISHED).exists()


def test_a_law_that_is_no_longer_in_force_cannot_be_published(office: Office) -> None:
    office.answered_ticket()
    office.room.press("转为知识卡片草稿", who=AUTHOR)
    ended = replace(article("9", TEXTS["9"]), effective_to=date(2026, 6, 30))
    office.index.replace({"revision:1": [ended]})
    office.search.refresh()
    office.room.press("提交审核", who=AUTHOR)
    assert "不是现行规定" in text_of(office.room.press("发布", who=REVIEWER))


def test_personal_data_within_a_sentence_must_be_reworded_first(office: Office) -> None:
    reply = "示例：您的申请202310123456.7不能分期付款，应当在期满前两个月内一次缴清，依据《示例缴费条例》第九条。"
    office.answered_ticket(reply=reply)
    made = text_of(office.room.press("转为知识卡片草稿", who=AUTHOR))
    assert "202310123456" not in made
    assert "个人信息" in text_of(office.room.press("提交审核", who=AUTHOR))
    office.room.say("/draft 1 答复 示例：不能分期付款，依据《示例缴费条例》第九条。", who=AUTHOR, thread="")
    assert "待审核" in text_of(office.room.press("提交审核", who=AUTHOR))


def test_of_two_who_read_the_same_draft_the_second_is_told_that_it_changed(office: Office) -> None:
    office.answered_ticket()
    office.room.press("转为知识卡片草稿", who=AUTHOR)
    somebody, now = Staff("x", "示例丙"), office.desk.now()
    with office.desk.writing() as session:
        review_card.edit_draft(session, 1, somebody, {"answer": "示例：先改的"}, now, seen=1)
    with pytest.raises(DraftRefusedError, match="又改了"), office.desk.writing() as session:
        review_card.edit_draft(session, 1, somebody, {"answer": "示例：后改的"}, now, seen=1)


def test_a_draft_changed_after_it_was_read_is_not_published(office: Office) -> None:
    office.answered_ticket()
    office.room.press("转为知识卡片草稿", who=AUTHOR)
    office.room.press("提交审核", who=AUTHOR)
    tried = review_card.try_out(office.desk, 1)
    with office.desk.writing() as session:
        review_card.return_draft(session, 1, Staff("x", "示例丙"), office.desk.now())
        review_card.edit_draft(session, 1, Staff("x", "示例丙"), {"answer": "示例：换了"}, office.desk.now())
        review_card.submit_draft(session, 1, Staff("x", "示例丙"), office.desk.now())
    with pytest.raises(DraftRefusedError, match="又改了"), office.desk.writing() as session:
        review_card.publish_draft(session, office.desk, tried, Staff("y", REVIEWER), office.desk.now())
    assert "又改了" in text_of(office.room.press("发布", who=REVIEWER))


def test_a_card_folder_that_cannot_be_written_changes_nothing(office: Office) -> None:
    office.answered_ticket()
    office.room.press("转为知识卡片草稿", who=AUTHOR)
    office.room.press("提交审核", who=AUTHOR)
    blocker = (office.folder / PUBLISHED).with_suffix(".part")
    blocker.mkdir()
    assert "卡片文件写不进去" in text_of(office.room.press("发布", who=REVIEWER))
    assert office.draft().state == "in_review"
    blocker.rmdir()
    assert "已发布" in text_of(office.room.press("发布", who=REVIEWER))


def test_hostile_words_stay_words(office: Office) -> None:
    hostile = '示例"""]]\n[[card]]\nid = "evil"\n不能分期付款\\，依据《示例缴费条例》第九条。'
    office.answered_ticket(reply=hostile)
    office.room.press("转为知识卡片草稿", who=AUTHOR)
    office.publish()
    assert set(office.shelf.cards.by_id) == {"pledge", "outlet_hours", "own_0001"}
    assert 'id = "evil"' in "".join(office.shelf.cards.by_id["own_0001"].details)


def test_a_placeholder_nobody_knows_is_refused_with_the_reason(office: Office) -> None:
    office.answered_ticket(reply="示例：{no_such_fact}，不能分期付款，依据《示例缴费条例》第九条。")
    office.room.press("转为知识卡片草稿", who=AUTHOR)
    office.room.press("提交审核", who=AUTHOR)
    assert "不能发布" in text_of(office.room.press("发布", who=REVIEWER))


def test_a_huge_reply_is_cut_to_what_a_card_can_hold(office: Office) -> None:
    office.answered_ticket(reply="示例：不能分期付款，依据《示例缴费条例》第九条。\n" + "还有一段很长的话。\n" * 2000)
    office.room.press("转为知识卡片草稿", who=AUTHOR)
    draft = office.draft()
    assert draft.answer.startswith("示例：不能分期付款")
    assert sum(map(len, (draft.answer, *draft.details))) <= 3000


@pytest.mark.parametrize("press", ["draft:99:publish:1", "draft:x", "draft:", "draft:1:nosuch", "gap:99", "make_card:"])
def test_presses_that_mean_nothing_are_refused(office: Office, press: str) -> None:
    office.answered_ticket()
    pressed = Inbound(STAFF_ROOM, "press", AUTHOR, office.desk.now(), kind="choice", action=press)
    (reply,) = take_turn(pressed, office.desk).replies
    assert reply.plain_text


@pytest.mark.parametrize("action", ["draft:1:publish:1", "gap:1", "make_card:1"])
def test_the_public_cannot_press_them(office: Office, action: str) -> None:
    office.answered_ticket()
    (reply,) = office.asker().send("choice", action=action).replies
    assert "这个按钮已经失效" in reply.plain_text
    with office.desk.reading() as session:
        assert session.exec(select(CardDraft)).all() == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("/draft", "没认出是哪张草稿"),
        ("/draft 99", "没认出是哪张草稿"),
        ("/draft 1 颜色 红", "字段：标题、答复"),
        ("/draft 1 事项 B99", "没有 B99 这个服务事项"),
        ("/draft 1 复核日期 明天", "看不懂日期"),
        (f"/draft 1 标题 {'长' * 31}", "标题太长"),
        ("/draft 1 标题 新标题", "标题：新标题"),
        ("/draft 1 问法 第一种\n第二种", "问法：第一种 / 第二种"),
        ("/drafts", "1 · 草稿 · 新卡片 · 专利年费能分期付款吗？ · 示例甲"),
    ],
)
def test_drafts_are_edited_by_words_in_the_chat(office: Office, words: str, told: str) -> None:
    office.answered_ticket()
    office.room.press("转为知识卡片草稿", who=AUTHOR)
    assert told in text_of(office.room.say(words, who=AUTHOR, thread=""))


def test_giving_back_and_rejecting(office: Office) -> None:
    office.answered_ticket()
    office.room.press("转为知识卡片草稿", who=AUTHOR)
    office.room.press("提交审核", who=AUTHOR)
    assert "草稿 1 · 草稿" in text_of(office.room.press("退回修改", who=REVIEWER))
    office.room.press("提交审核", who=AUTHOR)
    assert "须由另一位工作人员审核" in text_of(office.room.press("不通过", who=AUTHOR))
    assert "未通过" in text_of(office.room.press("不通过", who=REVIEWER))
    assert "已生成草稿 2" in text_of(office.room.press("转为知识卡片草稿", who=AUTHOR))


# --- processes that die, and others that look on ---


def test_a_process_killed_between_file_and_commit_is_healed(office: Office) -> None:
    office.answered_ticket()
    office.room.press("转为知识卡片草稿", who=AUTHOR)
    office.room.press("提交审核", who=AUTHOR)
    tried = review_card.try_out(office.desk, 1)
    with pytest.raises(KeyboardInterrupt), office.desk.writing() as session:
        review_card.publish_draft(session, office.desk, tried, Staff("x", REVIEWER), office.desk.now())
        raise KeyboardInterrupt  # nothing is committed; the file is written
    assert "own_0001" in (office.folder / PUBLISHED).read_text(encoding="utf-8")
    assert office.draft().state == "in_review"
    office.tick()
    assert "own_0001" not in (office.folder / PUBLISHED).read_text(encoding="utf-8")
    assert "own_0001" not in office.shelf.cards.by_id
    assert "已发布" in text_of(office.room.press("发布", who=REVIEWER))
    office.tick()
    assert office.ask(QUESTION, "next").startswith("示例：年费不能分期付款")


def test_a_lost_file_comes_back(office: Office) -> None:
    office.answered_ticket()
    office.room.press("转为知识卡片草稿", who=AUTHOR)
    office.publish()
    (office.folder / PUBLISHED).unlink()
    office.tick()
    assert office.ask(QUESTION, "next").startswith("示例：年费不能分期付款")


def test_another_process_answers_from_the_new_card_at_its_next_tick(office: Office, tmp_path: Path) -> None:
    other = Office(office.desk, tmp_path)
    assert not other.ask(QUESTION, "early").startswith("示例：")
    office.answered_ticket()
    office.room.press("转为知识卡片草稿", who=AUTHOR)
    office.publish()
    other.tick()
    assert other.ask(QUESTION, "next").startswith("示例：年费不能分期付款")


# --- erasure ---


def test_erasing_reaches_drafts_their_askers_and_what_staff_were_shown(office: Office) -> None:
    secret = "张三丰家的专利年费能分期付款吗"
    office.ask(secret, "second")
    office.answered_ticket(secret, "示例：不能分期付款，依据《示例缴费条例》第九条。")
    survey.send_due(office.desk)
    office.room.press("转为知识卡片草稿", who=AUTHOR)
    office.room.say("/drafts", thread="")
    office.room.say("/draft 1", thread="")
    assert secret in everything_stored(office.desk)
    for name in ("asker", "second"):
        office.asker(name).send("choice", action="erase:sure")
    stored = everything_stored(office.desk)
    assert secret not in stored
    assert "不能分期付款" not in stored
    draft = office.draft()
    assert (draft.state, draft.title, draft.answer, draft.variants) == ("withdrawn", "", "", [])
    with office.desk.reading() as session:
        assert card_drafts.askers_of(session, 1) == []
