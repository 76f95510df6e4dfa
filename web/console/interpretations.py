"""政策解读 on the page of a policy: what experts say of its articles, recorded, let out by another, taken down."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse

from handlers import policy_wording, review_wording
from handlers.own_work import note_attempt
from handlers.publish_policy import PolicyRefusedError
from handlers.review_policy import found, outlet_id
from handlers.wish import identity
from policies import interpretations
from policies.interpretations import Interpretation, InterpretationError, State
from policies.review import Signature, note
from web.console.console import ROOT
from web.console.policies import ENTRY, page
from web.console.visits import Posting, RefusedError, Visit

Words = Annotated[str, Form(max_length=3000)]
Short = Annotated[str, Form(max_length=200)]
_VERBS: dict[str, State] = {"publish": "published", "withdraw": "withdrawn"}
LOOKED_AT = "reviewed"
router = APIRouter()


@router.post(f"{ENTRY.path}/{{number}}/interpretations")
def add(  # noqa: PLR0913, PLR0917  the fields of the form
    visit: Posting,
    number: str,
    article: Short = "",
    expert: Short = "",
    text: Words = "",
    outlet: Short = "",
    reason: Short = "",
) -> HTMLResponse:
    """What an expert says about one article; it waits for somebody else."""
    with visit.looking("policy.write") as talk:
        try:
            found(talk.session, identity(number))
        except PolicyRefusedError as refused:
            raise RefusedError(visit, str(refused), 404) from refused
    by = Signature(visit.staff.key, visit.staff.name, visit.desk.now())
    given = {"article": article, "expert": expert, "text": text, "outlet": outlet, "reason": reason}
    try:
        whose = outlet_id(visit.desk.duty.book, outlet)
        if reason.strip() and not whose:
            return page(visit, number, 422, told=policy_wording.REASON_OF_WHOM, given=given)
        with visit.desk.writing() as session:
            interpretations.add(
                session,
                identity(number) or 0,
                article.strip(),
                expert,
                text,
                on=visit.console.today(),
                by=by,
                outlet=whose,
                outlet_reason=reason,
            )
    except (InterpretationError, PolicyRefusedError) as refused:
        return page(visit, number, 422, told=str(refused), given=given)
    visit.console.on_work()
    return page(visit, number, told=policy_wording.INTERPRETATION_WAITS)


@router.post(f"{ROOT}/interpretations/{{number}}")
def move(visit: Posting, number: str, verb: Short = "", day: Short = "") -> HTMLResponse:
    """Let one out, take it down, or note that it was looked at again."""
    with visit.looking("policy.review") as talk:
        there = talk.session.get(Interpretation, identity(number) or 0)
        if there is None:
            raise RefusedError(visit, policy_wording.no_interpretation(number[:20]), 404)
        revision = str(there.revision_id)
    if verb == LOOKED_AT:
        return _look_again(visit, number, revision, day)
    if verb not in _VERBS:
        return page(visit, revision, 422, told=policy_wording.INTERPRETATION_STALE)
    by = Signature(visit.staff.key, visit.staff.name, visit.desk.now())
    try:
        with visit.desk.writing() as session:
            interpretations.move(session, identity(number) or 0, _VERBS[verb], by)
    except InterpretationError as refused:
        with visit.desk.writing() as session:
            note_attempt(session, refused, "policy.review", by.key, by.at)
        return page(visit, revision, 422, told=str(refused))
    visit.console.on_work()
    return page(visit, revision, told=policy_wording.interpretation_moved(interpretations.STATE_NAMES[_VERBS[verb]]))


def _look_again(visit: Visit, number: str, revision: str, day: str) -> HTMLResponse:
    then = review_wording.day_in(day, visit.console.today())
    if then is None:
        return page(visit, revision, 422, told=review_wording.NEXT_DAY)
    by = Signature(visit.staff.key, visit.staff.name, visit.desk.now())
    try:
        with visit.desk.writing() as session:
            interpretations.review_by(session, identity(number) or 0, then)
            told = policy_wording.interpretation_looked_at(identity(number) or 0, then)
            note(session, found(session, identity(revision)), by, told)
    except InterpretationError as refused:
        return page(visit, revision, 422, told=str(refused))
    return page(visit, revision, told=told)
