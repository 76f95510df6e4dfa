"""The analysis of consultations (咨询分析报告): what people ask about most, and what could be offered for it.

Questions in different words that are one question are grouped. Suggestions come by rule, each with the numbers of the
consultations it rests on; whether one is taken up is for people to decide.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from consultations.archive import Consultation
from consultations.contacts import Contact
from consultations.counted_records import consultations_in
from consultations.masking import mask
from consultations.unanswered import MOST
from handlers.board import MOST_CLUSTERS, unanswered_groups
from handlers.choices import item_choices
from handlers.paper import Grid
from handlers.report_basis import Basis, common_content
from handlers.report_template import Content
from knowledge.cluster import Asked, Cluster, Likeness, cluster

MOST_TOPICS = 15
FEW = 3  # from so many people on a question is a topic, and from so many questions on one asker is worth a visit
MOST_TALKS, MOST_VISITS = 5, 10
_CITED = 20  # numbers told of each; how many more there are is said
_LONGEST = 60  # characters of a question in a table


@dataclass(frozen=True)
class Suggestion:
    """One suggestion: a training (培训), talk (讲座), visit (走访) or card (知识卡片), with what it rests on."""

    kind: str
    what: str
    why: str
    numbers: tuple[str, ...]


@dataclass(frozen=True)
class Questions:
    """The questions of a period that may be told: masked, nobody's who asks in secret; the newest, by their ids."""

    by_id: Mapping[int, Consultation]
    topics: Sequence[Cluster]
    gaps: Sequence[Cluster]

    def numbers(self, found: Cluster) -> tuple[str, ...]:
        """The numbers of a group's consultations."""
        return tuple(self.by_id[each.key].number for each in found.members if each.key in self.by_id)


def analysis_content(session: Session, basis: Basis, likeness: Likeness) -> Content:
    """What the template of this report may name, beside what every report has."""
    common = common_content(basis)
    asked = _questions(session, basis, likeness)
    topics = [
        (_short(each.typical.text), each.n_contacts, len(each.members), _cited(asked.numbers(each)))
        for each in asked.topics[:MOST_TOPICS]
    ]
    gaps = [
        (_short(each.typical.text), each.n_contacts, len(each.members), _cited(asked.numbers(each)))
        for each in asked.gaps
    ]
    said = [(each.kind, each.what, each.why, _cited(each.numbers)) for each in suggestions(asked)]
    head, widths = ("问题（个人信息已遮盖）", "人数", "次数", "咨询编号"), (34, 7, 7, 52)
    blocks = {
        "热点问题": Grid("热点问题", head, topics, widths, nothing="没有问过两次以上的问题。"),
        "没答好的问题": Grid("没答好的问题", head, gaps, widths, nothing="没有没答好的问题。"),
        "建议": Grid("建议", ("形式", "内容", "理由", "依据"), said, (8, 28, 26, 38), nothing=_NOTHING_TO_SUGGEST),
    }
    return Content(common.words, {**common.blocks, **blocks})


_NOTHING_TO_SUGGEST = f"没有 {FEW} 个人以上问过的同一个问题，也没有问过 {FEW} 次以上的服务对象，不提建议。"


def suggestions(asked: Questions) -> list[Suggestion]:
    """Trainings on the items most people asked about, talks on single questions, visits, cards that are missing."""
    return [*_trainings(asked), *_talks(asked), *_visits(asked), *_cards(asked)]


def _questions(session: Session, basis: Basis, likeness: Likeness) -> Questions:
    told = consultations_in(basis.scope, Consultation.question != "").with_only_columns(col(Consultation.id))
    newest = told.order_by(col(Consultation.id).desc()).limit(MOST)
    rows = (
        select(Consultation)
        .join(Contact, col(Contact.id) == col(Consultation.contact_id))
        .where(col(Consultation.id).in_(newest), col(Contact.is_secret).is_(False), col(Contact.erased_at).is_(None))
    )
    by_id = {each.key: each for each in session.exec(rows.order_by(col(Consultation.id)))}
    groups = cluster(
        (Asked(key, mask(each.question), each.contact_id, each.created_at) for key, each in by_id.items()), likeness
    )
    topics = [each for each in groups if len(each.members) > 1]
    topics.sort(key=lambda each: (-each.n_contacts, -len(each.members), each.members[0].key))
    return Questions(by_id, topics, unanswered_groups(session, basis.scope, likeness, most=MOST_CLUSTERS))


def _trainings(asked: Questions) -> list[Suggestion]:
    """One for the service item most people asked about, when they are enough."""
    people: defaultdict[str, set[int]] = defaultdict(set)
    for each in asked.by_id.values():
        people[each.service_item].add(each.contact_id)
    names = {code: name for code, name in item_choices().items() if code}
    ranked = sorted((code for code in people if code in names), key=lambda code: (-len(people[code]), code))
    return [
        Suggestion(
            "培训",
            f"{names[code]}专题培训",
            f"{len(people[code])} 个服务对象问过这一事项",
            tuple(each.number for each in asked.by_id.values() if each.service_item == code),
        )
        for code in ranked[:2]
        if len(people[code]) >= FEW
    ]


def _talks(asked: Questions) -> list[Suggestion]:
    return [
        Suggestion(
            "讲座",
            f"讲清：{_short(each.typical.text)}",
            f"{each.n_contacts} 个服务对象问过同一个问题",
            asked.numbers(each),
        )
        for each in asked.topics[:MOST_TALKS]
        if each.n_contacts >= FEW
    ]


def _visits(asked: Questions) -> list[Suggestion]:
    """Whoever asked again and again about one item; named by the numbers of their questions only."""
    of_asker: defaultdict[tuple[int, str], list[Consultation]] = defaultdict(list)
    for each in asked.by_id.values():
        of_asker[each.contact_id, each.service_item].append(each)
    often = sorted(of_asker.items(), key=lambda found: (-len(found[1]), found[0]))[:MOST_VISITS]
    names = item_choices()
    return [
        Suggestion(
            "走访",
            f"上门了解需求：{names[code]}" if names.get(code) and code else "上门了解需求",
            f"同一个服务对象问了 {len(questions)} 次",
            tuple(each.number for each in questions),
        )
        for (_, code), questions in often
        if len(questions) >= FEW
    ]


def _cards(asked: Questions) -> list[Suggestion]:
    counted = Counter({at: each.n_contacts for at, each in enumerate(asked.gaps)})
    return [
        Suggestion(
            "知识卡片",
            f"补充答案：{_short(asked.gaps[at].typical.text)}",
            f"{n} 个服务对象没有得到好的答复",
            asked.numbers(asked.gaps[at]),
        )
        for at, n in counted.most_common(MOST_TALKS)
        if n >= FEW
    ]


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}…"


def _cited(numbers: Sequence[str]) -> str:
    more = len(numbers) - _CITED
    return "、".join(numbers[:_CITED]) + (f" 等 {len(numbers)} 件" if more > 0 else "")
