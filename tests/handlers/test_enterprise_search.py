"""The directory of enterprises is filtered by the database, on either, as people read it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from consultations import enterprise_changes as changes
from consultations.tickets import Staff
from handlers.enterprise_search import Wanted, look

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
BY = Staff("telegram:71", "示例甲")
ROWS: tuple[dict[str, object], ...] = (
    {"name": "示例甲Aa公司", "district": "江区", "tags": ["高新技术企业", "专精特新中小企业"]},
    {"name": "示例乙公司", "district": "山区", "industry": "软件", "tags": ["高新技术企业"], "adviser": "示例丙"},
    {"name": "示例丁100%公司", "code": "91350100M000100Y43"},
)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as made:
        rows = [changes.add(made, values, "here" if n < 2 else "", BY, NOW) for n, values in enumerate(ROWS)]
        changes.put_year(made, rows[1], 2026, "示例", BY, NOW)
        changes.put_year(made, rows[0], 2025, "示例", BY, NOW)
        yield made


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), "甲丁乙"),
        (Wanted(words="aA"), "甲"),
        (Wanted(words="高新"), "甲乙"),
        (Wanted(words="9ad8"), ""),  # how JSON may write 高 is no word anybody reads
        (Wanted(words="00%"), "丁"),
        (Wanted(words="_"), ""),
        (Wanted(words="示例丙"), "乙"),
        (Wanted(words="3"), "丁"),
        (Wanted(words="99999999999999999999"), ""),
        (Wanted(tag="专精特新中小企业"), "甲"),
        (Wanted(tag="专精特新"), ""),
        (Wanted(year=2026), "乙"),
        (Wanted(district="江区"), "甲"),
        (Wanted(outlet="-"), "丁"),
        (Wanted(outlet="here", is_without_assets=True), "甲乙"),
        (Wanted(is_struck=True), ""),
    ],
)
def test_what_is_looked_for_is_found(session: Session, wanted: Wanted, found: str) -> None:
    seen = look(session, wanted)
    assert sorted(each.enterprise.name[2] for each in seen.lines) == sorted(found)
    assert seen.n_all == len(found)


def test_a_page_tells_how_many_there_are_and_other_outlets_are_not_there(session: Session) -> None:
    page = look(session, Wanted(), first=1, limit=1)
    assert (len(page.lines), page.n_all) == (1, 3)
    assert [each.enterprise.name for each in look(session, Wanted(), outlets=("",)).lines] == ["示例丁100%公司"]
    assert look(session, Wanted(), outlets=()).n_all == 0
    assert [line.years[0].year for line in look(session, Wanted(words="示例乙")).lines] == [2026]
