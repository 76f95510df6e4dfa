"""Publish policies: revisions become passages the assistant can find.

What the index does not hold yet stands in the rows: killed in between, the running service takes it up within seconds,
and `heal_index` at the next start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from typing import Protocol

from sqlmodel import Session, col, select

from knowledge.passages import Passage
from policies.compilation import STANDING, Article, Policy, Revision, articles_of
from policies.layers import instead_of
from policies.publication import waiting_for_index

Sessions = Callable[[], AbstractContextManager[Session]]
_NEVER = date.max  # a revision held back is in the index for staff, on no day for the assistant


class PassageIndex(Protocol):
    """What publishing needs of `knowledge.index.Index`."""

    def replace(self, sources: Mapping[str, Sequence[Passage]]) -> None:
        """Replace all passages of each source in one commit; an empty sequence removes the source."""
        ...

    def sources(self) -> dict[str, str]:
        """Fingerprint of each source's passages."""
        ...


class PassageCards(Protocol):
    """What healing needs of `knowledge.cards.Cards`."""

    def sources(self) -> Mapping[str, Sequence[Passage]]:
        """All card passages by their source."""
        ...


class PolicyRefusedError(Exception):
    """What was wanted of a policy can't be done; the message says why and what helps."""


def passages_of(session: Session, revision: Revision) -> list[Passage]:
    """The passages of a revision; empty when it is not public or a whole text of the same version covers it."""
    if revision.state not in STANDING or revision.hold_reason == "covered" or revision.id is None:
        return []
    policy = session.get_one(Policy, revision.policy_id)
    return [_passage(policy, revision, article) for article in articles_of(session, revision.id)]


def index_waiting(reading: Sessions, writing: Sessions, index: PassageIndex) -> int:
    """Bring what was published, corrected or given other days since into the index, in one commit; how many revisions.

    The index first, the mark afterwards: killed in between, the next call does it again.
    """
    with reading() as session:
        sources = {f"revision:{each.id}": passages_of(session, each) for each in waiting_for_index(session)}
    if not sources:
        return 0
    index.replace(sources)
    with writing() as session:
        for each in waiting_for_index(session):
            each.is_indexed = sources.get(f"revision:{each.id}") == passages_of(session, each)
    return len(sources)


def heal_index(reading: Sessions, index: PassageIndex, cards: PassageCards) -> int:
    """Bring the index in line with the database and the cards; how many sources were missing, stale or orphaned."""
    from knowledge.index import fingerprint

    expected = _expected(reading, cards)
    present = index.sources()
    wrong: dict[str, Sequence[Passage]] = {
        source: passages for source, passages in expected.items() if present.get(source) != fingerprint(passages)
    }
    wrong |= {source: () for source in present if source not in expected}
    if wrong:
        index.replace(wrong)
    return len(wrong)


def reindex(reading: Sessions, index: PassageIndex, cards: PassageCards) -> int:
    """Write all passages to the index anew, in one commit; how many."""
    expected = _expected(reading, cards)
    gone: dict[str, Sequence[Passage]] = {source: () for source in index.sources() if source not in expected}
    index.replace(expected | gone)
    return sum(len(passages) for passages in expected.values())


def _expected(reading: Sessions, cards: PassageCards) -> dict[str, Sequence[Passage]]:
    with reading() as session:
        revisions = session.exec(select(Revision).where(col(Revision.state).in_(STANDING))).all()
        found: dict[str, Sequence[Passage]] = {f"revision:{each.id}": passages_of(session, each) for each in revisions}
    found |= cards.sources()
    return {source: passages for source, passages in found.items() if passages}


def _passage(policy: Policy, revision: Revision, article: Article) -> Passage:
    held = bool(revision.hold_reason)
    return Passage(
        passage_id=f"art:{revision.id}:{article.key}",
        source_id=f"revision:{revision.id}",
        kind="article",
        title=f"{policy.title} {article.label}".strip(),
        text=article.text,
        path=article.path.replace("\n", " / "),
        law=policy.title,
        article=article.key,
        version=revision.version,
        effective_from=_NEVER if held else revision.effective_from,
        effective_to=revision.effective_to,
        outlet=revision.outlet,
        instead_of=instead_of(revision),
    )
