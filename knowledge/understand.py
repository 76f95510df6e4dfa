"""Question → reading: what is asked, how to route it, for which day, and in how many parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

from knowledge.changes import changes_asked
from knowledge.citations import ArticleAddress
from knowledge.days import filing_days, named_day
from knowledge.english import in_chinese
from knowledge.follow_up import about_last, complete_follow_up, lacks_subject
from knowledge.markup import without_markup
from knowledge.named import article_addresses, asks_for_new_law, unknown_laws
from knowledge.parts import STORY_CHARACTERS, split_parts, without_numbers_of_persons, without_politeness
from knowledge.regional import in_our_words
from knowledge.routing import QUESTION_CUES, is_our_field, route
from knowledge.story import clauses_of_tale, story_readings
from knowledge.tokenise import normalise
from knowledge.typos import repaired
from knowledge.wrapped import without_orders

# Characters of a message that are read, so that no message costs more work than this (`benchmarks/long_questions.py`).
LONGEST_READ = 1000


@dataclass(frozen=True)
class Reading:
    """What a message means to us.

    `label` is one of ``question``, ``greeting``, ``thanks``, ``human``, ``complaint``, ``personal``, ``urgent``,
    ``danger``, ``abuse``, ``wrongdoing``, ``injection``, ``chitchat``, ``identity``, ``empty``. `text` is what to
    look up: normalised, without polite words, in the words our cards use, typos put right, follow-ups completed.
    `parts` are its single questions (at least one, at most three). `wordings` are other ways to read the whole: a
    story shortened in several ways, the message as it was typed. `repaired` is the message with its typos put
    right, empty when it has none. `day` is the day the asker named, ``None`` for today. `addresses` are the
    articles asked for by number, `unknown_laws` names that look like laws we do not know. `is_ours` says that it
    mentions our field, `wants_new_law` that it asks for the coming version, `lacks_subject` that it asks what can
    be asked of anything and names nothing; `carried` reads a short message that may or may not follow up as if it did,
    empty when it does or cannot; `last` is the last question where the message follows it up or may; `changes_of` the
    law whose changes are asked for, and the year of the revision or "" (反不正当竞争法2025年改了什么 means no day);
    `filed` the first and last day on which what is asked about may have been filed, as far as the message says.
    """

    label: str
    text: str
    parts: tuple[str, ...]
    wordings: tuple[str, ...] = ()
    repaired: str = ""
    day: date | None = None
    addresses: tuple[ArticleAddress, ...] = ()
    unknown_laws: tuple[str, ...] = ()
    is_ours: bool = False
    follows_up: bool = False
    lacks_subject: bool = False
    carried: str = ""
    last: str = ""
    wants_new_law: bool = False
    changes_of: tuple[str, str] = ("", "")
    filed: tuple[date, date] | None = None


def understand(
    question: str,
    on: date,
    *,
    previous: str = "",
    laws: Collection[str] = (),
    sounds_ours: Callable[[str], bool] = lambda _: False,
) -> Reading:
    """Read one message.

    Args:
        question: As typed, any length; of a very long one the beginning and the end are read.
        on: Today for the asker; 去年 and 明年 count from here.
        previous: The last question of the same person, for follow-ups; empty when there is none.
        laws: Titles of the known laws, so that an article can be asked for by name.
        sounds_ours: Whether a text that names nothing of our field sounds like it all the same (去报外观，被人提无效).
    """
    said = without_orders(without_markup(normalise(_beginning_and_end(question)).strip()))
    typed = without_numbers_of_persons(said)
    text = _in_our_words(typed)
    label = route(text)
    core = without_politeness(text)
    meant = repaired(core)
    may_follow = bool(previous) and label == "question"
    last = _in_our_words(normalise(previous).strip()) if may_follow else ""
    completed = complete_follow_up(meant, last) if last else meant
    is_ours = is_our_field(completed) or sounds_ours(completed)
    addresses = article_addresses(core, laws, previous)
    changes_of = ("", "") if addresses else changes_asked(completed, laws)
    day = None if changes_of[0] else _day_meant(text, on) or _day_meant(completed, on)
    follows_up = completed != meant
    carried = about_last(meant, last) if last and not follows_up else ""
    return Reading(
        label,
        completed,
        # Taken apart, a message about something else soon looks like one of ours: 去哪里投诉, 要多久.
        parts=split_parts(completed) if is_ours else (completed,),
        wordings=_wordings(without_politeness(typed), meant, completed, has_day=day is not None) if is_ours else (),
        repaired=meant if meant != core else "",
        day=day,
        addresses=addresses,
        unknown_laws=unknown_laws(core, laws),
        is_ours=is_ours,
        follows_up=follows_up,
        lacks_subject=label == "question" and completed == meant and lacks_subject(completed),
        carried=carried,
        last=last if follows_up or carried else "",
        wants_new_law=asks_for_new_law(text),
        changes_of=changes_of,
        filed=filing_days(completed, on),
    )


def _day_meant(text: str, on: date) -> date | None:
    """The day whose law is asked for. In a long story a past day tells when something happened, unless it stands in a
    clause that asks.
    """
    if len(text) <= STORY_CHARACTERS:
        return named_day(text, on)
    days = ((clause, named_day(clause, on)) for clause in clauses_of_tale(text))
    return next((day for clause, day in days if day and (day > on or _asks(clause))), None)


def _asks(clause: str) -> bool:
    """Whether a clause asks; 应该是今年5月到期的 supposes."""
    return bool(QUESTION_CUES.search(clause.replace("应该", "")))


def _beginning_and_end(question: str) -> str:
    """What is read of a message: people say first what it is about, and ask last."""
    half = LONGEST_READ // 2
    return question if len(question) <= LONGEST_READ else f"{question[:half]}\n{question[-half:]}"


def _in_our_words(text: str) -> str:
    return in_our_words(in_chinese(text))


_DATE = re.compile(
    r"(在|到|从|自|截至|截止)?((?<!\d)20\d\d年|[明去前后]年)([\d一二三四五六七八九十]{1,2}月)?(\d{1,2}[日号])?"
    r"(起|之?前|之?后|以前|以后)?(的?时候|那时|时)?[,，]?"
)


def _wordings(typed: str, meant: str, completed: str, *, has_day: bool) -> tuple[str, ...]:
    """Other ways to read the message: its story shortened, as it was typed, without the day it names. A follow-up as
    it was typed has lost its subject: 不备案会怎么样 would be answered about another right.
    """
    told = story_readings(meant) if len(meant) > STORY_CHARACTERS and meant == completed else ()
    as_typed = (typed,) if meant == completed else ()
    undated = (_DATE.sub("", completed),) if has_day else ()
    return (*told, *(each for each in (*as_typed, *undated) if each and each != completed))
