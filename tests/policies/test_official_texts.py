"""The real texts, where somebody has them: set ZHIXUN_OFFICIAL_TEXTS to a folder with files and an ``index.tsv``."""

from __future__ import annotations

import csv
import os
import time
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from bot.database import sessions
from handlers.import_policy import import_paths
from knowledge.index import Index
from policies.compilation import Policy, Revision, articles_of
from policies.validity import in_force
from tests.conftest import ADMIN

FOLDER = os.environ.get("ZHIXUN_OFFICIAL_TEXTS", "")
TODAY = date(2026, 11, 23)
pytestmark = pytest.mark.skipif(not FOLDER, reason="ZHIXUN_OFFICIAL_TEXTS names no folder")

# The first and last day on which a version may be quoted; None where that is open.
DAYS = {
    ("专利法", "2020-10-17"): (date(2021, 6, 1), None),
    ("专利法实施细则", "2010-01-09"): (date(2011, 1, 10), date(2024, 1, 19)),
    ("专利法实施细则", "2023-12-11"): (date(2024, 1, 20), None),
    ("商标法", "2019-04-23"): (date(2019, 11, 1), date(2026, 12, 31)),
    ("商标法", "2026-06-26"): (date(2027, 1, 1), None),
    ("反不正当竞争法", "2019-04-23"): (date(2019, 4, 23), date(2025, 10, 14)),
    ("反不正当竞争法", "2025-06-27"): (date(2025, 10, 15), None),
    ("仲裁法", "2017-09-01"): (date(2018, 1, 1), date(2026, 2, 28)),
    ("集成电路布图设计保护条例", "2001-04-02"): (date(2001, 10, 1), date(2026, 10, 14)),
    ("集成电路布图设计保护条例", "2026-07-23"): (date(2026, 10, 15), None),
    ("植物新品种保护条例", "2014-07-29"): (date(2014, 7, 29), date(2025, 5, 31)),
    ("最高人民法院关于知识产权法庭若干问题的规定", "2018-12-28"): (date(2019, 1, 1), date(2023, 10, 31)),
}
ENDED = (
    "具体应用法律若干问题的解释",
    "适用惩罚性赔偿的解释",
    "不正当竞争民事案件应用法律若干问题的解释",
    "对诉前停止侵犯专利权行为",
    "审理专利纠纷案件适用法律问题的若干规定",
    "植物新品种保护条例",
)


def _counts(session: Session, revision: Revision) -> int:
    return sum(article.label.startswith("第") for article in articles_of(session, revision.id or 0))


def test_the_whole_folder_imports_in_one_go(sqlite_engine: Engine, tmp_path: Path) -> None:
    writing, reading = sessions(sqlite_engine)
    index = Index.open(tmp_path / "index")
    started = time.monotonic()
    report = import_paths([Path(FOLDER)], writing=writing, index=index, home=tmp_path, by=ADMIN)
    assert time.monotonic() - started < 60
    assert report.count("refused") == 0
    with reading() as session:
        revisions = list(session.exec(select(Revision)).all())
        titles = {policy.id: policy.title for policy in session.exec(select(Policy)).all()}
        found = {source: _counts(session, each) for each in revisions for source in [each.source_name]}
        days = {(titles[each.policy_id], each.version): (each.effective_from, each.effective_to) for each in revisions}
        quoted = [titles[each.policy_id] for each in in_force(revisions, TODAY)]
    assert {key: days[key] for key in DAYS} == DAYS
    assert [title for title in quoted for ended in ENDED if title.endswith(ended)] == []
    with (Path(FOLDER) / "index.tsv").open(encoding="utf-8") as table:
        listed = {row["file"]: row["articles"] for row in csv.DictReader(table, delimiter="\t") if row["articles"]}
    assert {name: found[name] for name in listed if name in found} == {
        n: int(c) for n, c in listed.items() if n in found
    }
