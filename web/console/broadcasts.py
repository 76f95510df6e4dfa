"""推送: the last ones with how far they got; one with its preview, its history and what can be done; writing one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from consultations import broadcast_rows, broadcasts, segments
from consultations.broadcasts import STATE_NAMES, Broadcast, BroadcastRefusedError, Content
from consultations.messages import Address, Choice, as_choices
from consultations.permissions import Action
from consultations.push_book import RULE_NAMES, Template
from consultations.segments import EVERYBODY
from consultations.service_items import load_pack
from consultations.subscriptions import Rule, count_audience
from handlers import push_wording, write_broadcast
from handlers.discuss_broadcasts import DECIDES, buttons
from handlers.send_broadcasts import message_of, wrong_citations
from handlers.talk import StaffTalk, office_time
from handlers.wish import identity
from handlers.write_broadcast import NOTHING, NotFoundError, Written
from web.console.acting import LONGEST, replies_to
from web.console.console import ROOT, Entry
from web.console.visits import Looking, Posting, RefusedError, Visit

ENTRY = Entry(f"{ROOT}/broadcasts", "推送", "broadcast.list")
LISTED = 50
PUBLIC = {"yes": "是", "no": "否"}  # what the form says; neither: as the audience has it
ELSEWHERE = ("show", "edit", "return")  # this page shows it anyway, and has forms of its own
router = APIRouter()
Words = Annotated[str, Form(max_length=LONGEST)]
Short = Annotated[str, Form(max_length=200)]
Values = Annotated[list[str] | None, Form(max_length=40)]


@router.get(ENTRY.path)
def show_list(visit: Looking, template: Annotated[str, Query(max_length=64)] = "", said: str = "") -> HTMLResponse:
    """The last ones, and a form to write one, with a template when one is named."""
    with visit.looking(ENTRY.action):
        return _list(visit, {"template": template}, said=said)


@router.post(ENTRY.path)
def draft(  # noqa: PLR0913, PLR0917  the fields of the form
    visit: Posting,
    segment: Short = "",
    at: Short = "",
    title: Short = "",
    text: Words = "",
    details: Words = "",
    public: Short = "",
    template: Short = "",
    value: Values = None,
) -> Response:
    """A draft; what can't be used is told, and nothing typed is lost. The same once more is the one there is."""
    given = {"segment": segment, "at": at, "title": title, "text": text, "details": details, "public": public}
    given |= {"template": template}
    with visit.looking("broadcast.write"):
        pass
    now = visit.desk.now()
    try:
        with visit.desk.writing() as session:
            content = _content(session, visit, given, value or (), NOTHING, now)
            made = _same(session, visit, content) or broadcasts.draft(session, content, visit.staff, now)
            number = made.key
    except BroadcastRefusedError as refused:
        return _list(visit, given, 422, values=value or (), told=str(refused))
    return RedirectResponse(f"{ENTRY.path}/{number}", status_code=303)


@router.post(f"{ENTRY.path}/segments")
def save_segment(visit: Posting, name: Short = "", option: Values = None) -> HTMLResponse:
    """A segment (受众) saved under a name, with how many it reaches now; `option` as in ``topic:商标``."""
    given: dict[str, list[str]] = {}
    for facet, _, value in (each.partition(":") for each in option or ()):
        given.setdefault(facet, []).append(value)
    with visit.looking("broadcast.write"):
        pass
    try:
        rule = write_broadcast.read_rule(visit.desk, given)
        with visit.desk.writing() as session:
            saved = write_broadcast.save_segment(session, name, rule, visit.staff, visit.desk.now())
            told = push_wording.saved_segment(saved.name, count_audience(session, rule))
    except BroadcastRefusedError as refused:
        return _list(visit, {"template": "", "name": name}, 422, told=str(refused))
    return _list(visit, {"template": "", "segment": saved.name}, told=told)


@router.post(f"{ENTRY.path}/segments/drop")
def drop_segment(visit: Posting, name: Short = "") -> HTMLResponse:
    """A segment off the list; pushes that use it keep its rule."""
    with visit.looking("broadcast.write"):
        pass
    with visit.desk.writing() as session:
        is_gone = segments.drop(session, name)
    return _list(
        visit, {"template": ""}, 200 if is_gone else 422, told=push_wording.dropped_segment(name, is_gone=is_gone)
    )


@router.post(f"{ENTRY.path}/{{number}}/return")
def give_back(visit: Posting, number: str, reason: Words = "") -> HTMLResponse:
    """One that waits for approval is a draft again, with the reason its author reads."""
    with visit.looking("broadcast.approve") as talk:
        _found(visit, talk.session, number)
    try:
        with visit.desk.writing() as session:
            broadcast = _found(visit, session, number)
            write_broadcast.give_back(session, broadcast, reason, visit.staff, visit.desk.now())
    except BroadcastRefusedError as refused:
        return _page(visit, number, 422, told=str(refused))
    return _page(visit, number, told=push_wording.given_back(broadcast.key))


@router.get(f"{ENTRY.path}/{{number}}")
def show(visit: Looking, number: str, said: str = "") -> HTMLResponse:
    """One of them."""
    return _page(visit, number, said=said)


@router.post(f"{ENTRY.path}/{{number}}")
def edit(  # noqa: PLR0913, PLR0917  the fields of the form
    visit: Posting,
    number: str,
    edition: Short = "",
    segment: Short = "",
    at: Short = "",
    title: Short = "",
    text: Words = "",
    details: Words = "",
    public: Short = "",
) -> HTMLResponse:
    """Another edition of the one that was read; a draft again, whatever was approved."""
    given = {"segment": segment, "at": at, "title": title, "text": text, "details": details, "public": public}
    with visit.looking("broadcast.write") as talk:
        _found(visit, talk.session, number)
    now, told = visit.desk.now(), ""
    try:
        with visit.desk.writing() as session:
            broadcast = _found(visit, session, number)
            if edition == str(broadcast.edition):
                before = Content("", segment=broadcast.segment, rule=broadcast.rule)
                content = _content(session, visit, given, (), before, now)
                broadcasts.edit(session, broadcast, content, visit.staff, now)
                told = push_wording.saved(broadcast.edition)
            current = broadcast.edition
    except BroadcastRefusedError as refused:
        return _page(visit, number, 422, told=str(refused), typed=given)
    if not told:
        return _page(visit, number, 422, told=push_wording.changed_meanwhile(current), typed=given)
    return _page(visit, number, told=told)


def _content(  # noqa: PLR0913, PLR0917  a form and what it stands on
    session: Session, visit: Visit, given: Mapping[str, str], values: Sequence[str], before: Content, now: datetime
) -> Content:
    """What a form says; a segment that was not changed keeps the rule it had.

    Raises:
        ContentError: As `write_broadcast.content_of`.
    """
    fields = {"时间": given["at"].strip(), "标题": given["title"].strip(), "模板": given.get("template", "")}
    fields |= {"受众": given["segment"] if given["segment"] != before.segment else ""}
    written = Written(
        _lines(given["text"]),
        _lines(given["details"]),
        {name: said for name, said in fields.items() if said}
        | ({"公开": PUBLIC[given["public"]]} if given["public"] in PUBLIC else {}),
        dict(zip(_variables(_template(visit, given.get("template", ""))), values, strict=False)),
    )
    return write_broadcast.content_of(session, visit.desk, written, now, before)


def _lines(text: str) -> str:
    """Browsers end lines in their own way."""
    return "\n".join(text.splitlines()).strip()


def _same(session: Session, visit: Visit, content: Content) -> Broadcast | None:
    """The draft this person has just written, sent a second time."""
    last = next(iter(broadcasts.newest(session, 1)), None)
    is_same = last and last.state == "draft" and last.author == visit.staff.key and last.content == content
    return last if is_same else None


def _template(visit: Visit, template_id: str) -> Template | None:
    return visit.desk.pushes.value.templates.get(template_id)


def _variables(template: Template | None) -> Sequence[str]:
    return template.variables if template else ()


def _list(  # noqa: PLR0913  what was typed, and what is told
    visit: Visit,
    given: Mapping[str, str],
    status: int = 200,
    *,
    values: Sequence[str] = (),
    told: str = "",
    said: str = "",
) -> HTMLResponse:
    with visit.looking(ENTRY.action) as talk:
        lines = []
        for each in broadcasts.newest(talk.session, LISTED):
            counted = broadcast_rows.counts(talk.session, each.key)
            progress = push_wording.progress(each, counted) if each.started_at else ""
            lines.append((each, STATE_NAMES[each.state], push_wording.past_label(each), progress))
        template = _template(visit, given["template"])
        filled = [*values, *[""] * len(_variables(template))]
        return visit.page(
            "broadcasts.html",
            status,
            lines=lines,
            given={"segment": EVERYBODY, "public": ""} | dict(given),
            audiences=_audiences(talk),
            templates=visit.desk.pushes.value.templates.values(),
            chosen=template,
            saved=segments.every(talk.session),
            rule_of=push_wording.rule_name,
            facets={RULE_NAMES[facet]: (facet, names) for facet, names in visit.desk.pushes.value.in_rules.items()},
            items={key: f"{key} {each.name}" for key, each in load_pack().items.items()},
            variables=list(zip(_variables(template), filled, strict=False)),
            limits=broadcasts,
            told=told,
            said=replies_to(talk.session, visit, said),
        )


def _audiences(talk: StaffTalk, also: tuple[str, Rule] | None = None) -> dict[str, str]:
    """Every segment with how many it reaches now; `also` the one a draft keeps, whatever became of it."""
    rules: dict[str, Rule] = {EVERYBODY: {}} | {each.name: each.rule for each in segments.every(talk.session)}
    rules |= dict([also] if also else [])
    return {name: push_wording.audience(count_audience(talk.session, rule)) for name, rule in rules.items()}


def _page(visit: Visit, number: str, status: int = 200, *, said: str = "", **values: Any) -> HTMLResponse:  # noqa: ANN401
    with visit.looking(ENTRY.action) as talk:
        broadcast = _found(visit, talk.session, number)
        is_push, zone = broadcast.kind == "push", office_time(visit.desk.settings).zone
        message = message_of(broadcast, Address("", ""))
        at = f"{broadcast.due_at.astimezone(zone):%Y-%m-%dT%H:%M}" if broadcast.due_at else ""
        texts = {"segment": broadcast.segment, "at": at, "title": broadcast.title, "text": broadcast.text}
        texts |= {"details": broadcast.details, "public": "yes" if broadcast.is_public else "no"}
        counted = write_broadcast.count(talk.session, broadcast) if is_push else {}
        is_editable = is_push and broadcast.state in broadcasts.LEGAL_ORIGINS["draft"]
        return visit.page(
            "broadcast.html",
            status,
            broadcast=broadcast,
            state=STATE_NAMES[broadcast.state],
            facts=push_wording.facts(broadcast, counted, zone),
            message=message if is_push else None,
            numbered=as_choices(message),
            open=push_wording.OPEN,
            wrong=wrong_citations(visit.desk, broadcast, talk.now) if is_editable else (),
            progress=push_wording.progress(broadcast, broadcast_rows.counts(talk.session, broadcast.key)),
            choices=_choices(visit, talk, broadcast),
            is_own=broadcast.state == "in_review" and broadcasts.is_in_hands_of(broadcast, visit.staff),
            history=broadcasts.history_of(talk.session, broadcast.key),
            states=STATE_NAMES,
            may_write=is_editable and visit.may("broadcast.write"),
            may_return=broadcast.state == "in_review" and visit.may("broadcast.approve"),
            given=values.pop("typed", texts),
            audiences=_audiences(talk, (broadcast.segment, broadcast.rule)) if is_editable else {},
            limits=broadcasts,
            said=replies_to(talk.session, visit, said),
            **values,
        )


def _choices(visit: Visit, talk: StaffTalk, broadcast: Broadcast) -> list[Choice]:
    """What this person can do with it now."""
    found = []
    for choice in (each for line in buttons(talk, broadcast) for each in line):
        verb = choice.action.split(":")[2]
        action: Action = "broadcast.approve" if verb in DECIDES else "broadcast.write"
        is_own = verb == "approve" and broadcasts.is_in_hands_of(broadcast, visit.staff)
        if verb not in ELSEWHERE and visit.may(action) and not is_own:
            found.append(choice)
    return found


def _found(visit: Visit, session: Session, number: str) -> Broadcast:
    try:
        return write_broadcast.found(session, identity(number))
    except NotFoundError as refused:
        raise RefusedError(visit, str(refused), 404) from refused
