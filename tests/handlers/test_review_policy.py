"""A policy's way from a file to the public: four eyes, days, midnight, repeal, rollback; also in the chat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlmodel import Session, select

from consultations import audit, contacts
from consultations.broadcasts import Broadcast
from consultations.messages import Address
from consultations.outbox import OutboxMessage
from handlers import approve_policies, policy_wording, review_policy, send_broadcasts, take_effect
from handlers.desk import Desk
from handlers.import_policy import import_paths
from handlers.own_work import attempts_noted
from handlers.publish_policy import PolicyRefusedError, index_waiting
from handlers.store_policy import draft_policy
from knowledge.index import Index
from policies.compilation import Revision, articles_of, policy_titled, revisions_of
from policies.intake import Prepared, prepare
from policies.review import PublishedIsFinalError, Signature, history_of
from policies.validity import in_force
from tests.conftest import ADMIN, Clock
from tests.drivers import StaffRoom

OLD = "# 样灯条例\n2020年3月1日公布\n第一条 灯要亮，由街道管护站负责。\n第二条 本条例自2020年5月1日起施行。"
NEW = "# 样灯条例\n2026年3月1日修订\n第一条 灯要常亮，由街道管护站负责。\n第二条 本条例自2026年12月1日起施行。"
UNDATED = "# 样灯指引草稿\n第一条 灯要亮。\n第二条 灯要擦。"


@dataclass
class Desktop:
    """A desk with an index, and two people who review one another."""

    desk: Desk
    clock: Clock
    folder: Path
    index: Index

    def sign(self, name: str) -> Signature:
        return Signature(f"terminal:{name}", name, self.clock.now())

    def file(self, name: str, text: str) -> Path:
        path = self.folder / f"{name}.md"
        path.write_text(text, "utf-8")
        return path

    def imported(self, name: str, text: str) -> None:
        import_paths([self.file(name, text)], writing=self.desk.writing, index=self.index, home=self.folder, by=ADMIN)

    def drafted(self, name: str, text: str, author: str = "示例甲") -> int:
        prepared = prepare(self.file(name, text))
        assert isinstance(prepared, Prepared)
        with self.desk.writing() as session:
            return draft_policy(session, prepared, self.sign(author)).id or 0

    def act(self, number: int, doing: Callable[[Session, Revision], None]) -> None:
        with self.desk.writing() as session:
            doing(session, review_policy.found(session, number))
        index_waiting(self.desk.reading, self.desk.writing, self.index)

    def submit(self, number: int) -> None:
        self.act(number, lambda session, each: review_policy.submit(session, self.desk, each, self.sign("示例甲")))

    def publish(self, number: int, name: str = "示例乙") -> None:
        self.act(number, lambda session, each: review_policy.publish(session, each, self.sign(name)))

    def quoted(self, on: date) -> list[str]:
        with self.desk.reading() as session:
            policy = policy_titled(session, "样灯条例")
            return [each.version for each in in_force(revisions_of(session, policy.id or 0), on)] if policy else []

    def states(self) -> list[tuple[str, str]]:
        with self.desk.reading() as session:
            return [(each.version, each.state) for each in session.exec(select(Revision).order_by(Revision.version))]


@pytest.fixture
def desktop(desk: Desk, clock: Clock, tmp_path: Path) -> Desktop:
    return Desktop(desk, clock, tmp_path, Index.open(tmp_path / "index"))


def test_nothing_of_a_draft_is_quoted_or_found_before_another_published_it(desktop: Desktop) -> None:
    number = desktop.drafted("样灯条例(2020-03-01)", OLD)
    desktop.submit(number)
    assert desktop.quoted(date(2026, 11, 23)) == []
    assert list(desktop.index.passages()) == []
    desktop.publish(number)
    assert desktop.quoted(date(2026, 11, 23)) == ["2020-03-01"]
    assert [each.article for each in desktop.index.passages()] == ["1", "2"]


@pytest.mark.parametrize("name", ["示例甲", " 示例 甲 "])
def test_the_author_never_reviews_their_own_text(desktop: Desktop, name: str) -> None:
    number = desktop.drafted("样灯条例(2020-03-01)", OLD)
    desktop.submit(number)
    with pytest.raises(PolicyRefusedError, match="须由另一位工作人员审核"):
        desktop.publish(number, name)
    assert desktop.states() == [("2020-03-01", "in_review")]


def test_what_is_not_in_review_is_not_published(desktop: Desktop) -> None:
    number = desktop.drafted("样灯条例(2020-03-01)", OLD)
    with pytest.raises(PolicyRefusedError, match="现在是“采编中”，不能发布"):
        desktop.publish(number)
    desktop.submit(number)
    desktop.publish(number)
    with pytest.raises(PolicyRefusedError, match="现在是“已发布”"):
        desktop.publish(number, "示例丙")


def test_a_text_without_a_day_is_refused(desktop: Desktop) -> None:
    number = desktop.drafted("样灯指引草稿", UNDATED)
    desktop.submit(number)
    with pytest.raises(PolicyRefusedError, match="没有施行日期"):
        desktop.publish(number)


def test_two_versions_whose_days_overlap_are_refused(desktop: Desktop) -> None:
    desktop.imported("样灯条例(2020-03-01)", OLD)
    number = desktop.drafted("样灯条例(2026-03-01)[2019-01-01施行]", NEW.replace("2026年12月1日", "2019年1月1日"))
    desktop.act(number, lambda _session, each: setattr(each, "starts_on", date(2019, 1, 1)))
    desktop.submit(number)
    with pytest.raises(PolicyRefusedError, match="日期重叠"):
        desktop.publish(number)


def test_the_same_text_twice_is_refused_also_on_its_way(desktop: Desktop) -> None:
    number = desktop.drafted("样灯条例(2020-03-01)", OLD)
    with pytest.raises(PolicyRefusedError, match=f"与版本 {number}（采编中）相同"):
        desktop.drafted("样灯条例(2020-03-01)另存", OLD, "示例乙")


def test_the_same_text_under_a_better_name_is_reviewed_and_takes_the_place_of_the_undated_one(desktop: Desktop) -> None:
    desktop.imported("样灯指引草稿", UNDATED)
    number = desktop.drafted("样灯指引草稿(2026-03-01)", UNDATED)
    desktop.submit(number)
    desktop.publish(number)
    assert desktop.states() == [("", "replaced"), ("2026-03-01", "published")]


def test_a_coming_version_answers_from_midnight_on_and_subscribers_hear_once(desktop: Desktop) -> None:
    with desktop.desk.writing() as session:
        person = contacts.meet(session, Address("core", "reader"), "读者", desktop.clock.now())
        contacts.agree(person, "1", desktop.clock.now())
    desktop.imported("样灯条例(2020-03-01)", OLD)
    number = desktop.drafted("样灯条例(2026-03-01)", NEW)
    desktop.submit(number)
    desktop.publish(number)
    assert desktop.quoted(date(2026, 11, 30)) == ["2020-03-01"]
    assert desktop.quoted(date(2026, 12, 1)) == ["2026-03-01"]
    desktop.clock.moment = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
    assert take_effect.run_due(desktop.desk) == 0
    desktop.clock.advance(minutes=1)
    assert take_effect.run_due(desktop.desk) == 2
    assert take_effect.run_due(desktop.desk) == 0
    assert desktop.states() == [("2020-03-01", "archived"), ("2026-03-01", "published")]
    with desktop.desk.reading() as session:
        (told,) = session.exec(select(Broadcast)).all()
        assert told.text == "《样灯条例》2026年3月1日版今天起施行，此前的2020年3月1日版不再适用。有具体问题请直接问我。"
        assert (told.state, told.author_name, told.approver_name) == ("approved", "示例甲", "示例乙")
    assert send_broadcasts.run_due(desktop.desk) == 0
    desktop.clock.advance(hours=8, minutes=30)  # quiet until then
    assert send_broadcasts.run_due(desktop.desk) == 1
    with desktop.desk.reading() as session:
        session.exec(select(OutboxMessage).where(OutboxMessage.broadcast_id == 1)).one()
    assert desktop.quoted(date(2026, 11, 30)) == ["2020-03-01"]  # archived, and still the law of its days


def test_what_is_in_force_already_is_no_news(desktop: Desktop) -> None:
    desktop.imported("样灯条例(2020-03-01)", OLD)
    assert take_effect.run_due(desktop.desk) == 0
    with desktop.desk.reading() as session:
        assert session.exec(select(Broadcast)).all() == []


def test_a_repealed_policy_is_quoted_until_its_last_day_only(desktop: Desktop) -> None:
    desktop.imported("样灯条例(2020-03-01)", OLD)
    with pytest.raises(PolicyRefusedError, match="写明废止的原因"):
        desktop.act(1, lambda session, each: review_policy.repeal(session, each, date(2026, 12, 1), ADMIN, " "))
    desktop.act(1, lambda session, each: review_policy.repeal(session, each, date(2026, 12, 1), ADMIN, "示例原因"))
    assert desktop.quoted(date(2026, 11, 30)) == ["2020-03-01"]
    assert desktop.quoted(date(2026, 12, 1)) == []
    assert {each.effective_to for each in desktop.index.passages()} == {date(2026, 11, 30)}
    with pytest.raises(PolicyRefusedError, match="已废止"):
        desktop.act(1, lambda session, each: review_policy.repeal(session, each, date(2026, 12, 2), ADMIN, "又一次"))
    with desktop.desk.reading() as session:
        assert history_of(session, 1)[-1].reason == "自 2026-12-01 起废止：示例原因"


def test_rolling_back_a_correction_makes_a_new_revision_that_is_reviewed(desktop: Desktop) -> None:
    desktop.imported("样灯条例(2020-03-01)", OLD)
    desktop.imported("样灯条例(2020-03-01)改", OLD.replace("灯要亮", "灯要灭"))
    with desktop.desk.writing() as session:
        first = review_policy.found(session, 1)
        copy = review_policy.roll_back(session, desktop.desk, first, desktop.sign("示例甲"), "误改")
        number = copy.id or 0
    desktop.submit(number)
    desktop.publish(number)
    assert next(iter(desktop.index.passages())).text.startswith("灯要亮")
    with desktop.desk.reading() as session:
        policy = policy_titled(session, "样灯条例")
        assert policy is not None
        (standing,) = revisions_of(session, policy.id or 0)
        assert (standing.id, standing.version) == (number, "2020-03-01")
        assert [each.text for each in articles_of(session, 1)] == [each.text for each in articles_of(session, number)]


def test_rolling_back_to_an_older_version_begins_today(desktop: Desktop) -> None:
    desktop.imported("样灯条例(2020-03-01)", OLD)
    desktop.imported("样灯条例(2026-03-01)[2026-06-01施行]", NEW)
    with desktop.desk.writing() as session:
        copy = review_policy.roll_back(
            session, desktop.desk, review_policy.found(session, 1), desktop.sign("示例甲"), ""
        )
        number = copy.id or 0
    desktop.submit(number)
    desktop.publish(number)
    assert desktop.quoted(date(2026, 11, 22)) == ["2026-03-01"]
    assert desktop.quoted(date(2026, 11, 23)) == ["2026-11-23"]


def test_the_standing_text_cannot_be_rolled_back_to(desktop: Desktop) -> None:
    desktop.imported("样灯条例(2020-03-01)", OLD)
    with desktop.desk.writing() as session, pytest.raises(PolicyRefusedError, match="不必回退"):
        review_policy.roll_back(session, desktop.desk, review_policy.found(session, 1), desktop.sign("示例甲"), "")


def test_a_published_text_never_changes(desktop: Desktop) -> None:
    desktop.imported("样灯条例(2020-03-01)", OLD)
    with desktop.desk.writing() as session:
        articles_of(session, 1)[0].text = "灯要灭。"
        with pytest.raises(PublishedIsFinalError):
            session.flush()
        session.rollback()
    with desktop.desk.writing() as session:
        review_policy.found(session, 1).front = "别的沿革"
        with pytest.raises(PublishedIsFinalError):
            session.flush()
        session.rollback()


def test_staff_are_reminded_of_a_review_once_and_again_for_the_next_day(desktop: Desktop) -> None:
    room = StaffRoom(desktop.desk)
    desktop.imported("样灯条例(2020-03-01)", OLD)
    desktop.clock.advance(days=364)
    assert take_effect.run_due(desktop.desk) == 0
    desktop.clock.advance(days=1)
    assert take_effect.run_due(desktop.desk) == 1
    assert "《样灯条例》2020-03-01版" in room.read()[0].text
    assert take_effect.run_due(desktop.desk) == 0
    new_day = date(2027, 12, 1)
    desktop.act(1, lambda session, each: review_policy.review_by(session, each, new_day, desktop.sign("示例甲")))
    desktop.clock.advance(days=20)
    assert take_effect.run_due(desktop.desk) == 1


def test_what_the_index_lacks_stands_in_the_rows(desktop: Desktop) -> None:
    """Killed between commit and index, the next look takes it up."""
    number = desktop.drafted("样灯条例(2020-03-01)", OLD)
    desktop.submit(number)
    with desktop.desk.writing() as session:
        review_policy.publish(session, review_policy.found(session, number), desktop.sign("示例乙"))
    assert list(desktop.index.passages()) == []
    assert index_waiting(desktop.desk.reading, desktop.desk.writing, desktop.index) == 1
    assert len(list(desktop.index.passages())) == 2
    assert index_waiting(desktop.desk.reading, desktop.desk.writing, desktop.index) == 0


def test_two_reviewers_at_once_publish_once(desktop: Desktop) -> None:
    number = desktop.drafted("样灯条例(2020-03-01)", OLD)
    desktop.submit(number)
    with desktop.desk.reading() as stale:
        seen = review_policy.found(stale, number)
        stale.expunge_all()
    desktop.publish(number)
    with desktop.desk.writing() as session, pytest.raises(PolicyRefusedError, match="已发布"):
        review_policy.publish(session, session.merge(seen, load=False), desktop.sign("示例丙"))


# --- in the staff chat ---


def test_the_whole_way_in_the_staff_chat(desktop: Desktop) -> None:
    room = StaffRoom(desktop.desk)
    number = desktop.drafted("样灯条例(2020-03-01)", OLD)
    (listed,) = room.say("/policies")
    assert f"{number}　采编中　《样灯条例》2020-03-01版　示例甲" in listed.text
    (shown,) = room.say(f"/policy {number}")
    assert "施行：2020-05-01" in shown.text
    told = room.press("提交审核", who="示例甲")
    assert any("政策待审核：《样灯条例》" in each.text for each in told)
    (refused,) = room.press("审核通过并发布", who="示例甲")
    assert "须由另一位工作人员审核" in refused.text
    assert attempts(desktop) == ["refused:policy.review"]
    room.say(f"/policy {number}")
    (done,) = room.press("审核通过并发布", who="示例乙")
    assert f"版本 {number} 已发布" in done.text
    assert desktop.quoted(date(2026, 11, 23)) == ["2020-03-01"]


def test_an_attempt_that_ends_its_session_is_written_down_too(desktop: Desktop) -> None:
    number = desktop.drafted("样灯条例(2020-03-01)", OLD)
    desktop.submit(number)
    by = desktop.sign("示例甲")
    with pytest.raises(PolicyRefusedError), attempts_noted(desktop.desk.writing, "policy.review", by):
        desktop.publish(number, "示例甲")
    with pytest.raises(PolicyRefusedError), attempts_noted(desktop.desk.writing, "policy.review", by):
        desktop.publish(99, "示例甲")
    assert attempts(desktop) == ["refused:policy.review"]


def attempts(desktop: Desktop) -> list[str]:
    with desktop.desk.reading() as session:
        return [each.verb for each in audit.newest(session, is_refused=True)]


def test_a_button_seen_before_a_change_decides_nothing(desktop: Desktop) -> None:
    room = StaffRoom(desktop.desk)
    number = desktop.drafted("样灯条例(2020-03-01)", OLD)
    desktop.submit(number)
    room.say(f"/policy {number}")
    desktop.act(number, lambda session, each: review_policy.give_back(session, each, desktop.sign("示例乙"), "重读"))
    desktop.submit(number)
    (refused,) = room.press("审核通过并发布", who="示例乙")
    assert "再看一遍" in refused.text
    assert desktop.states() == [("2020-03-01", "in_review")]


@pytest.mark.parametrize("words", ["/policy", "/policy 99", "/policy abc", "/policy 1:publish"])
def test_wrong_numbers_get_a_sentence(desktop: Desktop, words: str) -> None:
    (shown,) = StaffRoom(desktop.desk).say(words)
    assert "版本" in shown.text


def test_replacing_is_said_in_the_history(desktop: Desktop) -> None:
    desktop.imported("样灯条例(2020-03-01)", OLD)
    number = desktop.drafted("样灯条例(2020-03-01)改", OLD.replace("灯要亮", "灯要灭"))
    desktop.submit(number)
    desktop.publish(number)
    with desktop.desk.reading() as session:
        last = history_of(session, 1)[-1]
        assert (last.from_state, last.to_state, last.actor_name) == ("published", "replaced", "示例乙")
        assert last.reason == f"由版本 {number} 更正"


def test_many_are_let_out_together_and_what_cannot_go_stays_with_its_reason(desktop: Desktop) -> None:
    good = desktop.drafted("a", OLD)
    undated = desktop.drafted("b", UNDATED)
    theirs = desktop.drafted("c", OLD.replace("样灯条例", "样灯办法"), "示例乙")
    changed = desktop.drafted("d", OLD.replace("样灯条例", "样灯规则"))
    for number in (good, undated, theirs, changed):
        desktop.submit(number)
    by = desktop.sign("示例乙")
    with desktop.desk.reading() as session:
        waiting = approve_policies.in_review(session, by)
        assert [each.title for each in approve_policies.in_review(session, by, "示例乙")] == ["样灯办法"]
    assert (waiting[0].title, waiting[0].obstacle) == ("样灯条例", "")
    assert all("另一位" in each.obstacle for each in waiting if each.number == theirs)
    desktop.act(changed, lambda session, each: review_policy.give_back(session, each, by))
    desktop.submit(changed)
    with desktop.desk.writing() as session:
        done = approve_policies.approve(session, [each.seen for each in waiting], by)
    assert done.titles == ("样灯条例",)
    reasons = dict(done.refused)
    assert "没有施行日期" in reasons["样灯指引草稿"]
    assert "另一位" in reasons["样灯办法"]
    assert reasons[f"版本 {changed}"] == policy_wording.CHANGED_SINCE
    with desktop.desk.reading() as session:
        states = [review_policy.found(session, each).state for each in (good, undated, theirs, changed)]
    assert states == ["published", "in_review", "in_review", "in_review"]
