"""Many policies waiting for review, let out together: shown with what stands in the way, approved as they were seen.

Each is reviewed as if it were alone (four eyes, days that fit): one that can't go out is told with its reason and holds
up no other. What somebody changed since it was shown stays in review.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from handlers import policy_wording, review_policy
from handlers.own_work import note_attempt
from handlers.publish_policy import PolicyRefusedError
from policies import publication, review
from policies.compilation import Revision, articles_of
from policies.review import Signature


@dataclass(frozen=True)
class InReview:
    """One revision that waits: `seen` names it as it is now, `obstacle` says why this person can't let it out."""

    number: int
    title: str
    version: str
    brought_by: str
    starts_on: date | None
    n_articles: int
    problems: tuple[str, ...]
    seen: str
    obstacle: str


@dataclass(frozen=True)
class Approved:
    """What became of them: `titles` went out, `refused` are ``(title, reason)``."""

    titles: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


def in_review(session: Session, by: Signature, author: str = "") -> list[InReview]:
    """Everything that waits for review, or what one person (by name) brought in, oldest first."""
    found = review.in_states(session, ["in_review"])
    return [_shown(session, each, by) for each in found if author in ("", each.author_name)]


def approve(session: Session, seen: Collection[str], by: Signature) -> Approved:
    """Let out what was seen, in the order in which it came; what can't go out stays where it is."""
    titles: list[str] = []
    refused: list[tuple[str, str]] = []
    known = {each.seen: each for each in in_review(session, by)}
    refused += [
        (policy_wording.version_number(each), policy_wording.CHANGED_SINCE) for each in seen if each not in known
    ]
    for shown in (each for mark, each in known.items() if mark in seen):
        try:
            with session.begin_nested():
                review_policy.publish(session, review_policy.found(session, shown.number), by)
        except PolicyRefusedError as error:
            note_attempt(session, error, "policy.review", by.key, by.at)
            refused.append((shown.title, str(error)))
        else:
            titles.append(shown.title)
    return Approved(tuple(titles), tuple(refused))


def told(done: Approved) -> list[str]:
    """What staff read afterwards."""
    lines = [policy_wording.approved_together(len(done.titles), len(done.refused))]
    return lines + [policy_wording.not_approved(*each) for each in done.refused]


def authors(waiting: Sequence[InReview]) -> list[str]:
    """Who brought in what waits."""
    return sorted({each.brought_by for each in waiting})


def _shown(session: Session, revision: Revision, by: Signature) -> InReview:
    number = revision.id or 0
    return InReview(
        number,
        review_policy.title_of(session, revision),
        revision.version,
        revision.author_name,
        revision.starts_on,
        len(articles_of(session, number)),
        tuple(str(each["message"]) for each in json.loads(revision.problems)),
        f"{number}:{len(review.history_of(session, number))}:{revision.content_hash[:12]}",
        _obstacle(session, revision, by),
    )


def _obstacle(session: Session, revision: Revision, by: Signature) -> str:
    try:
        review_policy.check_publishing(session, revision, by)
    except PolicyRefusedError as error:
        return str(error)
    return publication.unfit(session, revision)
