"""Words of Taiwan and Hong Kong are read in ours; ours stay as they are."""

from __future__ import annotations

import pytest

from knowledge.cards import SHIPPED_FOLDER, load_cards
from knowledge.regional import in_our_words
from knowledge.tokenise import normalise

WORDS = [
    ("智慧財產權包括哪些", "知识产权包括哪些"),
    ("營業秘密要符合什麼條件", "商业秘密要符合什么条件"),
    ("新型專利年費每年多少", "实用新型专利年费每年多少"),
    ("設計專利年費每年多少錢", "外观设计专利年费每年多少钱"),
    ("外觀設計專利保護幾年", "外观设计专利保护几年"),
    ("實用新型專利", "实用新型专利"),
    ("商標延展什麼時候辦理", "商标续展什么时候办理"),
    ("商標註冊要準備哪些文件", "商标注册要准备哪些文件"),
    ("軟體著作權保護幾年", "软件著作权保护几年"),
    ("積體電路電路布局保護多久", "集成电路布图设计保护多久"),
    ("專利權讓與什麼時候生效", "专利权转让什么时候生效"),
    ("技術讓與人要擔責嗎", "技术让与人要担责吗"),
    ("網路商店被檢舉下架怎麼恢復", "网店被举报下架怎么恢复"),
    ("有人盜用我的影片", "有人盗用我的视频"),
    ("著名商標怎麼認定", "驰名商标怎么认定"),
    ("專利申請費什麼時候繳", "专利申请费什么时候缴"),
    ("手機合約機", "手机合约机"),
]


@pytest.mark.parametrize(("typed", "read"), WORDS)
def test_the_same_thing_by_another_name(typed: str, read: str) -> None:
    assert in_our_words(normalise(typed)) == read
    assert in_our_words(read) == read


def test_the_wordings_of_cards_that_speak_our_way_do_not_change() -> None:
    cards = load_cards(SHIPPED_FOLDER).by_id.values()
    changed = [title for card in cards if in_our_words(title := normalise(card.title)) != title]
    assert changed == []
