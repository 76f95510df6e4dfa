"""Which editions of one article somebody wants side by side: 商标法第四条2019和2026有什么不同, 第五十九条新旧对比."""

from __future__ import annotations

import re
from datetime import date

from knowledge.changes import asks_for_changes, revision_meant
from knowledge.lawbook import LawBook

_COMPARES = re.compile(r"不同|不一样|区别|差别|差异|变化|对比|比较|对照|相比|改了|比一比")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_NEW, _OLD = re.compile(r"新"), re.compile(r"旧|老(?!师|板|家|人)|原来的?(?:版|法)|现行|以前的?(?:版|法)|修[订改正]前")


_TODAY = re.compile(r"现在|现行|目前|如今|当前|今天")


def editions_compared(text: str, law: str, book: LawBook, on: date) -> tuple[str, ...]:
    """The editions a normalised text compares, as `LawBook.meant` takes them, the older first; empty when it compares
    none, one where it asks what changed and the edition before is not known.
    """
    if not _COMPARES.search(text):
        return ()
    years = sorted(set(_YEAR.findall(text)))
    if len(years) > 1:
        return tuple(years)
    today = book.in_force(law, on)
    if years and today and _TODAY.search(text):
        return years[0], today.version
    if _NEW.search(text) and _OLD.search(text):
        return "old", "new"
    if not asks_for_changes(text):
        return ()
    newer = revision_meant(law, years[0] if years else "", book, on)
    before = book.before(newer) if newer else None
    return tuple(each.version for each in (before, newer) if each)
