"""典型案例: candidates, drafts, what was published; one case with its editor, what was masked, consent and review."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from consultations import audit, cases
from consultations.cases import CONSENTS, STATE_NAMES, TEXTS, CaseRefusedError, TypicalCase
from consultations.figures import FIGURES
from consultations.tickets import Ticket
from handlers import case_wording, report_files, write_case
from handlers.case_papers import case_pieces, item_of
from handlers.case_wording import PARTS
from handlers.discuss_cases import case_buttons
from handlers.effect_report import Case, among
from handlers.pdf import PdfRefusedError
from handlers.talk import StaffTalk
from handlers.whose import Meant, Place, in_sight, of_case, of_ticket_id, sees
from policies.differences import Run, mark_words
from web.console.acting import LONGEST, replies_to
from web.console.board import Chosen, chosen_by, period_link, scope_of
from web.console.console import ROOT, Entry
from web.console.papers import MEDIA
from web.console.visits import Looking, Posting, RefusedError, Visit

ENTRY = Entry(f"{ROOT}/cases", "典型案例", "case.list")
ENDINGS = (".docx", ".pdf")
router = APIRouter()
Words = Annotated[str, Form(max_length=LONGEST)]
Short = Annotated[str, Form(max_length=200)]


@dataclass(frozen=True)
class Struck:
    """A part of a case beside what was written: what was taken out of it, what stands there now."""

    name: str
    runs: Sequence[Run]


@router.get(ENTRY.path)
def show_list(visit: Looking, period: str = "", said: str = "") -> HTMLResponse:
    """The cases, the newest first, and who could be one of this year's."""
    chosen = chosen_by(visit, [], [], [], period or str(visit.console.today().year))
    with visit.looking(ENTRY.action) as talk:
        found = in_sight(talk, ENTRY.action, cases.in_states(talk.session, STATE_NAMES), partial(_place, talk))
        lines = [(each, STATE_NAMES[each.state], CONSENTS[each.consent]) for each in found]
        may_write = visit.may("case.write")
        return visit.page(
            "cases.html",
            lines=lines,
            chosen=chosen,
            period_link=period_link(ENTRY.path),
            candidates=_candidates(talk, visit, chosen) if may_write else [],
            may_write=may_write,
            said=replies_to(talk.session, visit, said),
        )


@router.get(f"{ENTRY.path}/{{number}}")
def show(visit: Looking, number: str, said: str = "") -> HTMLResponse:
    """One case."""
    return _page(visit, number, said=said)


@router.post(f"{ENTRY.path}/{{number}}")
def edit(  # noqa: PLR0913, PLR0917  the fields of the form
    visit: Posting,
    number: str,
    revision: Short = "",
    title: Short = "",
    needed: Words = "",
    done: Words = "",
    result: Words = "",
    evaluation: Words = "",
    public: Short = "",
) -> HTMLResponse:
    """Everything that was changed, as one change; what was masked is shown beside what was typed."""
    texts = dict(zip(TEXTS, (title, needed, done, result, evaluation), strict=True))
    with visit.looking("case.write", _meant(visit, number)):
        pass
    seen = int(revision) if revision.isdecimal() and len(revision) < 10 else 0
    try:
        with visit.desk.writing() as session:
            case = cases.by_number(session, number)
            assert case is not None
            had = case.consent
            typed = {**texts, "is_public": public == "yes"}
            written = write_case.edit(session, visit.desk, case, seen, typed, visit.staff)
            told = case_wording.SAVED if had and not case.consent else case_wording.SAVED_UNASKED
    except CaseRefusedError as refused:
        return _page(visit, number, 422, told=str(refused), typed=texts)
    struck = [
        Struck(PARTS[name], mark_words(each.original, each.text)) for name, each in written.items() if each.is_struck
    ]
    return _page(visit, number, told=told, struck=struck)


@router.get(f"{ENTRY.path}/{{number}}/{{ending}}")
def download(visit: Looking, number: str, ending: str) -> Response:
    """A published case as Word or PDF, and a line in the audit trail that it left."""
    with visit.looking(ENTRY.action, _meant(visit, number)) as talk:
        case = cases.by_number(talk.session, number)
        assert case is not None
        if f".{ending}" not in ENDINGS or case.state != "published":
            raise RefusedError(visit, case_wording.not_published(case.number), 404)
        pieces, name = list(case_pieces(case)), f"{case.number}.{ending}"
    try:
        with tempfile.TemporaryDirectory(prefix="zhixun-") as folder:
            file = Path(folder) / f"case.{ending}"
            report_files.write(file, pieces)
            content = file.read_bytes()
    except PdfRefusedError as error:
        raise RefusedError(visit, str(error), 503) from error
    with visit.desk.writing() as session:
        audit.note(session, "case_file", 0, visit.staff.key, visit.desk.now())
    attached = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=MEDIA[f".{ending}"], headers=attached)


def _page(  # noqa: PLR0913  what is shown above it
    visit: Visit,
    number: str,
    status: int = 200,
    *,
    said: str = "",
    told: str = "",
    typed: Mapping[str, str] | None = None,
    struck: Sequence[Struck] = (),
) -> HTMLResponse:
    with visit.looking(ENTRY.action, _meant(visit, number)) as talk:
        case = cases.by_number(talk.session, number)
        assert case is not None
        place = _place(talk, case)
        return visit.page(
            "case.html",
            status,
            case=case,
            state=STATE_NAMES[case.state],
            consent=CONSENTS[case.consent],
            item=item_of(case),
            names=PARTS,
            longest=write_case.LONGEST,
            texts={name: getattr(case, name) for name in TEXTS} | dict(typed or {}),
            lacks=write_case.lacks(case) if case.state == "draft" else (),
            choices=case_buttons(case),
            original=_original(talk, case) if case.is_open and sees(talk, "ticket.show", place) else (),
            struck=struck,
            history=cases.history_of(talk.session, case.key),
            states=STATE_NAMES,
            consents=CONSENTS,
            may_write=case.state == "draft" and sees(talk, "case.write", place),
            ticket=talk.session.get_one(Ticket, case.ticket_id),
            told=told,
            said=replies_to(talk.session, visit, said),
        )


def _original(talk: StaffTalk, case: TypicalCase) -> list[Struck]:
    """What the ticket says, with what was taken out of it marked: only for whoever may read the ticket."""
    ticket = talk.session.get_one(Ticket, case.ticket_id)
    found = write_case.originals(talk.session, ticket)
    return [
        Struck(PARTS[name], mark_words(text, write_case.without_people(talk.session, ticket.key, text)))
        for name, text in found.items()
        if text
    ]


def _candidates(talk: StaffTalk, visit: Visit, chosen: Chosen) -> list[Case]:
    scope = scope_of(visit, chosen)
    satisfied, solved = (set(FIGURES[key].ids(talk.session, scope)) for key in ("satisfied", "solved"))
    found = among(talk.session, satisfied & solved)
    return [each for each in found if sees(talk, "case.write", of_ticket_id(talk.session, each.ticket_id))]


def _meant(visit: Visit, number: str) -> Meant:
    with visit.desk.reading() as session:
        found = cases.by_number(session, number[:30])
        place = of_case(session, found) if found else None
    return Meant("案例", number[:30], place)


def _place(talk: StaffTalk, case: TypicalCase) -> Place:
    return of_case(talk.session, case)
