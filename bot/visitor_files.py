"""Files that visitors of the website window sent: list them, take one out. Taking one out stands in the audit trail."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.markup import escape
from rich.table import Column, Table

from bot.application import STAFF_DESK, Office
from bot.screen import say, say_table
from consultations import audit, tickets, visitor_files
from handlers import file_wording, wording
from handlers.escalate import for_staff
from handlers.stored_files import StoredFiles
from handlers.wish import file_name


class NoFileError(Exception):
    """A file can't be taken out; the sentence says why."""


def list_files(office: Office, number: str = "") -> None:
    """Print the files of one ticket, or of all that are being worked on.

    Raises:
        NoFileError: There is no such ticket.
    """
    table = Table("编号", "工单", Column("名称", overflow="fold"), "大小", "收到")
    zone = ZoneInfo(office.desk.settings.time_zone)
    with office.reading() as session:
        named = tickets.by_number(session, number) if number else None
        if number and named is None:
            no = f"没有工单 {number}：请核对号码，空着列出在办工单的全部文件。"
            raise NoFileError(no)
        for ticket in [named] if named else tickets.list_alive(session, limit=None):
            for each in visitor_files.of_ticket(session, ticket.key):
                at = wording.moment_name(each.received_at, zone)
                name = escape(for_staff(file_name(each.name)))
                table.add_row(str(each.id), ticket.number, name, file_wording.size(each.size_bytes), at)
    say_table(table, "没有网站访客发来的文件。")


def save_file(office: Office, number: int, target: Path | None) -> None:
    """Write one file to `target`, under its own name in this folder when that is missing.

    Raises:
        NoFileError: It is not there, has changed on the disk, or something is at `target` already.
    """
    with office.reading() as session:
        row = visitor_files.get(session, number)
        if row is None:
            no = f"没有文件 {number}：可能已经到期或按本人要求删除；空着列出现有的文件。"
            raise NoFileError(no)
        sha256, contact_id, name = row.sha256, row.contact_id, Path(row.name).name
    source, path = StoredFiles(office.settings.home).path_of(sha256), target or Path(name)
    if path.is_dir():
        path /= name
    if path.exists():
        no = f"{path} 已经存在，没有覆盖：请在编号后面写另一个文件名。"
        raise NoFileError(no)
    if not source.is_file() or hashlib.sha256(source.read_bytes()).hexdigest() != sha256:
        raise NoFileError(file_wording.gone(str(number)))
    with office.writing() as session:
        audit.note(session, "file", contact_id, str(STAFF_DESK), office.desk.now())
    shutil.copyfile(source, path)
    say(f"已取出：{path}。打开前请先查毒；用完请删除，原件仍在服务器上。")
