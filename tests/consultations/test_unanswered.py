"""Which archived questions count as unanswered, and that they leave the archive masked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.database import SessionMaker
from consultations import contacts, received
from consultations.archive import Consultation, file_consultation
from consultations.contacts import Contact
from consultations.messages import Address, Inbound
from consultations.unanswered import unanswered
from tests.conftest import Clock

Store = tuple[SessionMaker, SessionMaker]


class Archive:
    """Writes consultations as turns do."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.writing, self.reading = store
        self.clock, self.n = clock, 0

    def file(self, question: str, *, who: str = "asker", action: str = "escalate", **parts: Any) -> int:  # noqa: ANN401
        self.n += 1
        with self.writing() as session:
            contact = contacts.meet(session, Address("core", who), "", self.clock.now())
            letter = self._receive(session, contact, question)
            filed = Consultation(
                number=f"ZX-20261123-{self.n:04d}",
                contact_id=contact.key,
                received_id=letter,
                channel="core",
                question=question,
                action=action,
                created_at=self.clock.now(),
                **parts,
            )
            return file_consultation(session, filed).key

    def press(self, action: str, *, who: str = "asker") -> None:
        self.n += 1
        with self.writing() as session:
            contact = contacts.meet(session, Address("core", who), "", self.clock.now())
            self._receive(session, contact, "", action=action)

    def texts(self, days: float = 90) -> list[str]:
        with self.reading() as session:
            return [each.text for each in unanswered(session, self.clock.now() - timedelta(days=days))]

    def _receive(self, session: Any, contact: Contact, text: str, action: str = "") -> int:  # noqa: ANN401
        kind: Any = "choice" if action else "text"
        inbound = Inbound(contact.address, f"m{self.n}", "asker", self.clock.now(), kind=kind, text=text, action=action)
        return received.record(session, inbound, route="ask", contact_id=contact.key, now=self.clock.now()).key


@pytest.fixture
def archive(store: Store, clock: Clock) -> Archive:
    return Archive(store, clock)


def test_only_questions_without_a_good_answer_are_unanswered(archive: Archive) -> None:
    for action in ("answer", "escalate", "clarify", "out_of_scope", "refused", "throttled", "file"):
        archive.file(f"问题 {action}", action=action)
    archive.file("没帮助的", action="answer", outcome="bad")
    archive.file("有帮助的", action="answer", outcome="good")
    assert archive.texts() == ["问题 escalate", "问题 clarify", "问题 out_of_scope", "没帮助的"]


def test_an_asking_back_after_which_a_card_was_picked_is_answered(archive: Archive, clock: Clock) -> None:
    archive.file("选了的", action="clarify")
    archive.file("别人选的", action="clarify", who="other")
    clock.advance(minutes=2)
    archive.press("pick:tm_term")
    clock.advance(minutes=40)
    archive.file("很久以后才选的", action="clarify", who="late")
    clock.advance(minutes=40)
    archive.press("pick:tm_term", who="late")
    archive.press("card:tm_term", who="other")
    assert archive.texts() == ["别人选的", "很久以后才选的"]


def test_a_picked_card_that_was_no_help_is_unanswered_all_the_same(archive: Archive) -> None:
    archive.file("选了但没用", action="clarify", outcome="bad")
    archive.press("pick:tm_term")
    assert archive.texts() == ["选了但没用"]


def test_personal_data_does_not_leave(archive: Archive) -> None:
    archive.file("我的电话13800138000，邮箱someone@example.com，商标怎么质押")
    (text,) = archive.texts()
    assert "13800138000" not in text
    assert "someone@" not in text
    assert "商标怎么质押" in text


def test_old_erased_and_replaced_questions_are_left_out(archive: Archive, clock: Clock) -> None:
    archive.file("很久以前的")
    clock.advance(days=91)
    first = archive.file("改之前的")
    archive.file("改之后的", edit_of=first)
    archive.file("已删除的人", who="gone")
    with archive.writing() as session:
        gone = contacts.find(session, Address("core", "gone"))
        assert gone is not None
        contacts.forget(gone, clock.now())
    assert archive.texts() == ["改之后的"]
    assert archive.texts(days=100) == ["很久以前的", "改之后的"]


def test_an_edit_told_to_staff_only_counts_in_its_last_wording(archive: Archive) -> None:
    archive.file("第一种说法", edited_text="第二种说法")
    assert archive.texts() == ["第二种说法"]


def test_the_newest_are_kept_when_there_are_too_many(archive: Archive) -> None:
    for n in range(5):
        archive.file(f"问题 {n}")
    with archive.reading() as session:
        found = unanswered(session, archive.clock.now() - timedelta(days=1), limit=2)
    assert [each.text for each in found] == ["问题 3", "问题 4"]
