"""政策解读 on the page of a policy: what experts say of its articles, recorded, let out by another, taken down."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse

from handlers import policy_wording
from handlers.own_work import note_attempt
from handlers.publish_policy import PolicyRefusedError
from handlers.review_policy import found, outlet_id
from handlers.wish import identity
from policies import interpretations
from policies.interpretations import Interpretation, InterpretationError, State
from policies.review import Signature
from web.console.console import ROOT
from web.console.policies import ENTRY, page
from web.console.visits import Posting, RefusedError

Words = Annotated[str, Form(max_length=3000)]
Short = Annotated[str, Form(max_length=200)]
_VERBS: dict[str, State] = {"publish": "published", "withdraw": "withdrawn"}
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
def move(visit: Posting, number: str, verb: Short = "") -> HTMLResponse:
    """Let one out, or take it down."""
    with visit.looking("policy.review") as talk:
        there = talk.session.get(Interpretation, identity(number) or 0)
        if there is None:
            raise RefusedError(visit, policy_wording.no_interpretation(number[:20]), 404)
        revision = str(there.revision_id)
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
