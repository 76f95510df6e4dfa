"""Citations found in running text, and what is said to be wrong with them, over miniature laws of our own."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.articles import articles_of
from knowledge.cards import Cards
from knowledge.citations import ArticleAddress, references
from knowledge.lawbook import Edition, LawBook, law_book
from knowledge.passages import Passage
from knowledge.proofread import flaws

TODAY = date(2026, 11, 23)
LAST_DAY, FIRST_DAY = date(2026, 12, 31), date(2027, 1, 1)
NAMES = frozenset(
    {"样灯法", "样灯法实施细则", "商标法", "专利法", "专利法实施细则", "民法典", "样灯案件若干问题的规定"}
)


def words(text: str, *, loosely: bool = False) -> list[str]:
    """The citations of a text as laws write them, with the edition in brackets."""
    found = references(text, NAMES, loosely=loosely)
    return [f"{each.address}{f'（{each.address.edition}）' if each.address.edition else ''}" for each in found]


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("依据《样灯法》第四十二条", ["《样灯法》第四十二条"]),
        ("《樣燈法》第四十二條第三款", ["《样灯法》第四十二条第三款"]),
        ("《中华人民共和国专利法》42条2款", ["《专利法》第四十二条第二款"]),
        ("样灯法第十条第一款第（十二）项", ["《样灯法》第十条第一款第（十二）项"]),
        ("样灯法第十条第十二项", ["《样灯法》第十条第（十二）项"]),
        ("样灯法第一百二十条之二", ["《样灯法》第一百二十条之二"]),
        (
            "样灯法第四十二条、第四十三条和第四十五条",
            ["《样灯法》第四十二条", "《样灯法》第四十三条", "《样灯法》第四十五条"],
        ),
        ("样灯法第42、43、45条", ["《样灯法》第四十二条", "《样灯法》第四十三条", "《样灯法》第四十五条"]),
        ("样灯法第四十二、四十三条", ["《样灯法》第四十二条", "《样灯法》第四十三条"]),
        ("样灯法第二十六条第三款、第四款", ["《样灯法》第二十六条第三款", "《样灯法》第二十六条第四款"]),
        ("《样灯法》第三条和商标法第五条", ["《样灯法》第三条", "《商标法》第五条"]),
        ("按样灯法第三条办理，该法第九条另有规定", ["《样灯法》第三条", "《样灯法》第九条"]),
        ("样灯不得反光（样灯法第三条），也不得过亮（第五条）", ["《样灯法》第三条", "《样灯法》第五条"]),
        ("样灯法实施细则第三条", ["《样灯法实施细则》第三条"]),
        ("细则第42条", ["《专利法实施细则》第四十二条"]),
        ("样灯法第17-18条", ["《样灯法》第十七条", "《样灯法》第十八条"]),
        ("样灯法第17-1条", ["《样灯法》第十七条之一"]),
        ("关于样灯案件若干问题的规定第3条", ["《样灯案件若干问题的规定》第三条"]),
        ("《样灯案件若干问题的规定》第三条", ["《样灯案件若干问题的规定》第三条"]),
        ("2019年商标法第33条", ["《商标法》第三十三条（2019）"]),
        ("商标法（2019年修正）第33条", ["《商标法》第三十三条（2019）"]),
        ("《商标法》第三十三条（2019年4月23日版）", ["《商标法》第三十三条（2019-04-23）"]),
        ("样灯法2017第16条", ["《样灯法》第十六条（2017）"]),
        ("旧商标法第33条", ["《商标法》第三十三条（old）"]),
        ("新商标法第36条", ["《商标法》第三十六条（new）"]),
        ("《没人听过的条例》第三条", ["《没人听过的条例》第三条"]),
        ("根据律师法第三条", ["《律师法》第三条"]),
        ("审查细则第三条", ["《审查细则》第三条"]),
        ("商标法解释第三条", ["《商标法解释》第三条"]),
    ],
)
def test_a_citation_is_found_however_it_is_written(text: str, cited: list[str]) -> None:
    assert words(text) == cited


@pytest.mark.parametrize(
    "text",
    [
        "本法第三条",
        "前款规定的情形",
        "根据合同第五条和公司章程第二十条",
        "按样灯法办理。合同第五条另有约定",
        "搜索结果第一条是对手的广告",
        "按公司规定第三条",
        "这个办法第一条就行不通",
        "商标法2019",
        "样灯法1185",
    ],
)
def test_what_cites_no_law_is_left_alone(text: str) -> None:
    assert words(text) == []


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("民法典1185", ["《民法典》第一千一百八十五条"]),
        ("专利法26.3是什么", ["《专利法》第二十六条第三款"]),
        ("商标法2019年改了什么", []),
        ("专利法42个问题", []),
        ("26条3款（专利法）", ["《专利法》第二十六条第三款"]),
        ("第42条是专利法吗", ["《专利法》第四十二条"]),
        ("第10条和专利法第5条", ["《专利法》第五条"]),
        ("第10条 专利法第5条", ["《专利法》第五条"]),
        ("合同第三条 专利法允许吗", []),
    ],
)
def test_in_a_question_the_number_alone_is_enough(text: str, cited: list[str]) -> None:
    assert words(text, loosely=True) == cited


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="样灯法商标第条款项一二十三345《》（）、和该本旧2019年 \n。", max_size=60))
def test_any_text_is_searched(text: str) -> None:
    for each in references(text, NAMES, loosely=True):
        assert each.address.law
        assert 0 <= each.start < each.end


# --- checking ----------------------------------------------------------------------------------------------------


def article(law: str, version: str, number: str, text: str, *, start: date, end: date | None = None) -> Passage:
    made = Passage(f"art:{law}{version}:{number}", f"revision:{law}{version}", "article", f"{law}{number}", text)
    changes = {"law": law, "article": number, "version": version, "effective_from": start, "effective_to": end}
    return Passage(**(vars(made) | changes))


OLD, NEW, COMING = "2019-04-23", "2025-06-27", "2026-06-26"
TEXTS = [
    article("样灯法", OLD, "1", "灯要亮。", start=date(2019, 6, 1), end=date(2025, 10, 14)),
    article("样灯法", OLD, "2", "不得侵犯商业秘密。", start=date(2019, 6, 1), end=date(2025, 10, 14)),
    article("样灯法", OLD, "3", "自公布之日起施行。", start=date(2019, 6, 1), end=date(2025, 10, 14)),
    article("样灯法", NEW, "1", "灯要亮。\n灯应当：\n（一）圆；\n（二）小。", start=date(2025, 10, 15), end=LAST_DAY),
    article("样灯法", NEW, "2", "灯不得虚假宣传。", start=date(2025, 10, 15), end=LAST_DAY),
    article("样灯法", NEW, "3", "不得侵犯商业秘密。", start=date(2025, 10, 15), end=LAST_DAY),
    article("样灯法", NEW, "4", "自公布之日起施行。", start=date(2025, 10, 15), end=LAST_DAY),
    *(article("样灯法", COMING, str(n), "灯要更亮。", start=FIRST_DAY) for n in range(1, 7)),
    article("样灯节录", NEW, "7", "灯可以挂。", start=date(2025, 10, 15)),
]
KNOWN = (
    Edition("样灯合同法", "", None, date(2020, 12, 31), "自2021年1月1日起由样灯法典取代"),
    Edition("未导入法", "2021-01-01", date(2021, 6, 1)),
)
BOOK = law_book(articles_of(TEXTS, "1"), KNOWN)


def told(text: str, *, on: date = TODAY, book: LawBook = BOOK) -> list[tuple[str, str]]:
    return [(each.fault, each.sentence) for each in flaws(text, book, on)]


@pytest.mark.parametrize(
    "text",
    [
        "《样灯法》第一条、第二条和第四条",
        "《样灯法》第一条第二款第（二）项",
        "不得侵犯商业秘密（样灯法第三条）",
        "依据：《样灯法》第四条（2025年6月27日版）",
        "自2027年1月1日起适用的新样灯法第六条",
        "当时有效的2019年样灯法第二条讲商业秘密",
        "样灯节录第七条",
        "没有引用任何条款",
    ],
)
def test_a_right_citation_is_fine(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "fault", "part"),
    [
        ("《没人听过的条例》第三条", "unknown law", "没有找到《没人听过的条例》"),
        ("1998年样灯法第三条", "unknown law", "没有找到您写的那一版"),
        ("《样灯法》第九条", "no article", "共4条，没有第九条"),
        ("《样灯法》第一条第三款", "no part", "只有两款，没有第三款"),
        ("《样灯法》第一条第二款第（五）项", "no part", "只有两项，没有第（五）项"),
        ("《样灯法》第二条第（一）项", "no part", "没有分项"),
        ("《样灯合同法》第三条", "repealed", "自2021年1月1日起由样灯法典取代"),
        ("2019年样灯法第二条", "replaced", "自2025年10月15日起已由2025年6月27日版取代"),
        ("新样灯法第六条", "not yet", "自2027年1月1日起才施行"),
        ("《样灯法》第六条", "no article", "共4条"),
        ("侵犯商业秘密，看样灯法第二条", "moved", "“商业秘密”现在在第三条"),
    ],
)
def test_a_wrong_citation_is_told_with_its_cure(text: str, fault: str, part: str) -> None:
    ((found, sentence),) = told(text)
    assert found == fault
    assert part in sentence
    assert "请" in sentence


@pytest.mark.parametrize("text", ["样灯节录第八条", "未导入法第三条"])
def test_what_cannot_be_verified_is_told_and_holds_nothing_back(text: str) -> None:
    (flaw,) = flaws(text, BOOK, TODAY)
    assert (flaw.fault, flaw.holds_back) == ("unverified", False)


def test_both_sides_of_midnight() -> None:
    assert told("《样灯法》第六条", on=LAST_DAY)[0][0] == "no article"
    assert told("《样灯法》第六条", on=FIRST_DAY) == []
    assert told("依据：《样灯法》第四条（2025年6月27日版）", on=LAST_DAY) == []
    assert told("依据：《样灯法》第四条（2025年6月27日版）", on=FIRST_DAY)[0][0] == "replaced"


def test_a_card_vouches_for_an_article_whose_text_is_not_imported() -> None:
    from tests.knowledge.test_check import lamp_card

    cards = Cards({"lamp_term": lamp_card()})
    assert flaws("样灯法第3条", law_book(cards=cards), TODAY) == ()
    assert [each.fault for each in flaws("样灯法第4条", law_book(cards=cards), TODAY)] == ["unverified"]


def test_a_text_held_back_for_staff_says_nothing_of_its_days() -> None:
    held = article("样灯法", "2020-01-01", "1", "灯要亮。", start=date.max)
    book = law_book(articles_of([held], "1"), (Edition("样灯法", "2020-01-01", date(2020, 3, 1)),))
    assert book.in_force("样灯法", TODAY) is not None
    assert book.in_force("样灯法", date(2020, 2, 29)) is None


@pytest.mark.parametrize(
    ("edition", "on", "version"),
    [
        ("", TODAY, NEW),
        ("", FIRST_DAY, COMING),
        ("", date(2020, 1, 1), OLD),
        ("new", TODAY, COMING),
        ("new", FIRST_DAY, COMING),
        ("old", TODAY, NEW),
        ("old", FIRST_DAY, NEW),
        ("2019", TODAY, OLD),
        ("2023", TODAY, OLD),
        ("2027", TODAY, COMING),
        (COMING, TODAY, COMING),
    ],
)
def test_the_edition_somebody_means(edition: str, on: date, version: str) -> None:
    meant = BOOK.meant("样灯法", edition, on)
    assert meant is not None
    assert meant.version == version


def test_a_law_that_began_later_has_no_edition_before() -> None:
    assert BOOK.meant("样灯法", "", date(2018, 1, 1)) is None
    assert BOOK.meant("样灯法", "1998", TODAY) is None


def test_an_address_is_written_as_laws_write_it() -> None:
    assert str(ArticleAddress("样灯法", "1205之1", 2, 11)) == "《样灯法》第一千二百零五条之一第二款第（十一）项"
    assert str(ArticleAddress("样灯指南", "年费标准(元)")) == "《样灯指南》年费标准（元）"
