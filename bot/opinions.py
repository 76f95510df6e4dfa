"""``zhixun opinions``: the ledger of opinions and complaints on screen and as a file."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.application import STAFF_DESK
from bot.screen import ERR, say
from consultations import opinions as ledger
from consultations.masking import mask
from consultations.opinions import KINDS, Kind
from consultations.tickets import Staff
from handlers import opinion_wording, opinions
from handlers.desk import Desk
from handlers.escalate import for_staff
from handlers.opinions import OpinionRefusedError
from handlers.spreadsheet import cell_of
from handlers.staff_reply import proofread
from handlers.xlsx import write_xlsx

COLUMNS = ("编号", "类别", "渠道", "状态", "登记时间", "答复时限", "答复时间", "答复人", "内容", "答复")


def list_all(desk: Desk, *, state: str, limit: int) -> bool:
    """Print the ledger and the reply rate; whether anything is overdue."""
    with desk.reading() as session:
        say("\n".join(opinions.list_lines(session, desk, ledger.listed(session, state=state, limit=limit))))
        found = ledger.reply_rate(session, desk.now())
    return found.n_due > found.n_in_time + found.n_late


def show(desk: Desk, number: str) -> bool:
    """Print one row; whether that was refused."""
    with desk.reading() as session:
        return _told(lambda: opinions.show(session, desk, number, mask))


def add(desk: Desk, text: str, name: str, *, kind: Kind, channel: str) -> bool:
    """Enter a row; whether that was refused."""

    def entered() -> str:
        with desk.writing() as session:
            made = opinions.enter(session, desk, text, _staff(name), kind=kind, channel=channel)
        if made.is_double:
            return opinion_wording.is_double(made.number)
        return opinion_wording.staff_registered(made.number, KINDS[kind], made.due)

    return _told(entered)


def reply(desk: Desk, number: str, text: str, name: str, *, ask: Callable[[str], bool] | None) -> bool:
    """Reply to a row; a wrong citation holds the reply back unless somebody insists. Whether it was not sent."""
    wrong = [each.sentence for each in proofread(desk, text) if each.holds_back]
    if wrong:
        say("引用的条款请再看一下：\n" + "\n".join(f"· {each}" for each in wrong))
        if ask is None or not ask("仍然发送？"):
            say("没有发送。改好后再执行一次；确认无误，加上 --force 仍然发送。")
            return True

    def replied() -> str:
        with desk.writing() as session:
            return opinions.reply(session, desk, number, _staff(name), text)

    return _told(replied)


def close(desk: Desk, number: str, name: str, reason: str) -> bool:
    """Close a row; whether that was refused."""

    def closed() -> str:
        with desk.writing() as session:
            return opinions.close(session, desk, number, _staff(name), reason)

    return _told(closed)


def export(desk: Desk, file: Path) -> None:
    """Write the whole ledger, masked, as csv or xlsx."""
    zone = ZoneInfo(desk.settings.time_zone)
    with desk.reading() as session:
        rows = [_row(desk, each, zone) for each in ledger.listed(session, limit=None)]
    FORMATS[file.suffix.lower()](file, rows)
    ERR.print(f"已另存为 {file}，共 {len(rows)} 条（个人信息已遮盖）", highlight=False)


def _row(desk: Desk, opinion: ledger.Opinion, zone: ZoneInfo) -> Sequence[str]:
    moments = (opinion.created_at, opinion.due_at, opinion.replied_at)
    return (
        opinion.number,
        KINDS[opinion.kind],
        opinion.channel,
        opinions.state_name(opinion, desk.now()),
        *(each.astimezone(zone).strftime("%Y-%m-%d %H:%M") if each else "" for each in moments),
        opinion.replied_by,
        for_staff(opinion.text),
        for_staff(opinion.reply),
    )


def _write_csv(file: Path, rows: Iterable[Sequence[str]]) -> None:
    with file.open("w", encoding="utf-8-sig", newline="") as out:  # with a mark, or Excel takes it for GBK
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        writer.writerows(map(cell_of, row) for row in rows)


def _write_xlsx(file: Path, rows: Iterable[Sequence[str]]) -> None:
    write_xlsx(file, "意见台账", COLUMNS, rows, (18, 10, 10, 12, 16, 16, 16, 12, 50, 50))


FORMATS: Mapping[str, Callable[[Path, Iterable[Sequence[str]]], None]] = {".csv": _write_csv, ".xlsx": _write_xlsx}


def _told(act: Callable[[], str]) -> bool:
    """Print what came of it; whether it was refused."""
    try:
        say(act())
    except OpinionRefusedError as error:
        say(str(error))
        return True
    return False


def _staff(name: str) -> Staff:
    return Staff(f"{STAFF_DESK.channel}:{name}", name)
