"""Message → label: how it is routed before anything is looked up, and whether it is of our field at all.

The word lists are data (``routing.toml``). IP words only route; they never prove that an answer is right.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from knowledge.dictionary import load_dictionary
from knowledge.tokenise import normalise

ROUTING_FILE = Path(__file__).parent / "routing.toml"
QUESTION_CUES = re.compile(
    r"[?？]|吗|呢|么$|什么|怎么|怎样|如何|咋|哪|谁|(?<!十)几|多少|多久|多长|啥|是否|([一-龥])[不没]\1|可以.{0,12}吗|区别|怎么办|应该"
)
PUNCTUATION = re.compile(r"[\s，,。.！!？?、：:；;~～…—\-_'\"“”‘’()（）\[\]【】《》<>]+")
# Longer messages say more than they ask.
_LONGEST_PLAIN = 24
# Longer messages tell a case or a grievance in whatever words.
_LONGEST_REMARK = 12
_SHORTEST_TALE = 16
# A variable of a quick reply that nobody filled in, {答复时限}: it says nothing.
_UNFILLED = re.compile(r"(?<!\{)\{[一-龥]+\}(?!\})")


@dataclass(frozen=True)
class _Label:
    name: str
    whole: re.Pattern[str] | None
    contains: re.Pattern[str] | None
    unless: re.Pattern[str] | None
    longest: int

    def fits(self, text: str, bare: str) -> re.Match[str] | None:
        """What makes the label fit a normalised text; `bare` is the text without punctuation."""
        if self.longest and len(text) > self.longest:
            return None
        if self.unless and self.unless.search(text):
            return None
        whole = self.whole.fullmatch(bare) if self.whole else None
        return whole or (self.contains.search(text) if self.contains else None)


def route(text: str) -> str:
    """The routing label of a normalised message; ``question`` when no special one fits."""
    return routed(text)[0]


def routed(text: str) -> tuple[str, str]:
    """The routing label, and the words that called for it; none for ``question`` and ``empty``."""
    bare = PUNCTUATION.sub("", _UNFILLED.sub("", text))
    if not re.search(r"[\w]", bare):
        return "empty", ""
    fitting = ((label.name, found.group()) for label in _labels() if (found := label.fits(text, bare)))
    return next(fitting, ("question", ""))


def is_our_field(text: str) -> bool:
    """Whether a text mentions intellectual property or what a service outlet does."""
    return bool(topic().search(text) or _term_pattern().search(text))


def is_surely_ours(text: str) -> bool:
    """Whether a normalised text is of our field beyond doubt, so that it is never declined."""
    return bool(_surely().search(text)) or says_nothing_else(text)


def says_nothing_else(text: str) -> bool:
    """Whether a normalised text names our field and for the rest only asks: FTO是啥, 怎么取证, 网页取证怎么弄才有效."""
    bare = PUNCTUATION.sub("", text)
    if len(bare) > _LONGEST_PLAIN or not _names().search(bare):
        return False
    return not _only_asks().sub("", _names().sub("", bare))


def name_asked_about(text: str) -> str:
    """The name a normalised text wants explained, fto of fto是啥; empty when it asks for anything else."""
    named = list(dict.fromkeys(each.group() for each in _names().finditer(text)))
    return named[0] if len(named) == 1 and _meaning().search(text) and says_nothing_else(text) else ""


def is_local(text: str) -> bool:
    """Whether a normalised text asks for what only people on the spot know: address, hours, telephone, what the
    district pays.
    """
    return bool(_local().search(text))


def only_asks_of_outlet(text: str) -> bool:
    """Whether a normalised text asks for such a fact and grieves over nothing, so that it is no complaint."""
    return is_local(text) and not _grievance().search(text)


def asks_for_service(text: str) -> bool:
    """Whether a normalised text asks what the outlet does for people, which is no case of one's own."""
    return bool(_service().search(text))


def asks_for_rule(text: str) -> bool:
    """Whether a normalised text asks what is usual or what the law says, whatever tale stands before."""
    return bool(_rule().search(text))


def may_be_a_case(text: str) -> bool:
    """Whether a normalised text that names nothing of our field may be a case of one's own: it speaks of what such
    cases are about, or is longer, whatever words it chooses, and not about what others look after.
    """
    if _case("speaks_of").search(text):
        return True
    return len(PUNCTUATION.sub("", text)) > _LONGEST_REMARK and not _case("elsewhere").search(text)


def asks_for_lecture(text: str) -> bool:
    """Whether a normalised text wants somebody to come and lecture: 派老师来车间讲课."""
    return bool(_case("lecture").search(text))


def tells_a_case(text: str) -> bool:
    """Whether a normalised text tells at some length what happened to the asker, of the kind that cases are about."""
    is_long = len(text) >= _SHORTEST_TALE and bool(_case("mine").search(text))
    return is_long and bool(_case("speaks_of").search(text)) and not _case("elsewhere").search(text)


def tells_own_dispute(text: str) -> bool:
    """Whether a normalised text tells that the asker is being sued, accused or fined: the rule is no advice on that."""
    return bool(_case("own_dispute").search(text)) and not asks_for_rule(text)


def may_complain_of_us(text: str) -> bool:
    """Whether a normalised text may be a complaint about us: short ones only with a word of it: 态度, 没人接, 白跑."""
    is_long = len(PUNCTUATION.sub("", text)) > _LONGEST_REMARK
    return is_long or bool(_case("about_us").search(text))


def asks_something(text: str) -> bool:
    """Whether a normalised text asks: in so many words, or by naming what can be asked about anything (费用, 流程)."""
    return bool(QUESTION_CUES.search(text) or aspects().search(text))


def is_pressing(text: str) -> bool:
    """Whether anything in a normalised text says that there is no time."""
    return bool(_pressing().search(text))


def short_names_of_laws() -> Mapping[str, str]:
    """What people call a law, and its title in the compilation."""
    laws: Mapping[str, str] = word_lists()["laws"]
    return laws


@cache
def topic() -> re.Pattern[str]:
    """The words that make a message ours to look after."""
    return re.compile(word_lists()["topic"]["contains"].replace("\n", ""))


@cache
def aspects() -> re.Pattern[str]:
    """What can be asked about anything: 费用, 流程, 材料."""
    return re.compile(word_lists()["follow_up"]["aspects"])


@cache
def _names() -> re.Pattern[str]:
    return re.compile(word_lists()["topic"]["names"].replace("\n", ""))


@cache
def _meaning() -> re.Pattern[str]:
    return re.compile(word_lists()["topic"]["meaning"])


@cache
def _only_asks() -> re.Pattern[str]:
    """Words that ask, or that belong to any matter of ours."""
    words = word_lists()["follow_up"]
    return re.compile("|".join((words["aspects"], words["generic"], words["asking"], word_lists()["topic"]["beside"])))


@cache
def _surely() -> re.Pattern[str]:
    lists = word_lists()["topic"]
    joined = "|".join(pattern for patterns in lists["surely"].values() for pattern in patterns)
    for name, words in lists["words"].items():
        joined = joined.replace(f"<{name}>", words)
    return re.compile(joined)


@cache
def _service() -> re.Pattern[str]:
    return re.compile(word_lists()["service"]["contains"])


@cache
def _pressing() -> re.Pattern[str]:
    return re.compile(word_lists()["pressing"]["contains"])


@cache
def _case(which: str) -> re.Pattern[str]:
    return re.compile(word_lists()["case"][which])


@cache
def _rule() -> re.Pattern[str]:
    return re.compile(word_lists()["rule"]["contains"])


@cache
def _local() -> re.Pattern[str]:
    return re.compile(word_lists()["local"]["contains"])


@cache
def _grievance() -> re.Pattern[str]:
    return re.compile(word_lists()["local"]["grieves"])


@cache
def word_lists() -> dict[str, Any]:
    """The content of `ROUTING_FILE`."""
    return tomllib.loads(ROUTING_FILE.read_text(encoding="utf-8"))


@cache
def _labels() -> tuple[_Label, ...]:
    return tuple(_label(each) for each in word_lists()["label"])


@cache
def _term_pattern() -> re.Pattern[str]:
    """The official terms of the dictionary that are of our field wherever they stand."""
    shared = word_lists()["topic"]["not_by_themselves"]
    official = {normalise(entry.official) for entry in load_dictionary()} - {normalise(each) for each in shared}
    return re.compile("|".join(re.escape(each) for each in sorted(official, key=len, reverse=True) if len(each) > 2))


def _label(raw: dict[str, Any]) -> _Label:
    return _Label(
        name=raw["name"],
        whole=_either(raw.get("whole", [])),
        contains=_either(raw.get("contains", [])),
        unless=re.compile(raw["unless"]) if raw.get("unless") else None,
        longest=raw.get("longest", 0),
    )


def _either(patterns: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(f"(?:{each})" for each in patterns)) if patterns else None
