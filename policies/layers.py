"""City and outlet (市级和网点): a policy of one outlet is quoted to its askers only; else it is like any other.

What an outlet's text replaces (替代) goes on for everybody else; the outlet says why. All versions of a policy belong
to the same outlet: under one title nobody can tell whose is the law.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, select

from policies.compilation import STANDING, Policy, Revision, revisions_of


def outlet_of(session: Session, policy_id: int) -> str:
    """The outlet a policy belongs to, "" for everybody's."""
    return next((each.outlet for each in revisions_of(session, policy_id)), "")


def misplaced(session: Session, revision: Revision) -> str:
    """Why a revision can't be of the outlet it says; "" when it can."""
    others = [each for each in revisions_of(session, revision.policy_id) if each.id != revision.id]
    if others and others[0].outlet != revision.outlet:
        title = session.get_one(Policy, revision.policy_id).title
        whose = f"是网点 {others[0].outlet} 的" if others[0].outlet else "是各网点共用的"
        return f"已有的《{title}》{whose}，同名的不能归别处；请在名称里写明网点，作为另一部政策。"
    return ""


def unexplained(revision: Revision) -> str:
    """That an outlet does not say why it has something else than everybody; "" when there is nothing to say."""
    if revision.outlet and revision.repeals and not revision.outlet_reason:
        return f"版本 {revision.id} 是网点自己的规定，替代了市级的，请写明理由（网点理由）。"
    return ""


def ends(revision: Revision, outlet: str) -> bool:
    """Whether 同时废止 in a revision ends a policy of that outlet: an outlet's text ends its own only."""
    return revision.outlet in ("", outlet)


def instead_of(revision: Revision) -> tuple[str, ...]:
    """The titles an outlet's text stands instead of, for its askers."""
    return tuple(each for each in revision.repeals.split("\n") if each) if revision.outlet else ()


def of_outlets(session: Session) -> Sequence[Revision]:
    """All standing revisions of outlets, by outlet, newest first."""
    found = select(Revision).where(Revision.outlet != "", col(Revision.state).in_(STANDING))
    return session.exec(found.order_by(col(Revision.outlet), col(Revision.id).desc())).all()


def same_place(revision: Revision, others: Iterable[Revision]) -> None:
    """Give a new revision the outlet of the policy it is a version of."""
    for each in others:
        revision.outlet = revision.outlet or each.outlet
        revision.outlet_reason = revision.outlet_reason or each.outlet_reason
