"""The archive when it is large: searching, sheets, verifying, over generated records.

    python -m benchmarks.archive [--records 100000] [--database URL]

Prints the milliseconds of searches for common, rare and absent words, numbers and document numbers, the seconds for
1,000 sheets as xlsx and docx, for a report over all records, and for verifying the whole chain. The texts are put
together from fragments of our own.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from bot.archive_index import ArchiveIndex
from bot.database import SessionMaker, open_engine, sessions
from bot.migrate import upgrade
from bot.sheets import export
from consultations import seals
from consultations.archive import Consultation
from consultations.contacts import Contact
from consultations.periods import Period
from consultations.received import ReceivedMessage
from consultations.seal_check import check
from consultations.tickets import Ticket
from handlers import archive
from handlers.desk import Desk, OfficeSettings
from handlers.docx import write_document
from handlers.make_report import make_report
from handlers.paper import docx_parts, sheets
from handlers.xlsx import write_tables

START = datetime(2020, 1, 1, 1, 0, tzinfo=UTC)
ABOUT = ("商标", "专利", "著作权", "地理标志", "商业秘密", "外观设计", "实用新型", "集成电路布图设计", "植物新品种")
WISHES = (
    "续展",
    "转让",
    "许可备案",
    "年费缴纳",
    "质押登记",
    "撤销三年不使用",
    "复审",
    "无效宣告",
    "海外布局",
    "维权援助",
)
ASKS = ("多少钱", "多久", "要什么材料", "怎么办", "在哪里办", "能不能网上办", "被驳回了怎么办", "会不会过期")
WHO = ("我公司", "我们厂", "本合作社", "个体户", "高校团队", "朋友的工作室")
FILLER = "示例答复：请先核对登记的名称和期限，再准备申请书和身份证明，到窗口或网上提交；办理时限以官方公布为准。"
N_CONTACTS = 2000
MINUTES = 60  # between two questions
SHEET_DAYS = 42  # about 1,000 of them


def main() -> None:
    arguments = read_arguments()
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(arguments.database or f"sqlite:///{folder}/zhixun.sqlite3")
        upgrade(engine, Path(folder), START)
        writing, reading = sessions(engine)
        print(f"{arguments.records} records on {engine.dialect.name}")
        with writing() as session:
            fill(session, arguments.records)
            started = time.perf_counter()
            n_sealed = seals.seal_existing(session)
            print(f"sealing {n_sealed} records, as at an upgrade: {time.perf_counter() - started:.1f} s")
        report_search(reading, Path(folder))
        desk: Any = Desk(writing, reading, None, lambda: START, OfficeSettings())  # type: ignore[arg-type]
        report_sheets(desk, Path(folder))
        report_effect(desk, Path(folder))
        report_verifying(reading)
        engine.dispose()


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--database", help="an empty PostgreSQL database; SQLite in a temporary folder without it")
    return parser.parse_args()


def fill(session: Session, n: int) -> None:
    add(
        session,
        Contact,
        ({"id": k, "channel": "core", "chat_id": str(k), "first_seen_at": START} for k in range(1, N_CONTACTS + 1)),
    )
    add(session, ReceivedMessage, (letter(k) for k in range(1, n + 1)))
    add(session, Ticket, (ticket(k) for k in range(10, n + 1, 10)))
    add(session, Consultation, records(n))


def add(session: Session, model: type[SQLModel], rows: Iterator[dict[str, Any]]) -> None:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == 5000:
            session.connection().execute(insert(model), batch)
            batch = []
    if batch:
        session.connection().execute(insert(model), batch)


def letter(k: int) -> dict[str, Any]:
    return {"id": k, "channel": "core", "message_id": str(k), "kind": "text", "route": "ask", "received_at": at(k)}


def at(k: int) -> datetime:
    return START + timedelta(minutes=MINUTES * k)


def ticket(k: int) -> dict[str, Any]:
    closed = {"state": "archived", "reason": "asked", "created_at": at(k), "due_at": at(k)}
    return {"id": k, "number": f"GD-{at(k):%Y%m%d}-{k:06d}", "contact_id": k % N_CONTACTS + 1, "question": "", **closed}


def records(n: int) -> Iterator[dict[str, Any]]:
    rng = random.Random(20261126)
    for k in range(1, n + 1):
        question = f"{rng.choice(WHO)}的{rng.choice(ABOUT)}{rng.choice(WISHES)}{rng.choice(ASKS)}？第 {k} 件"
        if k % 500 == 0:
            question += f"，依据国知发示字〔{2000 + k % 27}〕{k % 97}号"
        if k % 9973 == 0:
            question += "，是紫砂壶的"
        yield {
            "id": k,
            "number": f"ZX-{at(k):%Y%m%d}-{k:06d}",
            "contact_id": k % N_CONTACTS + 1,
            "received_id": k,
            "ticket_id": k if k % 10 == 0 else None,
            "channel": "core",
            "question": question,
            "reply": FILLER * 3 + rng.choice(ABOUT) + rng.choice(WISHES),
            "citations": [["示例法", "1", "2020-01-31", "x"]],
            "service_item": "B08",
            "action": "answer",
            "created_at": at(k),
        }


def report_search(reading: SessionMaker, folder: Path) -> None:
    index = ArchiveIndex(folder / "index.sqlite3")
    started = time.perf_counter()
    index.catch_up(reading)
    size = (folder / "index.sqlite3").stat().st_size / 1e6
    print(f"making the index: {time.perf_counter() - started:.1f} s, {size:.0f} MB")
    wanted = {
        "a common word": ["商标"],
        "two words": ["植物新品种", "撤销三年不使用"],
        "three words that rarely meet": ["高校团队", "集成电路布图设计", "海外布局"],
        "one sign": ["壶"],
        "a rare word": ["紫砂壶"],
        "an absent word": ["量子纠缠"],
        "an absent word beside a common one": ["商标", "量子纠缠"],
        "a document number": ["国知发示字〔2020〕1号"],
        "a ticket's number": [f"GD-{at(5000):%Y%m%d}-005000"],
        "a consultation's number": [f"ZX-{at(1234):%Y%m%d}-001234"],
        "Latin letters": ["zx-20200101"],
    }
    for name, words in wanted.items():
        took = []
        for _ in range(5):
            started = time.perf_counter()
            with reading() as session:
                found = archive.search(session, *words, index=index)
            took.append((time.perf_counter() - started) * 1000)
        middle, worst = statistics.median(took), max(took)
        print(f"search, {name:36} {len(found):3} shown   median {middle:7.1f} ms   worst {worst:7.1f} ms")


def report_sheets(desk: Desk, folder: Path) -> None:
    first = at(1).date()
    for ending in ("xlsx", "docx"):
        started = time.perf_counter()
        export(desk, first, first + timedelta(days=SHEET_DAYS - 1), folder / f"a.{ending}")
        print(f"sheets of {SHEET_DAYS} days as {ending}: {time.perf_counter() - started:.1f} s")


def report_effect(desk: Desk, folder: Path) -> None:
    """The report of service effects over every record there is, as docx and xlsx."""
    whole = Period("2020", "全部", START.date(), date(2100, 1, 1))
    started, cpu = time.perf_counter(), time.process_time()
    draft = make_report(desk, folder, "effect", whole)
    write_document(folder / "r.docx", docx_parts(draft.pieces))
    write_tables(folder / "r.xlsx", sheets(draft.pieces))
    took, of_cpu = time.perf_counter() - started, time.process_time() - cpu
    n_asked = draft.basis.values["consultations"]
    print(f"report of service effects over {n_asked} consultations: {took:.1f} s, CPU {of_cpu:.1f} s")


def report_verifying(reading: SessionMaker) -> None:
    started = time.perf_counter()
    with reading() as session:
        report = check(session)
    print(f"verifying {report.n_seals} seals: {time.perf_counter() - started:.1f} s, {len(report.faults)} faults")


if __name__ == "__main__":
    main()
