"""A guide (引导) as a tree of text, for those who write and check it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from knowledge.guide_walk import GuideBook, Place

_INDENT = "    "


def tree(book: GuideBook, guide_id: str, on: date) -> Iterator[str]:
    """The lines of one guide, nothing for an unknown one: each question once, each ending where it is first reached.

    What was shown before is only named again, so that long lists stay readable.
    """
    start = book.start(guide_id)
    if start is not None:
        yield f"{start.guide.title}（{guide_id}）"
        yield from _below(book, start, on, set())


def _below(book: GuideBook, place: Place, on: date, shown: set[str]) -> Iterator[str]:
    indent = _INDENT * len(place.path)
    if place.target in shown:
        yield f"{indent}↑ 见上面的 {place.target}"
        return
    shown.add(place.target)
    if place.step is None:
        yield from (f"{indent}{line}" for line in _ending(book, place, on))
        return
    yield f"{indent}{place.step.ask} [{place.target}]"
    for number, option in enumerate(place.step.options, start=1):
        yield f"{indent}{_INDENT[:2]}{number}. {option.label}" + (f"（缺口：{option.gap}）" if option.gap else "")
        yield from _below(book, place.after(number), on, shown)


def _ending(book: GuideBook, place: Place, on: date) -> Iterator[str]:
    answer = book.answer(place, on)
    yield f"= {answer.lead} [{place.target}]"
    yield from (f"  {each}" for each in answer.details)
    if answer.notice:
        yield f"  {'→ 转人工：' if answer.action == 'escalate' else '注意：'}{answer.notice}"
    yield "  依据：" + "；".join(f"《{each.law}》{each.version} {each.article}" for each in answer.citations)
