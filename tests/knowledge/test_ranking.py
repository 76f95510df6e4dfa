"""One suite over the three engines; Whoosh is the oracle of the fast one."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.index import Index
from knowledge.passages import Passage
from knowledge.postings import _token_table, key_of
from knowledge.search import EngineName, Search, open_search
from knowledge.tokenise import positioned_tokens, ranking_text

DAY = date(2026, 11, 23)
ENGINES: list[EngineName] = ["fast", "whoosh", "tantivy"]

CARDS = [
    Passage(
        "card:oppose",
        "cards",
        "card",
        "商标异议期多长？",
        "公告后三个月内。",
        wordings=("公告期反对要多久", "提异议期限"),
    ),
    Passage("card:fee", "cards", "card", "年费怎么交？", "网上缴纳。", wordings=("专利年费缴费", "交年费的办法")),
    Passage("card:fast", "cards", "card", "优先审查要多久？", "一年内结案。", wordings=("优审时间", "加快审查")),
    Passage(
        "card:old", "cards", "card", "旧费用怎么交？", "窗口缴纳。", effective_to=date(2025, 1, 1), wordings=("旧年费",)
    ),
]
ARTICLES = [
    Passage(
        "art:1:1",
        "revision:1",
        "article",
        "示例法第一条",
        "对初步审定公告的标志可以提出异议。",
        law="示例法",
        article="1",
    ),
    Passage(
        "art:1:2", "revision:1", "article", "示例法第二条", "应当缴纳年费，逾期缴纳滞纳金。", law="示例法", article="2"
    ),
    Passage("art:1:3", "revision:1", "article", "示例法第三条", "许可合同应当备案。", law="示例法", article="3"),
]


@pytest.fixture(params=ENGINES)
def search(request: pytest.FixtureRequest, tmp_path: Path) -> Search:
    index = Index.open(tmp_path / "index")
    index.replace({"cards": CARDS, "revision:1": ARTICLES})
    return open_search(index, engine=request.param)


def found(search: Search, question: str, **more: object) -> list[str]:
    return [hit.passage.passage_id for hit in search.find(question, on=DAY, **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("商标异议期多长？", "card:oppose"),
        ("提异议期限", "card:oppose"),
        ("專利年費繳費", "card:fee"),
        ("优审时间", "card:fast"),
        ("许可合同要备案吗", "art:1:3"),
        ("示例法第2条", "art:1:2"),
    ],
)
def test_the_fitting_passage_comes_first(search: Search, question: str, first: str) -> None:
    assert found(search, question)[0] == first


def test_what_is_not_in_force_is_not_found(search: Search) -> None:
    assert "card:old" not in found(search, "旧费用怎么交")
    old = search.find("旧费用怎么交", on=date(2024, 1, 1))
    assert old[0].passage.passage_id == "card:old"


def test_a_kind_keeps_the_others_out(search: Search) -> None:
    assert {hit.passage.kind for hit in search.find("年费", on=DAY, kind="article")} == {"article"}


def test_scores_fall_and_coverage_is_a_share(search: Search) -> None:
    hits = search.find("年费怎么交", on=DAY)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(0 < hit.coverage <= 1 for hit in hits)
    assert hits[0].coverage > 0.5


def test_a_strange_question_covers_little(search: Search) -> None:
    assert all(hit.coverage < 0.4 for hit in search.find("今天火锅店排队的人太多啦怎么回事呀", on=DAY))


@pytest.mark.parametrize("question", ["", "😀", "？！", "\x00", "../../etc", "<b>年费</b>", "年费" * 50_000, "\ud800"])
def test_hostile_questions_are_survived(search: Search, question: str) -> None:
    search.find(question, on=DAY, limit=3)


def test_the_limit_is_kept(search: Search) -> None:
    assert len(found(search, "年费异议审查许可", limit=2)) == 2


@pytest.mark.parametrize("engine", ENGINES)
def test_a_new_commit_is_picked_up_and_an_old_one_is_free(engine: EngineName, tmp_path: Path) -> None:
    index = Index.open(tmp_path / "index")
    search = open_search(index, engine=engine)
    assert search.find("年费", on=DAY) == []
    index.replace({"cards": CARDS})
    assert search.refresh()
    assert not search.refresh()
    assert found(search, "年费怎么交")[0] == "card:fee"
    index.replace({"cards": CARDS[:1]})
    assert search.refresh()
    assert "card:fee" not in found(search, "年费怎么交")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_damaged_cache_is_made_anew(engine: EngineName, tmp_path: Path) -> None:
    index = Index.open(tmp_path / "index")
    index.replace({"cards": CARDS})
    open_search(index, engine=engine)
    for file in tmp_path.rglob("fast2-*.npz"):
        file.write_bytes(b"PK broken")
    assert found(open_search(index, engine=engine), "年费怎么交")[0] == "card:fee"


@pytest.mark.parametrize("engine", ENGINES)
def test_equal_content_written_in_another_order_is_found_through_the_old_cache(
    engine: EngineName, tmp_path: Path
) -> None:
    index = Index.open(tmp_path / "index")
    index.replace({"cards": CARDS})
    index.replace({"revision:1": ARTICLES})
    open_search(index, engine=engine)
    index.replace({"cards": CARDS})  # the cards now stand behind the articles, the generation is the same
    again = open_search(index, engine=engine)
    assert found(again, "年费怎么交")[0] == "card:fee"
    assert found(again, "许可合同要备案吗")[0] == "art:1:3"


def invented(seed: int, n_passages: int) -> list[Passage]:
    """Passages of made-up text: every character from the same small set, so that everything matches a little."""
    chance = random.Random(seed)
    signs = [chr(0x4E00 + n * 7) for n in range(150)]
    texts = ["".join(chance.choices(signs, weights=range(1, 151), k=chance.randint(8, 80))) for _ in range(n_passages)]
    return [Passage(f"art:{n}", "all", "article", "", text) for n, text in enumerate(texts)]


def test_the_fast_engine_agrees_with_whoosh(tmp_path: Path) -> None:
    passages = invented(1, 300)
    index = Index.open(tmp_path / "index")
    index.replace({"all": passages})
    engines = {name: open_search(index, engine=name) for name in ENGINES}
    chance = random.Random(2)
    agreed = Counter[str]()
    for passage in chance.sample(passages, 60):
        start = chance.randrange(len(passage.text) // 2)
        question = passage.text[start : start + 12]
        first = {name: found(search, question)[0] for name, search in engines.items()}
        agreed["whoosh"] += first["fast"] == first["whoosh"]
        agreed["tantivy"] += first["fast"] == first["tantivy"]
        agreed["right"] += first["fast"] == passage.passage_id
    assert agreed["whoosh"] >= 57
    assert agreed["tantivy"] >= 57
    assert agreed["right"] >= 57


@given(st.lists(st.text(alphabet="第条款专利年费0123一十百 aB，😀\u3400", max_size=30), max_size=6))
def test_tokens_found_all_at_once_are_the_tokens_found_one_by_one(texts: list[str]) -> None:
    lines = [ranking_text(text) for text in texts]
    keys, rows = _token_table("\n".join(lines))
    for row, line in enumerate(lines):
        expected = Counter(key_of(token) for token, _ in positioned_tokens(line))
        assert Counter(keys[rows == row].tolist()) == expected


@pytest.mark.parametrize("engine", ENGINES)
def test_several_threads_ask_at_once(engine: EngineName, tmp_path: Path) -> None:
    index = Index.open(tmp_path / "index")
    index.replace({"invented": invented(5, 300)})
    search = open_search(index, engine=engine)
    questions = [each.title for each in invented(5, 300)[:40]]
    alone = [found(search, question) for question in questions]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda question: found(search, question), questions * 3)) == alone * 3


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"PK\x03\x04 half of it"])
def test_damaged_arrays_are_built_anew(tmp_path: Path, damage: bytes) -> None:
    Search.over(ARTICLES, tmp_path)
    for file in tmp_path.glob("fast2-*"):
        file.write_bytes(damage)
    assert found(Search.over(ARTICLES, tmp_path), "许可合同要备案吗")[0] == "art:1:3"
