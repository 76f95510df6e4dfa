"""The index of record: replaced in one commit, healed after any crash, searched by staff."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from knowledge.index import Fragment, Index, StaffHit, fingerprint
from knowledge.passages import Passage

ROOT = Path(__file__).resolve().parents[2]


def article(number: str, text: str, **more: object) -> Passage:
    values = {"law": "示例法", "version": "2020-01-01", "article": number, **more}
    return Passage(f"art:1:{number}", "revision:1", "article", f"示例法第{number}条", text, **values)  # type: ignore[arg-type]


OLD = article("1", "异议期为三个月。", effective_to=date(2026, 12, 31))
NEW = article("2", "异议期为两个月。", effective_from=date(2027, 1, 1))
CARD = Passage("card:fee", "cards", "card", "年费怎么交？", "网上缴纳。", wordings=("专利 年费 缴费", "交年费"))


@pytest.fixture
def index(tmp_path: Path) -> Index:
    made = Index.open(tmp_path / "index")
    made.replace({"revision:1": [OLD, NEW], "cards": [CARD]})
    return made


def titles(hits: list[StaffHit]) -> list[str]:
    return [hit.passage.title for hit in hits]


def test_what_was_added_comes_back_unchanged(index: Index) -> None:
    assert list(index.passages()) == [OLD, NEW, CARD]
    assert index.sources() == {"revision:1": fingerprint([OLD, NEW]), "cards": fingerprint([CARD])}


def test_replacing_a_source_leaves_the_others(index: Index) -> None:
    before = index.generation
    index.replace({"revision:1": [NEW]})
    assert sorted(each.passage_id for each in index.passages()) == ["art:1:2", "card:fee"]
    assert index.generation != before
    index.replace({"revision:1": []})
    assert list(index.sources()) == ["cards"]


def test_equal_content_has_an_equal_generation(index: Index, tmp_path: Path) -> None:
    other = Index.open(tmp_path / "other")
    other.replace({"cards": [CARD]})
    other.replace({"revision:1": [NEW, OLD]})
    assert other.generation == index.generation


def test_an_index_survives_closing(index: Index) -> None:
    again = Index.open(index.folder)
    assert list(again.passages()) == list(index.passages())


# Whoosh leaves the broken file open when it gives up on it; the collector closes it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("damage", ["toc", "segment", "all"])
def test_an_unreadable_folder_is_made_anew(index: Index, damage: str) -> None:
    for file in index.folder.iterdir():
        if damage == "all" or (file.suffix == ".toc") == (damage == "toc"):
            file.write_bytes(b"broken")
    healed = Index.open(index.folder)
    assert healed.sources() == {}
    healed.replace({"cards": [CARD]})
    assert list(healed.passages()) == [CARD]


KILLED = """
import sys
from pathlib import Path
from knowledge.index import Index
from knowledge.passages import Passage
index = Index.open(Path(sys.argv[1]))
print("ready", flush=True)
for turn in range(10**6):
    source = f"s{turn % 3}"
    index.replace({source: [Passage(f"p{turn}-{n}", source, "article", "题", "文" * 20) for n in range(20)]})
"""


@pytest.mark.parametrize("wait", [0.0, 0.05, 0.21])
def test_killed_while_writing_the_index_opens_with_whole_sources(tmp_path: Path, wait: float) -> None:
    folder = tmp_path / "index"
    command = [sys.executable, "-c", KILLED, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(wait)
        os.kill(process.pid, signal.SIGKILL)
    healed = Index.open(folder)
    by_source: dict[str, list[Passage]] = {source: [] for source in healed.sources()}
    for passage in healed.passages():
        by_source[passage.source_id].append(passage)
    assert {source: fingerprint(each) for source, each in by_source.items()} == healed.sources()
    healed.replace({"cards": [CARD]})
    assert CARD in list(healed.passages())


def test_staff_find_with_filters(index: Index) -> None:
    assert titles(index.staff_search("异议期")) == ["示例法第1条", "示例法第2条"]
    assert titles(index.staff_search("异议期", on=date(2027, 3, 1))) == ["示例法第2条"]
    assert titles(index.staff_search("年费", kind="article")) == []
    assert titles(index.staff_search("期", law="示例法", on=date(2026, 3, 1))) == ["示例法第1条"]


def test_a_quoted_phrase_must_occur(index: Index) -> None:
    assert titles(index.staff_search("“两个月” 异议")) == ["示例法第2条"]
    assert titles(index.staff_search("“月个”")) == []


def test_matches_are_marked(index: Index) -> None:
    hit = index.staff_search("年费", kind="card")[0]
    assert hit.title == (Fragment("年费", marked=True), Fragment("怎么交？"))


def test_an_empty_search_lists_what_the_filters_leave(index: Index) -> None:
    assert titles(index.staff_search("", kind="card")) == ["年费怎么交？"]


@pytest.mark.parametrize("text", ["\x00", "“", "“”", "((", "a" * 5000, "AND OR NOT *", "../..", "\ud800"])
def test_hostile_searches_find_nothing_or_something_but_never_fail(index: Index, text: str) -> None:
    index.staff_search(text)
