"""Typos and pinyin: terms of the field are recognised by their sound, clean text never changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from knowledge.cards import SHIPPED_FOLDER, load_cards
from knowledge.sounds import merged, readings, spellings_in_pinyin
from knowledge.tokenise import normalise
from knowledge.typos import repaired

RELEVANCE = Path(__file__).parents[1] / "relevance"

TYPOS = [
    ("商镖续展什么时候办", "商标续展什么时候办"),
    ("专力年费忘交了", "专利年费忘交了"),  # a rare word of the stock list
    ("转力申请费", "专利申请费"),  # both characters wrong
    ("著做权要登记吗", "著作权要登记吗"),  # beside a term only we know (权要)
    ("软件住作权保护几年", "软件著作权保护几年"),
    ("商标续占要什么时候办", "商标续展要什么时候办"),
    ("外官设计专利年费", "外观设计专利年费"),
    ("实用新形年费每年多少", "实用新型年费每年多少"),
    ("不交年废专利还有效吗", "不交年费专利还有效吗"),
    ("商标被别人抢柱了", "商标被别人抢注了"),
    ("专利侵全最多赔多少", "专利侵权最多赔多少"),
    ("商标异意期几个月", "商标异议期几个月"),
    ("地里标志是什么", "地理标志是什么"),  # a known word inside a longer term
    ("商业密密怎么定义", "商业秘密怎么定义"),
    ("植物新品总要什么条件", "植物新品种要什么条件"),  # zong and zhong
    ("律师非公证非谁出", "律师费公证费谁出"),
    ("聊天纪录能当正据吗", "聊天记录能当证据吗"),
    ("區快鏈存證", "区块链存证"),
    ("shangbiao zhuce 官费多少", "商标注册 官费多少"),
    ("zhuanlinianfei忘交了怎么办", "专利年费忘交了怎么办"),
    ("ruanzhu 保护几年", "软著 保护几年"),
    ("zhuanli zenme shenqing", "专利怎么申请"),
]
CLEAN = [
    *("以一敌十的广告词", "商标的意义", "中转力量", "专利想卖给别人", "代理说照片就行", "只押一半专利行吗"),
    *("我的产品报哪种专利好", "恶意注册商标罚多少", "看同行专利先看哪部分", "说明数据来源", "对资格有疑义"),
    *("my app has a logo", "python代码怎么保护", "PCT SEP FTO", "fee", "a b c", "", "？？", "离婚财产怎么分"),
]


@pytest.mark.parametrize(("typed", "meant"), TYPOS)
def test_a_typo_is_repaired(typed: str, meant: str) -> None:
    assert repaired(normalise(typed)) == meant
    assert repaired(meant) == meant


@pytest.mark.parametrize("text", CLEAN)
def test_clean_text_does_not_change(text: str) -> None:
    assert repaired(normalise(text)) == normalise(text)


def test_hardly_any_wording_of_a_card_changes() -> None:
    cards = load_cards(SHIPPED_FOLDER).by_id.values()
    texts = [normalise(each) for card in cards for each in (card.title, *card.variants, *card.negatives)]
    changed = [text for text in texts if repaired(text) != text]
    assert len(changed) <= len(texts) // 2000, changed  # a new one: name it in `not_typos`


def test_no_labelled_question_without_a_typo_changes() -> None:
    lines = [json.loads(line) for line in (RELEVANCE / "dev.jsonl").read_text(encoding="utf-8").splitlines()]
    texts = [normalise(each["question"]) for each in lines if each.get("style") != "typo"]
    assert len(texts) > 200
    assert [text for text in texts if repaired(text) != text] == []


def test_a_long_text_is_only_searched_at_its_beginning() -> None:
    assert repaired("商镖" + "好" * 500 + "商镖") == "商标" + "好" * 500 + "商镖"


def test_sounds_many_do_not_tell_apart() -> None:
    assert merged("zhang") == merged("zan")
    assert merged("nan") == merged("lang")
    assert "tiao" in readings("调")
    assert readings("a") == ("",)
    assert {"tiaojie", "diaojie"} <= set(spellings_in_pinyin("调解"))
