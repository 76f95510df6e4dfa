"""A follow-up (追问) such as 那外观呢 or 费用呢, completed from the last question."""

from __future__ import annotations

import re
from functools import cache

from knowledge.conditions import conditions
from knowledge.routing import PUNCTUATION, QUESTION_CUES, aspects, topic, word_lists
from knowledge.story import matter_of, story_readings

# Longer messages stand for themselves; those that begin with 那 or 如果 may be a little longer.
_LONGEST = 14
_LONGEST_MARKED = 20
_LONGEST_PREVIOUS = 40
_LONGEST_SUBJECT = 14

_HEAD = re.compile(
    r"^(?:那么|那就|那|还有|然后|另外|所以|但是|可是|不过|请问|再问(?:一下|下)?|顺便问(?:一下|下)?"
    r"|(?:如果|要是|假如|万一|换成|换作|换)(?:是|说)?)+[,，\s]*"
)
_TAIL = re.compile(r"(?:的?(?:话|情况))?(?:又?(?:怎么样|怎样|如何))?[呢啊呀嘛?？。!！~\s]+$")
_MARKED = re.compile(r"^(?:那|如果|要是|假如|万一|换成|换作|还有|然后|另外)")
# 实用新型也一样吗 asks the last question of something else.
_LIKEWISE = re.compile(
    r"(?:是不是)?也(?:是|要|能|行|得|算|可以|需要|适用)?(?:这样|这么多?|同样|一样)?(?:的|算)?(?:吗|么|吧|不)?$"
)
# The offices that everything is filed with; who names one has not said what about.
_OFFICES = re.compile(r"(?:国家)?(?:商标|专利|知识产权|版权)局")
_COMPARES = re.compile(r"^(?:和|跟|与|同|比)")
# 不备案有啥后果 asks of what was to be done before, not of something else to be done.
_LEFT_UNDONE = re.compile(r"^(?:要是|如果|万一)?(?:不|没|没有|未)(?!同)")
_FEE = re.compile(r"((请求|申请|登记)费|费用)$")
_SPELLED_OUT = {"费用": "多少钱", "官费": "多少钱", "价格": "多少钱", "时间": "多久", "期限": "多久", "周期": "多久"}


def complete_follow_up(text: str, previous: str) -> str:
    """那外观呢 after 发明专利保护几年 → 外观专利保护几年; texts that stand on their own come back unchanged.

    Args:
        text: Normalised, without polite words.
        previous: The last question, normalised; empty when there is none. A long one is cut down first.
    """
    if previous and lacks_subject(previous) and is_bare_subject(text):
        return f"{text} {previous}"  # What was asked back for: 商标续展 after 需要什么材料.
    if not previous or not is_follow_up(text):
        return text
    previous = _brief(previous)
    if _patterns()["same_again"].fullmatch(PUNCTUATION.sub("", text)):
        return previous
    if _patterns()["other_ways"].search(text):
        return f"{subject_of(previous)} 有哪些办法 找谁处理"
    if _COMPARES.match(text):
        return f"{subject_of(previous)} {text}"
    core = _LIKEWISE.sub("", _TAIL.sub("", _HEAD.sub("", text))).strip(" ,，的")
    return _exchanged(core, previous) or _appended(core, previous)


def about_last(text: str, previous: str) -> str:
    """A short message that names nothing, read as if it asked about the last question's matter; else empty."""
    bare = PUNCTUATION.sub("", text)
    if not 2 < len(bare) <= _LONGEST_MARKED or _names_a_subject(bare):
        return ""
    return f"{subject_of(_brief(previous))} {_TAIL.sub('', _HEAD.sub('', text))}".strip()


def is_follow_up(text: str) -> bool:
    """Whether a text needs the last question to be understood."""
    bare = PUNCTUATION.sub("", text)
    marked = bool(_MARKED.match(bare) or _COMPARES.match(bare)) or bare.endswith("呢")
    if not bare or len(bare) > (_LONGEST_MARKED if marked else _LONGEST):
        return False
    if _COMPARES.match(bare) or _patterns()["same_again"].fullmatch(bare) or _patterns()["other_ways"].search(bare):
        return True
    asks = bool(QUESTION_CUES.search(bare.rstrip("呢")) or aspects().search(bare))
    if _names_a_subject(bare):
        return (marked and not asks) or _asks_likewise(bare)
    return (marked and not asks) or (asks and not _unknown_rest(bare))


def lacks_subject(text: str) -> bool:
    """Whether a text asks something that can be asked of anything, and names nothing: 需要什么材料, 能减免吗."""
    bare = PUNCTUATION.sub("", text)
    if len(bare) > _LONGEST or _names_a_subject(bare) or topic().search(bare):
        return False
    asks = bool(QUESTION_CUES.search(bare) or aspects().search(bare))
    return asks and not _rest(_HEAD.sub("", bare))


def is_bare_subject(text: str) -> bool:
    """Whether a text names what it is about and asks nothing: 商标续展."""
    bare = PUNCTUATION.sub("", text)
    return len(bare) <= _LONGEST and bool(_subjects()[0].search(bare)) and not QUESTION_CUES.search(bare)


def with_subject_of(text: str, first: str) -> str:
    """A second question that leaves its subject out, with that of the first: 要多久 → 商标注册 要多久.

    When something else is to be done than in the first, or what is asked belongs to the right itself, only what it is
    done with is borrowed: 许可要备案吗 after 专利转让什么时候生效 → 专利 许可要备案吗; 年费多少 after 外观专利保护几年
    → 外观专利 年费多少.
    """
    names_one = _names_a_subject(text)
    if names_one and not _patterns()["verbs"].match(text):
        return text
    acts = _patterns()["acts"]
    does_another = acts.search(text) and acts.search(first) and not _LEFT_UNDONE.match(text)
    is_other_act = bool(does_another) or bool(_patterns()["of_the_right"].match(text))
    subject = (_noun_of(first) if names_one or is_other_act else "") or subject_of(first)
    if not aspects().search(text):
        subject = _FEE.sub("", subject) or subject  # 谁可以提 after 无效请求费多少钱 asks for no sum.
    return text if subject in text else f"{subject} {_spelled_out(text)}".strip()


def subject_of(question: str) -> str:
    """What a question is about, without its asking words: 商标续展什么时候办 → 商标续展; of long ones what matters."""
    without = _patterns()["asking"].sub(" ", aspects().sub(" ", question))
    words = without.split()
    subject = " ".join([each for each in words if len(each) > 1] or words)
    if len(subject) <= _LONGEST_SUBJECT:
        return subject
    return " ".join(dict.fromkeys(matter_of(question))) or subject


def _noun_of(question: str) -> str:
    """The subject of our field that a question names: 专利 of 专利转让什么时候生效."""
    found = _subjects()[0].search(question)
    return found.group() if found else ""


def _exchanged(core: str, previous: str) -> str:
    """The last question about something else: 外观 for 发明专利; empty when that is not what is meant."""
    rest, asked = core, previous
    for subject in _subjects():
        new = subject.search(rest)
        if new and subject.search(asked):
            rest = rest.replace(new.group(), "", 1)
            asked = subject.sub(new.group(), asked, count=1)
    is_all = rest != core and all(sign in asked for sign in rest.strip("的是和"))
    return asked if is_all else ""


def _appended(core: str, previous: str) -> str:
    if any(subject.fullmatch(core) for subject in _subjects()):
        return f"{core} {previous}"  # A subject of a kind the last question did not name: 个人呢.
    is_bare = not QUESTION_CUES.search(core) and not aspects().search(core) and not conditions(core)
    if _names_a_subject(core) and is_bare:
        return f"{core} {_asked_by(previous)}".strip()
    return with_subject_of(core, previous)


def _spelled_out(core: str) -> str:
    """费用 asks 多少钱, 过期了 asks 怎么办: cards ask in whole sentences."""
    if QUESTION_CUES.search(core):
        return core
    if conditions(core):
        return f"{core} 怎么办"
    return next((f"{core} {asks}" for word, asks in _SPELLED_OUT.items() if word in core and asks not in core), core)


def _asked_by(question: str) -> str:
    """The asking words of a question: 专利侵权最多赔多少 → 最多赔多少."""
    found = _patterns()["asked"].search(question)
    return found.group() if found else ""


def _names_a_subject(text: str) -> bool:
    """Whether a text says itself what it is about; 官费 and 驳回 do not, they are somebody's, nor does 商标局."""
    text = _OFFICES.sub("", text)
    return bool(_subjects()[0].search(text) or _patterns()["own"].search(text))


def _asks_likewise(bare: str) -> bool:
    """Whether a text only names something of which the last question is asked again: 实用新型也一样吗."""
    named = _LIKEWISE.sub("", bare)
    return named != bare and any(each.fullmatch(named.strip("的")) for each in _subjects())


def _unknown_rest(bare: str) -> bool:
    """Whether a text speaks of something else than what can be asked about any matter of ours: 离婚财产怎么分."""
    return len(_rest(bare)) > 1


def _rest(bare: str) -> str:
    """What a text holds besides words that ask and words that belong to any matter of ours."""
    return _patterns()["generic"].sub("", _patterns()["asking"].sub("", aspects().sub("", bare)))


def _brief(previous: str) -> str:
    if len(previous) <= _LONGEST_PREVIOUS:
        return previous
    return next(iter(story_readings(previous)), previous)


@cache
def _subjects() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(each) for each in word_lists()["follow_up"]["subjects"])


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    names = ("same_again", "other_ways", "asking", "asked", "generic", "verbs", "acts", "own", "of_the_right")
    return {name: re.compile(word_lists()["follow_up"][name]) for name in names}
