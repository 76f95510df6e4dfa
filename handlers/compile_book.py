"""The compilation as a book (政策汇编) to print: contents, numbers, what changed since the last edition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

from sqlmodel import Session

from handlers import policy_wording
from handlers.compare_policies import name_of
from handlers.docx import Words, contents_line, heading, paragraph, write_document
from knowledge.clauses import chinese_number
from policies import books
from policies.books import Entry, Gone
from policies.compilation import Article, articles_of
from policies.differences import Comparison, Kind, compare
from policies.profile import profile_lines
from policies.review import Signature

_CHANGED: tuple[Kind, ...] = ("changed", "moved_changed", "split", "merged")
_MARKS: dict[Kind, str] = {**dict.fromkeys(_CHANGED, "改"), "added": "增", "moved": "移"}


@dataclass(frozen=True)
class Book:
    """An edition ready to be written. `number` counts from 1; `texts` are the articles of each entry, in its order."""

    outlet: str
    number: int
    day: date
    entries: Sequence[Entry]
    gone: Sequence[Gone]
    texts: Sequence[Sequence[Article]]
    comparisons: Sequence[Comparison | None]


def compile_book(session: Session, outlet: str, on: date) -> Book:
    """The edition of a day, compared with the last one; the session forgets what it read."""
    last = books.latest(session)
    entries, gone = books.contents(session, on, last)
    texts = [articles_of(session, each.revision.id or 0) for each in entries]
    before = [articles_of(session, each.before.id or 0) if each.before else None for each in entries]
    session.expunge_all()
    comparisons = [compare(old, new) if old is not None else None for old, new in zip(before, texts, strict=True)]
    return Book(outlet, (last.id or 0) + 1 if last else 1, on, entries, gone, texts, comparisons)


def record(session: Session, book: Book, by: Signature) -> None:
    """Note the edition, so that the next one is marked against it."""
    books.record(session, book.day, [each.revision.id or 0 for each in book.entries], by)


def write_book(path: Path, book: Book) -> None:
    """Write the book as docx; the file is complete when this returns."""
    write_document(path, _parts(book))


def _parts(book: Book) -> Iterator[str]:
    yield heading(policy_wording.book_title(book.outlet))
    yield paragraph(Words(policy_wording.book_edition(book.number, book.day, _counts(book))))
    yield heading(policy_wording.BOOK_CONTENTS, 1)
    for place, entry in enumerate(book.entries, start=1):
        yield contents_line(_name(place, entry), _bookmark(place))
    if book.gone:
        yield contents_line(policy_wording.BOOK_GONE, "gone")
    place = 0
    levels = groupby(book.entries, key=lambda each: each.level)
    for level_number, (level, in_level) in enumerate(levels, start=1):
        yield heading(f"{chinese_number(level_number)}、{level}", 1, is_on_new_page=True)
        topics = groupby(in_level, key=lambda each: each.topic)
        for topic_number, (topic, in_topic) in enumerate(topics, start=1):
            yield heading(f"（{chinese_number(topic_number)}）{topic}", 2)
            for entry in in_topic:
                yield from _policy(place + 1, entry, book.texts[place], book.comparisons[place])
                place += 1
    if book.gone:
        yield heading(policy_wording.BOOK_GONE, 1, is_on_new_page=True, bookmark="gone")
        for each in book.gone:
            yield paragraph(
                Words(policy_wording.book_gone(each.title, each.revision.version, each.revision.effective_to))
            )


def _policy(place: int, entry: Entry, articles: Sequence[Article], comparison: Comparison | None) -> Iterator[str]:
    yield heading(_name(place, entry), 3, bookmark=_bookmark(place))
    for name, value in profile_lines(entry.revision):
        yield paragraph(Words(f"{name}：", "bold"), Words(value))
    if comparison is not None:
        yield paragraph(Words(policy_wording.book_changes(comparison.counts), "bold"))
    marks = _article_marks(comparison)
    path = ""
    for article in articles:
        if article.path != path:
            path = article.path
            yield paragraph(Words(path.splitlines()[-1] if path else "", "bold"))
        mark = marks.get(article.key, "")
        name = f"【{mark}】{name_of(article)}" if mark else name_of(article)
        first, *more = article.text.split("\n")
        yield paragraph(Words(f"{name}　", "bold"), Words(first))
        yield from (paragraph(Words(each)) for each in more)
    removed = [name_of(each.old[0]) for each in comparison.changes if each.kind == "removed"] if comparison else []
    if removed:
        yield paragraph(Words(policy_wording.book_removed(removed), "bold"))


def _article_marks(comparison: Comparison | None) -> dict[str, str]:
    changes = comparison.changes if comparison is not None else ()
    return {each.new.key: _MARKS[each.kind] for each in changes if each.new is not None and each.kind in _MARKS}


def _name(place: int, entry: Entry) -> str:
    return f"{place}. 《{entry.title}》{f'【{entry.mark}】' if entry.mark else ''}"


def _bookmark(place: int) -> str:
    return f"p{place}"


def _counts(book: Book) -> tuple[int, int, int]:
    marks = [each.mark for each in book.entries]
    return marks.count("增"), marks.count("改"), len(book.gone)
