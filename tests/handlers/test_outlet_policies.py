"""A policy of one outlet: quoted to its askers only, instead of what it replaces for them, and to nobody else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, func, select

from consultations import broadcasts, subscriptions
from consultations.contacts import Contact
from consultations.duty_reading import Duty, parse_book
from consultations.messages import Address
from consultations.outbox import OutboxMessage
from consultations.tickets import Staff, Ticket
from handlers import correct_answers, outlet_policies, policy_wording, review_policy, wording, write_broadcast
from handlers.desk import Desk
from handlers.import_policy import import_paths
from handlers.library import Library
from handlers.outlet_of_asker import outlet_known
from handlers.publish_policy import PolicyRefusedError, index_waiting
from handlers.store_policy import draft_policy
from knowledge.answer import Answerer
from knowledge.cards import Cards
from knowledge.index import Index
from knowledge.search import Search, open_search
from knowledge.shelf import Shelf
from policies import interpretations
from policies.compilation import policy_titled, revisions_of
from policies.intake import Prepared, prepare
from policies.matching import programmes_on
from policies.review import Signature
from policies.validity import in_force
from tests.conftest import ADMIN, Clock
from tests.drivers import CoreDriver
from tests.handlers.test_override_card import OUTLETS

TODAY = date(2026, 11, 24)
CITY = "# 样灯专利资助办法\n第一条 样灯发明专利资助每件两百元。\n第二条 本办法自2020年5月1日起施行。"
OWN = "# 样灯北区专利资助须知\n第一条 样灯发明专利资助每件三百元。\n第二条 本须知自2021年5月1日起施行。"
ASKED = "样灯发明专利资助每件多少元"


@dataclass
class Office:
    """A desk over a real index, with two outlets and two people who review one another."""

    desk: Desk
    clock: Clock
    folder: Path
    index: Index
    search: Search
    n_asked: int = 0

    def sign(self, name: str) -> Signature:
        return Signature(f"terminal:{name}", name, self.clock.now())

    def file(self, name: str, text: str) -> Path:
        path = self.folder / f"{name}.md"
        path.write_text(text, "utf-8")
        return path

    def import_(self, name: str, text: str) -> None:
        import_paths([self.file(name, text)], writing=self.desk.writing, index=self.index, home=self.folder, by=ADMIN)
        self.search.refresh()

    def draft(self, name: str, text: str, **words: str) -> int:
        prepared = prepare(self.file(name, text))
        assert isinstance(prepared, Prepared)
        with self.desk.writing() as session:
            revision = draft_policy(session, prepared, self.sign("示例甲"))
            review_policy.edit(session, revision, words, self.sign("示例甲"))
            return revision.id or 0

    def publish(self, number: int) -> None:
        with self.desk.writing() as session:
            revision = review_policy.found(session, number)
            review_policy.submit(session, self.desk, revision, self.sign("示例甲"))
            review_policy.publish(session, revision, self.sign("示例乙"))
        index_waiting(self.desk.reading, self.desk.writing, self.index)
        self.search.refresh()

    def ask(self, words: str) -> str:
        self.n_asked += 1
        person = CoreDriver(self.desk, Address("core", f"asker {self.n_asked}"))
        person.say(words)
        return "\n".join(each.text for each in person.received())

    def correct(self) -> list[str]:
        """Look for answers that changed, approve and tell; who was told."""
        correct_answers.run_due(self.desk)
        with self.desk.writing() as session:
            for each in broadcasts.in_states(session, "in_review"):
                write_broadcast.approve(session, self.desk, each, each.edition, Staff("s:2", "示例乙"), self.desk.now())
            before = session.exec(select(func.max(OutboxMessage.id))).one() or 0
        correct_answers.send_approved(self.desk)
        with self.desk.reading() as session:
            found = session.exec(select(OutboxMessage).where(col(OutboxMessage.id) > before)).all()
            return [each.chat_id for each in found if (each.dedupe_key or "").startswith("correction:")]

    def is_quoted(self, session: Session, title: str) -> bool:
        policy = policy_titled(session, title)
        return bool(policy and in_force(revisions_of(session, policy.id or 0), TODAY))


@pytest.fixture
def office(desk: Desk, clock: Clock, tmp_path: Path) -> Office:
    index = Index.open(tmp_path / "index")
    search = open_search(index)
    shelf = Shelf(
        Cards({}),
        load=lambda _: Cards({}),
        make=lambda found: Answerer(search, found),
        passages=search.passages,
        folder=tmp_path / "cards",
    )
    duty = Duty(book=parse_book({"a.toml": OUTLETS}))
    made = Office(replace(desk, answerer=shelf, shelf=shelf, duty=duty), clock, tmp_path, index, search)
    made.import_("样灯专利资助办法(2020-03-01)", CITY)
    return made


def own(office: Office, **words: str) -> int:
    """The north outlet's own notice, published."""
    number = office.draft("样灯北区专利资助须知(2021-03-01)", OWN, level="网点", outlet="north", **words)
    office.publish(number)
    return number


def test_an_outlets_own_text_is_quoted_to_its_askers_and_nobody_else(office: Office) -> None:
    own(office, replaces="样灯专利资助办法", outlet_reason="北区另有资金")
    told = office.ask(f"北区{ASKED}")
    assert "三百元" in told
    assert "两百元" not in told
    assert wording.local_answer("示例北区网点") in told
    for asked in (f"南区{ASKED}", ASKED):
        told = office.ask(asked)
        assert "两百元" in told
        assert "三百元" not in told
    with office.desk.reading() as session:
        assert office.is_quoted(session, "样灯专利资助办法")
        (seen,) = outlet_policies.overview(session, office.desk)
        assert seen.revision.outlet_reason == "北区另有资金"
    assert (seen.outlet, seen.instead, seen.standing) == ("示例北区网点", ("样灯专利资助办法",), "现行有效")


def test_asked_for_by_name_only_its_askers_are_told(office: Office) -> None:
    own(office, title="样灯网点专利资助须知")
    told = office.ask("北区的《样灯网点专利资助须知》第一条怎么规定")
    assert "三百元" in told
    assert wording.local_answer("示例北区网点") in told
    assert "三百元" not in office.ask("《样灯网点专利资助须知》第一条怎么规定")


def test_repealed_the_common_text_answers_everybody_again(office: Office) -> None:
    number = own(office, replaces="样灯专利资助办法", outlet_reason="北区另有资金")
    with office.desk.writing() as session:
        revision = review_policy.found(session, number)
        review_policy.repeal(session, revision, date(2026, 1, 1), office.sign("示例乙"), "资金用完")
    index_waiting(office.desk.reading, office.desk.writing, office.index)
    office.search.refresh()
    told = office.ask(f"北区{ASKED}")
    assert "两百元" in told
    assert "三百元" not in told


def test_whose_it_is_and_why_must_be_said(office: Office) -> None:
    number = office.draft("样灯北区专利资助须知(2021-03-01)", OWN, level="网点", replaces="样灯专利资助办法")
    with pytest.raises(PolicyRefusedError) as refused:
        office.publish(number)
    assert str(refused.value) == policy_wording.which_outlet(number)
    with office.desk.writing() as session:
        review_policy.edit(session, review_policy.found(session, number), {"outlet": "north"}, office.sign("示例甲"))
    with pytest.raises(PolicyRefusedError, match="请写明理由"):
        office.publish(number)
    with pytest.raises(PolicyRefusedError, match="没有网点“西区”"):
        review_policy.outlet_id(office.desk.duty.book, "西区")
    assert review_policy.outlet_id(office.desk.duty.book, "示例北区网点") == "north"


def test_a_text_never_becomes_another_layers_version_of_the_same_title(office: Office) -> None:
    with pytest.raises(PolicyRefusedError, match="各网点共用"):
        office.draft("样灯专利资助办法(2022-03-01)", CITY.replace("两百", "四百"), outlet="north")
    own(office)
    office.import_("样灯北区专利资助须知(2023-03-01)", OWN.replace("三百", "五百").replace("2021", "2023"))
    assert "五百元" in office.ask(f"北区{ASKED}")
    assert "五百元" not in office.ask(ASKED)


def test_an_outlets_programme_is_offered_to_its_askers_only(office: Office) -> None:
    number = own(office, conditions="在北区注册")
    with office.desk.reading() as session:
        assert [each.id for _, each, _ in programmes_on(session, TODAY, "north")] == [number]
        assert programmes_on(session, TODAY, "south") == []


def test_the_public_list_and_search_leave_it_out_and_its_page_says_whose_it_is(office: Office) -> None:
    own(office)
    library = Library(office.search, office.desk.answerer, office.desk.reading, lambda: TODAY)
    listed = [each.title for found in library.subjects().values() for each in found]
    assert listed == ["样灯专利资助办法"]
    assert [each.law for each in library.look_up(ASKED).articles] == ["样灯专利资助办法"]
    law = library.law("样灯北区专利资助须知")
    assert law is not None
    assert law.revision.outlet == "north"


@pytest.mark.parametrize(("reason", "n_common"), [("", 1), ("北区口径不同", 0)])
def test_an_outlets_interpretation_is_read_there_only(office: Office, reason: str, n_common: int) -> None:
    with office.desk.writing() as session:
        for words, whose, why in (("共用的解读。", "", ""), ("北区的解读。", "north", reason)):
            made = interpretations.add(
                session, 1, "1", "示例专家", words, on=TODAY, by=office.sign("示例甲"), outlet=whose, outlet_reason=why
            )
            interpretations.move(session, made.id or 0, "published", office.sign("示例乙"))
    asked = "《样灯专利资助办法》第一条怎么规定"
    told = office.ask(f"北区的{asked}")
    assert "北区的解读。" in told
    assert told.count("共用的解读。") == n_common
    elsewhere = office.ask(f"南区的{asked}")
    assert "共用的解读。" in elsewhere
    assert "北区的解读。" not in elsewhere


def test_who_read_the_common_text_hears_what_their_outlet_has_instead(office: Office) -> None:
    correct_answers.run_due(office.desk)  # takes stock
    people = {name: CoreDriver(office.desk, Address("core", name)) for name in ("theirs", "nobodys")}
    for each in people.values():
        each.say("样灯发明专利资助每件两百元")
        assert "规定：" in each.received()[0].text
    people["theirs"].say("转人工")
    with office.desk.writing() as session:
        session.exec(select(Ticket)).one().outlet = "north"
    own(office, replaces="样灯专利资助办法", outlet_reason="北区另有资金")
    assert [office.correct(), office.correct()] == [["theirs"], []]


def repealed(office: Office, number: int, first_day: date) -> None:
    with office.desk.writing() as session:
        revision = review_policy.found(session, number)
        review_policy.repeal(session, revision, first_day, office.sign("示例乙"), "资金用完")
    index_waiting(office.desk.reading, office.desk.writing, office.index)
    office.search.refresh()


def last_words(office: Office) -> str:
    with office.desk.reading() as session:
        found = session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id).desc())).all()
        return next(each.message.plain_text for each in found if (each.dedupe_key or "").startswith("correction:"))


@pytest.mark.parametrize(
    "words",
    [
        pytest.param({"replaces": "样灯专利资助办法", "outlet_reason": "北区另有资金"}, id="in its place"),
        pytest.param({}, id="beside it"),
    ],
)
def test_who_read_an_outlets_own_text_hears_that_it_ended(office: Office, words: dict[str, str]) -> None:
    asked = "样灯发明专利资助每件三百元"
    correct_answers.run_due(office.desk)  # takes stock
    number = own(office, **words)
    reader = CoreDriver(office.desk, Address("core", "reader"))
    reader.say("你好")
    reader.received()
    with office.desk.writing() as session:
        contact = session.exec(select(Contact).where(Contact.chat_id == "reader")).one()
        subscriptions.toggle(session, contact, ("district", "北区"), "1", office.clock.now())
    reader.say(asked)
    assert "规定：样灯发明专利资助每件三百元" in reader.received()[0].text
    assert office.correct() == []
    repealed(office, number, office.clock.now().date() + timedelta(days=2))
    assert office.correct() == []  # it holds today
    office.clock.advance(days=2)
    assert [office.correct(), office.correct()] == [["reader"], []]
    told = last_words(office).replace(asked, "")
    assert "《样灯北区专利资助须知》到2026年11月24日为止，以后不再适用" in told
    today = "《样灯专利资助办法》第一条规定：样灯发明专利资助每件两百元"
    assert f"{policy_wording.ANSWERED_TODAY}{today}" in told
    assert "三百元" not in told


def test_that_a_text_ended_is_no_news_after_a_month(office: Office) -> None:
    correct_answers.run_due(office.desk)
    number = own(office)
    assert "规定：" in office.ask("北区样灯发明专利资助每件三百元")
    repealed(office, number, office.clock.now().date() + timedelta(days=1))
    office.clock.advance(days=40)
    assert office.correct() == []
    office.clock.advance(days=-38)
    assert office.correct() == ["asker 1"]
    assert policy_wording.NOTHING_TODAY in last_words(office)


@pytest.mark.parametrize(
    ("words", "outlet"),
    [
        ("样灯北区专利办法第一条怎么规定", ""),
        ("《样灯北区专利办法》第一条怎么规定", ""),
        ("《北区没有收进来的办法》怎么规定", ""),
        ("北区的《样灯北区专利办法》第一条怎么规定", "north"),
        ("南区适用样灯北区专利办法吗", "south"),
        ("样灯北区专利资助须知第一条怎么规定", "north"),
        ("我在北区开店", "north"),
    ],
)
def test_the_title_of_a_policy_names_nobodys_district(office: Office, words: str, outlet: str) -> None:
    office.import_("样灯北区专利办法(2022-03-01)", CITY.replace("专利资助办法", "北区专利办法"))
    own(office)
    with office.desk.writing() as session:
        assert outlet_known(session, office.desk.duty.book, None, words, None) == outlet
    assert outlet == "north" or "三百元" not in office.ask(words)
