"""Articles asked for by number → their own words, in the edition that is meant, and what one must know about it.

An edition that is law no longer, or not yet, is never shown without saying so. What does not exist is said to be
missing, with how many articles there are; what is not imported goes to a person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from knowledge.citations import ArticleAddress
from knowledge.clauses import missing_part, part_of, place_name, shortened
from knowledge.in_time import NOTICE_DAYS
from knowledge.lawbook import Edition, LawBook
from knowledge.passages import Answer, Citation, Passage
from knowledge.proofread import chinese_day, ended, no_article
from knowledge.services import Services
from knowledge.side_by_side import editions_compared

MOST_ARTICLES = 3  # of one message
# Whoever asks for an article wants its words: as much as fits into one message of every channel.
LONGEST_ARTICLE = 1500
_COMPARED = "以上按条号对照；修订时条号可能变动，同一内容不一定在同一条。"
_RANGE = re.compile(r"条(?:到|至|~|—|-)+第?\d")
_BETWEEN = "中间和后面的各条没有列出，请逐条再问。"
_NOT_COMPARED = "资料里没有可以同它对照的另一个版本；改过什么请向工作人员核实。"
_LEFT_OUT = f"一次最多列出{'〇一二三'[MOST_ARTICLES]}条；{{left}}请再问一次。"


@dataclass(frozen=True)
class Asked:
    """A question for articles: on what day it is asked, and for what day (the same when none is named). `text` is the
    normalised question, `filed` the days on which what it is about may have been filed.
    """

    question: str
    addresses: tuple[ArticleAddress, ...]
    on: date
    day: date
    text: str = ""
    filed: tuple[date, date] | None = None

    @property
    def names_day(self) -> bool:
        """Whether another day than today is asked for."""
        return self.day != self.on


@dataclass(frozen=True)
class _Part:
    """What is to say about one address. Without a citation there is no text: a person must look."""

    words: str
    citation: Citation | None = None
    notice: str = ""
    is_current: bool = False


def article_answer(asked: Asked, book: LawBook, services: Services) -> Answer:
    """The words of the articles, or a hand-over when none of their texts is there.

    Args:
        asked: With one address at least; of more than `MOST_ARTICLES` the others are named as not shown. Of one article
            several editions are shown when it is asked how they differ.
        book: All laws.
        services: The service item of each article.
    """
    addresses = _side_by_side(asked, book) or asked.addresses
    is_compared = addresses != asked.addresses
    parts = [_part(each, asked, book, is_compared=is_compared) for each in addresses[:MOST_ARTICLES]]
    cited = tuple(dict.fromkeys(each.citation for each in parts if each.citation))
    service = services.of(asked.addresses[0].law, asked.addresses[0].article)
    lead = "\n".join(each.words for each in parts)
    if not cited:
        return Answer("escalate", "article", asked.question, f"{lead}请工作人员核实后答复您。", service_item=service)
    notices = dict.fromkeys(each.notice for each in parts if each.notice)
    if is_compared:
        notices = {_COMPARED if len(addresses) > 1 else _NOT_COMPARED: None}
    if _RANGE.search(asked.text) and not is_compared:
        notices[_BETWEEN] = None
    elif left := addresses[MOST_ARTICLES:]:
        notices[_LEFT_OUT.format(left="、".join(map(str, left)))] = None
    return Answer(
        "answer",
        "article",
        asked.question,
        lead,
        citations=cited,
        service_item=service,
        confidence=1.0,
        notice="\n".join(notices),
        holds_on=asked.day if all(each.is_current for each in parts if each.citation) else None,
    )


def _side_by_side(asked: Asked, book: LawBook) -> tuple[ArticleAddress, ...]:
    """The one article asked for, in each edition it is compared in; empty when it is not compared."""
    first, *others = asked.addresses
    if others:
        return ()
    editions = editions_compared(asked.text, first.law, book, asked.on)
    found = [(book.meant(first.law, each, asked.on), each) for each in editions]
    meant = {edition.version if edition else name: name for edition, name in found}  # one edition may have two names
    return tuple(replace(first, edition=each) for each in meant.values())[:MOST_ARTICLES]


def _part(address: ArticleAddress, asked: Asked, book: LawBook, *, is_compared: bool = False) -> _Part:
    edition = book.meant(address.law, address.edition, asked.day)
    if edition is None:
        return _Part(_no_edition(address, asked.day))
    passage = edition.articles.get(address.article)
    if passage is None:
        return _absent(address, edition, book, asked)
    missing = missing_part(passage.text, address.paragraph, address.item)
    introduction = f"《{address.law}》{place_name(address.article)}{missing}，全条如下。\n" if missing else ""
    whole = missing or not (address.paragraph or address.item)
    quote = passage.text if whole else part_of(passage.text, address.paragraph, address.item)
    part = _quoted(introduction, shortened(quote, LONGEST_ARTICLE), address, (edition, passage), book=book, asked=asked)
    if is_compared and not standing(edition, asked.on):
        return replace(
            part, words=part.words.replace(f"《{address.law}》", f"《{address.law}》（{edition.name}，现行）", 1)
        )
    return part


def _quoted(  # noqa: PLR0913  what is said, and all it depends on
    introduction: str,
    quote: str,
    address: ArticleAddress,
    source: tuple[Edition, Passage],
    *,
    book: LawBook,
    asked: Asked,
) -> _Part:
    edition, passage = source
    place = (
        place_name(address.article) if introduction else place_name(address.article, address.paragraph, address.item)
    )
    words = f"{introduction}《{address.law}》{standing(edition, asked.on)}{place}规定：{quote}"
    citation = Citation(passage.law, passage.article, passage.version, quote, passage.passage_id)
    beside = [neighbours(edition, book, asked.on), "" if address.edition else _earlier_law(edition, asked, book)]
    return _Part(words, citation, "\n".join(filter(None, beside)), _is_current(edition, asked))


def _earlier_law(edition: Edition, asked: Asked, book: LawBook) -> str:
    """That what was filed before this edition began may be judged by the one before; empty where nothing says so."""
    if asked.names_day or not asked.filed or edition.begins <= asked.filed[1]:
        return ""
    then = book.in_force(edition.law, asked.filed[1])
    which = f"当时施行的是{then.name}" if then and then.effective_from else "当时施行的是更早的版本，资料里没有"
    return f"这一版自{chinese_day(edition.begins)}起施行，您提到的时间在这之前，{which}；适用哪一版请向工作人员核实。"


def _is_current(edition: Edition, asked: Asked) -> bool:
    """Whether the words hold on the day asked for, so that one may say so; nobody knows what comes."""
    is_told = asked.names_day or edition.is_in_force(asked.on)
    return is_told and asked.day <= asked.on and edition.is_in_force(asked.day)


def standing(edition: Edition, on: date) -> str:
    """Beside the title, when the edition is not the law of today."""
    if edition.has_ended(on) and edition.effective_to:
        return f"（{edition.name}，自{chinese_day(edition.effective_to + timedelta(days=1))}起不再施行）"
    if not edition.has_begun(on) and edition.effective_from:
        return f"（{edition.name}，自{chinese_day(edition.effective_from)}起施行，目前尚未施行）"
    return ""


def neighbours(edition: Edition, book: LawBook, on: date) -> str:
    """One line on the editions beside this one: what applies today, what comes, what was before."""
    law = edition.law
    current = book.in_force(law, on)
    if edition.has_ended(on):
        return ended(edition, book) + (f"现行的是{current.name}，条号和内容可能不同。" if current else "")
    if not edition.has_begun(on):
        return f"目前适用的是{current.name}，条号和内容可能不同。" if current else ""
    coming, before = book.coming(law, on), book.before(edition)
    if coming and coming.effective_from and coming.effective_from - on <= timedelta(days=NOTICE_DAYS):
        return f"《{law}》自{chinese_day(coming.effective_from)}起适用{coming.name}，条号和内容可能变动。"
    if before and edition.effective_from and on - edition.effective_from < timedelta(days=NOTICE_DAYS):
        return f"《{law}》自{chinese_day(edition.effective_from)}起适用这一版，此前为{before.name}。"
    return ""


def _absent(address: ArticleAddress, edition: Edition, book: LawBook, asked: Asked) -> _Part:
    """No such article, or no text of it."""
    if not edition.is_whole:
        why = "资料里只有一部分条款" if edition.articles else "原文还没有导入资料库"
        return _Part(f"《{address.law}》（{edition.name}）{why}，没有{place_name(address.article)}的原文。")
    coming = book.coming(address.law, asked.on)
    more = ""
    if coming and coming is not edition and address.article in coming.articles and coming.effective_from:
        more = f"自{chinese_day(coming.effective_from)}起施行的{coming.name}才有这一条。"
    last = edition.articles[str(edition.numbers[-1])]
    whole_text = Citation(edition.law, "", edition.version, passage_id=last.passage_id)
    return _Part(
        f"{no_article(address, edition)}{more}请核对条号。", whole_text, is_current=edition.is_in_force(asked.on)
    )


def _no_edition(address: ArticleAddress, day: date) -> str:
    which = {"old": "旧版", "new": "新版", "": f"{chinese_day(day)}有效的版本"}.get(
        address.edition, f"{address.edition}年版"
    )
    return f"资料里没有《{address.law}》{which}，不能告诉您{place_name(address.article)}怎么规定。"
