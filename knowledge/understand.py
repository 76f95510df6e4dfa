"""Question → reading: what is asked, how to route it, for which day, and in how many parts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from knowledge.citations import ArticleAddress
from knowledge.days import named_day
from knowledge.english import in_chinese
from knowledge.follow_up import complete_follow_up
from knowledge.named import article_addresses, asks_for_new_law, unknown_laws
from knowledge.parts import split_parts, without_politeness
from knowledge.routing import is_our_field, route
from knowledge.tokenise import normalise


@dataclass(frozen=True)
class Reading:
    """What a message means to us.

    `label` is one of ``question``, ``greeting``, ``thanks``, ``human``, ``complaint``, ``personal``, ``urgent``,
    ``abuse``, ``wrongdoing``, ``injection``, ``chitchat``, ``empty``. `text` is what to look up: normalised, without
    polite words, follow-ups completed. `parts` are its single questions (at least one). `day` is the day the asker
    named, ``None`` for today. `addresses` are the articles asked for by number, `unknown_laws` names that look like
    laws we do not know. `is_ours` says that it mentions our field. `wants_new_law` that it asks for the coming version.
    """

    label: str
    text: str
    parts: tuple[str, ...]
    day: date | None = None
    addresses: tuple[ArticleAddress, ...] = ()
    unknown_laws: tuple[str, ...] = ()
    is_ours: bool = False
    follows_up: bool = False
    wants_new_law: bool = False


def understand(question: str, on: date, *, previous: str = "", laws: Collection[str] = ()) -> Reading:
    """Read one message.

    Args:
        question: As typed, any length.
        on: Today for the asker; 去年 and 明年 count from here.
        previous: The last question of the same person, for follow-ups; empty when there is none.
        laws: Titles of the known laws, so that an article can be asked for by name.
    """
    text = in_chinese(normalise(question)).strip()
    label = route(text)
    core = without_politeness(text)
    completed = complete_follow_up(core, normalise(previous).strip()) if previous else core
    reading = Reading(label, completed, split_parts(completed))
    return replace(
        reading,
        day=named_day(text, on) or named_day(completed, on),
        addresses=article_addresses(core, laws, previous),
        unknown_laws=unknown_laws(core, laws),
        is_ours=is_our_field(completed),
        follows_up=completed != core,
        wants_new_law=asks_for_new_law(text),
    )
