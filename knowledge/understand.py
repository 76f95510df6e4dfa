"""Question → reading: what is asked, how to route it, for which day, and in how many parts.

The word lists are data (``routing.toml``). IP words only route; they never prove that an answer is right.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from knowledge.dictionary import load_dictionary
from knowledge.tokenise import normalise

ROUTING_FILE = Path(__file__).parent / "routing.toml"

# Longer messages are stories: the question sentences carry the search, not the tale around them.
_STORY_CHARACTERS = 40
_QUESTION_CUES = re.compile(
    r"[?？]|吗|呢|么$|什么|怎么|怎样|如何|咋|哪|谁|(?<!十)几|多少|多久|多长|啥|是否|能不能|可不可以|可以.{0,12}吗|会不会|要不要|有没有|是不是|算不算|行不行|区别|怎么办|应该"
)
_POLITE_HEAD = re.compile(
    r"^((你|您)们?好(啊|呀)?|老师(们)?|(早上|上午|下午|晚上)好|在吗|打扰(一下|了)?|请教(一下)?|请问(一下|下)?|麻烦(问|请问)?(一下|下)?|我?(想|要)?(咨询|了解|问)(一下|下|个问题|个事)?|hi|hello|嗨|那个|就是|弱弱地?问(一下|句)?)[，,。.！!、：:~\s]*"
)
_POLITE_TAIL = re.compile(r"[，,。.！!\s]*(谢谢(你|您|啦|了)?|多谢|感谢|麻烦(你|您)?了|急|在线等)+[。.！!~\s]*$")
# Names the new law as such; 以后 or 改了 alone are everyday words and must not bring a law that is not in force yet.
_NEW_LAW = re.compile(
    r"新法(?!院)|新规|新版|最?新(修订|修改|修正|公布)|新的?(商标|专利|著作权|反不正当竞争)法|新的?(办法|条例|解释)"
    r"|(法|条例|办法|解释)(是不是|有没有|刚|最近|又|要|已经)*(改了|修订|修改|修正|更新)|2026年?(新|版|修订的?|修改的?)?商标法|2027"
)
_PUNCTUATION = re.compile(r"[\s，,。.！!？?、：:；;~～…—\-_'\"“”‘’()（）\[\]【】《》<>]+")
_SENTENCES = re.compile(r"(?<=[。！？!?；;\n])|(?<=[，,])(?=(还有|另外|以及|顺便|再(问|请问)|同时(想|问|请)))")
_JOINING_WORDS = re.compile(
    r"^(还有(就是)?|另外|以及|顺便(再)?(问|想问)?(一下|下)?|再(问|请问)(一下|下|个)?|同时|然后|并且|那么?)[，,：:\s]*"
)


@dataclass(frozen=True)
class ArticleAddress:
    """专利法第二十六条第三款 as data. `paragraph` is the 款, 0 when none is named."""

    law: str
    article: str
    paragraph: int = 0


@dataclass(frozen=True)
class Reading:
    """What a message means to us.

    `label` is one of ``question``, ``greeting``, ``thanks``, ``human``, ``complaint``, ``personal``, ``urgent``,
    ``abuse``, ``wrongdoing``, ``injection``, ``chitchat``, ``empty``. `text` is what to look up: normalised, without
    polite words, follow-ups completed. `parts` are its single questions (at least one). `day` is the day the asker
    named, ``None`` for today. `is_ours` says that it mentions our field. `wants_new_law` that it asks for the coming
    version.
    """

    label: str
    text: str
    parts: tuple[str, ...]
    day: date | None = None
    address: ArticleAddress | None = None
    is_ours: bool = False
    follows_up: bool = False
    wants_new_law: bool = False


@dataclass(frozen=True)
class _Label:
    name: str
    whole: re.Pattern[str] | None
    contains: re.Pattern[str] | None
    unless: re.Pattern[str] | None
    longest: int

    def fits(self, text: str, bare: str) -> bool:
        """Whether the label fits a normalised text; `bare` is the text without punctuation."""
        if self.longest and len(text) > self.longest:
            return False
        if self.unless and self.unless.search(text):
            return False
        return bool((self.whole and self.whole.fullmatch(bare)) or (self.contains and self.contains.search(text)))


@dataclass(frozen=True)
class _Routing:
    labels: tuple[_Label, ...]
    topic: re.Pattern[str]
    laws: dict[str, str]
    subjects: tuple[re.Pattern[str], ...]
    aspects: re.Pattern[str]


def understand(question: str, on: date, *, previous: str = "", laws: Collection[str] = ()) -> Reading:
    """Read one message.

    Args:
        question: As typed, any length.
        on: Today for the asker; 去年 and 明年 count from here.
        previous: The last question of the same person, for follow-ups; empty when there is none.
        laws: Titles of the imported laws, so that an article can be asked for by name.
    """
    text = normalise(question).strip()
    label = route(text)
    core = _without_politeness(text)
    completed = complete_follow_up(core, normalise(previous).strip()) if previous else core
    reading = Reading(label, completed, split_parts(completed))
    return replace(
        reading,
        day=named_day(text, on),
        address=article_address(completed, laws),
        is_ours=is_our_field(completed),
        follows_up=completed != core,
        wants_new_law=asks_for_new_law(text),
    )


def route(text: str) -> str:
    """The routing label of a normalised message; ``question`` when no special one fits."""
    bare = _PUNCTUATION.sub("", text)
    if not re.search(r"[\w]", bare):
        return "empty"
    return next((label.name for label in _routing().labels if label.fits(text, bare)), "question")


def is_our_field(text: str) -> bool:
    """Whether a text mentions intellectual property or what a service outlet does."""
    return bool(_routing().topic.search(text) or _term_pattern().search(text))


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


# --- the question itself -----------------------------------------------------------------------------------------


def _without_politeness(text: str) -> str:
    shorter = text
    while (cut := _POLITE_HEAD.sub("", shorter, count=1)) != shorter:
        shorter = cut
    shorter = _POLITE_TAIL.sub("", shorter)
    return shorter if len(shorter) >= 2 else text


def split_parts(text: str) -> tuple[str, ...]:
    """The single questions of a message: two at most, each complete; a story is cut down to what it asks.

    A second part without a subject of its own (要多久) borrows it from the first.
    """
    sentences = [each.strip() for each in _SENTENCES.split(text) if each and each.strip(" ，,。；;\n")]
    asking = [_JOINING_WORDS.sub("", each) for each in sentences if _QUESTION_CUES.search(each)]
    asking = [each for each in asking if len(_PUNCTUATION.sub("", each)) >= 3]
    if len(asking) >= 2 and len(text) <= 2 * _STORY_CHARACTERS:
        first, second = asking[0], asking[1]
        return (first, complete_follow_up(second, first))
    return (_story_question(text) if len(text) > _STORY_CHARACTERS else text,)


def _story_question(text: str) -> str:
    """What a long message asks: its last asking clause, with enough before it to stand on its own."""
    clauses = [each for each in re.split(r"[,，。.!！?？;；\s]+", text) if each]
    place = max((n for n, each in enumerate(clauses) if _QUESTION_CUES.search(each)), default=-1)
    if place < 0:
        return text
    question = clauses[place]
    while len(question) < 8 and place > 0:
        place -= 1
        question = f"{clauses[place]}{question}"
    return _with_topic(_without_politeness(question), clauses)


def _with_topic(question: str, clauses: Sequence[str]) -> str:
    """A question that names nothing of our field keeps the last clause before it that does."""
    if _routing().topic.search(question):
        return question
    matter = next((each for each in reversed(clauses) if _routing().topic.search(each)), "")
    return f"{matter}{question}"


_SPELLED_OUT = {"费用": "多少钱", "官费": "多少钱", "价格": "多少钱", "时间": "多久", "期限": "多久", "周期": "多久"}


def complete_follow_up(text: str, previous: str) -> str:
    """那外观呢 after 发明专利保护几年 → 外观专利保护几年; texts that stand on their own come back unchanged."""
    if not previous or not _is_follow_up(text):
        return text
    core = re.sub(r"^(那么?|还有|然后|如果是?|要是|换成)|[呢吗?？。!！\s]+$", "", text)
    for subject in _routing().subjects:
        if new := subject.search(core):
            if subject.search(previous):
                return subject.sub(new.group(), previous, count=1)
            return f"{core} {previous}"
    return f"{_subject_of(previous)} {_spelled_out(core)}"


def _spelled_out(core: str) -> str:
    """费用 asks 多少钱: cards ask in whole sentences."""
    return next((f"{core} {asks}" for word, asks in _SPELLED_OUT.items() if word in core and asks not in core), core)


def _is_follow_up(text: str) -> bool:
    bare = _PUNCTUATION.sub("", text)
    if len(bare) > 14:
        return False
    named = any(subject.search(bare) for subject in _routing().subjects) or _routing().topic.search(bare)
    asks_itself = _QUESTION_CUES.search(re.sub(r"[呢?？]", "", text)) or _routing().aspects.search(text)
    if re.match(r"那|还有|然后|如果|要是|换成", bare) or bare.endswith("呢"):
        return not (named and asks_itself)
    return not named and bool(_routing().aspects.search(bare)) and len(bare) <= 10


def _subject_of(question: str) -> str:
    """A question without its asking words: 商标续展什么时候办 → 商标续展."""
    without = _routing().aspects.sub(" ", question)
    without = re.sub(
        r"什么时候|什么|怎么|怎样|如何|哪些|哪|多少|可以|能不能|需要|应该|必须|办理|吗|呢|要|办$|[?？。!！]",
        " ",
        without,
    )
    return " ".join(without.split())


# --- days and articles -------------------------------------------------------------------------------------------

_YEAR = re.compile(r"(?<!\d)(20\d\d)年(?:(\d{1,2})月(?:(\d{1,2})[日号])?)?")
_RELATIVE_YEARS = {"前年": -2, "去年": -1, "上一年": -1, "明年": 1, "后年": 2}
# A year before these words says when something was done, not which law is asked for.
_PAST_ACTS = re.compile(
    r"^[份初底末]?(就|才|我|我们|刚|已经)?(申请|注册|授权|登记|买|签|成立|公告|提交|拿|核准|下证|办|开始|修|版|新修|备案|获|颁|公布|发布|印发|出台|的?(商标|专利|著作权|版权)法)"
)


def named_day(text: str, on: date) -> date | None:
    """The day whose law is asked for, when the text names one: 2023年5月 → 2023-05-01, 明年 → 1 January.

    A past year alone means its last day; a year that only dates an act (2019年注册的商标) is no such day.
    """
    for match in _YEAR.finditer(text):
        if (day := _day_of(match, on)) and not _PAST_ACTS.match(text[match.end() :]):
            return day
    for word, shift in _RELATIVE_YEARS.items():
        place = text.find(word)
        if place >= 0 and not (shift < 0 and _PAST_ACTS.match(text[place + len(word) :])):
            return date(on.year + shift, 1, 1) if shift > 0 else date(on.year + shift, 12, 31)
    return None


def _day_of(match: re.Match[str], on: date) -> date | None:
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None
    if month is None:
        return None if year == on.year else date(year, 1, 1) if year > on.year else date(year, 12, 31)
    try:
        return date(year, month, day or 1)
    except ValueError:
        return None


# Normalised texts write 第26条第3款 whatever was typed; only 之一 keeps its numeral.
_ADDRESS = re.compile(r"第(\d+)条(?:之([一二三四五六七八九十]))?(?:[,，\s的]*第(\d+)款)?")


def article_address(text: str, laws: Collection[str]) -> ArticleAddress | None:
    """The article a normalised text names, such as 专利法第26条第3款; ``None`` without law or number."""
    found = _ADDRESS.search(text)
    law = _law_named(text[: found.start()], laws) if found else ""
    if not found or not law:
        return None
    article = found[1] + (f"之{'一二三四五六七八九十'.index(found[2]) + 1}" if found[2] else "")
    return ArticleAddress(law, article, int(found[3] or 0))


def _law_named(text: str, laws: Collection[str]) -> str:
    """The law named last, and the longest name of it, before the number."""
    known = {**_routing().laws, **{normalise(law): law for law in laws}}
    places = [(text.rfind(name) + len(name), len(name), title) for name, title in known.items() if name in text]
    return max(places)[2] if places else ""


# --- the word lists ----------------------------------------------------------------------------------------------


@cache
def _routing() -> _Routing:
    content = tomllib.loads(ROUTING_FILE.read_text(encoding="utf-8"))
    follow_up = content["follow_up"]
    return _Routing(
        labels=tuple(_label(each) for each in content["label"]),
        topic=re.compile(content["topic"]["contains"].replace("\n", "")),
        laws=content["laws"],
        subjects=tuple(re.compile(each) for each in follow_up["subjects"]),
        aspects=re.compile(follow_up["aspects"]),
    )


@cache
def _term_pattern() -> re.Pattern[str]:
    """The official terms of the dictionary that are of our field wherever they stand."""
    shared = tomllib.loads(ROUTING_FILE.read_text(encoding="utf-8"))["topic"]["not_by_themselves"]
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
