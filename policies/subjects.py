"""What a policy is about (主题), for lists in which people look for a law: as recorded, else as its title says."""

from __future__ import annotations

import re
from collections.abc import Sequence

OTHER = "其他相关法律法规"
# In this order, in which they are listed too; the first whose words stand in the title. The division is that of
# intellectual property rights in Civil Code article 123 (2020-05-28), courts and the neighbouring laws after it.
_SUBJECTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("专利", re.compile(r"专利")),
    ("商标、企业名称和地理标志", re.compile(r"商标|驰名|企业名称|地理标志|特殊标志|奥林匹克|域名")),
    ("著作权和软件", re.compile(r"著作权|版权|信息网络传播|软件")),
    ("商业秘密和公平竞争", re.compile(r"商业秘密|不正当竞争|垄断")),
    ("植物新品种和集成电路", re.compile(r"植物新品种|种子|集成电路|布图设计")),
    ("技术合同和成果转化", re.compile(r"技术合同|科技成果|科学技术|技术进出口")),
    ("知识产权保护和服务", re.compile(r"知识产权")),
    ("诉讼、仲裁和调解", re.compile(r"诉讼|仲裁|调解|公证|法院|复议|证据")),
)
_DONE = frozenset(("资助奖励", "维权援助", "培训活动"))


def subject_of(title: str, recorded: Sequence[str] = ()) -> str:
    """The subject the first topic recorded of a policy belongs to, or that topic; else the one its title names; else
    `OTHER`. A topic that says what is done instead of what it is about counts after the title.
    """
    first = next(iter(recorded), "")
    of_title, of_topic = _named(title), _named(first) or first
    return (of_title or of_topic if first in _DONE else of_topic or of_title) or OTHER


def _named(words: str) -> str:
    return next((name for name, pattern in _SUBJECTS if pattern.search(words)), "")


def place_of(subject: str) -> tuple[int, str]:
    """Where a subject stands in a list: those above in their order, the outlet's own after them, `OTHER` last."""
    names = [name for name, _ in _SUBJECTS]
    return (names.index(subject) if subject in names else len(names) + (subject == OTHER), subject)
