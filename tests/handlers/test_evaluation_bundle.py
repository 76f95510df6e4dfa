"""The material for an evaluation by others: a sample anybody can draw again, hashes that hold, nobody's number."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from consultations.messages import Address
from consultations.periods import read_period
from handlers.desk import Desk
from handlers.evaluation_bundle import HASHES, _shares, draw, write_bundle
from handlers.make_report import Draft, make_report
from tests.conftest import Clock
from tests.drivers import CoreDriver


@pytest.fixture
def report(desk: Desk, clock: Clock, tmp_path: Path) -> Draft:
    """Of a month in which twelve asked about two items."""
    for n in range(10):
        CoreDriver(desk, Address("core", f"a{n}")).say("商标续展多少钱？")
    for n in range(2):
        CoreDriver(desk, Address("core", f"b{n}")).say("没有人知道的事，电话13800000000")
    clock.advance(minutes=1)
    november = read_period("2026-11")
    assert november is not None
    return make_report(desk, tmp_path, "effect", november)


def bundle_of(session: Session, report: Draft, file: Path, *, n: int = 4, seed: int = 7) -> dict[str, bytes]:
    drawn = draw(session, report.basis.scope, n, seed)
    assert write_bundle(session, file, report, drawn, report.basis.zone) == len(drawn.all_ids)
    with zipfile.ZipFile(file) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_one_seed_draws_one_sample_with_something_of_every_item(desk: Desk, report: Draft) -> None:
    with desk.reading() as session:
        drawn = draw(session, report.basis.scope, 4, seed=7)
        assert drawn == draw(session, report.basis.scope, 4, seed=7)
        assert len(drawn.all_ids) == 4
        assert set(drawn.ids) == set(drawn.totals) == {"B08", "B01"}
        assert len({tuple(draw(session, report.basis.scope, 4, seed=seed).all_ids) for seed in range(20)}) > 1
        everything = draw(session, report.basis.scope, 1000, seed=7)
        assert everything.all_ids == list(report.basis.counted.ids["consultations"])


def test_every_file_has_the_hash_that_is_told(desk: Desk, report: Draft, tmp_path: Path) -> None:
    with desk.reading() as session:
        parts = bundle_of(session, report, tmp_path / "b.zip")
    lines = [line.split("  ") for line in parts.pop(HASHES).decode().splitlines()]
    assert {name: sha256 for sha256, name in lines} == {
        name: hashlib.sha256(content).hexdigest() for name, content in parts.items()
    }
    said = json.loads(parts["抽样说明.json"])
    assert (said["种子"], said["总数"]) == (7, 12)
    assert [each["抽取"] for each in said["各事项"]] == [1, 3]


def test_no_number_of_a_person_is_in_it(desk: Desk, report: Draft, tmp_path: Path) -> None:
    with desk.reading() as session:
        parts = bundle_of(session, report, tmp_path / "b.zip", n=12)
    for name, content in parts.items():
        if not name.endswith((".docx", ".xlsx")):
            continue
        (tmp_path / "part.zip").write_bytes(content)
        with zipfile.ZipFile(tmp_path / "part.zip") as inner:
            assert not any(b"13800000000" in inner.read(each) for each in inner.namelist())


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 60), min_size=1), st.integers(1, 80))
def test_shares_add_up_and_nothing_is_drawn_twice(totals: dict[str, int], wanted: int) -> None:
    n = min(wanted, sum(totals.values()))
    shares = _shares(totals, n)
    assert sum(shares.values()) == n
    assert all(0 <= shares[each] <= totals[each] for each in totals)
    assert n < len(totals) or min(shares.values()) >= 1


def test_a_month_without_consultations_gives_an_empty_sample(desk: Desk, tmp_path: Path) -> None:
    november = read_period("2025")
    assert november is not None
    report = make_report(desk, tmp_path, "effect", november)
    with desk.reading() as session:
        assert "抽样.xlsx" in bundle_of(session, report, tmp_path / "b.zip")
