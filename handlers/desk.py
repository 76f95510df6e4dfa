"""The desk: everything one turn may touch, frozen and passed explicitly."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Protocol

from sqlmodel import Session

from consultations.asset_rules import AssetRules
from consultations.duty_reading import Duty
from consultations.follow_up_rules import RuleBook
from consultations.ledger_kinds import LedgerBook
from consultations.messages import Address
from consultations.providers import Providers
from consultations.push_book import PushBook
from consultations.questionnaires import SurveyBook
from consultations.work_calendar import WorkCalendar
from handlers.staged_imports import StagedImports
from knowledge.cards import Card
from knowledge.cited import CitedArticle
from knowledge.cluster import Likeness
from knowledge.guide_walk import GuideBook
from knowledge.passages import Answer
from knowledge.proofread import Flaw
from knowledge.review_due import DueEntry
from knowledge.shelf import NearCard


class Answerer(Protocol):
    """The answering path as the office uses it; `knowledge.answer.Answerer` is the real one."""

    def answer(self, question: str, on: date, *, previous: str = "", outlet: str = "") -> Answer:
        """The answer on that day. `previous` is the question of the last turn, for follow-ups like 那费用呢, `outlet`
        where the asker belongs, "" nowhere.
        """
        ...

    def card(self, card_id: str, on: date, *, day: date | None = None, outlet: str = "") -> Answer | None:
        """The answer of one card (a pressed button) for that day, today when none is named, as `outlet` gives it;
        ``None`` when there is no such live card on it.
        """
        ...

    def flaws(self, text: str, on: date) -> tuple[Flaw, ...]:
        """What is wrong with the citations of a text that goes out on that day."""
        ...


class CardShelf(Protocol):
    """The cards as the office works on them; `knowledge.shelf.Shelf` is the real one."""

    @property
    def outlets(self) -> frozenset[str]:
        """The outlets (网点) that have cards or texts of their own."""
        ...

    @property
    def likeness(self) -> Likeness:
        """How alike two questions are."""
        ...

    def nearest(self, question: str, on: date) -> NearCard | None:
        """The card a question comes closest to on that day."""
        ...

    def version_on(self, card_id: str, on: date) -> Card | None:
        """The card as it stands on that day, an empty one too."""
        ...

    def instead_of(self, card_id: str, on: date) -> Mapping[str, Card]:
        """What outlets answer instead of that card on that day, by outlet."""
        ...

    def due_for_review(self, on: date, until: date) -> Sequence[DueEntry]:
        """The cards and facts of use on a day that are to be looked at again by `until`, the oldest first."""
        ...

    def cited(self, text: str, on: date, said: str = "") -> tuple[CitedArticle, ...]:
        """The sources a text names, with what proves `said`; the text itself when that is empty."""
        ...

    def try_out(self, text: str, card_ids: Collection[str], on: date) -> tuple[str, ...]:
        """Why the file of published cards could not say `text`; empty when these cards may go out with it."""
        ...

    def is_stored(self, text: str) -> bool:
        """Whether the file of published cards says `text`."""
        ...

    def store(self, text: str) -> None:
        """Make the file of published cards say `text`.

        Raises:
            OSError: It can't be written.
        """
        ...


class NoShelf:
    """An office without card files: nothing is near, nothing can be published."""

    @property
    def outlets(self) -> frozenset[str]:
        """None."""
        return frozenset()

    @property
    def likeness(self) -> Likeness:
        """Every word counts the same."""
        return Likeness(())

    def nearest(self, question: str, on: date) -> NearCard | None:
        """Nothing."""
        del question, on
        return None

    def version_on(self, card_id: str, on: date) -> Card | None:
        """Nothing."""
        del card_id, on
        return None

    def instead_of(self, card_id: str, on: date) -> Mapping[str, Card]:
        """Nothing."""
        del card_id, on
        return {}

    def due_for_review(self, on: date, until: date) -> Sequence[DueEntry]:
        """Nothing."""
        del on, until
        return ()

    def cited(self, text: str, on: date, said: str = "") -> tuple[CitedArticle, ...]:
        """Nothing."""
        del text, on, said
        return ()

    def try_out(self, text: str, card_ids: Collection[str], on: date) -> tuple[str, ...]:
        """That there is nowhere to publish."""
        del text, card_ids, on
        return ("这里没有卡片文件夹，不能发布。",)

    def is_stored(self, text: str) -> bool:
        """There is no file to say anything else."""
        del text
        return True

    def store(self, text: str) -> None:
        """Nowhere."""


@dataclass(frozen=True)
class OfficeSettings:
    """What the office decides; every value stands in ``config.example.toml``."""

    outlet_name: str = "知识产权公共服务网点"
    outlet_phone: str = ""
    complaint_phone: str = ""
    time_zone: str = "Asia/Shanghai"
    working_hours: tuple[time, time] = (time(9, 0), time(17, 30))
    quiet_hours: tuple[time, time] = (time(20, 0), time(8, 30))
    consent_version: str = "1"
    question_characters: int = 1000
    messages_per_minute: int = 10
    reply_minutes: int = 480  # working minutes promised for a ticket's first reply (1 working day)
    opinion_days: int = 5  # working days in which an opinion or complaint is replied to
    visit_days: int = 180  # in which every key enterprise is visited once (走访周期); 0 reminds of none
    survey_delay_minutes: int = 0
    follow_up_days: int = 7
    archive_days: int = 30
    consultation_days: int = 1095  # how long questions and answers are kept (保存期限), and copies of messages
    message_days: int = 90
    pushes_per_week: int = 3  # to one person
    staff_rooms: tuple[Address, ...] = ()
    local_rooms: tuple[Address, ...] = ()  # staff who act without being notified: the command line
    administrators: tuple[Address, ...] = ()  # private chats of city admins (市级管理员), who may broadcast
    public_url: str = ""
    follow_up_rules: RuleBook = field(default_factory=RuleBook)  # without a folder, the shipped ones
    surveys: SurveyBook = field(default_factory=SurveyBook)  # without a folder, the shipped ones
    survey_key: bytes = field(default=b"", repr=False)  # without it nobody can tell who gave an anonymous answer
    asset_rules: AssetRules = field(default_factory=AssetRules)  # without a folder, the shipped ones
    calendar: WorkCalendar = field(default_factory=WorkCalendar)  # which days are worked; without a folder, the shipped


@dataclass(frozen=True)
class Desk:
    """`writing()` opens the one session of a turn and commits it at the end, or rolls it back whole on an error;
    `reading()` opens a session that must not write. `now()` is the only clock (aware UTC).
    """

    writing: Callable[[], AbstractContextManager[Session]]
    reading: Callable[[], AbstractContextManager[Session]]
    answerer: Answerer
    now: Callable[[], datetime]
    settings: OfficeSettings = field(default_factory=OfficeSettings)
    shelf: CardShelf = field(default_factory=NoShelf)
    guides: GuideBook = field(default_factory=GuideBook)
    duty: Duty = field(default_factory=Duty)
    providers: Providers = field(default_factory=Providers)
    imports: StagedImports | None = None  # without an instance folder there is nowhere to keep files
    pushes: PushBook = field(default_factory=PushBook)
    ledgers: LedgerBook = field(default_factory=LedgerBook)
