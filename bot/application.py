"""Builds everything an instance needs from its settings: engine, index, cards, answerer, desk.

The only place that chooses implementations, and the only one that reads the clock. `bot/service.py` adds the doors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog
from sqlalchemy import Engine

from bot.database import SessionMaker, open_engine, sessions
from bot.migrate import upgrade
from bot.settings import Settings, read_time
from consultations.messages import Address
from handlers.desk import Desk, OfficeSettings
from handlers.laws import known_editions
from handlers.publish_policy import heal_index
from knowledge.answer import Answerer
from knowledge.cards import Cards, load_cards
from knowledge.facts import SHIPPED_FACTS, load_facts
from knowledge.guide_walk import GuideBook
from knowledge.guides import SHIPPED_GUIDES, Guides, load_guides
from knowledge.index import Index
from knowledge.search import Search, open_search

log = structlog.get_logger(__name__)

STAFF_DESK = Address("terminal", "staff")  # whoever may run commands on this machine
SHIPPED_CARDS = Path(__file__).resolve().parents[1] / "knowledge" / "faq"


def utc_now() -> datetime:
    """The clock: aware UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Office:
    """One opened instance."""

    settings: Settings
    engine: Engine
    writing: SessionMaker
    reading: SessionMaker
    index: Index
    cards: Cards
    search: Search
    answerer: Answerer
    desk: Desk
    guides: Guides

    def close(self) -> None:
        """Give the database back."""
        self.engine.dispose()


def open_office(settings: Settings, now: Callable[[], datetime] = utc_now) -> Office:
    """The instance in ``settings.home``, ready to answer: folders made, schema upgraded, index healed.

    Raises:
        NewerDatabaseError: The database comes from a newer release.
    """
    home = prepare_home(settings.home)
    engine = open_engine(settings.database_url)
    upgrade(engine, home / "backups", now())
    writing, reading = sessions(engine)
    index = Index.open(home / "index")
    cards = cards_of(home)
    healed = heal_index(reading, index, cards)
    if healed:
        log.info("index.healed", sources=healed)
    search = open_search(index, engine=settings.search.engine)
    answerer = Answerer(search, cards, known_editions())
    guides = guides_of(home, cards)
    desk = Desk(
        writing=writing,
        reading=reading,
        answerer=answerer,
        now=now,
        settings=office_settings(settings),
        guides=GuideBook(guides, cards, answerer.cite),
    )
    return Office(settings, engine, writing, reading, index, cards, search, answerer, desk, guides)


def cards_of(home: Path) -> Cards:
    """The shipped cards and facts under those of an instance."""
    return load_cards(SHIPPED_CARDS, home / "cards", facts=load_facts(SHIPPED_FACTS, home / "facts"))


def guides_of(home: Path, cards: Cards) -> Guides:
    """The shipped guides under those of an instance."""
    return load_guides(SHIPPED_GUIDES, home / "guides", cards=cards.by_id, facts=cards.facts)


def prepare_home(home: Path) -> Path:
    """The instance folder with its parts, readable by its owner only; nothing is written elsewhere."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    for part in ("index", "originals", "backups", "cards", "facts", "guides"):
        (home / part).mkdir(exist_ok=True)
    return home


def office_settings(settings: Settings) -> OfficeSettings:
    """What the core may know of the settings."""
    outlet, talk, telegram = settings.outlet, settings.conversation, settings.telegram
    return OfficeSettings(
        outlet_name=outlet.name,
        outlet_phone=outlet.phone,
        complaint_phone=outlet.complaint_phone,
        time_zone=outlet.time_zone,
        working_hours=(read_time(outlet.working_hours[0]), read_time(outlet.working_hours[1])),
        quiet_hours=(read_time(talk.quiet_hours[0]), read_time(talk.quiet_hours[1])),
        consent_version=talk.consent_version,
        question_characters=talk.question_characters,
        messages_per_minute=talk.messages_per_minute,
        reply_minutes=outlet.reply_minutes,
        survey_delay_minutes=talk.survey_delay_minutes,
        follow_up_days=talk.follow_up_days,
        staff_rooms=(Address("telegram", telegram.staff_chat_id),) if telegram.staff_chat_id else (),
        local_rooms=(STAFF_DESK,),
        administrators=tuple(Address("telegram", each) for each in telegram.administrators),
        public_url=outlet.public_url,
    )
