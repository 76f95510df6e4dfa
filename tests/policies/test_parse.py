"""Miniature laws and norms, written for these tests."""

from __future__ import annotations

import re
import time
from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.compilation import paragraphs_of
from policies.parse import parse

LAW = """<!-- source: example ; version: 2020-10-17, in force 2021-06-01 ; status: in force -->

# 中华人民共和国示例法

2010年3月1日第一届示例大会第一次会议通过

根据2020年10月17日第二届示例大会第九次会议《关于修改〈中华人民共和国示例法〉的决定》第一次修正

# 第一编　总则

## 第一章　一般规定

第一条 为了示例，制定本法。

第二条 本法所称示例，包括下列情形：

（一）第一种情形；

（二）第二种情形。

前款规定的情形，适用第三条 的规定。

第二条之一 插入的一条。

## 第二章　程序

### 第一节　申请

第三条 申请人应当提交申请。

# 附则

第四条 本法自2010年5月1日起施行。《旧示例办法》同时废止。
"""

# A norm as scanning gives it: no line breaks, page marks at line starts, headings inside running text.
NORM = (
    "1、附件1示例市公共服务规范(征求意见稿)一、总体要求以示例为指导,支撑416布局和33618体系,不断优化环境。"
    "二、建设要求(一)工作保障1 .人员要求一是配备至少2名人员;二是定期参加培训I\n"
    "2、活动。2 .场地要求应有固定场所。11月,完成验收后3 日内备案。3 经费保障各区县提供经费,按照第(二)项执行。"
    "(二”曾值服务1 .特色服务在H作场所公示。按(20232025年)方案开展,另见附件2说明\n"
    "3、材料。附件2示例市公共服务规范(征求意见稿)起草说明一、制定背景(一)必要性近年来需求增加,2023年9月"
    "\n4、印发方案。共有44家机构。二、主要内容共分四个部分。第一部分为总体要求。" + "内容逐步完善。" * 220
)


def test_a_law_becomes_articles_under_their_headings() -> None:
    draft, problems = parse(LAW)
    assert [article.key for article in draft.articles] == ["1", "2", "2之1", "3", "4"]
    assert draft.articles[0].path == ("第一编 总则", "第一章 一般规定")
    assert draft.articles[3].path == ("第一编 总则", "第二章 程序", "第一节 申请")
    assert draft.articles[4].path == ("附则",)
    assert problems == []


def test_metadata_comes_from_the_comment_and_not_from_the_clause_of_the_first_version() -> None:
    draft, _ = parse(LAW)
    assert (draft.title, draft.version) == ("示例法", "2020-10-17")
    assert draft.effective_from == date(2021, 6, 1)
    assert draft.clause_from == date(2010, 5, 1)
    assert draft.repeals == ("旧示例办法",)


def test_paragraphs_and_items_can_be_addressed() -> None:
    draft, _ = parse(LAW)
    first, second = paragraphs_of(draft.articles[1].text)
    assert first.items == ("（一）第一种情形；", "（二）第二种情形。")
    assert second.text.startswith("前款规定")


def test_a_norm_without_line_breaks_is_split_at_the_next_expected_numbers_only() -> None:
    draft, _ = parse(NORM)
    assert draft.title == "示例市公共服务规范(征求意见稿)"
    assert [article.key for article in draft.articles] == [
        "附件1", "一", "二", "二(一)", "二(一)1", "二(一)2", "二(一)3", "二(二)", "二(二)1",
        "附件2", "附件2一", "附件2一(一)", "附件2二",
    ]  # fmt: skip
    texts = {article.key: article.text for article in draft.articles}
    assert texts["二(一)1"].endswith("参加培训I活动。")
    assert texts["二(一)2"].endswith("11月,完成验收后3 日内备案。")
    assert texts["二(一)3"].endswith("按照第(二)项执行。")
    assert texts["二(二)"] == "曾值服务"
    assert draft.articles[4].path == ("二、建设要求", "(一)工作保障")


def test_scanning_errors_are_proposed_and_never_repaired() -> None:
    draft, problems = parse(NORM)
    proposals = {(problem.found, problem.proposed) for problem in problems if problem.kind == "scan"}
    assert proposals == {
        ("培训I", "培训"), ("(二”", "(二)"), ("曾值", "增值"), ("H作", "工作"), ("20232025年", "2023—2025年"),
    }  # fmt: skip
    assert any("H作场所" in article.text for article in draft.articles)


def test_a_law_without_line_breaks_is_split_at_its_articles() -> None:
    articles = "".join(f"第{numeral}条 这是正文,依照第三条第一款办理。" for numeral in "一二三四五")
    draft, _ = parse("示例办法\n第一章 总则" + articles + "余文。" * 600)
    assert [article.key for article in draft.articles] == ["1", "2", "3", "4", "5"]
    assert draft.articles[0].path == ("第一章 总则",)


def test_numbered_paragraphs_of_a_reply_are_its_articles() -> None:
    draft, problems = parse(
        "# 关于示例问题的批复\n\n经研究，批复如下。\n\n一、可以支持。\n\n二、不予支持。\n\n四、另行规定。"
    )
    assert [article.key for article in draft.articles] == ["", "一", "二"]
    assert draft.articles[2].text.endswith("四、另行规定。")
    assert [problem.where for problem in problems if problem.kind == "numbering"] == ["四、另行规定。"]


def test_a_guide_is_read_by_its_headings() -> None:
    draft, _ = parse("# 缴费示例指南(摘录)\n\n## 费用的减缴\n\n可以减缴。\n\n## 年费\n\n第1-3年900。\n第4-6年1200。")
    assert [(article.key, article.text) for article in draft.articles] == [
        ("费用的减缴", "可以减缴。"),
        ("年费", "第1-3年900。\n第4-6年1200。"),
    ]
    assert draft.is_excerpt


def test_missing_articles_are_a_problem_unless_the_text_is_an_excerpt() -> None:
    body = "\n第一条 甲。\n第四条 丁。\n第四条 又丁。"
    _, whole = parse("# 示例办法" + body, name="示例办法(2026-01-02)")
    _, excerpt = parse("# 示例办法（摘录）" + body, name="示例办法(2026-01-02)")
    assert [problem.message for problem in whole if problem.kind == "numbering"] == [
        "编号“4”重复出现；请对照原件核实。",
        "缺少第二条、第三条；如果只是摘录，请在标题里写明“摘录”。",
    ]
    assert len([problem for problem in excerpt if problem.kind == "numbering"]) == 1


def test_a_line_that_begins_with_a_reference_opens_no_article() -> None:
    draft, _ = parse("# 示例法\n第一条 甲。\n第五条规定的情形除外。\n第二条 乙。")
    assert [(article.key, article.text) for article in draft.articles] == [
        ("1", "甲。\n第五条规定的情形除外。"),
        ("2", "乙。"),
    ]


def test_annexes_after_the_articles_keep_their_lists() -> None:
    draft, _ = parse("# 示例法\n第一条 甲。\n第二条 乙。\n附件一\n1．旧决定一\n2．旧决定二\n附件二\n1．旧决定三")
    assert [article.key for article in draft.articles] == ["1", "2", "附件1", "附件2"]
    assert draft.articles[2].text == "1．旧决定一\n2．旧决定二"


_PIECES = st.sampled_from(
    [
        *(
            "第一条 ",
            "第二条 ",
            "第三条",
            "第一章 总则",
            "一、",
            "二、",
            "（一）",
            "(二)",
            "1. ",
            "2 ",
            "附件1",
            "附件2",
        ),
        *(
            "# ",
            "## 附则",
            "\n",
            "\n\n",
            "。",
            "，",
            "文",
            "示例规定",
            "<!-- 注 -->",
            "2020年1月1日通过",
            "　",
            "- 3 -",
        ),
        *("H作", "12", "3、", "\t", "第二条之一 "),
    ]
)


def _without_blanks(text: str) -> Counter[str]:
    return Counter(re.sub(r"[\s\u200b\ufeff\u001c-\u001f]", "", text))


@given(st.lists(_PIECES, max_size=60).map("".join) | st.text(max_size=200))
def test_no_character_is_lost(text: str) -> None:
    draft, _ = parse(text)
    kept = "".join(segment.text for segment in draft.segments)
    assert _without_blanks(kept) == _without_blanks(text)
    stored = "".join(article.text for article in draft.articles)
    assert _without_blanks(stored) == _without_blanks("".join(s.text for s in draft.segments if s.kind == "text"))


@given(st.lists(_PIECES, max_size=60).map("".join))
def test_article_keys_are_unique(text: str) -> None:
    keys = [article.key for article in parse(text)[0].articles]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    "piece",
    [
        "<!-- ",
        "《",
        "第一条",
        "一、",
        "(一)",
        "1 ",
        "- ",
        "　",
        "2020年1月1日",
        "同时废止",
        "本法自",
        "附件",
        "（",
        "令",
        "#",
        "文",
    ],
)
def test_hostile_repetition_takes_no_time(piece: str) -> None:
    started = time.monotonic()
    parse(piece * (300_000 // len(piece)), name=piece * 40)
    assert time.monotonic() - started < 10  # quadratic patterns take minutes here


BODY = "各有关单位：\n为做好示例工作，现将有关事项通知如下：\n一、条件\n注册地在示例市。\n二、时间\n2026年12月1日。\n"


@pytest.mark.parametrize(
    ("printed", "title"),
    [
        ("2026年示例培训报名提醒", "2026年示例培训报名提醒"),
        ("示例市专利申请常见问题解答", "示例市专利申请常见问题解答"),
        ("示例市知识产权“十五五”规划", "示例市知识产权“十五五”规划"),
        ("《示例市专利奖励办法》申报问答", "《示例市专利奖励办法》申报问答"),
        ("关 于 示 例 的 通 知", "关于示例的通知"),
        ("示例市知识产权局文件\n示知发〔2026〕3号\n关于示例工作的通知", "关于示例工作的通知"),
        ("示例市知识产权局", "网上下载"),  # who writes is no title
        ("各县区市场监管局：", "网上下载"),
        ("第一部分 受理条件是什么样的", "网上下载"),
        ("为了做好示例工作，现将事项通知如下", "网上下载"),
    ],
)
def test_a_first_line_that_is_plainly_a_title_is_taken_before_the_file_name(printed: str, title: str) -> None:
    draft, _ = parse(f"{printed}\n\n{BODY}", name="网上下载")
    assert draft.title == title


def test_a_file_name_that_reads_like_a_title_outweighs_a_first_line_that_might_be_one() -> None:
    named = "示例专利审查指南"
    assert parse(f"初步审查的一般要求\n{BODY}", name=named)[0].title == named
    assert parse(f"关于示例审查的一般要求\n{BODY}", name=named)[0].title == "关于示例审查的一般要求"


def test_what_stands_above_the_title_is_kept_and_tells_the_number() -> None:
    draft, _ = parse(f"示例市知识产权局文件\n示知发〔2026〕3号\n关于示例工作的通知\n{BODY}", name="下载")
    assert (draft.doc_number, draft.front) == ("示知发〔2026〕3号", "示例市知识产权局文件\n示知发〔2026〕3号")
