"""Message → its single questions: politeness goes, double questions part, a story is cut down to what it asks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.follow_up import complete_follow_up
from knowledge.routing import PUNCTUATION, QUESTION_CUES, topic

# Longer messages are stories: the question sentences carry the search, not the tale around them.
_STORY_CHARACTERS = 40
_POLITE_HEAD = re.compile(
    r"^((你|您)们?好(啊|呀)?|老师(们)?|(早上|上午|下午|晚上)好|在吗|打扰(一下|了)?|请教(一下)?|请问(一下|下)?|麻烦(问|请问)?(一下|下)?|我?(想|要)?(咨询|了解|问)(一下|下|个问题|个事)?|hi|hello|嗨|那个|就是|弱弱地?问(一下|句)?)[，,。.！!、：:~\s]*"
)
_POLITE_TAIL = re.compile(r"[，,。.！!\s]*(谢谢(你|您|啦|了)?|多谢|感谢|麻烦(你|您)?了|急|在线等)+[。.！!~\s]*$")
_SENTENCES = re.compile(r"(?<=[。！？!?；;\n])|(?<=[，,])(?=(还有|另外|以及|顺便|再(问|请问)|同时(想|问|请)))")
_JOINING_WORDS = re.compile(
    r"^(还有(就是)?|另外|以及|顺便(再)?(问|想问)?(一下|下)?|再(问|请问)(一下|下|个)?|同时|然后|并且|那么?)[，,：:\s]*"
)


def without_politeness(text: str) -> str:
    """The text without greetings before and thanks behind; what is nothing else stays as it is."""
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
    asking = [_JOINING_WORDS.sub("", each) for each in sentences if QUESTION_CUES.search(each)]
    asking = [each for each in asking if len(PUNCTUATION.sub("", each)) >= 3]
    if len(asking) >= 2 and len(text) <= 2 * _STORY_CHARACTERS:
        first, second = asking[0], asking[1]
        return (first, complete_follow_up(second, first))
    return (_story_question(text) if len(text) > _STORY_CHARACTERS else text,)


def _story_question(text: str) -> str:
    """What a long message asks: its last asking clause, with enough before it to stand on its own."""
    clauses = [each for each in re.split(r"[,，。.!！?？;；\s]+", text) if each]
    place = max((n for n, each in enumerate(clauses) if QUESTION_CUES.search(each)), default=-1)
    if place < 0:
        return text
    question = clauses[place]
    while len(question) < 8 and place > 0:
        place -= 1
        question = f"{clauses[place]}{question}"
    return _with_topic(without_politeness(question), clauses)


def _with_topic(question: str, clauses: Sequence[str]) -> str:
    """A question that names nothing of our field keeps the last clause before it that does."""
    if topic().search(question):
        return question
    matter = next((each for each in reversed(clauses) if topic().search(each)), "")
    return f"{matter}{question}"
