"""A follow-up (追问) such as 那外观呢 or 费用呢, completed from the last question."""

from __future__ import annotations

import re
from functools import cache

from knowledge.routing import PUNCTUATION, QUESTION_CUES, topic, word_lists

_SPELLED_OUT = {"费用": "多少钱", "官费": "多少钱", "价格": "多少钱", "时间": "多久", "期限": "多久", "周期": "多久"}


def complete_follow_up(text: str, previous: str) -> str:
    """那外观呢 after 发明专利保护几年 → 外观专利保护几年; texts that stand on their own come back unchanged."""
    if not previous or not _is_follow_up(text):
        return text
    core = re.sub(r"^(那么?|还有|然后|如果是?|要是|换成)|[呢吗?？。!！\s]+$", "", text)
    for subject in _subjects():
        if new := subject.search(core):
            if subject.search(previous):
                return subject.sub(new.group(), previous, count=1)
            return f"{core} {previous}"
    return f"{_subject_of(previous)} {_spelled_out(core)}"


def _spelled_out(core: str) -> str:
    """费用 asks 多少钱: cards ask in whole sentences."""
    return next((f"{core} {asks}" for word, asks in _SPELLED_OUT.items() if word in core and asks not in core), core)


def _is_follow_up(text: str) -> bool:
    bare = PUNCTUATION.sub("", text)
    if len(bare) > 14:
        return False
    named = any(subject.search(bare) for subject in _subjects()) or topic().search(bare)
    asks_itself = QUESTION_CUES.search(re.sub(r"[呢?？]", "", text)) or _aspects().search(text)
    if re.match(r"那|还有|然后|如果|要是|换成", bare) or bare.endswith("呢"):
        return not (named and asks_itself)
    return not named and bool(_aspects().search(bare)) and len(bare) <= 10


def _subject_of(question: str) -> str:
    """A question without its asking words: 商标续展什么时候办 → 商标续展."""
    without = _aspects().sub(" ", question)
    without = re.sub(
        r"什么时候|什么|怎么|怎样|如何|哪些|哪|多少|可以|能不能|需要|应该|必须|办理|吗|呢|要|办$|[?？。!！]",
        " ",
        without,
    )
    return " ".join(without.split())


@cache
def _subjects() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(each) for each in word_lists()["follow_up"]["subjects"])


@cache
def _aspects() -> re.Pattern[str]:
    return re.compile(word_lists()["follow_up"]["aspects"])
