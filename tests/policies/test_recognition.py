"""What is read off a policy's own words: topics, region, industry, and the programme of an application notice."""

from __future__ import annotations

from datetime import date

import pytest

from consultations.push_book import parse_pushes
from policies.draft import DraftArticle, PolicyDraft
from policies.notices import Notice, notice_in
from policies.parse import parse
from policies.recognition import recognise, region_of

TITLE = "示例市知识产权局关于组织申报2026年度示例项目的通知"


def notice(text: str, title: str = TITLE) -> Notice | None:
    """What a miniature notice (示例) tells."""
    draft, _ = parse(f"{title}\n示知发〔2026〕12号\n{text}\n示例市知识产权局\n2026年10月20日", name="通知")
    return notice_in(draft)


def text_of(title: str, words: str = "甲。", issuer: str = "") -> PolicyDraft:
    return PolicyDraft(title, (DraftArticle("一", "第一条", (), words),), issuer)


@pytest.mark.parametrize(
    ("title", "words", "topics"),
    [
        ("专利示例办法", "商标。" * 9, ("专利",)),  # the title counts before the text
        ("示例市专利商标纠纷调解办法", "甲。", ("专利", "商标", "维权援助")),
        ("信息网络传播权示例规定", "甲。", ("著作权",)),
        ("反不正当竞争示例规定", "甲。", ("商业秘密",)),
        ("示例资助办法", "申请商标、注册商标的，按商标给予资助。", ("资助奖励", "商标")),
        ("示例工作方案", "地理标志产品。地理标志标识。地理标志保护。", ("地理标志",)),
        ("示例总则", "专利。商标。著作权。" + "甲" * 3000, ()),  # only mentioned
        ("示例总则", "专利。专利。", ()),
    ],
)
def test_the_title_tells_the_topic_and_else_what_dominates_the_text(
    title: str, words: str, topics: tuple[str, ...]
) -> None:
    assert recognise(text_of(title, words)).topics == topics


@pytest.mark.parametrize(
    ("name", "region"),
    [
        ("示例市知识产权局", "示例市"),
        ("示例省示例市人民政府", "示例省示例市"),
        ("示例市样灯区市场监督管理局", "示例市样灯区"),
        ("国家市场监督管理总局", ""),
        ("最高人民法院关于北京、上海的规定", ""),
        ("城市管理办法", ""),
        ("", ""),
    ],
)
def test_the_region_is_what_an_issuer_or_title_begins_with(name: str, region: str) -> None:
    assert region_of(name) == region


def test_what_is_proposed_can_be_subscribed_to() -> None:
    pushes = parse_pushes({})
    found = recognise(text_of("专利商标版权地理标志商业秘密资助维权培训"))
    assert set(found.topics) == set(pushes.options["topic"])
    crafts = "种子制造业软件药品光伏动漫零售科研院所"
    assert set(recognise(text_of(crafts)).industries) == {*pushes.options["industry"]} - {"其他行业"}


LISTS = """一、申报条件
（一）在示例市注册的企业；
（二）拥有有效发明专利2件以上：
1.已缴年费；
2.没有质押。
二、申报材料
1.申报书；
2.营业执照复印件。
三、申报时间
2026年11月1日至11月30日，逾期不予受理。
四、其他事项
联系人见附件。"""


def test_a_notice_tells_window_conditions_and_materials_with_their_sentences() -> None:
    found = notice(LISTS)
    assert found is not None
    made = found.programme
    assert made.name == "2026年度示例项目"
    assert made.conditions == ("在示例市注册的企业", "拥有有效发明专利2件以上：已缴年费；没有质押")
    assert made.materials == ("申报书", "营业执照复印件")
    assert (made.opens_on, made.closes_on) == (date(2026, 11, 1), date(2026, 11, 30))
    assert (found.window, found.conditions) == ("2026年11月1日至11月30日，逾期不予受理", "申报条件")
    assert (made.amount, made.apply_at, made.criteria) == ("", "", ())


@pytest.mark.parametrize(
    ("text", "conditions", "materials"),
    [
        ("申报条件：在示例市注册；无失信记录。\n申报材料：申报书；身份证明。",
         ("在示例市注册", "无失信记录"), ("申报书", "身份证明")),
        ("申报条件：1.在示例市注册。2.无失信记录。", ("在示例市注册", "无失信记录"), ()),
        ("二、有关要求\n（一）申报条件\n1.在示例市注册。\n（二）申报材料\n1.申报书。\n2.承诺书。",
         ("在示例市注册",), ("申报书", "承诺书")),
        ("一、申请条件\n申请单位应当同时具备下列条件：\n在示例市注册。\n二、需提交的材料\n申报书一式两份。",
         ("在示例市注册",), ("申报书一式两份",)),
        ("一、申报材料\n申报书。", (), ("申报书",)),  # the signature below is no material
        ("一、申报条件和材料\n（一）在示例市注册。\n二、申报时间\n截止2026年11月30日。", (), ()),  # mixed: not said
        ("一、申报条件\n（一）甲。\n二、申报条件\n（一）乙。\n三、申报材料\n申报书。", (), ("申报书",)),
    ],
)  # fmt: skip
def test_lists_are_read_in_the_shapes_offices_write(
    text: str, conditions: tuple[str, ...], materials: tuple[str, ...]
) -> None:
    found = notice(text)
    assert found is not None
    assert (found.programme.conditions, found.programme.materials) == (conditions, materials)


@pytest.mark.parametrize(
    ("text", "opens", "closes"),
    [
        ("申报时间：2026年11月1日至2027年1月31日", date(2026, 11, 1), date(2027, 1, 31)),
        ("申报时间：2026.11.01—2026.11.30", date(2026, 11, 1), date(2026, 11, 30)),
        ("申报时间：2026年11月1日9:00起至15日17:00", date(2026, 11, 1), date(2026, 11, 15)),
        ("申报截止时间：截至2026年11月30日", None, date(2026, 11, 30)),
        ("三、申报时间\n自2026年11月1日起受理，截止2026年11月30日。", date(2026, 11, 1), date(2026, 11, 30)),
        ("请于2026年11月30日前报送申报书。", None, date(2026, 11, 30)),
        ("申报时间：11月30日前", None, None),  # which year
        ("申报时间：2026年12月1日至1月31日", None, None),  # which year
        ("网上申报截止2026年11月20日；纸质材料报送截止2026年11月30日。", None, None),  # which of the two
        ("申报时间：2026年11月1日至2026年2月30日", None, None),
        ("申报时间：2026年11月10日", None, None),  # the first or the last day
    ],
)
def test_a_window_is_taken_only_when_it_is_clear(text: str, opens: date | None, closes: date | None) -> None:
    found = notice(text)
    assert found is not None
    assert found.window
    assert (found.programme.opens_on, found.programme.closes_on) == (opens, closes)


def test_days_of_something_else_are_no_window() -> None:
    found = notice("一、申报条件\n（一）申请日在2025年1月1日至2025年12月31日期间。\n公示2026年12月1日至7日。")
    assert found is not None
    assert (found.window, found.programme.opens_on, found.programme.closes_on) == ("", None, None)
    assert found.programme.conditions == ("申请日在2025年1月1日至2025年12月31日期间",)


@pytest.mark.parametrize("title", ["示例市专利资助办法", "示例市知识产权局关于开会的通知", "专利申请示例规定"])
def test_what_is_no_notice_of_a_programme_tells_none(title: str) -> None:
    assert notice(LISTS, title) is None


def test_a_notice_that_says_nothing_of_applying_tells_none() -> None:
    assert notice("请各单位认真组织。") is None


def test_what_is_unclear_is_proposed_empty_with_its_words() -> None:
    draft, _ = parse(f"{TITLE}\n申报时间：11月30日前", name="通知")
    told = {each.field: each for each in recognise(draft).proposals}
    assert (told["window"].words, told["window"].source) == ((), "“11月30日前”")
    assert "conditions" not in told
