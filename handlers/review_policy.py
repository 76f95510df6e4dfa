"""A policy on its way (采编→审核→发布), for every door: draft, submit, give back, reject, publish, repeal, roll back.

Four eyes, a day to begin on, versions that do not overlap: else it is refused with the reason. Publishing and its
history are one transaction; the index takes up what waits for it right after (`publish_policy.index_waiting`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date

from sqlalchemy import insert
from sqlmodel import Session

from consultations import outbox
from consultations.duty_book import DutyBook
from consultations.messages import Block, Outbound
from consultations.service_items import load_pack
from handlers import policy_wording, wording
from handlers.desk import Desk
from handlers.publish_policy import PolicyRefusedError
from handlers.talk import office_time, row
from policies import profile, publication, review
from policies.compilation import STANDING, Article, Policy, Revision, articles_of, revisions_of
from policies.layers import unexplained
from policies.profile import OF_OUTLET, ProfileError
from policies.publication import UnfitError
from policies.review import IllegalMoveError, SameEyesError, Signature, State

_STAFF_PRIORITY = 1
# Of a copy these begin anew: who, when and what became of it.
_OWN = {
    *("id", "state", "author", "author_name", "brought_by", "reviewer", "reviewer_name", "published_at", "review_due"),
    *("reminded_for", "announced_at", "is_indexed", "effective_from", "effective_to"),
}


def found(session: Session, revision_id: int | None) -> Revision:
    """The revision as it is now.

    Raises:
        PolicyRefusedError: There is none of that number.
    """
    revision = session.get(Revision, revision_id, populate_existing=True) if revision_id else None
    if revision is None:
        raise PolicyRefusedError(policy_wording.no_revision(revision_id))
    return revision


def title_of(session: Session, revision: Revision) -> str:
    """The title of a revision's policy."""
    return session.get_one(Policy, revision.policy_id).title


def edit(session: Session, revision: Revision, words: Mapping[str, str], by: Signature) -> None:
    """Record what people wrote about a draft, field by field (`policies.profile.FIELDS`).

    Raises:
        PolicyRefusedError: It is no draft, a value can't be read, a service item is unknown, or links form a circle.
    """
    check_items(words)
    with _refusals():
        profile.fill_in(session, revision, words, by)


def check_items(words: Mapping[str, str]) -> None:
    """Nothing, when the service items named are known.

    Raises:
        PolicyRefusedError: One is not.
    """
    known = load_pack().items
    unknown = [each for each in profile.values_of(words.get("service_items", "")) if each not in known]
    if unknown:
        raise PolicyRefusedError(policy_wording.no_service_item(unknown))


def outlet_id(book: DutyBook, words: str) -> str:
    """The id of an outlet (网点) by its name or id; "" for everybody's.

    Raises:
        PolicyRefusedError: There is no such outlet.
    """
    found = book.outlet_named(words.strip())
    if found is None and words.strip():
        raise PolicyRefusedError(wording.no_outlet(words.strip(), [each.name for each in book.outlets.values()]))
    return found.outlet_id if found else ""


def submit(session: Session, desk: Desk, revision: Revision, by: Signature) -> None:
    """Hand a draft over for review; the staff rooms hear of it.

    Raises:
        PolicyRefusedError: It is no draft; or it is an outlet's, and nobody said whose, or why it replaces another.
    """
    if revision.level == OF_OUTLET and not revision.outlet and len(desk.duty.book.outlets) > 1:
        raise PolicyRefusedError(policy_wording.which_outlet(revision.id or 0))
    if reason := unexplained(revision):
        raise PolicyRefusedError(reason)
    with _refusals():
        review.move(session, revision, "in_review", by)
    text = policy_wording.waits_for_review(title_of(session, revision), revision.version, by.name)
    n_moves = len(review.history_of(session, revision.id or 0))
    for room in desk.settings.staff_rooms:
        outbox.enqueue(
            session,
            Outbound(
                room, (Block("text", text),), (row((policy_wording.SHOW, f"policy:{revision.id}:show")),), kind="staff"
            ),
            now=by.at,
            dedupe_key=f"policy_review:{revision.id}:{n_moves}:{room}",
            priority=_STAFF_PRIORITY,
        )


def give_back(session: Session, revision: Revision, by: Signature, reason: str = "") -> None:
    """Give a draft in review back to whoever wrote it.

    Raises:
        PolicyRefusedError: It is not in review.
    """
    _move(session, revision, "draft", by, reason)


def reject(session: Session, revision: Revision, by: Signature, reason: str = "") -> None:
    """Turn a draft down for good.

    Raises:
        PolicyRefusedError: It is not open, or whoever brought it in would be the reviewer.
    """
    _move(session, revision, "rejected", by, reason)


def check_publishing(session: Session, revision: Revision, by: Signature) -> None:
    """Nothing, when this person may let this revision out; asked before anybody is shown what to confirm.

    Raises:
        PolicyRefusedError: It is not in review, the reviewer brought it in, or its links go round in a circle.
    """
    if circle := profile.circle_of(session, revision):
        raise PolicyRefusedError(policy_wording.goes_round(circle))
    with _refusals():
        review.check_move(revision, "published", by)


def publish(session: Session, revision: Revision, by: Signature) -> None:
    """Let a reviewed revision out. It answers from its first day on (00:00 in the outlet's time zone).

    Raises:
        PolicyRefusedError: See `check_publishing`; or its days are missing or wrong.
    """
    check_publishing(session, revision, by)
    with _refusals():
        publication.publish(session, revision, by)


def repeal(session: Session, revision: Revision, first_day: date, by: Signature, reason: str) -> None:
    """Repeal (废止) a policy: from `first_day` on nothing of it is quoted as law.

    Raises:
        PolicyRefusedError: No reason is given, or it was never published.
    """
    if not reason.strip():
        raise PolicyRefusedError(policy_wording.REPEAL_WHY)
    with _refusals():
        publication.repeal(session, revision, first_day, by, reason.strip())


def roll_back(session: Session, desk: Desk, revision: Revision, by: Signature, reason: str) -> Revision:
    """A draft with the text of an earlier revision, to be reviewed like any other.

    Of a text that was corrected it becomes the correction of the correction; of an older version it becomes a new
    version that begins today.

    Raises:
        PolicyRefusedError: That revision was never public, or is the text that stands.
    """
    current = next((each for each in revisions_of(session, revision.policy_id) if not each.is_draft), None)
    if (
        current is None
        or revision.state not in (*STANDING, "replaced")
        or revision.content_hash == current.content_hash
    ):
        raise PolicyRefusedError(policy_wording.nothing_to_roll_back(revision.id or 0))
    copy = Revision(**revision.model_dump(exclude=_OWN), state="draft")
    if revision.version != current.version:
        today = office_time(desk.settings).day(by.at)
        copy.version = today.isoformat()
        copy.starts_on = copy.starts_earliest = today
        copy.start_source, copy.ends_on, copy.is_superseded = "stated", None, False
    words = policy_wording.rolled_back(revision.id or 0, reason.strip())
    stored = review.begin(session, copy, by, words)
    articles = articles_of(session, revision.id or 0)
    rows = [each.model_dump(exclude={"id", "revision_id"}) | {"revision_id": stored.id} for each in articles]
    session.execute(insert(Article), rows)
    return stored


def review_by(session: Session, revision: Revision, day: date, by: Signature) -> None:
    """Note that somebody looked at a published revision, and when it is to be looked at again.

    Raises:
        PolicyRefusedError: It is not published.
    """
    if revision.state != "published":
        raise PolicyRefusedError(policy_wording.not_published(revision.id or 0))
    revision.review_due = day
    review.note(session, revision, by, policy_wording.looked_at(day))


def _move(session: Session, revision: Revision, target: State, by: Signature, reason: str) -> None:
    with _refusals():
        review.move(session, revision, target, by, reason.strip())


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (IllegalMoveError, SameEyesError, UnfitError, ProfileError) as error:
        raise PolicyRefusedError(str(error)) from error
