"""Guides: what is refused and why, the ways through them, what typed words mean, and both sides of a change of law."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from knowledge.cards import SHIPPED_FOLDER, Cards, load_cards
from knowledge.check import check_cards
from knowledge.guide import Guide, Leaf
from knowledge.guide_reading import MOST_OPTIONS, MOST_STEPS
from knowledge.guide_shelf import GuideShelf
from knowledge.guide_walk import Place, book_of
from knowledge.guides import SHIPPED_GUIDES, Guides, load_guides
from knowledge.passages import Passage

TODAY = date(2026, 11, 26)
MIDNIGHT = (date(2026, 12, 31), date(2027, 1, 1))

CITED = '[{ law = "示例灯具条例", version = "2020-01-01", article = "3", proof = ["三盏"] }]'
HEAD = """
[[guide]]
id = "lamp"
title = "灯要不要登记？"
intro = "示例引导。"
asks = ["我的灯用不用登记"]
service_items = ["B07"]
last_reviewed = 2026-11-01
review_due = 2027-11-01
"""
STEPS = """
[[guide.steps]]
id = "kind"
ask = "是哪种灯？"
options = [{ label = "台灯", to = "size" }, { label = "吊灯", to = "no" }]

[[guide.steps]]
id = "size"
ask = "有几盏？"
options = [{ label = "三盏以上", to = "yes" }, { label = "不到三盏", to = "no" }]
"""
LEAVES = f"""
[[guide.leaves]]
id = "yes"
title = "要登记"
answer = "示例：要登记。"
citations = {CITED}

[[guide.leaves]]
id = "no"
title = "不用登记"
answer = "示例：不用。"
citations = {CITED}
"""
GOOD = HEAD + STEPS + LEAVES
SECOND = f"""
[[guide.leaves]]
id = "no"
title = "新"
answer = "新"
effective_from = 2027-01-01
citations = {CITED}
"""


def loaded(tmp_path: Path, *texts: str) -> Guides:
    """Each text a layer of its own."""
    for number, text in enumerate(texts):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "guides.toml").write_text(text, encoding="utf-8")
    return load_guides(*(tmp_path / str(number) for number in range(len(texts))))


def lamp(tmp_path: Path, text: str = GOOD) -> Place:
    guides = loaded(tmp_path, text)
    assert guides.problems == ()
    return Place(guides.by_id["lamp"])


def test_a_guide_is_read(tmp_path: Path) -> None:
    guide = lamp(tmp_path).guide
    assert [guide.title, list(guide.steps), list(guide.leaves)] == ["灯要不要登记？", ["kind", "size"], ["yes", "no"]]
    assert guide.longest_from("kind") == 2
    assert guide.leaves["yes"][0].citations[0].proof == ("三盏",)


# What is wrong with a data file, and a part of the sentence that says so.
BAD: dict[str, tuple[str, str]] = {
    "a cycle": (GOOD.replace('"不到三盏", to = "no"', '"不到三盏", to = "kind"'), "kind → size → kind 连成了一个圈"),
    "an unreachable step": (
        GOOD + '\n[[guide.steps]]\nid = "lost"\nask = "？？"\noptions = [{ label = "是", to = "no" }]\n',
        "步骤 lost 从哪个选项都走不到",
    ),
    "an unreachable ending": (GOOD.replace('to = "yes"', 'to = "no"'), "结论 yes 从哪个选项都走不到"),
    "a dead end": (
        GOOD.replace('options = [{ label = "三盏以上", to = "yes" }, { label = "不到三盏", to = "no" }]', ""),
        "步骤 size 没有选项，走到这里就断了",
    ),
    "an option that leads nowhere": (GOOD.replace('to = "size"', 'to = "colour"'), "指向 'colour'，没有这个步骤或结论"),
    "an ending without a source": (GOOD.replace(f"citations = {CITED}", "", 1), "yes 没有出处 citations"),
    "a source without proof": (GOOD.replace('proof = ["三盏"]', "proof = []", 1), "yes 的出处不完整"),
    "too many options": (
        GOOD.replace(
            '[{ label = "台灯", to = "size" }, ',
            "[" + "".join(f'{{ label = "第{n}种", to = "size" }}, ' for n in range(MOST_OPTIONS)),
        ),
        f"有 {MOST_OPTIONS + 1} 个选项，最多 {MOST_OPTIONS} 个",
    ),
    "two options alike": (GOOD.replace('label = "吊灯"', 'label = "台灯"'), "有两个选项写法相同"),
    "overlapping dates": (
        GOOD.replace('title = "不用登记"', 'title = "不用登记"\neffective_to = 2027-02-01') + SECOND,
        "no 的有效期重叠（前一段到 2027-02-01，后一段从 2027-01-01 起）",
    ),
    "days without an answer": (
        GOOD.replace('title = "不用登记"', 'title = "不用登记"\neffective_to = 2026-12-01') + SECOND,
        "之间没有答复",
    ),
    "an end of all answers": (
        GOOD.replace('title = "不用登记"', 'title = "不用登记"\neffective_to = 2026-12-31'),
        "no 只写到 2026-12-31，以后走到这里就没有答复了",
    ),
    "two endings of one name": (GOOD.replace('id = "no"', 'id = "yes"'), "yes 写了两次"),
    "a step and an ending of one name": (GOOD.replace('id = "yes"', 'id = "size"'), "size 既是步骤又是结论"),
    "an unknown service item": (GOOD.replace('"B07"', '"B77"'), "没有 B77 这个服务事项"),
    "no service item": (GOOD.replace('["B07"]', "[]"), "缺少 service_items"),
    "no title": (GOOD.replace('title = "灯要不要登记？"', ""), "缺少标题 title"),
    "no steps": (HEAD + LEAVES, "一步也没有"),
    "a long question": (GOOD.replace("是哪种灯？", "灯" * 61), "的问题 ask 应有 1–60 个字"),
    "a long button": (GOOD.replace('label = "吊灯"', f'label = "{"灯" * 31}"'), "应有 1–30 个字"),
    "a long id": (GOOD.replace('id = "lamp"', f'id = "{"l" * 21}"'), "编号超过 20 个字符"),
    "a misspelt field": (GOOD.replace("intro =", "introduction ="), "不认识的字段 introduction"),
    "a misspelt option": (GOOD.replace('label = "吊灯"', 'name = "吊灯"'), "步骤 kind 的选项：不认识的字段 name"),
    "a fact nobody knows": (GOOD.replace("示例：要登记。", "示例：{lamp_fee}。"), "没有 {lamp_fee} 这个事实"),
    "a finding nobody wrote": (GOOD.replace('to = "no" }]', 'to = "no", gap = "dark" }]', 1), "缺口 'dark' 不存在"),
    "a list of findings without a word for none": (
        GOOD.replace('title = "要登记"', 'title = "要登记"\nlists_gaps = true'),
        "没有写 clear",
    ),
    "a review before the last one": (GOOD.replace("review_due = 2027", "review_due = 2025"), "review_due 早于"),
    "a day in quotes": (GOOD.replace("last_reviewed = 2026-11-01", 'last_reviewed = "2026"'), "不是日期"),
    "options that are no tables": (GOOD.replace('[{ label = "台灯", to = "size" }, ', '["台灯", '), "options 应写在"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_faulty_guide_is_refused_with_file_id_and_cure(fault: str, tmp_path: Path) -> None:
    text, reason = BAD[fault]
    guides = loaded(tmp_path, text)
    assert guides.by_id == {}
    (problem,) = guides.problems
    assert problem.startswith("guides.toml：引导 l")
    assert reason in problem


def test_a_way_of_more_steps_than_anyone_walks_is_refused(tmp_path: Path) -> None:
    steps = "".join(
        f'\n[[guide.steps]]\nid = "s{n}"\nask = "第{n}问？"\noptions = [{{ label = "是", to = "s{n + 1}" }}]\n'
        for n in range(MOST_STEPS)
    )
    last = '\n[[guide.steps]]\nid = "s7"\nask = "最后？"\noptions = [{ label = "是", to = "yes" }]\n'
    leaf = LEAVES.split("[[guide.leaves]]")[1]
    fitting = HEAD + steps.replace(f'to = "s{MOST_STEPS}"', 'to = "yes"') + "\n[[guide.leaves]]" + leaf
    guides = loaded(tmp_path, HEAD + steps + last + "\n[[guide.leaves]]" + leaf, fitting)
    assert len(guides.problems) == 1
    assert f"超过 {MOST_STEPS} 步" in guides.problems[0]
    assert list(guides.by_id) == ["lamp"]


def test_an_unreadable_file_costs_only_itself(tmp_path: Path) -> None:
    guides = loaded(tmp_path, GOOD, "[[guide]\n", '[[guide]]\nid = "Lamp!"\n', GOOD + GOOD)
    assert list(guides.by_id) == ["lamp"]
    assert ["文件无法读取" in guides.problems[0], "编号 id = 'Lamp!'" in guides.problems[1]] == [True, True]
    assert "编号重复" in guides.problems[2]


def test_an_outlet_replaces_a_guide_and_a_faulty_one_does_not(tmp_path: Path) -> None:
    own = GOOD.replace("灯要不要登记？", "本地的灯要不要登记？")
    faulty = own.replace('to = "size"', 'to = "nowhere"')
    assert loaded(tmp_path, GOOD, own, faulty).by_id["lamp"].title == "本地的灯要不要登记？"


def test_cards_that_are_missing_are_told_and_the_guide_stays(tmp_path: Path) -> None:
    (tmp_path / "g.toml").write_text(GOOD.replace('answer = "示例：不用。"', 'answer = "不用。"\ncards = ["gone"]'))
    guides = load_guides(tmp_path, cards=["here"])
    assert list(guides.by_id) == ["lamp"]
    assert guides.problems == ("g.toml：引导 lamp：no 的 cards 里的 gone 不存在，按钮不会显示。请改正或删去。",)


# --- walking ---------------------------------------------------------------------------------------------------------


def test_a_place_knows_how_far_it_is_and_what_was_chosen(tmp_path: Path) -> None:
    start = lamp(tmp_path)
    second = start.after(1)
    assert [(each.number, each.most) for each in (start, second)] == [(1, 2), (2, 2)]
    assert start.after(2).step is None
    assert second.before() == start
    assert start.before() == start
    assert second.told == "引导《灯要不要登记？》\n1. 是哪种灯？ → 台灯\n2. 有几盏？（还没有选）"
    assert second.after(1).told.endswith("2. 有几盏？ → 三盏以上")


def test_a_token_leads_back_and_a_forged_one_nowhere(tmp_path: Path) -> None:
    guides = loaded(tmp_path, GOOD)
    book = book_of(guides)
    place = Place(guides.by_id["lamp"], (1, 2))
    assert book.at(place.token) == place
    for forged in ("", "lamp", "lamp::1", "lamp:000000:1", place.token + "1", place.token[:-1] + "9", "x" * 500):
        assert book.at(forged) is None


def test_a_token_outlives_changes_beside_its_way_only(tmp_path: Path) -> None:
    old = lamp(tmp_path).after(1)
    for change, survives in (
        (("示例：要登记。", "示例：从明年起要登记。"), True),
        (('label = "不到三盏"', 'label = "两盏以下"'), True),
        (('label = "台灯"', 'label = "桌灯"'), False),
        (("是哪种灯？", "是什么灯？"), False),
        (('{ label = "台灯", to = "size" }, ', ""), False),
    ):
        text = GOOD.replace(*change)
        if "台灯" not in text and "桌灯" not in text:
            text = text.split("[[guide.steps]]")[0] + "[[guide.steps]]" + text.split("[[guide.steps]]")[1] + LEAVES
            text = text.replace(
                '{ label = "吊灯", to = "no" }', '{ label = "吊灯", to = "no" }, { label = "灯带", to = "yes" }'
            )
        folder = tmp_path / str(hash(change))
        folder.mkdir()
        (folder / "guides.toml").write_text(text, encoding="utf-8")
        book = book_of(load_guides(folder))
        assert book.guides.problems == ()
        assert (book.at(old.token) is not None) == survives, change


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        *(("1", 1), ("２", 2), ("第二个", 2), ("选1", 1), ("我选第3", None), ("三", 3), ("4", None), ("0", None)),
        *(("有", 1), ("有的", 1), ("没有", 2), ("没", 2), ("不知道", 3), ("不清楚。", 3)),
        *(("有，合同里写明了", 1), ("合同里写明", 1), ("有，合同里写名了", 1), ("我选没有吧", 2)),
        *(("商标注册要多少钱", None), ("合同怎么写才有用", None), ("", None), ("有没有合同范本", None)),
    ],
)
def test_what_typed_words_mean(typed: str, meant: int | None, tmp_path: Path) -> None:
    options = ", ".join(f'{{ label = "{each}", to = "no" }}' for each in ("有，合同里写明了", "没有", "不清楚"))
    step = f'\n[[guide.steps]]\nid = "only"\nask = "有合同吗？"\noptions = [{options}]\n'
    leaf = "\n[[guide.leaves]]" + LEAVES.split("[[guide.leaves]]")[2]
    assert lamp(tmp_path, HEAD + step + leaf).meant(typed) == meant


def test_words_that_fit_two_options_are_no_choice(tmp_path: Path) -> None:
    place = lamp(tmp_path, GOOD.replace("吊灯", "落地台灯"))
    assert place.meant("台灯") == 1  # the whole label of one
    assert place.meant("灯") is None


def test_a_part_that_only_one_option_has_is_enough(tmp_path: Path) -> None:
    assert lamp(tmp_path, GOOD.replace("吊灯", "台灯配件")).meant("台灯配") == 2


# --- endings ---------------------------------------------------------------------------------------------------------

CHANGING = GOOD.replace('title = "不用登记"', 'title = "旧规"') + (
    '\n[[guide.leaves]]\nid = "no"\ntitle = "新规"\nanswer = "示例：新规要登记。"\neffective_from = 2027-01-01\n'
    'citations = [{ law = "示例灯具条例", version = "2026-06-26", article = "5", proof = ["五盏"] }]\n'
)


def test_an_ending_changes_at_midnight(tmp_path: Path) -> None:
    guides = loaded(tmp_path, CHANGING)
    place = Place(guides.by_id["lamp"], (2,))
    before, after = (book_of(guides).answer(place, on) for on in MIDNIGHT)
    assert [before.lead, after.lead] == ["示例：不用。", "示例：新规要登记。"]
    assert [before.citations[0].version, after.citations[0].version] == ["2020-01-01", "2026-06-26"]


def test_a_coming_change_is_told_half_a_year_before(tmp_path: Path) -> None:
    guides = loaded(tmp_path, CHANGING)
    place = Place(guides.by_id["lamp"], (2,))
    told = {on: book_of(guides).answer(place, on).notice for on in (date(2026, 7, 4), date(2026, 7, 5), *MIDNIGHT)}
    assert list(told.values()) == ["", *["自2027年1月1日起：示例：新规要登记。"] * 2, ""]


def test_a_coming_change_that_changes_nothing_said_is_told_shortly(tmp_path: Path) -> None:
    guides = loaded(tmp_path, CHANGING.replace("示例：新规要登记。", "示例：不用。"))
    assert (
        book_of(guides).answer(Place(guides.by_id["lamp"], (2,)), TODAY).notice
        == "自2027年1月1日起适用新规定，以上要点不变。"
    )


def test_a_self_check_names_the_findings_that_will_change(tmp_path: Path) -> None:
    coming = (
        SECOND.replace("guide.leaves", "guide.gaps")
        .replace('"no"', '"bad_wire"')
        .replace('title = "新"', 'title = "电线"')
    )
    guides = loaded(tmp_path, CHECKLIST + coming)
    assert book_of(guides).answer(Place(guides.by_id["lamp"], (2, 2)), TODAY).notice == (
        "自2027年1月1日起有新规定：电线。届时请再查一次。"
    )


def test_an_ending_that_names_a_wrong_article_goes_to_a_person(tmp_path: Path) -> None:
    guides = loaded(tmp_path, GOOD.replace("示例：要登记。", "示例：按《示例灯具条例》第九十九条登记。"))
    book = replace(book_of(guides), is_wrong=lambda text, on: "第九十九条" in text and on == TODAY)
    place = Place(guides.by_id["lamp"], (1, 1))
    answer = book.answer(place, TODAY)
    assert [answer.action, "第九十九条" in answer.lead] == ["escalate", False]
    assert book.answer(place, MIDNIGHT[1]).action == "answer"


def test_guides_that_may_help_next_are_named_and_missing_ones_told(tmp_path: Path) -> None:
    guides = loaded(tmp_path, GOOD.replace('answer = "示例：不用。"', 'answer = "不用。"\nguides = ["lamp", "gone"]'))
    place = Place(guides.by_id["lamp"], (2,))
    assert [each.guide_id for each in book_of(guides).next_guides(place, TODAY)] == ["lamp"]
    assert guides.problems == ("guides.toml：引导 lamp：no 的 guides 里的 gone 不存在，按钮不会显示。请改正或删去。",)


def test_a_day_without_text_goes_to_a_person(tmp_path: Path) -> None:
    guide = lamp(tmp_path).guide
    started = replace(guide.leaves["yes"][0], effective_from=date(2027, 1, 1))
    book = book_of(Guides({"lamp": replace(guide, leaves={**guide.leaves, "yes": (started,)})}))
    answer = book.answer(Place(book.guides.by_id["lamp"], (1, 1)), TODAY)
    assert [answer.action, answer.citations] == ["escalate", ()]


SEVENTH, EIGHTH = (CITED.replace('"3"', number) for number in ('"7"', '"8"'))
CHECKLIST = (
    HEAD
    + """
[[guide.steps]]
id = "plug"
ask = "插头有盖吗？"
options = [{ label = "有", to = "wire" }, { label = "没有", to = "wire", gap = "no_cap" }]

[[guide.steps]]
id = "wire"
ask = "电线完好吗？"
options = [{ label = "是", to = "list" }, { label = "不是", to = "list", gap = "bad_wire" }]
"""
    + f"""
[[guide.gaps]]
id = "no_cap"
title = "插头"
answer = "示例：插头要改。"
citations = {SEVENTH}

[[guide.gaps]]
id = "bad_wire"
title = "电线"
answer = "示例：电线要改。"
citations = {EIGHTH}
"""
    + f"""
[[guide.leaves]]
id = "list"
title = "自查结果"
answer = "要补的地方"
clear = "示例：都做到了。"
lists_gaps = true
citations = {CITED}
"""
)


def test_a_self_check_lists_what_is_missing_each_with_its_source(tmp_path: Path) -> None:
    guides = loaded(tmp_path, CHECKLIST)
    book, guide = book_of(guides), guides.by_id["lamp"]
    both = book.answer(Place(guide, (2, 2)), TODAY)
    assert both.lead == "要补的地方（共 2 处）"
    assert both.details == ("1. 插头：示例：插头要改。", "2. 电线：示例：电线要改。")
    assert [each.article for each in both.citations] == ["7", "8", "3"]
    assert book.answer(Place(guide, (1, 2)), TODAY).details == ("1. 电线：示例：电线要改。",)
    assert book.answer(Place(guide, (1, 1)), TODAY).lead == "示例：都做到了。"


# --- the guides that are shipped -------------------------------------------------------------------------------------

CARDS = load_cards(SHIPPED_FOLDER)
SHIPPED = load_guides(SHIPPED_GUIDES, cards=CARDS.by_id, facts=CARDS.facts)
BOOK = book_of(SHIPPED, CARDS.version_on)


def ways(place: Place) -> Iterator[Place]:
    """Every place a guide can be in, from this one on."""
    yield place
    if place.step:
        for number in range(1, len(place.step.options) + 1):
            yield from ways(place.after(number))


def test_the_shipped_guides_have_no_faults() -> None:
    assert SHIPPED.problems == ()
    assert len(SHIPPED.by_id) >= 8


@pytest.mark.parametrize("guide_id", SHIPPED.by_id)
@pytest.mark.parametrize("on", [TODAY, *MIDNIGHT])
def test_every_way_ends_in_an_answer_with_sources_in_few_steps(guide_id: str, on: date) -> None:
    for place in ways(Place(SHIPPED.by_id[guide_id])):
        assert BOOK.at(place.token) == place
        assert len(f"human:{place.token}".encode()) <= 64
        assert place.number <= place.most or not place.step
        if place.step is None:
            answer = BOOK.answer(place, on)
            assert len(place.path) <= MOST_STEPS
            assert answer.lead
            assert answer.citations
            assert "{" not in answer.lead + "".join(answer.details)
            assert answer.action == "answer" or "工作人员" in answer.notice


@pytest.mark.parametrize("guide_id", SHIPPED.by_id)
def test_questions_and_buttons_are_short(guide_id: str) -> None:
    for step in SHIPPED.by_id[guide_id].steps.values():
        assert len(step.ask) <= 30, step.ask
        assert all(len(each.label) <= 16 for each in step.options), step.options


def leaves_of(guide: Guide) -> list[Leaf]:
    return [leaf for group in (guide.leaves, guide.gaps) for found in group.values() for leaf in found]


def test_what_rests_on_the_trademark_law_rests_on_the_version_of_its_days() -> None:
    changing = 0
    for leaf in (leaf for guide in SHIPPED.by_id.values() for leaf in leaves_of(guide)):
        versions = {each.version for each in leaf.citations if each.law == "商标法"}
        if versions:
            changing += 1
            is_new = leaf.effective_from == MIDNIGHT[1]
            assert versions == {"2026-06-26" if is_new else "2019-04-23"}, leaf.leaf_id
            assert is_new or leaf.effective_to == MIDNIGHT[0], leaf.leaf_id
    assert changing >= 10


# --- which guide is offered ------------------------------------------------------------------------------------------

OFFERED = {
    "我该申请专利还是商标": "which_right",
    "请问我这个产品该申请专利还是商标呢": "which_right",
    "不知道该申请哪种专利好": "which_right",
    "被侵权了走哪条路好": "enforcement",
    "被别人侵权了我应该怎么维权": "enforcement",
    "能不能走优先审查": "faster_exam",
    "我们的发明专利能走优先审查吗": "faster_exam",
    "我们公司能不能减缴专利费": "fee_reduction",
    "小公司能不能减免专利费": "fee_reduction",
    "打官司和调解哪个更划算": "dispute_ways",
    "侵权的证据应该怎么固定下来": "evidence",
    "我要取证，该公证还是区块链存证": "evidence",
    "我们手里的数据能做数据知识产权登记吗": "data_registration",
    "想给公司做个知识产权体检": "compliance",
    "商标被驳回了我该怎么办": "trademark_trouble",
    "我的商标被人申请撤三了怎么办": "trademark_trouble",
    "想去国外申请专利该怎么弄": "going_abroad",
    "出口产品怎么在国外保护知识产权": "going_abroad",
}
NOT_OFFERED = (
    "商标续展多少钱",
    "发明专利申请费多少",
    "优先审查要多久",
    "优先审查和优先权有什么区别",
    "专利侵权最多赔多少",
    "专利年费忘交了怎么办",
    "商标和专利有什么区别",
    "仲裁完还能起诉吗",
    "公证费多少钱",
    "你好",
    "",
    "今天天气怎么样",
    "商标可以自己申请注册吗",
    "软件著作权保护几年",
    "植物新品种权保护多少年",
    "商标申请日怎么算",
    "知识产权包括哪些",
    "专利、商标、版权能拿去贷款吗",
    "游戏玩法能不能申请专利",
    "哪些东西不能申请专利",
    "商标注册证丢了怎么办",
)


@pytest.mark.parametrize(("question", "guide_id"), OFFERED.items())
def test_a_question_that_closely_fits_gets_its_guide(question: str, guide_id: str) -> None:
    found = BOOK.offered_for(question)
    assert found is not None
    assert found.guide_id == guide_id


@pytest.mark.parametrize("question", NOT_OFFERED)
def test_other_questions_get_no_guide(question: str) -> None:
    assert BOOK.offered_for(question) is None


# --- zhixun check ----------------------------------------------------------------------------------------------------


def article(text: str, version: str, **dates: date) -> Passage:
    number = "3" if version == "2020-01-01" else "5"
    return Passage(
        f"art:{version}:{number}",
        f"revision:{version}",
        "article",
        "示例灯具条例",
        text,
        law="示例灯具条例",
        article=number,
        version=version,
        effective_from=dates.get("since"),
        effective_to=dates.get("until"),
    )


def test_the_sources_of_endings_are_checked(tmp_path: Path) -> None:
    guides = loaded(tmp_path, CHANGING)
    old = article("满三盏的应当登记。", "2020-01-01", until=MIDNIGHT[0])
    new = article("满五盏的应当登记。", "2026-06-26", since=MIDNIGHT[1])
    report = check_cards(Cards({}), [old, new], TODAY, guides=guides)
    found = {each.card_id: each.finding for each in report.findings}
    assert found == {"引导 lamp/yes": "not in force", "引导 lamp/no": "proven"}
    changed = replace(new, text="满六盏的应当登记。")
    assert "proof missing" in {
        each.finding for each in check_cards(Cards({}), [old, changed], TODAY, guides=guides).findings
    }


def test_a_guide_past_its_review_is_told(tmp_path: Path) -> None:
    report = check_cards(Cards({}), [], date(2027, 11, 2), guides=loaded(tmp_path, GOOD))
    assert ("引导 lamp", "review due") in {(each.card_id, each.finding) for each in report.findings}


def test_the_example_of_the_documentation_is_a_usable_guide(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "guides.md").read_text(encoding="utf-8")
    guides = loaded(tmp_path, page.split("```toml\n")[1].split("```")[0])
    assert guides.problems == ()
    assert list(guides.by_id) == ["lamp"]


def test_a_guide_that_is_saved_is_taken_up_and_a_half_saved_one_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    shelf = GuideShelf(lambda: load_guides(tmp_path), [tmp_path])
    assert [shelf.guides.by_id, shelf.refresh()] == [{}, False]
    file.write_text(GOOD, encoding="utf-8")
    assert shelf.refresh()
    assert list(shelf.guides.by_id) == ["lamp"]
    file.write_text(GOOD[:-40], encoding="utf-8")
    assert not shelf.refresh()
    assert list(shelf.guides.by_id) == ["lamp"]
    file.write_text(GOOD.replace("灯要不要登记？", "改过的标题？"), encoding="utf-8")
    assert shelf.refresh()
    assert shelf.guides.by_id["lamp"].title == "改过的标题？"
