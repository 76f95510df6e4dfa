"""Questions about the law of another country or region, to which texts of Chinese law are no answer."""

from __future__ import annotations

import re

from knowledge.card import Card

_ELSEWHERE = re.compile(
    "美国|欧盟|欧洲|日本|韩国|德国|英国|法国|意大利|西班牙|荷兰|瑞士|俄罗斯|印度|越南|泰国|新加坡|马来西亚|印尼|东南亚"
    "|巴西|墨西哥|加拿大|澳大利亚|中东|非洲|香港|澳门|台湾"
)
_CROSSING = re.compile("国外|外国|境外|海外|涉外|国际|出口|海关|向外|PCT|马德里|海牙|优先权|台胞|港澳")


def is_about_foreign_law(text: str, card: Card) -> bool:
    """Whether a question names another jurisdiction and the card speaks of Chinese law at home only."""
    told = "".join((card.title, card.answer, *card.details, *card.variants))
    return bool(_ELSEWHERE.search(text)) and not _CROSSING.search(told)
