"""Questions about the law of another country or region, to which texts of Chinese law are no answer."""

from __future__ import annotations

import re

from knowledge.card import Card

_ELSEWHERE = re.compile(
    "美国|欧盟|欧洲|日本|韩国|朝鲜|德国|英国|法国|意大利|西班牙|葡萄牙|荷兰|比利时|瑞士|瑞典|挪威|丹麦|芬兰|波兰|奥地利|希腊"
    "|捷克|匈牙利|爱尔兰|俄罗斯|乌克兰|哈萨克|印度|巴基斯坦|孟加拉|斯里兰卡|越南|泰国|新加坡|马来西亚|印尼|菲律宾|柬埔寨"
    "|老挝|缅甸|东南亚|中亚|(?<!内)蒙古|土耳其|以色列|伊朗|伊拉克|沙特|阿联酋|迪拜|卡塔尔|中东|埃及|南非|肯尼亚|尼日利亚|非洲"
    "|巴西|墨西哥|阿根廷|智利|秘鲁|哥伦比亚|南美|拉美|北美|加拿大|澳大利亚|澳洲|新西兰|香港|澳门|台湾"
)
_CROSSING = re.compile("国外|外国|境外|海外|涉外|国际|出口|海关|向外|PCT|马德里|海牙|优先权|台胞|港澳")
# What is asked of the right there, not of a way there: 德国的外观几年, 按越南的法律; 去美国报专利 asks for a way.
_LAW_THERE = re.compile(
    rf"({_ELSEWHERE.pattern})(那边|那里|当地|本地|国内|本土)?的?"
    "(商标|专利|外观|实用新型|发明|版权|著作权|知识产权|商业秘密|法律?|法院|注册|登记|审查|年费|续展)"
)


def is_about_foreign_law(text: str, card: Card) -> bool:
    """Whether a question names another jurisdiction and the card speaks of Chinese law at home only. Where the law
    there is asked for by name, what the card says in passing does not count.
    """
    if not _ELSEWHERE.search(text):
        return False
    told = (card.title, card.answer) if _LAW_THERE.search(text) else (card.title, card.answer, *card.details)
    return not _CROSSING.search("".join((*told, *card.variants)))
