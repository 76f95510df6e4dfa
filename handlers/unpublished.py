"""A warning before somebody types an invention that nobody knows yet (未公开的技术内容).

What is known to the public before the filing day is no longer new (专利法第二十二条), and a chat is no place for
drawings and recipes. Whoever announces an invention of their own, or begins to describe one, is told above the reply.
"""

from __future__ import annotations

import re
from dataclasses import replace

from consultations.messages import Block
from handlers import wording
from handlers.talk import Replies, Talk, say

# What people write who have an invention of their own in hand; questions about inventions as such are not meant.
_WHO = r"(?:我|我们|我司|咱们?|我们?公司|本公司|我[们]?厂|我们?团队|我(?:爸|妈|儿子|女儿|朋友|老公|老婆|同学))"
_NOW = r"(?:自己|最近|刚刚?|这边|也|新|已经|想|准备)*"
_HERE = r"(?:手里|这儿|这里|现在|刚好|正好|也)*"
_MADE = r"(?:发明|研发|开发|设计|研制|琢磨|捣鼓|改进|想|做)(?:了|出来?了?|成了?)"
_THING = r"(?:小?发明(?!专利)|技术方案|新技术|新产品|新工艺|新配方|新设计|创意|点子)"
_PATTERNS = (
    rf"{_WHO}{_NOW}{_MADE}(?:[一这那]?[个种款套项台]|新的?)",
    rf"{_WHO}{_HERE}有(?:了|一|[几两]|这么)*[个项种款]?(?:自己的)?(?:新的?)?{_THING}",
    r"(?:还没|尚未|没有|从未|没)(?:对外)?公开过?的?(?:技术|发明|方案|配方|设计|工艺|产品)",
    r"(?:还没|尚未|没)(?:去|来得及)?(?:申请|报)(?:过)?专利(?:的|，|,|呢|。|就|想|能|可以|现在)",
    r"(?:具体|详细)?(?:技术方案|结构|配方|工艺|原理|发明内容)(?:是这样|如下|大概是|就是[:：])",
    r"其特征(?:在于|是)|权利要求书?(?:草稿|初稿|如下)",
    rf"{_WHO}(?:先|来|给您?你?)*(?:说|讲|描述|介绍|发)(?:一下|下|说|给你|给您)*我?们?的?(?:发明|技术方案|专利方案|图纸|交底书)",
)
_OWN_INVENTION = re.compile("|".join(f"(?:{each})" for each in _PATTERNS))


def speaks_of_own_invention(text: str) -> bool:
    """Whether somebody has an invention in hand that may not be known yet, and may be about to describe it."""
    return _OWN_INVENTION.search(text) is not None


def with_warning(talk: Talk, replies: Replies) -> Replies:
    """The replies, the warning first where it is due; a message that gets no other reply gets it alone."""
    if talk.inbound.kind != "text" or talk.wish.verb or not speaks_of_own_invention(talk.text):
        return replies
    warning = Block("note", wording.UNPUBLISHED)
    if not replies:
        return (say(talk, warning),)
    first = replies[0]
    return (replace(first, blocks=(warning, *first.blocks)), *replies[1:])
