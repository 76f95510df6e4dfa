"""Interpretations (政策解读) under the words of the article: who says so, and that it is no law."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlmodel import Session

from consultations.messages import Block
from handlers import policy_wording
from knowledge.passages import Citation
from policies import interpretations

_MOST = 2  # under one answer
_KIND = "art"


def blocks_under(session: Session, citations: Iterable[Citation], outlet: Callable[[], str]) -> tuple[Block, ...]:
    """What experts say about the articles an answer quotes; empty when nobody said anything. `outlet` is where the
    asker belongs, looked up only where an outlet says something of its own.
    """
    articles = [place for each in citations if (place := _place(each.passage_id))]
    said = interpretations.under(session, articles)
    found = interpretations.shown_to(outlet() if any(each.outlet for each in said) else "", said)[:_MOST]
    return tuple(
        Block("note", policy_wording.interpretation(each.expert, each.written_on, each.text)) for each in found
    )


def _place(passage_id: str) -> tuple[int, str] | None:
    """``art:12:36`` → (12, "36")."""
    kind, _, rest = passage_id.partition(":")
    revision, _, article = rest.partition(":")
    return (int(revision), article) if kind == _KIND and revision.isdecimal() and article else None
