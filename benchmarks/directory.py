"""The directory of enterprises when it is large: the list, its filters, one enterprise, the figures that count it.

    python -m benchmarks.directory [--enterprises 20000]

Prints CPU and wall milliseconds of what the console does for a page, and of the two figures, over generated rows.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlmodel import Session, insert

from bot.database import open_engine, sessions
from bot.migrate import upgrade
from consultations.assets import Asset, AssetImport, AssetLedger
from consultations.contacts import Contact
from consultations.counted_records import Scope
from consultations.enterprise_visits import EnterpriseVisit
from consultations.enterprises import Enterprise, EnterpriseContact, EnterpriseYear
from consultations.figures import FIGURES
from consultations.selection import Selection
from consultations.subscriptions import count_audience
from handlers.enterprise_search import Wanted, look

START = datetime(2026, 1, 1, tzinfo=UTC)
BY = "terminal:示例"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--enterprises", type=int, default=20_000)
    n = parser.parse_args().enterprises
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/zhixun.sqlite3")
        upgrade(engine, Path(folder), START)
        writing, reading = sessions(engine)
        with writing() as session:
            for table, rows in fill(n).items():
                session.connection().execute(insert(table), rows)
        scope = Scope(START, START + timedelta(days=365), START + timedelta(days=366), Selection())
        every = Wanted()
        wanted = {
            "all": every,
            "words": replace(every, words="公司1234"),
            "tag and year": replace(every, tag="高新技术企业", year=2026),
            "district": replace(every, district="示例3区"),
            "without assets": replace(every, is_without_assets=True),
        }
        for name, each in wanted.items():
            with reading() as session:
                told(name, partial(look_through, session, each))
        for key in ("key_enterprises", "enterprise_visits"):
            with reading() as session:
                told(key, partial(FIGURES[key].value, session, scope))
        with reading() as session:
            rule = {"holding": ["没有登记过知识产权"]}
            told("segment without assets", lambda: count_audience(session, rule).total())
        engine.dispose()


def look_through(session: Session, wanted: Wanted) -> int:
    """How many there are; a page of them is read."""
    return look(session, wanted, limit=100).n_all


def told(name: str, work: Callable[[], object]) -> None:
    """Print how long something takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    took = (time.process_time() - cpu) * 1000, (time.perf_counter() - wall) * 1000
    print(f"{name}: {found}, CPU {took[0]:.0f} ms, wall {took[1]:.0f} ms")


def fill(n: int) -> dict[type[Any], list[dict[str, Any]]]:
    """Every second enterprise on a year's list, every fourth visited and spoken for, every eighth with an asset."""
    stamp = {"created_by": BY, "created_at": START, "changed_by": BY, "changed_at": START}
    rows = [
        {
            "id": k,
            "name": f"示例公司{k}",
            "district": f"示例{k % 20}区",
            "industry": f"示例行业{k % 9}",
            "kind": "企业",
            "tags": ["高新技术企业"] if k % 3 == 0 else [],
            "outlet": "",
            **stamp,
        }
        for k in range(1, n + 1)
    ]
    quarter, eighth = range(4, n + 1, 4), range(8, n + 1, 8)
    return {
        Enterprise: rows,
        EnterpriseYear: [
            {"enterprise_id": k, "year": 2026, "entered_by": BY, "entered_at": START} for k in range(2, n + 1, 2)
        ],
        EnterpriseVisit: [
            {
                "enterprise_id": k,
                "visited_on": date(2026, 3, 1),
                "visitor": BY,
                "visitor_name": "示例",
                "entered_by": BY,
                "entered_at": START,
            }
            for k in quarter
        ],
        Contact: [
            {"id": k, "channel": "web", "chat_id": str(k), "is_subscribed": True, "first_seen_at": START}
            for k in quarter
        ],
        EnterpriseContact: [{"enterprise_id": k, "contact_id": k, "tied_by": BY, "tied_at": START} for k in quarter],
        AssetLedger: [
            {"id": k, "enterprise": f"示例公司{k}", "created_at": START, "changed_at": START} for k in eighth
        ],
        AssetImport: [{"id": k, "ledger_id": k, "actor": BY, "at": START} for k in eighth],
        Asset: [{"ledger_id": k, "import_id": k, "kind": "trademark", "number": str(k)} for k in eighth],
    }


if __name__ == "__main__":
    main()
