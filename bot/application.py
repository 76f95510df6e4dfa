"""Builds everything an instance needs from its settings: engine, index, cards, answerer, desk.

The only place that chooses implementations, and the only one that reads the clock. `bot/service.py` adds the doors.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy import Engine

from bot.database import SessionMaker, open_engine, sessions
from bot.fetch import Fetcher
from bot.migrate import upgrade
from bot.setting_values import read_time
from bot.settings import Settings
from consultations.asset_rules import AssetRules
from consultations.duty_reading import Duty
from consultations.follow_up_rules import RuleBook
from consultations.ledger_kinds import LedgerBook
from consultations.messages import Address
from consultations.providers import Providers
from consultations.push_book import PushBook
from consultations.questionnaires import SurveyBook
from consultations.service_list import Listed, read_service_list
from consultations.work_calendar import WorkCalendar
from handlers import absent, interrupted_edits
from handlers.desk import Answerer, Desk, OfficeSettings
from handlers.laws import known_editions, what_changed
from handlers.publish_policy import heal_index, index_waiting
from handlers.published_cards import PublishedCards
from handlers.review_policy import outlet_id
from handlers.staged_imports import StagedImports
from handlers.talk import office_time
from knowledge import answer
from knowledge.added_wordings import with_added_wordings
from knowledge.articles import articles_of
from knowledge.cards import Cards, is_card_source, load_cards
from knowledge.contradictions import Contradiction, find_contradictions
from knowledge.facts import SHIPPED_FACTS, load_facts
from knowledge.guide_shelf import GuideShelf
from knowledge.guide_walk import GuideBook
from knowledge.guides import SHIPPED_GUIDES, Guides, load_guides
from knowledge.index import Index, fingerprint
from knowledge.meaning import Meaning, MeaningUnavailableError, bundled_model
from knowledge.passages import Passage
from knowledge.reviewed import SHIPPED_REVIEWED, Reviewed, load_reviewed
from knowledge.search import Search, open_search
from knowledge.shelf import Shelf

log = structlog.get_logger(__name__)

STAFF_DESK = Address("terminal", "staff")  # whoever may run commands on this machine
VECTORS = "meaning.npz"  # in the instance folder: what passages mean, when searched by meaning (derived)
OWN_FILES = ("cards", "facts", "guides", "calendars", "duty", "follow_ups", "surveys")  # what an outlet writes itself
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
    search: Search
    shelf: Shelf
    desk: Desk
    guide_shelf: GuideShelf
    published: PublishedCards

    @property
    def cards(self) -> Cards:
        """The cards answers are made from at this moment."""
        return self.shelf.cards

    @property
    def guides(self) -> Guides:
        """The guides as they stand now."""
        return self.guide_shelf.guides

    @property
    def answerer(self) -> Answerer:
        """The answering path."""
        return self.shelf

    def refresh(self) -> bool:
        """Take up what changed in policies, drafts, card folder and index, here or elsewhere; whether anything did."""
        index_waiting(self.reading, self.writing, self.index)
        self.heal_published(is_sure=self.shelf.is_stale)
        are_new = self.shelf.refresh(self._index_cards)
        if are_new:
            _warn_of_wrong_cards(self.shelf, self.desk)
        has_new_guides = self.guide_shelf.refresh()
        self.refresh_duty()
        return self.search.refresh() or are_new or has_new_guides

    def refresh_duty(self) -> None:
        """Take up what changed in calendar, duty and the rules; a faulty file is told and changes nothing."""
        if self.desk.settings.calendar.refresh():
            _warn_of_faults("calendar.faulty", self.desk.settings.calendar.problems)
        if self.desk.duty.refresh():
            _warn_of_faults("duty.faulty", self.desk.duty.problems)
        with self.reading() as session:
            absent.refresh(self.desk, session)
        if self.desk.settings.follow_up_rules.refresh():
            _warn_of_faults("follow_ups.faulty", self.desk.settings.follow_up_rules.problems)
        if self.desk.settings.asset_rules.refresh():
            _warn_of_faults("asset_rules.faulty", self.desk.settings.asset_rules.problems)
        if self.desk.settings.surveys.refresh():
            _warn_of_faults("surveys.faulty", self.desk.settings.surveys.problems)
        if self.desk.providers.refresh():
            _warn_of_faults("providers.faulty", self.desk.providers.problems)
        if self.desk.pushes.refresh():
            _warn_of_faults("pushes.faulty", self.desk.pushes.problems)
        if self.desk.ledgers.refresh():
            _warn_of_faults("ledgers.faulty", self.desk.ledgers.problems)

    def heal_published(self, *, is_sure: bool) -> bool:
        """Whether the file of published cards had to be brought in line with the database; a file that can't be written
        stops nobody.
        """
        try:
            return self.published.heal(is_sure=is_sure)
        except OSError as error:
            log.warning("cards.unwritable", reason=error.strerror or str(error))
            return False

    def _index_cards(self, cards: Cards) -> None:
        """Bring what the index holds of the cards in line; only changed ones are written."""
        expected, present = cards.sources(), self.index.sources()
        wrong: dict[str, list[Passage]] = {
            source: found for source, found in expected.items() if present.get(source) != fingerprint(found)
        }
        gone = [source for source in present if is_card_source(source) and source not in expected]
        self.index.replace(wrong | {source: [] for source in gone})

    def contradictions(self, on: date) -> list[Contradiction]:
        """What disagrees among cards, facts and imported texts, as things stand on that day."""
        reviewed, problems = reviewed_of(self.settings.home)
        for problem in problems:
            log.warning("reviewed.faulty", problem=problem)
        return find_contradictions(self.cards, articles_of(self.index.passages()), on=on, reviewed=reviewed)

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
    search = open_search(index, engine=settings.search.engine, meaning=_meaning(settings))
    editions = known_editions()
    shelf = Shelf(
        cards,
        load=partial(cards_of, home),
        make=lambda found: answer.Answerer(search, found, editions, compare=what_changed),
        passages=search.passages,
        folder=home / "cards",
        also=(home / "facts",),
    )
    guide_shelf = GuideShelf(
        partial(_guides_now, home, shelf), folders=(home / "guides", home / "cards", home / "facts")
    )
    book = GuideBook(lambda: guide_shelf.guides, shelf.version_on, shelf.cite, shelf.is_wrong)
    providers = Providers(home / "providers")
    duty = Duty(home / "duty")
    fetch = Fetcher(settings.imports.networks)
    imports = StagedImports(home, writing, reading, lambda words: outlet_id(duty.book, words), fetch)
    pushes = PushBook(home / "pushes")
    told, kinds = office_settings(settings), LedgerBook(home / "ledgers")
    desk = Desk(writing, reading, shelf, now, told, shelf, book, duty, providers, imports, pushes, kinds)
    with reading() as session:
        absent.refresh(desk, session)
    _warn_of_wrong_cards(shelf, desk)
    _warn_of_faults("calendar.faulty", desk.settings.calendar.problems)
    _warn_of_faults("duty.faulty", desk.duty.problems)
    _warn_of_faults("providers.faulty", desk.providers.problems)
    _warn_of_faults("pushes.faulty", desk.pushes.problems)
    _warn_of_faults("ledgers.faulty", desk.ledgers.problems)
    _warn_of_faults("follow_ups.faulty", desk.settings.follow_up_rules.problems)
    _warn_of_faults("asset_rules.faulty", desk.settings.asset_rules.problems)
    _warn_of_faults("surveys.faulty", desk.settings.surveys.problems)
    published = PublishedCards(desk)
    office = Office(settings, engine, writing, reading, index, search, shelf, desk, guide_shelf, published)
    config = settings.path or home / "config.toml"
    if n_missing := interrupted_edits.put_right(desk, (home / "duty", home / "calendars", config.parent)):
        log.warning("edits.put_right", rows=n_missing)
    if office.heal_published(is_sure=True):  # somebody died while publishing: put right before anybody is answered
        office.refresh()
    return office


def service_list(settings: Settings) -> Listed:
    """The service list as it stands now; with holes there is none."""
    outlet = settings.outlet
    hours = "工作日 " + "–".join(outlet.working_hours)
    return read_service_list(settings.home, hours=hours, phone=outlet.phone, complaint_phone=outlet.complaint_phone)


def console_address(settings: Settings) -> str:
    """Where the staff console is reached from, for links."""
    host = f"[{settings.web.host}]" if ":" in settings.web.host else settings.web.host
    return settings.outlet.public_url.rstrip("/") or f"http://{host}:{settings.listening_port}"


def _meaning(settings: Settings) -> Meaning | None:
    """What searches by meaning, when that is switched on and this machine can; answering goes on without."""
    if not settings.search.semantic:
        return None
    try:
        bundled_model()
    except MeaningUnavailableError as error:
        log.warning("search.semantic_off", reason=str(error))
        return None
    return Meaning(settings.home / VECTORS)


def _warn_of_wrong_cards(shelf: Shelf, desk: Desk) -> None:
    """A card that cites a wrong article goes to staff instead of the asker; whoever runs the service must know."""
    for found in shelf.wrong_cards(office_time(desk.settings).day(desk.now())):
        log.warning("cards.wrong_citation", card=found.card_id, place=found.place)


def _warn_of_faults(what: str, problems: Sequence[str]) -> None:
    for problem in problems:
        log.warning(what, problem=problem)


def cards_of(home: Path, folder: Path | None = None) -> Cards:
    """The shipped cards and facts under those of an instance; its cards may be read from another folder."""
    own = folder or home / "cards"
    cards = load_cards(SHIPPED_CARDS, own, facts=load_facts(SHIPPED_FACTS, home / "facts"))
    return with_added_wordings(cards, own)


def reviewed_of(home: Path) -> tuple[list[Reviewed], list[str]]:
    """What looks like a contradiction and is none, shipped and by the instance; and what is wrong in these lists."""
    return load_reviewed(SHIPPED_REVIEWED, home / "reviewed.toml")


def guides_of(home: Path, cards: Cards) -> Guides:
    """The shipped guides under those of an instance."""
    return load_guides(SHIPPED_GUIDES, home / "guides", cards=cards.by_id, facts=cards.facts)


def _guides_now(home: Path, shelf: Shelf) -> Guides:
    return guides_of(home, shelf.cards)


def prepare_home(home: Path) -> Path:
    """The instance folder with its parts, readable by its owner only; nothing is written elsewhere."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    for part in (
        "index",
        "originals",
        "backups",
        "cards",
        "facts",
        "guides",
        "calendars",
        "duty",
        "follow_ups",
        "surveys",
        "providers",
        "pushes",
        "ledgers",
    ):
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
        opinion_days=outlet.opinion_days,
        visit_days=outlet.visit_days,
        survey_delay_minutes=talk.survey_delay_minutes,
        follow_up_days=talk.follow_up_days,
        archive_days=talk.archive_days,
        pushes_per_week=talk.pushes_per_week,
        consultation_days=settings.retention.consultation_days,
        message_days=settings.retention.message_days,
        staff_rooms=(Address("telegram", telegram.staff_chat_id),) if telegram.staff_chat_id else (),
        local_rooms=(STAFF_DESK,),
        administrators=tuple(Address("telegram", each) for each in telegram.administrators),
        public_url=outlet.public_url,
        follow_up_rules=RuleBook(settings.home / "follow_ups"),
        surveys=SurveyBook(settings.home / "surveys"),
        asset_rules=AssetRules(settings.home / "asset_rules"),
        survey_key=survey_key(settings.home),
        calendar=WorkCalendar(settings.home / "calendars"),
    )


def survey_key(home: Path) -> bytes:
    """The secret behind the hashes of anonymous surveys, made once; of two processes that start, one makes it."""
    path = home / "survey.key"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        scratch = path.with_suffix(f".{os.getpid()}")
        scratch.touch(mode=0o600)
        scratch.write_bytes(secrets.token_bytes(32))
        with contextlib.suppress(FileExistsError):
            os.link(scratch, path)
        scratch.unlink()
    return path.read_bytes()
