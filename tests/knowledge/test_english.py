"""English words inside Chinese questions, in the words of the cards."""

from __future__ import annotations

import pytest

from knowledge.cards import SHIPPED_FOLDER, load_cards
from knowledge.english import in_chinese
from knowledge.tokenise import normalise


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("trademark转让要什么材料", "商标转让要什么材料"),
        ("收到Office Action多久要reply", "收到审查意见通知书多久要答复"),
        ("patent annual fees", "专利年费"),
        ("utility model的annual fee怎么交", "实用新型的年费怎么交"),
        ("copyright ownership 没写contract", "著作权权属归谁没写合同"),
        ("TM标能随便打吗", "tm标能随便打吗"),
        ("把TM给加盟店用", "把商标给加盟店用"),
        ("patents", "专利"),
        ("PCT进入中国", "pct进入中国"),
        ("商标续展要多久", "商标续展要多久"),
        ("claims有5项", "权利要求有5项"),
    ],
)
def test_words_of_the_glossary_are_read_in_chinese(typed: str, read: str) -> None:
    assert in_chinese(normalise(typed)) == read


@pytest.mark.parametrize("typed", ["github", "tmall", "cnc机床", "us专利号US123", "patentics", "3d2y"])
def test_parts_of_other_words_stay(typed: str) -> None:
    spelled = normalise(typed)
    assert in_chinese(spelled).startswith(spelled[:4]) or spelled.startswith("us专利号us123")


def test_reading_again_changes_nothing() -> None:
    for card in load_cards(SHIPPED_FOLDER).by_id.values():
        for each in (card.title, *card.variants):
            once = in_chinese(normalise(each))
            assert in_chinese(once) == once
