"""What the public may look up by itself (公开查询): answers and articles in force, laws in their dated versions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sqlmodel import Session, col, select

from knowledge.passages import Answer, Hit, Passage, PassageKind
from policies import interpretations
from policies.compilation import STANDING, Article, Policy, Revision, articles_of, policy_titled, revisions_of
from policies.interpretations import Interpretation
from policies.subjects import place_of, subject_of
from policies.validity import in_force

SHOWN = 8  # of each kind
LEAST_COVERAGE = 0.3  # of what the words looked for could reach; below that a passage shares only everyday words
LONGEST_WORDS = 200  # characters
# The order in which the kinds of documents are listed: statutes, regulations, anything else, what courts say.
_KINDS = (re.compile(r"(?<!办)[法典]$"), re.compile(r"(?:条例|细则)$"), re.compile(r"^(?!最高人民)"))


class Finds(Protocol):
    """What finds passages."""

    def find(self, question: str, *, on: date, limit: int = 10, kind: PassageKind | None = None) -> list[Hit]:
        """The best passages in force on that day."""
        ...


class Shows(Protocol):
    """What tells a card's answer."""

    def card(self, card_id: str, on: date, *, day: date | None = None) -> Answer | None:
        """The answer of a card, if it has one on that day."""
        ...


@dataclass(frozen=True)
class Found:
    """What was found for some words: answers of cards with their titles, and articles."""

    cards: tuple[tuple[str, Answer], ...]
    articles: tuple[Passage, ...]


@dataclass(frozen=True)
class Law:
    """A policy in one of its versions: `revision` is what is shown, `is_in_force` whether it may be quoted today,
    `said` what experts say about its articles by their keys.
    """

    policy: Policy
    revisions: Sequence[Revision]
    revision: Revision
    articles: Sequence[Article]
    is_in_force: bool
    said: Mapping[str, Sequence[Interpretation]]


@dataclass(frozen=True)
class Listed:
    """A policy in the list: `revision` is the version in force today, or the newest when none is."""

    title: str
    revision: Revision
    is_in_force: bool


@dataclass(frozen=True)
class Library:
    """Looks things up for the public pages; what it shows is published and nobody's personal data."""

    search: Finds
    shelf: Shows
    reading: Callable[[], AbstractContextManager[Session]]
    today: Callable[[], date]

    def look_up(self, words: str) -> Found:
        """Answers and articles in force today, the best first."""
        on, asked = self.today(), words.strip()[:LONGEST_WORDS]
        cards = self._near(asked, on, "card")
        # What belongs to one outlet is no card of everybody's: there is no answer to it here.
        answers = [(each.title, self.shelf.card(each.passage_id.removeprefix("card:"), on)) for each in cards]
        told = tuple((title, answer) for title, answer in answers if answer and answer.action == "answer")
        return Found(told, tuple(self._near(asked, on, "article")))

    def law(self, title: str, version: str = "") -> Law | None:
        """A law by its short title, in the version named or the one in force today; ``None`` when there is none.

        A law of which no version is in force today is shown in its newest.
        """
        on = self.today()
        with self.reading() as session:
            policy = policy_titled(session, title)
            revisions = revisions_of(session, policy.id) if policy and policy.id is not None else []
            current = in_force(revisions, on)
            wanted = [each for each in revisions if each.version == version] if version else [*current, *revisions]
            if policy is None or not wanted or wanted[0].id is None:
                return None
            shown = wanted[0]
            articles = articles_of(session, wanted[0].id)
            said = interpretations.of_revision(session, wanted[0].id)
            session.expunge_all()  # they are shown after the session ends
            return Law(policy, revisions, shown, articles, shown in current, said)

    def subjects(self) -> Mapping[str, Sequence[Listed]]:
        """All policies for everybody by what they are about: in force first, laws before what courts say about them."""
        found: dict[str, list[Listed]] = {}
        for each in self._listed():
            found.setdefault(subject_of(each.title, each.revision.topics), []).append(each)
        return {name: sorted(found[name], key=_place) for name in sorted(found, key=place_of)}

    def _listed(self) -> list[Listed]:
        with self.reading() as session:
            titles = dict(session.exec(select(Policy.id, Policy.title)).all())
            public = select(Revision).where(col(Revision.state).in_(STANDING), Revision.outlet == "")
            revisions = session.exec(public).all()
            session.expunge_all()
        newest = {
            each.policy_id: each for each in sorted(revisions, key=lambda each: (each.version, not each.is_excerpt))
        }
        current = {each.policy_id: each for each in reversed(in_force(revisions, self.today()))}
        shown = {**newest, **current}
        return [Listed(titles[key], each, key in current) for key, each in shown.items()]

    def _near(self, words: str, on: date, kind: PassageKind) -> list[Passage]:
        hits = self.search.find(words, on=on, limit=SHOWN, kind=kind) if words else []
        # An outlet's own text is for its askers; its page opens by name.
        return [each.passage for each in hits if each.coverage >= LEAST_COVERAGE and not each.passage.outlet]


def _place(listed: Listed) -> tuple[bool, int, str]:
    title = listed.title
    kind = next((place for place, words in enumerate(_KINDS) if words.search(title)), len(_KINDS))
    return not listed.is_in_force, kind, title
