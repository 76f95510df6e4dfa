"""What a revision changed: 反不正当竞争法2025年改了什么 asks for the comparison, not for the law of a day in 2025."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from knowledge.cards import Card, Cards
from knowledge.citations import laws_named
from knowledge.clauses import place_name, shortened
from knowledge.in_time import NOTICE_DAYS
from knowledge.lawbook import Edition, LawBook
from knowledge.passages import Answer, Citation
from knowledge.proofread import chinese_day
from knowledge.services import GENERAL_SERVICE
from knowledge.tokenise import normalise

_SHOWN = 5  # new articles that are shown with their beginning
_NAMED = 24  # changed articles that are named
_GLIMPSE = 60  # characters of an article
_SERVICE = "B01"  # 知识产权政策宣贯服务: what a new law brings
_ASKED = re.compile(
    r"[改变]了(?:些|哪|什么|啥|多少)|改动(?:了)?(?:什么|哪|啥|大|$)|有(?:什么|哪些|啥|哪几)[^,。?]{0,6}(?:变化|变动|改动|修改|修订|调整|不同|不一样)"
    r"|(?:修订|修改|修正|更新|调整)(?:了)?(?:什么|哪|啥|多少|的?(?:内容|要点|重点|亮点|地方|条款))"
    r"|(?:和|跟|与)(?:旧|老|原来|以前|之前|20\d\d)[^,。?]{0,8}(?:区别|不同|不一样|差别)|新旧[^,。?]{0,6}(?:区别|不同|变化|对比|对照)|主要变化"
)
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?=年|版|$|[^\d])")


@dataclass(frozen=True)
class Revised:
    """Articles of a newer edition that are new or say something else, and of the older one that are gone, by number;
    what only got another number is not among them.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


# Two whole editions of one law, the older first, compared article by article.
Compare = Callable[[Edition, Edition], Revised]


def changes_asked(text: str, laws: Collection[str]) -> tuple[str, str]:
    """The law whose changes a normalised text asks for, and the year of the revision (empty: the newest); ("", "") when
    it asks for something else.
    """
    if not asks_for_changes(text):
        return "", ""
    law = next(iter(laws_named(text, laws)), "")
    year = _YEAR.search(text) if law else None
    return law, year[1] if year else ""


def asks_for_changes(text: str) -> bool:
    """Whether a normalised text asks what was changed in something."""
    return bool(_ASKED.search(text))


def revision_meant(law: str, year: str, book: LawBook, on: date) -> Edition | None:
    """The edition whose changes are meant: that of the year, else the one about to begin, else that in force."""
    if year:
        return book.meant(law, year, on)
    coming = book.coming(law, on)
    is_near = coming is not None and coming.begins - on <= timedelta(days=NOTICE_DAYS)
    return coming if is_near else book.in_force(law, on)


def card_of_changes(edition: Edition, cards: Cards, on: date) -> Card | None:
    """The card that says what this edition changed, if there is one: its title names the law and asks so."""
    return next((card for card in cards.live_on(on) if not card.is_empty and _tells_changes(card, edition)), None)


def _tells_changes(card: Card, edition: Edition) -> bool:
    title = normalise(card.title)
    cites = any((each.law, each.version) == (edition.law, edition.version) for each in card.citations)
    return cites and asks_for_changes(title) and edition.law in laws_named(title, {edition.law})


def comparison_told(edition: Edition, book: LawBook, compare: Compare | None) -> Answer:
    """What an edition changed, compared by program with the one before; a hand-over where its text is not known."""
    before = book.before(edition)
    if compare is None or before is None or not (edition.is_whole and before.is_whole):
        return Answer("escalate", "question", "", _not_comparable(edition, before), service_item=_SERVICE)
    revised = compare(before, edition)
    added = [
        f"{place_name(each)}：{shortened(edition.articles[each].text, _GLIMPSE)}" for each in revised.added[:_SHOWN]
    ]
    details = [
        f"新增的{'（前几条）' if len(revised.added) > _SHOWN else ''}：\n" + "\n".join(added) if added else "",
        f"修改的：{_names(revised.changed)}。" if revised.changed else "",
        f"删去的（原条号）：{_names(revised.removed)}。" if revised.removed else "",
        "这是两个版本逐条对照的结果，措辞上的小改动也算在修改里；哪些和您有关，可以转人工细说。",
    ]
    shown = [*revised.added[:_SHOWN], *revised.changed][:_SHOWN] or [str(edition.numbers[0])]
    return Answer(
        "answer",
        "article",
        "",
        _counts(edition, before, revised),
        tuple(each for each in details if each),
        tuple(_cited(edition, each) for each in shown),
        _SERVICE if revised.added or revised.changed else GENERAL_SERVICE,
        1.0,
    )


def _counts(edition: Edition, before: Edition, revised: Revised) -> str:
    since = f"，自{chinese_day(edition.effective_from)}起施行" if edition.effective_from else ""
    counted = [("新增", revised.added), ("修改", revised.changed), ("删去", revised.removed)]
    told = "、".join(f"{name}{len(found)}条" for name, found in counted if found) or "内容没有变"
    return (
        f"《{edition.law}》{edition.name}{since}，共{edition.numbers[-1]}条（此前的{before.name}共{before.numbers[-1]}条）。"
        f"与此前的版本相比：{told}。"
    )


def _not_comparable(edition: Edition, before: Edition | None) -> str:
    lacking = edition if not edition.is_whole else before
    which = f"{lacking.name}的全文" if lacking is not None and lacking.name else "它以前版本的全文"
    since = f"（自{chinese_day(edition.effective_from)}起施行）" if edition.effective_from else ""
    asked = f"您问的是《{edition.law}》{edition.name}{since}改了什么。"
    return f"{asked}资料里没有{which}，不能逐条对照，请工作人员核实后答复您。"


def _names(numbers: Sequence[str]) -> str:
    named = "、".join(place_name(each) for each in numbers[:_NAMED])
    return named + (f"等{len(numbers)}条" if len(numbers) > _NAMED else "")


def _cited(edition: Edition, number: str) -> Citation:
    passage = edition.articles[number]
    return Citation(passage.law, passage.article, passage.version, "", passage.passage_id)
