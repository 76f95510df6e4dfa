"""Putting a revision out: what it replaces, on which days everything may be quoted now, what the index must take up.

All of it is one transaction. Which revisions the index does not know yet stands in the rows (`Revision.is_indexed`):
whoever dies in between leaves nothing to guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, select

from policies.compilation import STANDING, Policy, Revision, revisions_of
from policies.conflicts import date_conflicts
from policies.known import KnownInstruments, shipped
from policies.layers import ends, misplaced, outlet_of, unexplained
from policies.review import Signature, check_move, move
from policies.validity import settle


class UnfitError(Exception):
    """A revision can't be put out as it is; the message says why and what helps."""


@dataclass(frozen=True)
class Edition:
    """What tells one edition of a text from another; several excerpts of one version stand side by side.

    The same words without any version are this edition too, before its version was known.
    """

    version: str
    is_excerpt: bool
    source_name: str
    content_hash: str

    def is_of(self, revision: Revision) -> bool:
        """Whether a revision is this edition."""
        if not revision.version and revision.content_hash == self.content_hash:
            return True
        same = (revision.version, revision.is_excerpt) == (self.version, self.is_excerpt)
        return same and (not self.is_excerpt or revision.source_name == self.source_name)


def edition_of(revision: Revision) -> Edition:
    """The edition a revision is."""
    return Edition(revision.version, revision.is_excerpt, revision.source_name, revision.content_hash)


def replace_edition(  # noqa: PLR0913  what is replaced, by whom, why
    session: Session, policy_id: int, edition: Edition, by: Signature, reason: str, *, keeping: int | None = None
) -> int:
    """How many standing revisions of the same edition were replaced; `keeping` is left as it is."""
    found = [each for each in revisions_of(session, policy_id) if edition.is_of(each) and each.id != keeping]
    for each in found:
        move(session, each, "replaced", by, reason)
        each.is_indexed = False
    return len(found)


def publish(session: Session, revision: Revision, by: Signature) -> None:
    """Put a reviewed revision out, in place of what it corrects.

    Raises:
        UnfitError: It has no day to begin on, or its days contradict another version's.
        IllegalMoveError: It is not in review.
        SameEyesError: The reviewer wrote it, sent it in or submitted it.
    """
    if reason := unfit(session, revision):
        raise UnfitError(reason)
    check_move(revision, "published", by)
    reason = f"由版本 {revision.id} 更正"
    replace_edition(session, revision.policy_id, edition_of(revision), by, reason, keeping=revision.id)
    move(session, revision, "published", by)
    settle_days(session, revision, shipped())


def repeal(session: Session, revision: Revision, first_day: date, by: Signature, reason: str) -> None:
    """Repeal (废止) a policy from a day on: what stands of it on that day ends the day before.

    Raises:
        IllegalMoveError: The revision was never published, or is repealed already.
    """
    last = first_day - timedelta(days=1)
    move(session, revision, "repealed", by, f"自 {first_day} 起废止：{reason}")
    for each in revisions_of(session, revision.policy_id):
        if each.ends_on is None or each.ends_on > last:
            each.ends_on = last
        if (
            each is not revision
            and each.state == "published"
            and (each.effective_to is None or each.effective_to > last)
        ):
            move(session, each, "repealed", by, f"自 {first_day} 起废止：{reason}")
    settle_days(session, revision, shipped())


def archive_ended(session: Session, today: date, by: Signature) -> int:
    """How many published revisions were archived because their last day is over, or published again because it is not
    any more.
    """
    n_moved = 0
    for each in session.exec(select(Revision).where(col(Revision.state).in_(["published", "archived"]))).all():
        is_over = each.effective_to is not None and each.effective_to < today
        if is_over and each.state == "published":
            move(session, each, "archived", by, f"有效期到 {each.effective_to} 为止")
            n_moved += 1
        elif each.state == "archived" and not is_over:
            move(session, each, "published", by, "终止日期有变，恢复有效")
            n_moved += 1
    return n_moved


def unfit(session: Session, revision: Revision) -> str:
    """Why a revision can't be put out; "" when it can."""
    if reason := misplaced(session, revision) or unexplained(revision):
        return reason
    if revision.is_draft:
        return ""
    if revision.starts_on is None:
        return f"版本 {revision.id} 没有施行日期，不能发布；请先补上。"
    if revision.ends_on is not None and revision.ends_on < revision.starts_on:
        return f"版本 {revision.id} 的失效日期 {revision.ends_on} 早于施行日期 {revision.starts_on}，请改正。"
    conflicts = date_conflicts(revision, revisions_of(session, revision.policy_id))
    return next((each.message for each in conflicts), "")


def settle_days(session: Session, revision: Revision, known: KnownInstruments) -> None:
    """Settle the days of a revision's policy and of those its text repeals; what changed waits for the index."""
    revision.is_indexed = False
    titles = [title for title in revision.repeals.split("\n") if title]
    repealed = session.exec(select(Policy).where(col(Policy.title).in_(titles))).all() if titles else []
    for policy in (session.get_one(Policy, revision.policy_id), *repealed):
        _settle_policy(session, policy, known)


def waiting_for_index(session: Session) -> Sequence[Revision]:
    """The revisions whose passages the index does not hold as they are now."""
    return session.exec(select(Revision).where(col(Revision.is_indexed).is_(False)).order_by(col(Revision.id))).all()


def _settle_policy(session: Session, policy: Policy, known: KnownInstruments) -> None:
    revisions = revisions_of(session, policy.id or 0)
    before = [_days(each) for each in revisions]
    settle(revisions, known, policy.title, _repeal_days(session, policy))
    for each, days in zip(revisions, before, strict=True):
        if _days(each) != days:
            each.is_indexed = False
    session.add_all(revisions)
    session.flush()


def _repeal_days(session: Session, policy: Policy) -> list[date]:
    """Days on which other standing texts that name this title in 同时废止 took effect."""
    chosen = select(Revision).where(
        col(Revision.repeals).contains(policy.title, autoescape=True),
        col(Revision.state).in_(STANDING),
        Revision.policy_id != policy.id,
    )
    outlet = outlet_of(session, policy.id or 0)
    named = [each for each in session.exec(chosen).all() if policy.title in each.repeals.split("\n")]
    naming = [each for each in named if ends(each, outlet)]
    return [each.repeals_on for each in naming if each.repeals_on and not each.is_draft]


def _days(revision: Revision) -> tuple[date | None, date | None, str]:
    return revision.effective_from, revision.effective_to, revision.hold_reason
