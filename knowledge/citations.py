"""Citations in running text: every 《…》第X条第Y款第Z项 as data.

People write 专利法第二十六条第三款, 《专利法》26条, 细则第42条、第43条和第45条, 仲裁法2017第16条, 该法第十条.
What names no law (第三条 of a contract, 本法, 前款) is nobody's citation and left alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from knowledge.articles import folded
from knowledge.clauses import number_of, place_name
from knowledge.routing import short_names_of_laws
from knowledge.tokenise import normalise

LONGEST_TEXT = 20_000  # characters looked at; no message we send is longer


@dataclass(frozen=True)
class ArticleAddress:
    """专利法第二十六条第三款 as data. `paragraph` (款) and `item` (项) are 0 when none is named; `edition` is ``""``,
    ``old``, ``new``, a year, or the day of a version (see `LawBook.meant`).
    """

    law: str
    article: str
    paragraph: int = 0
    item: int = 0
    edition: str = ""

    def __str__(self) -> str:
        return f"《{self.law}》{place_name(self.article, self.paragraph, self.item)}"


@dataclass(frozen=True)
class Reference:
    """One citation found. `start` and `end` count in the normalised text; `is_known` says that we know the law."""

    address: ArticleAddress
    start: int
    end: int
    is_known: bool = True


# --- finding -----------------------------------------------------------------------------------------------------

_HAN_ONES = "一二三四五六七八九十"
_ARTICLE = re.compile(
    rf"第(?:(?P<article>\d{{1,4}})|(?P<never>(?:-|负)[\d{_HAN_ONES}百千零]{{1,6}}|\d{{1,4}}\.\d{{1,2}}|\d{{5,9}}))条"
    rf"(?:之(?P<more>[{_HAN_ONES}]|\d{{1,2}}))?"
    rf"(?:[的,\s]*第(?P<paragraph>\d{{1,3}})款)?"
    rf"(?:[的,\s]*第?[(]?(?P<item>\d{{1,3}}|[{_HAN_ONES}]{{1,3}})[)]?项)?"
    # Our own answers write the version behind the place: 第四十二条（2020年10月17日版）.
    r"(?:[(](?P<year>\d{4})年(?P<month>\d{1,2})月(?P<day>\d{1,2})日版[)])?"
)
# 第42、43条 and 第四十二、四十三条: the first number stands without its 条.
_LISTED = re.compile(
    r"(?:第|(?<![\d.第年月日条款项]))(?P<number>\d{1,4}|(?<=第)[一二三四五六七八九十百千零]{1,7})(?=[、,和及与或至到]第\d{1,4}条)"
)
# 第17-1条 is 第十七条之一, 第17-18条 two articles.
_DASHED = re.compile(r"第(?P<first>\d{1,4})-(?P<second>\d{1,4})条")
# In a short question the number alone is enough: 民法典1185, 专利法26.3.
_LOOSE = re.compile(
    r"\s*a?(?P<article>[1-9]\d{0,3})(?:\.(?P<paragraph>\d{1,2}))?(?=$|[\s,。?!的]|是|讲|说|写|规定|内容|怎么|什么|如何|咋)"
)
_ALSO = re.compile(r"(?:[、,和及与或至到~—\-\s]|以及|还有|并|同)+")
_FURTHER = re.compile(
    rf"(?:[、,和及与或\s]|以及)+第(?P<paragraph>\d{{1,3}})款(?:[的,\s]*第?[(]?(?P<item>\d{{1,3}}|[{_HAN_ONES}]{{1,3}})[)]?项)?"
)
_FURTHER_ITEM = re.compile(rf"(?:[、,和及与或\s]|以及)+第?[(]?(?P<item>\d{{1,3}}|[{_HAN_ONES}]{{1,3}})[)]?项")
_BETWEEN = re.compile(r"(?:的|中|里面?|之|规定|明确|关于|,|:|\s|“|\")*")
_BEFORE_ITS_LAW = re.compile(r"[\s,:(\[【“\"-]*(?:是|属于|出自|来自|在|指)?(?:的是)?[\s(]*")
_OWN_NUMBER = re.compile(r"[》)\s的,]*第?\d")
_SENTENCE_END = re.compile(r"[。!?;]")
_FARTHEST = 60  # characters between a law and a bare 第X条 of the same sentence

_YEAR_BEFORE = re.compile(r"((?:19|20)\d\d)年?(?:新?版|修订版?|修正版?|修改|公布|施行|实施|通过|颁布)?的?《?$")
_WORD_BEFORE = re.compile(
    r"(?:(?P<old>旧|老|原来?|以前的?|从前的?|修[订改正]前的?)|(?P<new>最?新|修[订改正]后的?|即将施行的?))"
    r"(?:版|修订|修正|修改)?的?《?$"
)
_YEAR_AFTER = re.compile(
    r"\s*(?P<open>[(]?)\s*(?P<year>(?:19|20)\d\d)(?:年版|年)?(?:(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})日)?)?"
    r"(?:修订版?|修正版?|修改|公布|施行|版|文本)*\s*[)]?(?=第\d|[的,。:\s]|$)"
)
# 本法, 本办法 speak of the text they stand in, 该法 and 同法 of the law named last.
_SELF = re.compile(r"(?:本|此)(?:法典?|条例|细则|办法|规定|解释|规则|指南|标准|规范|决定)$")
_SAME = re.compile(r"(?:该|同|上述|前述|这部|这个|那部)(?:部)?(?:法律?|法典|条例|细则|办法|规定|解释|规则|规范|决定)$")
_LAW_LIKE = re.compile(
    r"(?P<name>[\u4e00-\u9fff、]{1,40}?(?:法典?|条例|细则|办法|规定|解释|规则|规范|决定|公约|协定|议定书))[的中]?$"
)
# 反不正当竞争法解释 is not 反不正当竞争法.
_LONGER_NAME = re.compile(r"(?P<rest>[\u4e00-\u9fff]{0,12}(?:条例|细则|办法|规定|解释|规则|决定|意见|批复))[的中]?")
_NO_LAW = re.compile(r"(?:合同|协议|章程|公约|协定|标书|说明书|权利要求书?|附件|方案|清单|目录|制度|手册|通知|须知)$")
_LED_IN_BY = re.compile(
    r"^.*(?:根据|依据|依照|按照|参照|参见|适用|违反|符合|引用|属于|来自|见|按|依|据|(?<!审)(?<!检)查|看|和|与|及|或|对|由|是|在|把|,|、)"
)
_NO_NAMES = re.compile(
    r"^(?!公司法$)(?:有关|相关|公司|单位|国家|内部|以下|如下|这些|那些|具体|管理|上述|前述)?(?:法律?|方法|办法|做法|说法|看法|想法|用法|语法|司法|执法|立法|合法|违法|非法"
    r"|规定|解释|规则|规范|决定|细则|条例)$"
)


@dataclass(frozen=True)
class _Mention:
    law: str
    edition: str
    start: int
    end: int
    is_known: bool


def references(text: str, laws: Collection[str], *, loosely: bool = False) -> tuple[Reference, ...]:
    """The citations in a text, in its order.

    Args:
        text: Of any kind; what lies beyond `LONGEST_TEXT` is not looked at.
        laws: The titles that are known (`LawBook.titles`).
        loosely: A question: a number right behind a law is an article (民法典1185), and the law may come last
            (26条3款（专利法）).
    """
    plain = plainly(text)
    mentions = list(_mentions(plain, frozenset(laws)))
    found: list[Reference] = []
    for match in _ARTICLE.finditer(plain):
        mention = _law_of(plain, match, mentions, found) or (_law_behind(plain, match, mentions) if loosely else None)
        if mention is not None:
            found.append(_reference(match, _in_own_edition(plain, match, mention)))
            found += _further(plain, found[-1])
    if loosely:
        found += [each for mention in mentions if (each := _loose(plain, mention))]
    return tuple(sorted(found, key=lambda each: each.start))


def laws_named(text: str, laws: Collection[str]) -> tuple[str, ...]:
    """The titles of the known laws a text names, in its order."""
    found = _mentions(plainly(text), frozenset(laws))
    return tuple(dict.fromkeys(each.law for each in found if each.is_known))


def plainly(text: str) -> str:
    """The text in which `references` counts: normalised, each number of a list with its own 条."""
    plain = normalise(text[:LONGEST_TEXT])
    if "条" not in plain:
        return plain
    plain = _DASHED.sub(_undashed, plain)
    for _ in range(9):  # from the last number of a list to the first
        spelled = _LISTED.sub(lambda found: normalise(f"第{found['number']}条"), plain)
        if spelled == plain:
            break
        plain = spelled
    return plain


def _undashed(found: re.Match[str]) -> str:
    first, second = int(found["first"]), int(found["second"])
    return f"第{first}条、第{second}条" if second > first else f"第{first}条之{second}"


def _mentions(plain: str, laws: frozenset[str]) -> Iterator[_Mention]:
    pattern, titles = _names(laws)
    for match in pattern.finditer(plain):
        name = match["bracketed"] or match["bare"]
        law = _title(name, titles)
        if not law and not match["bracketed"]:
            continue
        edition, end = _edition_around(plain, match.start(), match.end())
        yield _Mention(law or match["bracketed"].strip(), edition, match.start(), end, bool(law))


def _edition_around(plain: str, start: int, end: int) -> tuple[str, int]:
    """Which edition the words around a law's name mean, and where the mention ends."""
    before = plain[max(0, start - 16) : start]
    after = _YEAR_AFTER.match(plain, end)
    if after and (after["open"] or not after["month"]):
        day = after["month"] and after["day"]
        return (
            f"{after['year']}-{int(after['month']):02}-{int(after['day']):02}" if day else after["year"],
            after.end(),
        )
    if year := _YEAR_BEFORE.search(before):
        return year[1], end
    if word := _WORD_BEFORE.search(before):
        return ("old" if word["old"] else "new"), end
    return "", end


def _law_of(plain: str, match: re.Match[str], mentions: list[_Mention], found: list[Reference]) -> _Mention | None:
    """The law an article number belongs to; ``None`` when it belongs to none."""
    last = next((each for each in reversed(mentions) if each.end <= match.start()), None)
    if last and _BETWEEN.fullmatch(plain, last.end, match.start()):
        return last
    if last and (longer := _LONGER_NAME.fullmatch(plain, last.end, match.start())):
        return _Mention(f"{last.law}{longer['rest']}", "", last.start, match.start(), is_known=False)
    before = found[-1] if found else None
    if before and (not last or last.end <= before.end) and _ALSO.fullmatch(plain, before.end, match.start()):
        address = before.address
        return _Mention(address.law, address.edition, before.start, before.end, before.is_known)
    return _law_in_front(plain, match.start(), last)


def _in_own_edition(plain: str, match: re.Match[str], mention: _Mention) -> _Mention:
    """The law of an article, in the edition of a year right before its number: 第18条和2025年的第23条."""
    year = _YEAR_BEFORE.search(plain, max(0, match.start() - 16), match.start())
    return replace(mention, edition=year[1]) if year and year.start() >= mention.end else mention


def _law_behind(plain: str, match: re.Match[str], mentions: list[_Mention]) -> _Mention | None:
    """The law named right behind a number, when no number of its own follows: 第26条第3款(专利法)."""
    following = next((each for each in mentions if each.start >= match.end()), None)
    if following is None or not _BEFORE_ITS_LAW.fullmatch(plain, match.end(), following.start):
        return None
    front = plain[max(0, match.start() - 40) : match.start()].rstrip("的中 ")
    if _SELF.search(front) or _NO_LAW.search(front) or _LAW_LIKE.search(front):
        return None
    return None if _OWN_NUMBER.match(plain, following.end) else following


def _law_in_front(plain: str, start: int, last: _Mention | None) -> _Mention | None:
    """What stands in front of a number, when that is no law we know: 该法, 本法, an unknown law, or nothing."""
    floor = last.end if last else 0
    front = plain[max(floor, start - 40) : start]
    if _SELF.search(front) or _NO_LAW.search(front.rstrip("的中 ")):
        return None
    if _SAME.search(front):
        return last
    if name := _LAW_LIKE.search(front):
        plain_name = _LED_IN_BY.sub("", name["name"].replace("中华人民共和国", ""))
        if not plain_name or _NO_NAMES.match(plain_name):
            return None
        return _Mention(plain_name, "", start - len(plain_name), start, is_known=False)
    between = plain[floor:start]
    is_near = last is not None and len(between) <= _FARTHEST and not _SENTENCE_END.search(between)
    return last if is_near and not re.search(r"合同|协议|章程", between) else None


def _reference(match: re.Match[str], mention: _Mention) -> Reference:
    edition = mention.edition
    if match["year"]:
        edition = f"{match['year']}-{int(match['month']):02}-{int(match['day']):02}"
    more = f"之{number_of(match['more'])}" if match["more"] else ""
    address = ArticleAddress(
        mention.law,
        f"第{match['never']}条" if match["never"] else f"{int(match['article'])}{more}",
        int(match["paragraph"] or 0),
        number_of(match["item"] or "0"),
        edition,
    )
    return Reference(address, match.start(), match.end(), mention.is_known)


def _further(plain: str, before: Reference) -> Iterator[Reference]:
    """第26条第3款、第4款: the second paragraph belongs to the same article; so does the second item of 第2项和第3项."""
    address, end = before.address, before.end
    while True:
        more = _FURTHER.match(plain, end) if address.paragraph else None
        if more:
            address = replace(address, paragraph=int(more["paragraph"]), item=number_of(more["item"] or "0"))
        elif address.item and (more := _FURTHER_ITEM.match(plain, end)):
            address = replace(address, item=number_of(more["item"]))
        else:
            return
        end = more.end()
        yield replace(before, address=address, start=more.start(), end=end)


def _loose(plain: str, mention: _Mention) -> Reference | None:
    found = _LOOSE.match(plain, mention.end)
    if not found or not mention.is_known:
        return None
    address = ArticleAddress(mention.law, found["article"], int(found["paragraph"] or 0), 0, mention.edition)
    return Reference(address, found.start(), found.end())


# --- names of laws -----------------------------------------------------------------------------------------------

# Too short to be told from the tail of another name, unless they stand alone: 审查细则 is not the 细则 meant here.
_TAILS = frozenset({"细则", "实施细则"})
_ALONE = r"(?<!审查)(?<!检查)(?:(?<![\u4e00-\u9fff])|(?<=[据照按依查见和与及反合用看新旧老问下]))"


@lru_cache(maxsize=8)
def _names(laws: frozenset[str]) -> tuple[re.Pattern[str], dict[str, str]]:
    """What finds a law's name, and every name (normalised, without blanks) with its title."""
    titles = {_key(law): law for law in laws} | {_key(name): title for name, title in short_names_of_laws().items()}
    titles |= {_key(title): title for title in short_names_of_laws().values()}
    bare = sorted(titles, key=len, reverse=True)
    either = "|".join(f"{_ALONE}{each}" if each in _TAILS else re.escape(each) for each in bare)
    bracketed = r"《(?P<bracketed>[^《》]{1,90}(?:《[^《》]{1,60}》[^《》]{0,40})?)》"
    return re.compile(rf"{bracketed}|(?P<bare>{either})"), titles


def _title(name: str, titles: dict[str, str]) -> str:
    """The title of a name as written; a long part of exactly one title is enough; empty for a law nobody knows."""
    key = _key(name)
    if key in titles:
        return titles[key]
    shorter = key.split("(")[0]
    if shorter in titles:
        return titles[shorter]
    fitting = {title for known, title in titles.items() if len(key) >= 8 and key in known}
    return fitting.pop() if len(fitting) == 1 else ""


def _key(name: str) -> str:
    return re.sub(r"\s", "", normalise(folded(name))).removeprefix("中华人民共和国")
