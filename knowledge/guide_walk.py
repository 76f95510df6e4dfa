"""Walking a guide (引导): where somebody stands, what a typed answer means, which guide helps with a question.

Pure, and without memory: the whole state is the way taken, written into each button as ``guide:mark:digits``. The mark
is a hash of the questions and choices on that way, so a button outlives a restart and every change of the guide that
does not touch its own way; a changed way is noticed instead of being walked wrongly.
"""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from rapidfuzz import fuzz

from knowledge.authored import CardCitation
from knowledge.card import Card
from knowledge.facts import Fact, named_in
from knowledge.guide import Guide, Leaf, Option, Step
from knowledge.guides import NO_GUIDES, Guides
from knowledge.passages import Answer, Citation
from knowledge.tokenise import normalise, tokens

_RELATED = 3
# A coming change is told this long before it takes effect, as with cards (half a year: time to plan a filing).
_NOTICE = timedelta(days=180)
# How alike question and wording must be for a guide to be offered. Measured with ten guides: of 1,303 questions and
# card titles one in a hundred gets an offer, each about the guide's own matter; of new wordings three in four do.
OFFERED_FROM = 0.6
# No longer question can be that alike to a wording: wordings have some twenty characters.
_LONGEST_ASKED = 80
# From this likeness on a typed label differs from the shown one by a slip only.
_SLIP = 80
_TRAILING = re.compile(r"(个|项|种|吧|的|了|呢|啊|呀|哦)+$")
_SIGNS = re.compile(r"[\s，。！？、；：,.!?;:~～…“”\"'（）()《》]+")
_FILLING = re.compile("请问|你好|您好|我想问一下|我想问|想问下|问一下|一下|咱们|我们|我|你们|您|呢|啊|呀|吗|嘛|哦")
_ORDINALS = "零一二三四五六七八九"
_SAME_AS: tuple[frozenset[str], ...] = (
    frozenset({"是", "是的", "对", "对的", "有", "有的", "嗯", "能", "会", "做了", "都有", "都是", "yes", "y"}),
    frozenset({"否", "不是", "没有", "没", "不", "无", "不能", "不会", "没做", "都没有", "no", "n"}),
    frozenset({"不清楚", "不知道", "不确定", "说不准", "不太清楚", "拿不准", "不懂"}),
)


# A text without signs and fillers, and its characters and pairs.
_Apart = tuple[str, frozenset[str]]


@dataclass(frozen=True)
class _Told:
    """What stands at an end, filled in for one day."""

    lead: str
    details: tuple[str, ...] = ()
    sources: tuple[CardCitation, ...] = ()
    related: tuple[tuple[str, str], ...] = ()
    hand_over: str = ""
    change: str = ""


_CHANGED = _Told("这里的规定刚刚变化，还没有核对好的答复。", hand_over="这部分由工作人员按现行规定答复。")
_WRONG = _Told("这条结论引用的条款有误，先不拿它答复您。", hand_over="这部分由工作人员核对后答复。")


@dataclass(frozen=True)
class Place:
    """Where somebody stands in a guide: the numbers of the options chosen so far, counted from 1."""

    guide: Guide
    path: tuple[int, ...] = ()

    @property
    def chosen(self) -> tuple[tuple[Step, Option], ...]:
        """Each question on the way with the option chosen."""
        walked, target = [], self.guide.first.step_id
        for number in self.path:
            step = self.guide.steps[target]
            option = step.options[number - 1]
            walked.append((step, option))
            target = option.to
        return tuple(walked)

    @property
    def target(self) -> str:
        """The id of the step or ending one stands at."""
        chosen = self.chosen
        return chosen[-1][1].to if chosen else self.guide.first.step_id

    @property
    def step(self) -> Step | None:
        """The question to be answered; ``None`` at an end."""
        return self.guide.steps.get(self.target)

    @property
    def title(self) -> str:
        """What the talk is about here: the title of the ending, or of the guide."""
        versions = self.guide.leaves.get(self.target, ())
        return versions[-1].title if versions else self.guide.title

    @property
    def number(self) -> int:
        """Which question this is, counted from 1."""
        return len(self.path) + 1

    @property
    def most(self) -> int:
        """How many questions there can be in all on this way."""
        return len(self.path) + (self.guide.longest_from(self.target) if self.step else 0)

    @property
    def token(self) -> str:
        """What a button carries to come back here; at most 48 bytes."""
        walked = "\n".join(f"{step.ask}\t{option.label}" for step, option in self.chosen)
        mark = hashlib.sha256(walked.encode()).hexdigest()[:6]
        return f"{self.guide.guide_id}:{mark}:{''.join(map(str, self.path))}"

    @property
    def told(self) -> str:
        """The way taken, for people: title, questions and choices."""
        lines = [f"{n}. {step.ask} → {option.label}" for n, (step, option) in enumerate(self.chosen, start=1)]
        if self.step:
            lines.append(f"{self.number}. {self.step.ask}（还没有选）")
        return "\n".join([f"引导《{self.guide.title}》", *lines])

    def after(self, number: int) -> Place:
        """The place behind one of the options here."""
        return Place(self.guide, (*self.path, number))

    def before(self) -> Place:
        """The place one choice ago; the first step stays the first."""
        return Place(self.guide, self.path[:-1])

    def meant(self, typed: str) -> int | None:
        """The option somebody means who typed its number or its words; ``None`` when it is something else."""
        if self.step is None:
            return None
        labels = [each.label for each in self.step.options]
        return _by_number(typed, len(labels)) or _by_words(typed, labels)


@dataclass(frozen=True)
class GuideBook:
    """All guides, ready to be walked, as they stand at the moment.

    `card_on` finds the version of a card for a day, `cite` an article in the imported texts, `is_wrong` tells whether
    a text names an article that does not exist or is not in force on a day.
    """

    at_work: Callable[[], Guides] = lambda: NO_GUIDES
    card_on: Callable[[str, date], Card | None] = lambda _card_id, _on: None
    cite: Callable[[CardCitation], Citation] = lambda cited: Citation(cited.law, cited.article, cited.version)

    is_wrong: Callable[[str, date], bool] = lambda _text, _on: False

    @property
    def guides(self) -> Guides:
        """The guides as they stand now."""
        return self.at_work()

    @property
    def titles(self) -> tuple[tuple[str, str], ...]:
        """Id and title of each guide in the order shown."""
        return tuple((each.guide_id, each.title) for each in self.guides.by_id.values())

    def start(self, guide_id: str) -> Place | None:
        """The first question of a guide."""
        guide = self.guides.by_id.get(guide_id)
        return Place(guide) if guide else None

    def at(self, token: str) -> Place | None:
        """The place a token leads to; ``None`` when it is no token, or the way has changed since it was written."""
        found = re.fullmatch(r"([a-z0-9_]{1,40}):([0-9a-f]{6}):([1-9]{0,9})", token, re.ASCII)
        guide = self.guides.by_id.get(found[1]) if found else None
        if found is None or guide is None:
            return None
        place = _walked(guide, [int(each) for each in found[3]])
        return place if place and place.token == token else None

    def offered_for(self, question: str) -> Guide | None:
        """The guide whose wordings a question closely fits, if there is one."""
        asked = _taken_apart(question) if len(question) <= _LONGEST_ASKED else None
        likest = max(
            ((_likeness(asked, each), each.guide_id) for each in self.guides.by_id.values()), default=(0.0, "")
        )
        return self.guides.by_id[likest[1]] if likest[0] >= OFFERED_FROM else None

    def answer(self, place: Place, on: date) -> Answer:
        """What a guide tells at its end, as it holds on that day.

        A day without text (a guide written before a change of law) and a text that names a wrong article go to a
        person, never to the asker.
        """
        leaf = place.guide.leaf_on(place.target, on)
        if leaf is None:
            return self._made(place, on, _CHANGED)
        found = [gap for each in _gaps(place) if (gap := place.guide.leaf_on(each, on))]
        lead, details = self._text(leaf, found, on)
        if self.is_wrong("\n".join((lead, *details)), on):
            return self._made(place, on, _WRONG)
        parts = (*found, leaf)
        sources = [each for part in parts for each in part.citations]
        sources += [row.source for part in parts for row in self._facts(part.written, on)]
        related = self._related((each for part in parts for each in part.cards), on)
        once = {(each.law, each.version, each.article): each for each in reversed(sources)}
        told = _Told(lead, details, tuple(reversed(once.values())), related, leaf.hand_over)
        return self._made(place, on, replace(told, change=self._change(place.guide, leaf, found, on)))

    def next_guides(self, place: Place, on: date) -> tuple[Guide, ...]:
        """Which guides may help next at the end of this one."""
        leaf = place.guide.leaf_on(place.target, on)
        named = [self.guides.by_id.get(each) for each in leaf.guides] if leaf else []
        return tuple(each for each in named if each)

    def _change(self, guide: Guide, leaf: Leaf, found: Sequence[Leaf], on: date) -> str:
        """One line about what is told otherwise within half a year."""
        coming = [(each, after) for each in (leaf, *found) if (after := guide.after(each)) and _is_near(after, on)]
        if not coming:
            return ""
        since = coming[0][1].effective_from
        head = f"自{since.year}年{since.month}月{since.day}日起" if since else ""
        if len(coming) == 1 and coming[0][0] is leaf:
            is_same = leaf.answer == coming[0][1].answer
            return f"{head}适用新规定，以上要点不变。" if is_same else f"{head}：{self._rendered(coming[0][1])}"
        return f"{head}有新规定：{'、'.join(each.title for each, _ in coming)}。届时请再查一次。"

    def _rendered(self, after: Leaf) -> str:
        return self.guides.facts.render(after.answer, after.effective_from or date.max)

    def _text(self, leaf: Leaf, found: list[Leaf], on: date) -> tuple[str, tuple[str, ...]]:
        render = self.guides.facts.render
        details = tuple(render(each, on) for each in leaf.details)
        if not leaf.lists_gaps:
            return render(leaf.answer, on), details
        if not found:
            return render(leaf.clear, on), details
        listed = [f"{n}. {gap.title}：{render(gap.answer, on)}" for n, gap in enumerate(found, start=1)]
        return f"{render(leaf.answer, on)}（共 {len(found)} 处）", (*listed, *details)

    def _facts(self, written: str, on: date) -> list[Fact]:
        rows = (self.guides.facts.on(fact_id, on) for fact_id in named_in(written))
        return [each for each in rows if each]

    def _related(self, card_ids: Iterable[str], on: date) -> tuple[tuple[str, str], ...]:
        live = [self.card_on(each, on) for each in dict.fromkeys(card_ids)]
        return tuple((each.base_id, each.title) for each in live if each)[:_RELATED]

    def _made(self, place: Place, on: date, told: _Told) -> Answer:
        guide = place.guide
        return Answer(
            "escalate" if told.hand_over else "answer",
            "guide",
            place.told,
            told.lead,
            told.details,
            tuple(self.cite(each) for each in told.sources),
            service_item=guide.service_items[0],
            confidence=1.0,
            holds_on=on,
            last_reviewed=guide.last_reviewed,
            notice=f"{told.hand_over}{told.change}",
            card_id=f"guide:{guide.guide_id}:{place.target}",
            card_version=guide.version,
            related=told.related,
        )


def book_of(guides: Guides, card_on: Callable[[str, date], Card | None] | None = None) -> GuideBook:
    """A book of guides that never change, without the articles' own words."""
    return GuideBook(lambda: guides, card_on) if card_on else GuideBook(lambda: guides)


def _walked(guide: Guide, path: Sequence[int]) -> Place | None:
    """The place at the end of a way, if the guide has such a way."""
    place = Place(guide)
    for number in path:
        if place.step is None or number > len(place.step.options):
            return None
        place = place.after(number)
    return place


def _is_near(after: Leaf, on: date) -> bool:
    since = after.effective_from
    return since is not None and on < since <= on + _NOTICE


def _gaps(place: Place) -> list[str]:
    return list(dict.fromkeys(option.gap for _, option in place.chosen if option.gap))


# --- what was typed --------------------------------------------------------------------------------------------------


def is_number(typed: str) -> bool:
    """Whether somebody typed a number and nothing else."""
    return bool(re.fullmatch(r"第?\d{1,3}个?|第[一二三四五六七八九]个?", _bare(typed)))


def _by_number(typed: str, n_options: int) -> int | None:
    found = re.fullmatch(r"(?:我?选|第)?(\d|[一二三四五六七八九])[个项]?", _bare(typed))
    if found is None:
        return None
    number = _ORDINALS.index(found[1]) if found[1] in _ORDINALS else int(found[1])
    return number if 1 <= number <= n_options else None


def _by_words(typed: str, labels: Sequence[str]) -> int | None:
    """The one label that is meant: the same words, words out of it, or the same with a slip of the keyboard."""
    said = _core(typed)
    for is_meant in (_is_same, _is_part, _is_slip):
        fitting = [number for number, label in enumerate(labels, start=1) if is_meant(label, said)]
        if len(fitting) == 1:
            return fitting[0]
    return None


def _is_same(label: str, said: str) -> bool:
    """The words of the button, or of its beginning: 有 for 有，合同里写明了."""
    heads = {_core(label), _core(re.split("[，、（(]", label)[0])}
    return said in heads or any(said in same and heads & same for same in _SAME_AS)


def _is_part(label: str, said: str) -> bool:
    return len(said) > 1 and said in _core(label)


def _is_slip(label: str, said: str) -> bool:
    return len(said) > 2 and fuzz.ratio(_core(label), said) >= _SLIP


def _bare(text: str) -> str:
    return _SIGNS.sub("", unicodedata.normalize("NFKC", text)).lower()


def _core(text: str) -> str:
    """The words without 我选 before and 吧 behind them."""
    bare = _bare(text)
    return _TRAILING.sub("", re.sub(r"^我?(选|想选|要选|应该是)", "", bare)) or bare


# --- likeness --------------------------------------------------------------------------------------------------------


def _likeness(asked: _Apart | None, guide: Guide) -> float:
    """How alike a question and the nearest wording of a guide are, 0–1."""
    if asked is None:
        return 0.0
    return max(_alike(asked, _known(each)) for each in (guide.title, *guide.asks))


def _taken_apart(text: str) -> _Apart:
    plain = _FILLING.sub("", _SIGNS.sub("", normalise(text)))
    return plain, frozenset(tokens(plain))


@functools.lru_cache(maxsize=1000)
def _known(wording: str) -> _Apart:
    """A wording, taken apart once: every question is compared with all of them."""
    return _taken_apart(wording)


def _alike(asked: _Apart, wording: _Apart) -> float:
    """Half by the characters in their order, half by the characters and pairs both have."""
    if not asked[1] or not wording[1]:
        return 0.0
    shared = 2 * len(asked[1] & wording[1]) / (len(asked[1]) + len(wording[1]))
    return (fuzz.ratio(asked[0], wording[0]) / 100 + shared) / 2
