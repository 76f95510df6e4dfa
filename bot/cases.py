"""``zhixun cases``: typical cases at the command line, the same steps as in the staff chat and the console."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.markup import escape
from rich.table import Table
from sqlmodel import Session

from bot.application import STAFF_DESK, Office
from bot.screen import say, say_table
from consultations import audit, cases, tickets
from consultations.cases import CONSENTS, STATE_NAMES, CaseRefusedError, TypicalCase
from consultations.tickets import Staff
from handlers import case_wording, report_files, write_case
from handlers.case_papers import case_pieces
from handlers.discuss_cases import case_lines


def list_all(office: Office) -> None:
    """Print every case, the newest first."""
    table = Table("编号", "状态", "本人同意", "网站公开", "标题", "编写", "审核")
    with office.reading() as session:
        for each in cases.in_states(session, STATE_NAMES):
            place = "是" if each.is_public else "否"
            cells = (each.number, STATE_NAMES[each.state], CONSENTS[each.consent], place, each.title)
            table.add_row(*map(escape, (*cells, each.author_name, each.reviewer_name)))
    say_table(table, "还没有典型案例：满意、已解决的工单可以写成案例，用 cases new 工单号。")


def show(office: Office, number: str) -> None:
    """Print one case with its history."""
    zone = ZoneInfo(office.settings.outlet.time_zone)
    with office.reading() as session:
        case = _found(session, number)
        _say(case)
        for each in cases.history_of(session, case.key):
            what = (
                each.note or CONSENTS[each.consent] if each.from_state == each.to_state else STATE_NAMES[each.to_state]
            )
            say(f"{each.at.astimezone(zone):%m-%d %H:%M} {each.actor_name} {what}")


def new(office: Office, number: str, name: str) -> None:
    """Draft a case of a closed ticket."""
    with office.writing() as session:
        ticket = tickets.by_number(session, number.strip().upper())
        if ticket is None:
            raise CaseRefusedError(case_wording.no_ticket(number))
        _say(write_case.make(session, office.desk, ticket, _staff(name)))


def edit(office: Office, number: str, typed: Mapping[str, Any], name: str) -> None:
    """Change some parts of a draft; what was struck is told."""
    with office.writing() as session:
        case = _found(session, number)
        written = write_case.edit(session, office.desk, case, case.revision, typed, _staff(name))
        struck = [case_wording.PARTS[each] for each, text in written.items() if text.is_struck]
        if struck:
            say(case_wording.struck(struck))
        _say(case)


def ask(office: Office, number: str, name: str) -> None:
    """Ask the client."""
    with office.writing() as session:
        case = _found(session, number)
        write_case.ask(session, office.desk, case, _staff(name))
    say(case_wording.asked(case.number))


def move(office: Office, number: str, name: str, act: Callable[..., None], note: str = "") -> None:
    """Submit, publish, give back or take down."""
    with office.writing() as session:
        case = _found(session, number)
        why = (note,) if note else ()
        act(session, office.desk, case, case.revision, _staff(name), *why)
        told = case_wording.moved(case.number, STATE_NAMES[case.state])
    say(told)


def write(office: Office, number: str, files: Sequence[Path]) -> None:
    """Write one published case as docx or pdf; noted in the audit trail.

    Raises:
        PdfRefusedError: There is no LibreOffice.
    """
    with office.reading() as session:
        case = _found(session, number)
        session.expunge_all()
    if case.state != "published":
        raise CaseRefusedError(case_wording.not_published(case.number))
    for file in files:
        report_files.write(file, list(case_pieces(case)))
        say(f"已写入 {file}。")
    with office.writing() as session:
        audit.note(session, "case_file", 0, str(STAFF_DESK), office.desk.now())


def _say(case: TypicalCase) -> None:
    say("\n".join(case_lines(case)))
    if case.state == "draft" and (missing := write_case.lacks(case)):
        say(case_wording.lacks(missing))


def _found(session: Session, number: str) -> TypicalCase:
    case = cases.by_number(session, number)
    if case is None:
        raise CaseRefusedError(case_wording.no_case(number))
    return case


def _staff(name: str) -> Staff:
    return Staff(f"{STAFF_DESK.channel}:{name}", name)
