"""The board of figures over many records.

    python -m benchmarks.board [--records 100000]

Prints CPU and wall seconds for the whole board, for one outlet of it, for the groups of unanswered questions and for
the analysis report, over generated records (those of `benchmarks.archive`) of one year.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import text

from benchmarks import archive
from benchmarks.archive import START, at, fill
from bot.database import open_engine, sessions
from bot.migrate import upgrade
from consultations.counted_records import Scope
from consultations.duty_book import DutyBook, Outlet
from consultations.periods import Period
from consultations.selection import Selection
from handlers.analysis_report import analysis_content
from handlers.board import make_board, unanswered_groups
from handlers.report_basis import make_basis
from knowledge.cluster import Likeness

BOOK = DutyBook({}, {}, outlets={key: Outlet(key, key) for key in ("east", "west")})
ZONE = ZoneInfo("Asia/Shanghai")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    n = parser.parse_args().records
    archive.MINUTES = 5  # 100,000 in a year
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/zhixun.sqlite3")
        upgrade(engine, Path(folder), START)
        writing, reading = sessions(engine)
        with writing() as session:
            fill(session, n)
            session.connection().execute(
                text("UPDATE ticket SET outlet = CASE id % 20 WHEN 0 THEN 'east' ELSE 'west' END")
            )
            session.connection().execute(text("UPDATE consultation SET action = 'escalate' WHERE id % 10 = 0"))
        for name, selection in (("everything", Selection()), ("one outlet", Selection(outlets=("east",)))):
            scope = Scope(START, at(n) + timedelta(days=1), at(n) + timedelta(days=2), selection)
            with reading() as session:
                wall, cpu = time.perf_counter(), time.process_time()
                board = make_board(session, scope, ZONE, BOOK)
                took = time.process_time() - cpu, time.perf_counter() - wall
                n_asked = board.values["consultations"]
                print(f"board, {name}: {n_asked} consultations, CPU {took[0]:.2f} s, wall {took[1]:.2f} s")
                cpu = time.process_time()
                groups = unanswered_groups(session, scope, Likeness(()))
                print(f"groups of unanswered questions: {len(groups)}, CPU {time.process_time() - cpu:.2f} s")
        period = Period("2026", "全部", START.date(), (at(n) + timedelta(days=1)).date())
        with reading() as session:
            wall, cpu = time.perf_counter(), time.process_time()
            basis = make_basis(session, period, ZONE, at(n) + timedelta(days=2), outlet="示例网点", book=BOOK)
            analysis_content(session, basis, Likeness(()))
            took = time.process_time() - cpu, time.perf_counter() - wall
            print(f"analysis report: CPU {took[0]:.2f} s, wall {took[1]:.2f} s")
        engine.dispose()


if __name__ == "__main__":
    main()
