"""政策: what is being written or waits for review, one revision with its text, and files sent in to be imported."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, File, Form, Query, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse

from consultations.messages import Attachment
from handlers import approve_policies, import_wording, outlet_policies, policy_wording, review_wording
from handlers.corrected_imports import LABELS
from handlers.discuss_import import token_in
from handlers.discuss_policies import revision_buttons, revision_lines
from handlers.publish_policy import PolicyRefusedError
from handlers.review_list import due_by, is_late
from handlers.review_policy import found, review_by, title_of
from handlers.wish import IMPORT_COMMAND, identity
from policies import interpretations
from policies.compilation import STANDING, articles_of, revisions_of
from policies.readers import FORMATS, LARGEST_FILE
from policies.readers.kinds import PICTURES
from policies.review import OPEN, REVIEWED_FOR, STATE_NAMES, Signature, in_states
from web.console.acting import ID, replies_to, take
from web.console.console import ROOT, Entry
from web.console.originals import beside, shown_of
from web.console.visits import ForgedFormError, Looking, Posting, RefusedError, Visit

ENTRY = Entry(f"{ROOT}/policies", "政策", "policy.list")
IMPORT, APPROVE = f"{ENTRY.path}/import", f"{ENTRY.path}/approve"
LARGEST_FORM = LARGEST_FILE + 64 * 1024  # bytes: a file and what is around it
PUBLISHED_SHOWN = 50
router = APIRouter()


@router.get(ENTRY.path)
def show_list(visit: Looking, said: str = "", q: Annotated[str, Query(max_length=60)] = "") -> HTMLResponse:
    """What is on its way, then what was published last, or all of it whose title has some words; a form for a file."""
    words, today = q.strip(), visit.console.today()
    with visit.looking(ENTRY.action) as talk:
        is_open = list(in_states(talk.session, OPEN))
        known = [*is_open, *reversed(in_states(talk.session, STANDING if words else ["published"]))]
        wanted = [each for each in known if words in title_of(talk.session, each)] if words else known
        shown = wanted[: PUBLISHED_SHOWN + len(is_open)]
        lines = [(each, STATE_NAMES[each.state], title_of(talk.session, each)) for each in shown]
        return visit.page(
            "policies.html",
            lines=lines,
            words=words,
            n_more=len(wanted) - len(shown),
            formats=sorted((*FORMATS, *PICTURES)),
            scans=visit.desk.imports.scans() if visit.desk.imports and visit.may("policy.import") else (),
            due=() if words else due_by(talk.session, visit.desk, today, today),
            kinds=review_wording.KIND_NAMES,
            is_late=is_late,
            today=today,
            local=() if words else outlet_policies.overview(talk.session, visit.desk),
            n_waiting=sum(each.state == "in_review" for each in is_open),
            said=replies_to(talk.session, visit, said),
        )


@router.post(IMPORT)
def send_in(
    visit: Posting,
    file: Annotated[UploadFile | None, File()] = None,
    link: Annotated[str, Form(max_length=2000)] = "",
    once: Annotated[str, Form(max_length=64)] = "",
) -> RedirectResponse:
    """A file, or what stands at an address, read and shown as it would be; nothing is in the compilation before
    somebody confirms.
    """
    if not ID.fullmatch(once):
        raise ForgedFormError(422)
    if link.strip() or file is None:
        turn = take(visit, visit.inbound(once, text=f"{IMPORT_COMMAND} {link.strip()}"))
    else:
        content = file.file.read()
        sent = Attachment(once, file.filename or "", file.content_type or "", len(content), content)
        turn = take(visit, visit.inbound(once, kind="file", attachments=(sent,)))
    waiting = next((each for reply in turn.replies if (each := token_in(reply))), "")
    there = f"{IMPORT}/{waiting}" if waiting else f"{ENTRY.path}?said={once}"
    return RedirectResponse(there, status_code=303)


@router.get(f"{IMPORT}/{{token}}")
def show_sent_in(visit: Looking, token: str, said: str = "", pages: str = "") -> HTMLResponse:
    """The preview of a file that waits for a yes or no, as things stand now."""
    with visit.looking("policy.import") as talk:
        staged = visit.desk.imports.found(token, _signature(visit)) if visit.desk.imports else None
        if staged is None:
            raise RefusedError(visit, import_wording.DECIDED, 404)
        shown = replies_to(talk.session, visit, said)
        file = visit.desk.imports.file_of(token) if visit.desk.imports else None
        original = None
        if file is not None and staged.token:
            url = f"{IMPORT}/{token}/original"
            original = beside(visit.console.home, file, file.name, url, is_asked=bool(pages))
        return visit.page(
            "policy_import.html",
            staged=staged,
            labels=list(LABELS),
            original=original,
            here=f"{IMPORT}/{token}",
            said=shown,
        )


@router.get(APPROVE)
def show_waiting(visit: Looking, author: Annotated[str, Query(max_length=60)] = "") -> HTMLResponse:
    """What waits for review, to be let out together; what can't be says why."""
    return _waiting(visit, author)


@router.post(APPROVE)
def approve(
    visit: Posting,
    seen: Annotated[list[str] | None, Form(max_length=5000)] = None,
    sure: Annotated[str, Form(max_length=3)] = "",
) -> HTMLResponse:
    """Let out those that were chosen, as they were seen."""
    with visit.looking("policy.review"):
        pass
    if not seen or sure != "yes":
        return _waiting(visit, status=422, told=[policy_wording.CHOOSE_AND_CONFIRM])
    with visit.desk.writing() as session:
        done = approve_policies.approve(session, seen, _signature(visit))
    visit.console.on_work()
    return _waiting(visit, told=approve_policies.told(done))


def _waiting(visit: Visit, author: str = "", status: int = 200, *, told: Sequence[str] = ()) -> HTMLResponse:
    with visit.looking("policy.review") as talk:
        every = approve_policies.in_review(talk.session, _signature(visit))
        return visit.page(
            "policies_approve.html",
            status,
            waiting=[each for each in every if author in ("", each.brought_by)],
            authors=approve_policies.authors(every),
            author=author,
            told=told,
        )


def _signature(visit: Visit) -> Signature:
    return Signature(visit.staff.key, visit.staff.name, visit.desk.now())


@router.get(f"{ENTRY.path}/{{number}}")
def show(visit: Looking, number: str, said: str = "", pages: str = "") -> HTMLResponse:
    """One revision: what is recorded about it, what was noticed while reading it, its text, its buttons."""
    return page(visit, number, said=said, with_pages=bool(pages))


def page(  # noqa: PLR0913  what is shown of it, and what became of a form
    visit: Visit,
    number: str,
    status: int = 200,
    *,
    said: str = "",
    told: str = "",
    given: Mapping[str, str] | None = None,
    with_pages: bool = False,
) -> HTMLResponse:
    """The page of a revision, with what experts say about its articles; `given` is what stood in a form refused."""
    with visit.looking(ENTRY.action) as talk:
        try:
            revision = found(talk.session, identity(number))
        except PolicyRefusedError as refused:
            raise RefusedError(visit, str(refused), 404) from refused
        others = [each for each in revisions_of(talk.session, revision.policy_id) if each.id != revision.id]
        zone = ZoneInfo(visit.desk.settings.time_zone)
        explained = interpretations.on_its_way(talk.session, revision.id or 0)
        return visit.page(
            "policy.html",
            status,
            told=told,
            given=given or {},
            said_of=explained,
            said_states=interpretations.STATE_NAMES,
            may_explain=visit.may("policy.write") and revision.state in STANDING,
            may_review=visit.may("policy.review"),
            outlets=visit.desk.duty.book.outlets.values(),
            revision=revision,
            title=title_of(talk.session, revision),
            lines=revision_lines(talk.session, revision, zone, visit.console.today()),
            problems=[str(each["message"]) for each in json.loads(revision.problems)],
            articles=articles_of(talk.session, revision.id or 0),
            choices=revision_buttons(talk.session, revision),
            others=[(each, STATE_NAMES[each.state]) for each in others],
            compare=policy_wording.COMPARE,
            may_look_again=visit.may("policy.write") and revision.state == "published",
            next_review=visit.console.today() + REVIEWED_FOR,
            today=visit.console.today(),
            original=shown_of(visit.console.home, revision, is_asked=with_pages),
            here=f"{ENTRY.path}/{revision.id}",
            said=replies_to(talk.session, visit, said),
        )


@router.post(f"{ENTRY.path}/{{number}}/review-by")
def look_again(visit: Posting, number: str, day: Annotated[str, Form(max_length=10)] = "") -> HTMLResponse:
    """Note that somebody looked at a public text, and when it is to be looked at again."""
    with visit.looking("policy.write") as talk:
        try:
            found(talk.session, identity(number))
        except PolicyRefusedError as refused:
            raise RefusedError(visit, str(refused), 404) from refused
    then = review_wording.day_in(day, visit.console.today())
    if then is None:
        return page(visit, number, 422, told=review_wording.NEXT_DAY)
    try:
        with visit.desk.writing() as session:
            review_by(session, found(session, identity(number)), then, _signature(visit))
    except PolicyRefusedError as refused:
        return page(visit, number, 422, told=str(refused))
    return page(visit, number, told=policy_wording.looked_at(then))
