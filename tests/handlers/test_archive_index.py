"""The index of the archive finds what reading everything finds, forgets what was erased, and may be deleted."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.archive_index import ArchiveIndex
from consultations.messages import Address
from consultations.seals import seal_existing
from handlers.archive import search
from handlers.desk import Desk
from tests.drivers import CoreDriver, StaffRoom

SIGNS = "商标专利年费续展转让〔〕号-1200aB《》 "


@pytest.fixture
def index(tmp_path: Path) -> ArchiveIndex:
    return ArchiveIndex(tmp_path / "archive-index.sqlite3")


def found(desk: Desk, index: ArchiveIndex | None, *words: str, limit: int = 50) -> list[str]:
    with desk.reading() as session:
        return [each.number for each in search(session, *words, limit=limit, index=index)]


def test_it_finds_what_reading_everything_finds(desk: Desk, index: ArchiveIndex) -> None:
    rng = random.Random(7)
    asker = CoreDriver(desk)
    asked = ["".join(rng.choice(SIGNS) for _ in range(rng.randint(4, 30))) for _ in range(40)]
    for each in asked:
        asker.say(f"问{each}")
    index.catch_up(desk.reading)
    n_found = 0
    for _ in range(150):
        source = rng.choice(asked)
        at, size = rng.randrange(len(source)), rng.randint(1, 6)
        words = source[at : at + size].split()
        if rng.random() < 0.3:
            words.append(rng.choice(SIGNS[:-1]))
        expected = found(desk, None, *words)
        assert found(desk, index, *words) == expected, words
        n_found += len(expected)
    assert n_found > 150


def test_without_any_word_the_newest_are_shown(desk: Desk, asker: CoreDriver, index: ArchiveIndex) -> None:
    asker.say("商标续展多少钱？")
    index.catch_up(desk.reading)
    assert found(desk, index, " ") == found(desk, index) == ["ZX-20261123-0001"]


def test_what_is_not_taken_up_yet_is_found_too(desk: Desk, asker: CoreDriver, index: ArchiveIndex) -> None:
    asker.say("紫砂壶的商标")
    assert found(desk, index, "紫砂壶") == ["ZX-20261123-0001"]
    assert index.catch_up(desk.reading) == 1
    asker.say("还是紫砂壶")
    assert found(desk, index, "紫砂壶") == ["ZX-20261123-0002", "ZX-20261123-0001"]
    assert found(desk, index, "紫砂壶", limit=1) == ["ZX-20261123-0002"]


def test_numbers_are_found_whole_and_in_part(
    desk: Desk, asker: CoreDriver, room: StaffRoom, index: ArchiveIndex
) -> None:
    asker.say("没有人知道的事，国知发示字〔2020〕1号")
    room.press("接单")
    asker.say("还有一件没有人知道的事")
    index.catch_up(desk.reading)
    for words in (
        ["GD-20261123-0001"],
        ["gd-20261123-0001"],
        ["zx-20261123-0001"],
        ["〔2020〕1号"],
        ["国知发示字", "2020"],
    ):
        assert "ZX-20261123-0001" in found(desk, index, *words), words
    assert found(desk, index, "GD-2026112") == found(desk, None, "GD-2026112")
    assert found(desk, index, "ZX-20261123-0009") == []


def test_words_of_an_edit_are_found_after_the_next_catching_up(desk_on_both: Desk, index: ArchiveIndex) -> None:
    asker = CoreDriver(desk_on_both)
    asker.say("商标续展多少钱？")
    index.catch_up(desk_on_both.reading)
    asker.send("edit", text="紫砂壶呢", foreign_message_id=f"{asker.address.chat_id}/0")
    index.catch_up(desk_on_both.reading)
    assert found(desk_on_both, index, "紫砂壶") == found(desk_on_both, None, "紫砂壶")
    assert len(found(desk_on_both, index, "紫砂壶")) == 2  # the first wording's record, and the second's


def test_nothing_of_what_was_erased_stays_in_the_file(desk_on_both: Desk, index: ArchiveIndex, tmp_path: Path) -> None:
    desk, path = desk_on_both, tmp_path / "archive-index.sqlite3"
    secret, other = CoreDriver(desk, Address("core", "chat-8")), CoreDriver(desk)
    secret.say("量子纠缠的秘密")
    other.say("紫砂壶的商标")
    index.catch_up(desk.reading)
    sign = f"g{ord('缠'):x}".encode()  # how the pair 纠缠 ends in the file
    assert sign in path.read_bytes()
    secret.send("choice", action="erase:sure")
    index.catch_up(desk.reading)
    assert sign not in path.read_bytes()
    assert found(desk, index, "量子纠缠") == []
    assert found(desk, index, "紫砂壶") == ["ZX-20261123-0002"]


def test_a_broken_or_deleted_file_is_made_anew(
    desk: Desk, asker: CoreDriver, index: ArchiveIndex, tmp_path: Path
) -> None:
    asker.say("紫砂壶的商标")
    path = tmp_path / "archive-index.sqlite3"
    path.write_bytes(b"not a database at all" * 100)
    assert index.catch_up(desk.reading) == 1
    assert found(desk, index, "紫砂壶") == ["ZX-20261123-0001"]
    path.unlink()
    assert index.catch_up(desk.reading) == 1
    assert index.catch_up(desk.reading) == 0


def test_another_database_beside_the_file_is_noticed(desk: Desk, asker: CoreDriver, index: ArchiveIndex) -> None:
    asker.say("紫砂壶的商标")
    asker.say("商标续展多少钱？")
    index.catch_up(desk.reading)
    with desk.writing() as session:  # an older backup, in which other things were asked since
        for statement in (
            "UPDATE consultation SET question = '青花瓷的商标', reply = '示例' WHERE id = 1",
            "DELETE FROM seal",
            "DELETE FROM seal_head",
        ):
            session.connection().execute(text(statement))
    with desk.writing() as session:
        seal_existing(session)
    index.catch_up(desk.reading)
    assert found(desk, index, "青花瓷") == ["ZX-20261123-0001"]


def test_catching_up_stops_when_its_time_is_over_and_goes_on_later(
    desk: Desk, asker: CoreDriver, tmp_path: Path
) -> None:
    index = ArchiveIndex(tmp_path / "slow.sqlite3", at_once=2)
    for _ in range(5):
        asker.say("紫砂壶的商标")
    assert index.catch_up(desk.reading, seconds=0) == 2
    assert index.through == 2
    assert index.catch_up(desk.reading) == 3
    assert len(found(desk, index, "紫砂壶")) == 5
