"""``zhixun trainings``: the trainings, one with its people, the list and the training file as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.markup import escape
from rich.table import Table
from sqlmodel import Session

from bot.application import STAFF_DESK, Office
from bot.screen import say, say_table
from consultations import attendances, audit, trainings
from consultations.trainings import STATE_NAMES, Training, TrainingRefusedError
from handlers import report_files, training_wording
from handlers.training_lines import outlet_name
from handlers.training_papers import file_pieces, roster
from handlers.xlsx import Table as Sheet
from handlers.xlsx import write_tables


def list_all(office: Office) -> None:
    """Print every training, the last to be held first."""
    zone = ZoneInfo(office.settings.outlet.time_zone)
    table = Table("编号", "状态", "时间", "标题", "网点", "报名")
    with office.reading() as session:
        for each in trainings.in_states(session, STATE_NAMES):
            counted = training_wording.counted(each, attendances.count(session, each.key))
            outlet = outlet_name(office.desk, each.outlet)
            cells = (
                each.number,
                STATE_NAMES[each.state],
                training_wording.when(each, zone),
                each.title,
                outlet,
                counted,
            )
            table.add_row(*map(escape, cells))
    say_table(table, training_wording.NO_TRAININGS)


def show(office: Office, number: str) -> None:
    """Print one training with its people and its history."""
    zone = ZoneInfo(office.settings.outlet.time_zone)
    with office.reading() as session:
        training = _found(session, number)
        outlet = outlet_name(office.desk, training.outlet)
        say(f"{training.number} {STATE_NAMES[training.state]}")
        say("\n".join(training_wording.staff_facts(training, outlet, zone, training.confirmed_at)))
        grid = roster(session, office.desk, training, is_named=True)
        table = Table(*grid.head)
        for row in grid.rows:
            table.add_row(*(escape(str(cell)) for cell in row))
        say_table(table, grid.nothing)
        for each in trainings.history_of(session, training.key):
            what = each.note if each.from_state == each.to_state else STATE_NAMES[each.to_state]
            say(f"{each.at.astimezone(zone):%m-%d %H:%M} {each.actor_name} {what}")


def write_roster(office: Office, number: str, file: Path) -> None:
    """Write the list of one training; noted in the audit trail."""
    with office.reading() as session:
        grid = roster(session, office.desk, _found(session, number), is_named=True)
    write_tables(file, [Sheet(grid.name, grid.head, grid.rows, grid.widths)])
    _note(office, [file])


def write_file(office: Office, number: str, files: Sequence[Path]) -> None:
    """Write the training file as docx or xlsx; noted in the audit trail."""
    with office.reading() as session:
        pieces = file_pieces(session, office.desk, _found(session, number), is_named=True)
    for each in files:
        report_files.write(each, pieces)
    _note(office, files)


def _note(office: Office, files: Sequence[Path]) -> None:
    for each in files:
        say(f"已写入 {each}。")
    with office.writing() as session:
        audit.note(session, "training_file", 0, str(STAFF_DESK), office.desk.now())


def _found(session: Session, number: str) -> Training:
    found = trainings.by_number(session, number)
    if found is None:
        raise TrainingRefusedError(training_wording.NO_SUCH)
    return found
