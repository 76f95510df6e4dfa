"""Topic, region and industry of a policy as its title and text say them, and its programme (申报项目): proposals.

People confirm or correct them before anything is written; what nobody can read off the words stays empty.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from policies.compilation import Revision
from policies.draft import PolicyDraft
from policies.notices import Notice, notice_in
from policies.profile import Programme

_WORDS = Path(__file__).with_name("topics.toml")
# Judged by eye on the national statutes: a text about a topic names it at least once in 250 characters, and a topic
# with less than a tenth of all such words is mentioned, not treated.
_CHARACTERS_A_WORD, _LEAST_SHARE, _LEAST_WORDS = 250, 0.1, 3
_TITLE = "标题"
_FROM_TEXT = "正文里最常出现的词"
_REGION = re.compile(
    r"(?=[^省市县区])(?:[\u4e00-\u9fff]{2,7}?(?:省|自治区))?(?:[\u4e00-\u9fff]{2,7}?(?:市(?!场)|自治州))?"
    r"(?:[\u4e00-\u9fff]{1,6}?(?:自治县|县|(?<![社园地])区))?"
)
_NO_REGION = re.compile(r"国家|全国|最高|中华|国务院|城市|都市|超市|上市|关于|保护|管理")


@dataclass(frozen=True)
class Proposal:
    """What one field (of `policies.profile.FIELDS`) would be: `words` as people read them, and where that comes from:
    the sentence it was read in. Empty `words`: something is said there that nobody could be sure of.
    """

    field: str
    words: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Recognised:
    """All that was recognised of one text, with the proposals people see."""

    topics: tuple[str, ...] = ()
    region: str = ""
    industries: tuple[str, ...] = ()
    programme: Programme | None = None
    proposals: tuple[Proposal, ...] = ()


def recognise(draft: PolicyDraft) -> Recognised:
    """What is proposed for a text."""
    named, from_text = topics_of(draft)
    region = region_of(draft.issuer) or region_of(draft.title)
    industries = tuple(each.name for each in _entries("industry") if each.is_in(draft.title))
    notice = notice_in(draft)
    where = "和".join([*([_TITLE] if named else []), *([_FROM_TEXT] if from_text else [])])
    topics = (*named, *from_text)
    said = (
        Proposal("topics", topics, where),
        Proposal(
            "region", (region,) if region else (), f"发文机关“{draft.issuer}”" if region_of(draft.issuer) else _TITLE
        ),
        Proposal("industries", industries, _TITLE),
    )
    of_programme = _proposals_of(notice) if notice else ()
    programme = notice.programme if notice else None
    return Recognised(topics, region, industries, programme, (*(each for each in said if each.words), *of_programme))


def fill(revision: Revision, found: Recognised) -> None:
    """Give a revision what was recognised; a field that has a value keeps it."""
    values: Mapping[str, object] = {
        "topics": list(found.topics),
        "region": found.region,
        "industries": list(found.industries),
        "programme": found.programme.stored if found.programme else {},
    }
    for name, value in values.items():
        if value and not getattr(revision, name):
            setattr(revision, name, value)


def topics_of(draft: PolicyDraft) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """``(named by the title, dominating the text)``; the text is asked only when the title names no right."""
    entries = _entries("topic")
    named = tuple(each.name for each in entries if each.is_in(draft.title))
    if any(each.is_right for each in entries if each.name in named):
        return named, ()
    text = "".join(each.text for each in draft.articles)
    counts = {each.name: sum(text.count(word) for word in each.text) for each in entries if each.name not in named}
    total = sum(counts.values())
    least = max(_LEAST_WORDS, total * _LEAST_SHARE)
    if total * _CHARACTERS_A_WORD < len(text):
        return named, ()
    return named, tuple(name for name, count in counts.items() if count >= least)


def region_of(name: str) -> str:
    """The place (省、市、区县) an issuer or a title begins with; "" when it begins with none."""
    found = _REGION.match(name)
    region = found[0] if found else ""
    return "" if _NO_REGION.search(region) else region


@dataclass(frozen=True)
class _Entry:
    """One topic or industry of ``topics.toml``."""

    name: str
    title: tuple[str, ...]
    text: tuple[str, ...] = ()
    is_right: bool = False

    def is_in(self, title: str) -> bool:
        return any(word in title for word in self.title)


@cache
def _entries(kind: Literal["topic", "industry"]) -> Sequence[_Entry]:
    read = tomllib.loads(_WORDS.read_text("utf-8"))[kind]
    return [
        _Entry(each["name"], tuple(each["title"]), tuple(each.get("text", ())), each.get("is_right", False))
        for each in read
    ]


def _proposals_of(notice: Notice) -> tuple[Proposal, ...]:
    made = notice.programme
    days = (f"{made.opens_on or ''} 至 {made.closes_on or ''}".strip(),) if made.opens_on or made.closes_on else ()
    found = [Proposal("programme", (made.name,), _TITLE)]
    found += [Proposal("window", days, f"“{notice.window}”")] if notice.window else []
    found += [Proposal("conditions", made.conditions, f"“{notice.conditions}”")] if made.conditions else []
    found += [Proposal("materials", made.materials, f"“{notice.materials}”")] if made.materials else []
    return tuple(found)
