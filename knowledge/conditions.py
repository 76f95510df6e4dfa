"""Question → its negations and conditions (否定与条件): 没注册的商标, 忘交年费, 没签合同, 已经公开过."""

from __future__ import annotations

import re
from functools import cache

from knowledge.routing import word_lists
from knowledge.tokenise import normalise


def conditions(text: str) -> frozenset[str]:
    """The conditions a text states, by the names of ``[conditions]`` in ``routing.toml``; most texts state none.

    ``unregistered`` and ``registered``, ``not_paid``, ``no_contract``, ``already_public``, ``expired``, ``not_used``,
    ``without_consent``, ``individual`` and others.
    """
    spelled = normalise(text)
    return frozenset(name for name, pattern in _conditions() if pattern.search(spelled))


@cache
def _conditions() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(pattern)) for name, pattern in word_lists()["conditions"].items())
