"""Message → its single questions: politeness goes, double questions part, a story is cut down to what it asks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from knowledge.follow_up import complete_follow_up, with_subject_of
from knowledge.routing import PUNCTUATION, QUESTION_CUES, word_lists
from knowledge.story import asked_part, matter_of, story_readings

# Longer messages are stories: the question sentences carry the search, not the tale around them.
STORY_CHARACTERS = 40
_MOST_PARTS = 3
_POLITE_HEAD = re.compile(
    r"^((你|您)们?好(啊|呀)?|老师(们)?(你?好)?(?!傅)|(早上|上午|中午|下午|晚上)好|在吗|打扰(一下|了)?|请教(一下)?|请问(一下|下)?"
    r"|麻烦(问|请问)?(一下|下)?|我?(想|要)?(咨询|了解|问)(一下|下|个问题|个事)?|hi|hello|嗨|那个(?=[,，、。~\s])|就是|弱弱地?问(一下|句)?)"
    r"[，,。.！!、：:~\s]*"
)
_POLITE_TAIL = re.compile(
    r"[，,。.！!\s]*(谢谢(你|您|啦|了|大家|老师)?|多谢|感谢|拜托了?|麻烦(你|您)?了|急|在线等)+[。.！!~\s]*$"
)
# Identity card and mobile numbers (whole, so no application or patent number), and any number behind such a name.
_NUMBERS_OF_PERSONS = re.compile(
    r"(我的?)?((身份证|手机|电话|微信|qq|证件)(号码?)?(是|为)?[:： ]*\d{7,18}x?"
    r"|(?<![\da-z.])(1[3-9]\d{9}|\d{17}[\dx]))(?![\d.])[,，。;； ]*"
)
_SENTENCE_ENDS = re.compile(r"(?<=[。！？!?；;\n])")
_PAUSES = re.compile(r"[。！？!?；;\n,，]+")
_CLAUSES = re.compile(r"[,，\s]+")
_JOINING_WORDS = re.compile(
    r"^(还有(一个)?(就是|问题(是)?)?|另外|以及|顺便(再)?(问|想问)?(一下|下)?|再(问|请问)(一下|下|个)?|同时|然后|并且|而且|那么?|和)[，,：:\s]*"
)
_ENDS_IN_NE = re.compile(r"^.{2,10}呢[?？。]?$")
_NUMBERED = re.compile(
    r"(?:^|(?<=[,，。；;：:\s？?！!]))(?:第?[一二三1-3](?:个?(?:问题)?(?:是|就是)?[、,，：:.\s]|是|个是)|[(（][一二三1-3][)）]|[①②③]|其[一二三](?:[、,，：:]|是))"
)
_EACH = re.compile(
    r"^(?P<head>.{0,12}?)(?P<one>[^,，和与跟]{2,10})(?:和|与|跟|、)(?P<other>[^,，和与跟]{2,10}?)的?(?:分别|各自?|都)(?P<tail>(?:是|要|需要|保护|有|收|交|怎么|多).{1,16})$"
)
_ASKS_AT_THE_END = re.compile("(需要|要|准备|提交|交)?(什么|哪些|多少)$")


def without_politeness(text: str) -> str:
    """The text without greetings before and thanks behind; what is nothing else stays as it is."""
    shorter = text
    while (cut := _POLITE_HEAD.sub("", shorter, count=1)) != shorter:
        shorter = cut
    shorter = _POLITE_TAIL.sub("", shorter)
    return shorter if len(shorter) >= 2 else text


def without_numbers_of_persons(text: str) -> str:
    """The normalised text without identity card and telephone numbers, which say nothing of what is asked; one that is
    nothing else stays as it is.
    """
    shorter = _NUMBERS_OF_PERSONS.sub("", text).strip("，,;； ")
    return shorter if len(shorter) >= 2 else text


def split_parts(text: str) -> tuple[str, ...]:
    """The single questions of a message, three at most, each complete; a story is cut down to what it asks.

    A part without a subject of its own (要多久) borrows it from the first.
    """
    asking = _asking_units(text)
    if len(asking) >= 2:
        return _completed(asking, text)
    return (next(iter(story_readings(text)), text) if len(text) > STORY_CHARACTERS else text,)


def questions_in(text: str) -> tuple[str, ...]:
    """The pieces of a message that ask something, as they stand: two in 商标注册多少钱,你们几点下班."""
    pieces = (_JOINING_WORDS.sub("", each.strip()) for each in _PAUSES.split(text))
    return tuple(each for each in pieces if QUESTION_CUES.search(each))


def _completed(asking: Sequence[str], text: str) -> tuple[str, ...]:
    """Each question with its subject: its own, the first one's, or what the tale before them speaks of."""
    first = asking[0]
    if not matter_of(first) and (before := text.partition(first)[0]):
        first = f"{' '.join(dict.fromkeys(matter_of(before)[-3:]))} {first}".strip()
    rest = [_with_subject(each, first) for each in asking[1:]]
    return tuple(dict.fromkeys((first, *rest)))


def _with_subject(unit: str, first: str) -> str:
    """A later question with its subject; 版权质押呢 asks the same as the first of something else."""
    return complete_follow_up(unit, first) if _ENDS_IN_NE.search(unit) else with_subject_of(unit, first)


def _asking_units(text: str) -> list[str]:
    """The questions of a message, the last three at most. Of a story only the short sentences that end it: its clauses
    belong together.
    """
    sentences = list(_sentences(asked_part(text)))
    if len(text) <= STORY_CHARACTERS:
        units = [unit for sentence in sentences for unit in _units_of(sentence)]
        return [each for each in units if _asks(each)][-_MOST_PARTS:]
    tale = [n for n, each in enumerate(sentences) if len(each) > STORY_CHARACTERS or not _asks(each)]
    return sentences[max(tale, default=-1) + 1 :][-_MOST_PARTS:]


def _sentences(text: str) -> Iterator[str]:
    """The sentences; numbered points (第一，… 第二，…) count as sentences."""
    for numbered in _NUMBERED.split(text):
        for sentence in _SENTENCE_ENDS.split(numbered):
            if each := _JOINING_WORDS.sub("", without_politeness(sentence.strip(" ，,。；;\n")).strip(" ，,：:")):
                yield each


def _units_of(sentence: str) -> list[str]:
    """The questions within one sentence: parted by commas where each side asks, by 分别, or by nothing at all."""
    units: list[str] = []
    for clause in filter(None, _CLAUSES.split(sentence)):
        if units and not (_asks(units[-1]) and _stands_alone(clause, units[-1])):
            units[-1] = f"{units[-1]} {clause}"  # What is no question of its own belongs to what it stands beside.
        else:
            units.append(_JOINING_WORDS.sub("", clause))
    return [part for unit in units for each in _each_of(unit) for part in _unpunctuated(each)]


def _each_of(unit: str) -> tuple[str, ...]:
    """发明和外观分别保护几年 → 发明保护几年, 外观保护几年; 专利和商标有效期各几年 and 专利转让 流程 费用 likewise."""
    if (both := _EACH.match(unit)) and not both["head"].endswith(("和", "与", "跟", "、")):
        head, tail = both["head"], both["tail"]
        return (f"{head}{both['one']}{tail}", f"{head}{both['other']}{tail}")
    if both := _each_has().match(unit):
        return (f"{both['one']}{both['wanted']}{both['tail']}", f"{both['other']}{both['wanted']}{both['tail']}")
    if listed := _listed().match(unit):
        wanted = [each for each in re.findall(_wanted(), listed["wanted"]) if each]
        subject = _ASKS_AT_THE_END.sub("", listed["subject"]).strip()
        return tuple(f"{subject} {each} {listed['tail'] or _asks_for(each)}" for each in wanted)
    return (unit,)


def _asks_for(wanted: str) -> str:
    """How one asks for it: 费用 → 多少钱."""
    if wanted.endswith(("费", "费用", "价格", "赔偿")):
        return "多少钱"
    if wanted.endswith(("期", "期限", "时间")):
        return "多久"
    return "怎么办理" if wanted in {"流程", "步骤"} else "是什么"


def _asks(text: str) -> bool:
    return bool(QUESTION_CUES.search(text)) and len(PUNCTUATION.sub("", text)) >= 3


def _stands_alone(clause: str, before: str) -> bool:
    """Whether a clause asks for something of its own: a sum, a time, papers; not 怎么弄 alone, nor the same again."""
    if not _asks(clause):
        return False
    own = (each.group() for each in re.finditer(word_lists()["double"]["stands_alone"], clause))
    says_more = any(each not in before for each in own)
    return says_more or bool(_JOINING_WORDS.match(clause) or _ENDS_IN_NE.search(clause))


def _unpunctuated(unit: str) -> Iterator[str]:
    """商标注册多少钱要多久 → 商标注册多少钱, 要多久."""
    if found := _second_begins().search(unit):
        yield unit[: found.end("first")]
        yield _JOINING_WORDS.sub("", unit[found.end("first") :])
    else:
        yield unit


def _wanted() -> str:
    wanted: str = word_lists()["double"]["wanted"]
    return wanted


@cache
def _each_has() -> re.Pattern[str]:
    """One thing asked of two: 专利和商标有效期各几年."""
    return re.compile(
        f"^(?P<one>[^,，和与跟 ]{{2,8}})(?:和|与|跟|、)(?P<other>[^,，和与跟 ]{{2,8}}?)的?(?P<wanted>{_wanted()})"
        r"(?:分别|各自?|都)(?P<tail>(?:是|要)?(?:多少|几|多久|怎么).{0,8})$"
    )


@cache
def _listed() -> re.Pattern[str]:
    """Two or three things asked of one: 布图设计登记费用和保护期限."""
    return re.compile(
        f"^(?P<subject>.{{2,16}}?)(?P<wanted>\\s*(?:{_wanted()})(?:(?:以及|和|与|及|、|\\s)+(?:{_wanted()})){{1,2}})"
        r"(?P<tail>(?:各|分别)?(?:是|要)?(?:多少|几年|多久|有哪些|什么|怎么.{1,4})?)[?？]?$"
    )


@cache
def _second_begins() -> re.Pattern[str]:
    words = word_lists()["double"]
    return re.compile(f"(?P<first>.{{3,}}?(?:{words['first_ends']})[呢吗啊呀]?)(?=(?:{words['second_begins']}))")
