"""What a text names: an article (条款), a coming law, a thing to be explained."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from knowledge.citations import ArticleAddress, references

# Names the new law as such; 以后 or 改了 alone are everyday words and must not bring a law that is not in force yet.
_NEW_LAW = re.compile(
    r"新法(?!院)|新规|新版|最?新(修订|修改|修正|公布)|新的?(商标|专利|著作权|反不正当竞争)法|新的?(办法|条例|解释)"
    r"|(法|条例|办法|解释)(是不是|有没有|刚|最近|又|要|已经)*(改了|修订|修改|修正|更新)|2026年?(新|版|修订的?|修改的?)?商标法|2027"
)


def asks_for_new_law(text: str) -> bool:
    """Whether a normalised text speaks of a new or coming law rather than of the law as it is."""
    return bool(_NEW_LAW.search(text))


_DEFINITION = re.compile(
    r"(?:^|[,，。；;？?\s])(?:什么是|什么叫做?|啥是|何谓|何为|解释一下)(?P<after>[^,，。；;？?]{2,24})"
    r"|(?:^|[,，。；;？?\s])(?P<before>[^,，。；;？?]{2,24}?)(?:是什么|是啥|什么意思|是指什么|指什么|指的是什么|的定义|的概念|的含义)"
    r"(?:意思|东西|概念|含义|呢|啊|呀)?(?:$|[,，。；;？?\s])"
)


def subject_of_definition(text: str) -> str:
    """What a normalised text wants explained: 什么是驰名商标 → 驰名商标; empty when it asks for something else."""
    found = _DEFINITION.search(text)
    return (found["after"] or found["before"]) if found else ""


_FURTHER_PLACE = re.compile(r"^(?:那么?|还有|然后)?(?=第)(?:第(?P<article>\d{1,4})条)?(?:第(?P<paragraph>\d{1,3})款)?")


def article_addresses(text: str, laws: Collection[str], previous: str = "") -> tuple[ArticleAddress, ...]:
    """The articles a normalised question names by number; 那第四款呢 leans on the article asked for before."""
    found = references(text, laws, loosely=True)
    further = None if found or not previous else _FURTHER_PLACE.match(text)
    if not further:
        return tuple(dict.fromkeys(each.address for each in found if each.is_known))
    before = [each.address for each in references(previous, laws, loosely=True) if each.is_known]
    return tuple(
        replace(each, article=further["article"] or each.article, paragraph=int(further["paragraph"] or 0), item=0)
        for each in before[-1:]
    )


def unknown_laws(text: str, laws: Collection[str]) -> tuple[str, ...]:
    """The names of laws we do not know of which a question wants an article."""
    return tuple(each.address.law for each in references(text, laws) if not each.is_known)
