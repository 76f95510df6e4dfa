"""What is wrong with the citations of a text on the day it goes out: replies of staff, broadcasts, cards, answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from knowledge.citations import ArticleAddress, Reference, plainly, references
from knowledge.clauses import missing_part, place_name
from knowledge.lawbook import Edition, LawBook
from knowledge.passages import Passage
from knowledge.tokenise import terms

Fault = Literal["unknown law", "no article", "no part", "repealed", "replaced", "not yet", "moved", "unverified"]

# A text says itself that it speaks of a law that has ended.
_TOLD_AS_ENDED = re.compile(
    r"失效|废止|不再(?:适用|有效|施行)|当时(?:有效|施行|适用|的)|被.{0,12}(?:取代|修订)|旧(?:法|版|条)"
)


@dataclass(frozen=True)
class Flaw:
    """What is wrong with one citation: a sentence that says so and names the cure."""

    address: ArticleAddress
    fault: Fault
    sentence: str

    @property
    def holds_back(self) -> bool:
        """Whether a text with it must not go out unless somebody insists: all but what nobody here can verify."""
        return self.fault != "unverified"


def flaws(text: str, book: LawBook, on: date) -> tuple[Flaw, ...]:
    """What is wrong with the citations of a text that goes out on that day; empty when all is well.

    A citation without an edition means the law in force on the day. An ended or coming edition is no flaw where the
    text says that it has ended, or since when it applies.
    """
    if not re.search("[条條]", text):
        return ()
    plain = plainly(text)
    found = (_flaw(each, plain, book, on) for each in references(text, book.titles))
    return tuple(dict.fromkeys(each for each in found if each is not None))


def old_numbers(quoted: str, book: LawBook, on: date) -> str:
    """One sentence when the words of a text quote numbers of laws as they were when it was written, and that are
    others now (an interpretation is not rewritten with the law); empty when they are right.
    """
    wrong = [each.address for each in flaws(quoted, book, on) if each.fault in _OUTDATED]
    names = "、".join(dict.fromkeys(str(each) for each in wrong))
    return f"引文里的{names}是它写成时的条号，与现行法不同。" if names else ""


_OUTDATED: frozenset[Fault] = frozenset({"no article", "no part", "replaced", "moved"})


def _flaw(reference: Reference, plain: str, book: LawBook, on: date) -> Flaw | None:
    address = reference.address
    if not reference.is_known:
        sentence = f"没有找到《{address.law}》：请核对名称；名称无误的，先导入它的原文，才能核对条号。"
        return Flaw(address, "unknown law", sentence)
    edition = book.meant(address.law, address.edition, on)
    if edition is None:
        sentence = f"没有找到您写的那一版《{address.law}》：请核对版本，或改引现行版本。"
        return Flaw(address, "unknown law", sentence)
    return (
        _of_edition(reference, edition, plain, book, on)
        or _of_place(address, edition)
        or _of_number(address, edition, sentence_around(plain, reference), book)
    )


def _of_edition(reference: Reference, edition: Edition, plain: str, book: LawBook, on: date) -> Flaw | None:
    """An edition that is law no longer, or not yet, where the text does not say so."""
    address = reference.address
    around = sentence_around(plain, reference).replace(address.law, "")
    if edition.has_ended(on) and not _TOLD_AS_ENDED.search(around):
        fault: Fault = "replaced" if book.after(edition) else "repealed"
        return Flaw(address, fault, f"{ended(edition, book)}请改引现行规定。")
    since = edition.effective_from
    if since and not edition.has_begun(on) and not tells_beginning(plain, since):
        sentence = f"《{address.law}》{edition.name}自{chinese_day(since)}起才施行：请写明施行日期，或改引现行版本。"
        return Flaw(address, "not yet", sentence)
    return None


def tells_beginning(plain: str, since: date) -> bool:
    """Whether a text says since when it applies, or that it does not yet."""
    return chinese_day(since) in plain or "尚未施行" in plain


def _of_place(address: ArticleAddress, edition: Edition) -> Flaw | None:
    """A place the edition does not have, or that can't be looked up."""
    passage = edition.articles.get(address.article)
    if passage is not None:
        missing = missing_part(passage.text, address.paragraph, address.item)
        place = f"《{address.law}》{place_name(address.article)}"
        return Flaw(address, "no part", f"{place}{missing}：请核对后改正。") if missing else None
    if edition.is_whole:
        return Flaw(address, "no article", f"{no_article(address, edition)}请核对条号。")
    if address.article in edition.cited:
        return None
    why = "只导入了一部分条款" if edition.articles else "原文还没有导入"
    return Flaw(address, "unverified", f"{address}没有核对：《{address.law}》{why}。")


def _of_number(address: ArticleAddress, edition: Edition, around: str, book: LawBook) -> Flaw | None:
    """A number out of an earlier edition: what the sentence speaks of stood there before, and stands elsewhere now."""
    earlier = book.before(edition)
    then, now = (each.articles.get(address.article) if each else None for each in (earlier, edition))
    if address.edition or earlier is None or then is None or now is None:
        return None
    spoken = {each.official for each in terms(around)} - {each.official for each in terms(address.law)}
    moved = (spoken & _terms(then)) - _terms(now)
    if not moved or spoken & _terms(now):
        return None
    today = _best(moved, _terms(then), edition)
    if today is None:
        return None
    sentence = (
        f"《{address.law}》{place_name(address.article)}在现行的{edition.name}里说的是别的；"
        f"“{'、'.join(sorted(moved))}”现在在{place_name(today.article)}，您写的可能是{earlier.name}的条号：请核对。"
    )
    return Flaw(address, "moved", sentence)


def _best(moved: set[str], then: set[str], edition: Edition) -> Passage | None:
    """The article that speaks today of what moved: of several the one most like the old article."""
    fitting = [(each, _terms(each)) for each in edition.articles.values()]
    fitting = [(each, found) for each, found in fitting if moved <= found]
    return max(fitting, key=lambda pair: len(pair[1] & then) / len(pair[1] | then), default=(None, set()))[0]


def _terms(passage: Passage) -> set[str]:
    return {each.official for each in terms(passage.text)}


def sentence_around(plain: str, reference: Reference) -> str:
    """The sentence of a normalised text a citation stands in."""
    start = max((plain.rfind(sign, 0, reference.start) for sign in "。!?;"), default=-1) + 1
    ends = [place for sign in "。!?;" if (place := plain.find(sign, reference.end)) >= 0]
    return plain[start : min(ends, default=len(plain))]


def no_article(address: ArticleAddress, edition: Edition) -> str:
    """That a law has no such article, and how many it has."""
    version = f"（{edition.name}）" if edition.name else ""
    return f"《{address.law}》{version}共{edition.numbers[-1]}条，没有{place_name(address.article)}。"


def ended(edition: Edition, book: LawBook) -> str:
    """Since when an edition is law no longer, and what replaced it."""
    assert edition.effective_to is not None
    since = chinese_day(edition.effective_to + timedelta(days=1))
    if following := book.after(edition):
        return f"《{edition.law}》{edition.name}自{since}起已由{following.name}取代。"
    why = edition.note.rstrip("。") or f"自{since}起失效"
    return f"《{edition.law}》已不再有效（{why}）。"


def chinese_day(day: date) -> str:
    """As in 2026年11月23日."""
    return f"{day.year}年{day.month}月{day.day}日"
