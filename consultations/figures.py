"""The figures of reports (指标): each with its definition (口径), each the number of exactly the records it names.

A figure is a query for records; its value is how many there are. So whatever a report counts can be listed, and a hash
over the records tells whether a report made again speaks of the same ones. Raise `DEFINITIONS` when one changes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlmodel import Session, col, func, select

from consultations.archive import Consultation
from consultations.card_drafts import CardDraft
from consultations.cases import TypicalCase
from consultations.counted_records import (
    SATISFIED,
    SOLVED,
    Part,
    Query,
    Scope,
    answered,
    attended,
    broadcasts_sent,
    consultations_where,
    count_parts,
    due,
    during,
    on_year_list,
    people_asking,
    polled,
    tickets_where,
    trainings_held,
    visits_paid,
)
from consultations.follow_ups import FollowUp
from consultations.improvements import ImprovementItem
from consultations.opinions import Opinion
from consultations.referrals import Referral
from consultations.surveys import SCORES
from consultations.tickets import Ticket

DEFINITIONS = 4  # the version of the definitions below

Kind = Literal[
    "consultation",
    "contact",
    "ticket",
    "follow_up",
    "improvement",
    "opinion",
    "referral",
    "typical_case",
    "card_draft",
    "broadcast",
    "training",
    "attendance",
    "enterprise",
    "enterprise_visit",
]


@dataclass(frozen=True)
class Figure:
    """One figure: the definition shown to whoever reads it, and which records it counts, by their ids."""

    key: str
    name: str
    definition: str
    kind: Kind
    query: Query

    def ids(self, session: Session, scope: Scope) -> list[int]:
        """The records it counts, oldest first."""
        return sorted(session.connection().execute(self.query(scope)).scalars())

    def value(self, session: Session, scope: Scope) -> int:
        """How many there are, without fetching them."""
        counted = select(func.count()).select_from(self.query(scope).subquery())
        return session.exec(counted).one()


@dataclass(frozen=True)
class Rate:
    """A share: the figure `part` of the figure `whole`, by their keys. Of nothing there is no share.

    `asked` is the figure out of which those of `whole` said something, or came to be due; the rest of it is `silent`.
    """

    key: str
    name: str
    definition: str
    part: str
    whole: str
    asked: str = ""
    silent: str = ""

    def of(self, values: Mapping[str, int]) -> float | None:
        """The share, 0–1; ``None`` without a whole."""
        return values[self.part] / values[self.whole] if values[self.whole] else None

    def silent_of(self, values: Mapping[str, int]) -> int | None:
        """How many of those asked are not in the denominator; ``None`` where nobody was asked."""
        if not self.asked or not values[self.asked]:
            return None
        return max(0, values[self.asked] - values[self.whole])


_IN_PERIOD = "报告期内"
FIGURES: Mapping[str, Figure] = {
    each.key: each
    for each in (
        Figure(
            "people",
            "服务对象",
            f"{_IN_PERIOD}提出过咨询的人或企业，同一个联系方式算一个，不同渠道没有关联的分别算",
            "contact",
            people_asking,
        ),
        Figure(
            "consultations",
            "咨询",
            f"{_IN_PERIOD}的咨询，含电话、到访登记；寒暄、作废、被更正或改问过的不算，分条发送的算一件",
            "consultation",
            consultations_where(),
        ),
        Figure(
            "answered",
            "自动答复",
            "咨询中由程序直接给出答案和出处的",
            "consultation",
            consultations_where(Consultation.action == "answer"),
        ),
        Figure(
            "asked_back",
            "反问",
            "咨询中程序请对方选择或补充的",
            "consultation",
            consultations_where(Consultation.action == "clarify"),
        ),
        Figure(
            "handed_over",
            "转人工",
            "咨询中转给工作人员的",
            "consultation",
            consultations_where(Consultation.action == "escalate"),
        ),
        Figure(
            "recorded",
            "电话、到访登记",
            "工作人员登记的电话和到访咨询",
            "consultation",
            consultations_where(Consultation.action == "recorded"),
        ),
        Figure("tickets", "受理工单", f"{_IN_PERIOD}受理的工单，对方自己撤回的不算", "ticket", tickets_where()),
        Figure(
            "replied",
            "已答复工单",
            "受理工单中，制表时已经首次答复的",
            "ticket",
            tickets_where(col(Ticket.replied_at).is_not(None)),
        ),
        Figure("due_tickets", "应答复工单", "受理工单中已经答复的，或答复时限已到的", "ticket", due),
        Figure(
            "in_time",
            "按时答复工单",
            "受理工单中，首次答复不晚于承诺时间的",
            "ticket",
            tickets_where(col(Ticket.replied_at) <= col(Ticket.due_at)),
        ),
        Figure(
            "closed",
            "办结工单",
            "受理工单中，制表时已办结或已归档的",
            "ticket",
            tickets_where(col(Ticket.state).in_(("closed", "archived"))),
        ),
        Figure("polled", "发出评价", "受理工单中，发出过满意度评价的", "ticket", polled),
        Figure("rated", "收到评价", "受理工单中，服务对象选了满意程度的", "ticket", answered("score")),
        Figure(
            "satisfied",
            "满意",
            "收到评价中，选“非常满意”或“满意”的",
            "ticket",
            answered("score", *(name for name, score in SCORES.items() if score >= SATISFIED)),
        ),
        Figure("said_solved", "回答是否解决", "受理工单中，服务对象回答了是否解决的", "ticket", answered("solved")),
        Figure("solved", "已解决", "回答是否解决中，选“解决了”的", "ticket", answered("solved", SOLVED)),
        Figure(
            "follow_ups",
            "完成回访",
            f"{_IN_PERIOD}得到结果的回访，含电话和上门",
            "follow_up",
            during(FollowUp, FollowUp.answered_at),
        ),
        Figure(
            "opinions",
            "意见和投诉",
            f"{_IN_PERIOD}收到的意见建议和投诉",
            "opinion",
            during(Opinion, Opinion.created_at),
        ),
        Figure(
            "opinions_replied",
            "已答复意见",
            "意见和投诉中，制表时已经答复的",
            "opinion",
            during(Opinion, Opinion.created_at, col(Opinion.replied_at).is_not(None)),
        ),
        Figure(
            "referrals",
            "对接专业机构",
            f"{_IN_PERIOD}请服务对象选择专业机构的对接",
            "referral",
            during(Referral, Referral.created_at),
        ),
        Figure(
            "referrals_done",
            "对接办成",
            "对接专业机构中，制表时已办成的",
            "referral",
            during(Referral, Referral.created_at, col(Referral.done_at).is_not(None)),
        ),
        Figure(
            "cases",
            "新增服务案例",
            f"{_IN_PERIOD}经本人同意、由他人审核发布的典型案例，制表时已撤下的不算",
            "typical_case",
            during(TypicalCase, TypicalCase.published_at, col(TypicalCase.state) == "published"),
        ),
        Figure(
            "improvements",
            "改进事项",
            f"{_IN_PERIOD}因评分低、没解决等列入改进台账的",
            "improvement",
            during(ImprovementItem, ImprovementItem.opened_at),
        ),
        Figure(
            "improved",
            "已改进",
            "改进事项中，制表时已写明措施销号的",
            "improvement",
            during(ImprovementItem, ImprovementItem.opened_at, col(ImprovementItem.closed_at).is_not(None)),
        ),
        Figure(
            "cards",
            "新增知识卡片",
            f"{_IN_PERIOD}经审核发布的知识卡片",
            "card_draft",
            during(CardDraft, CardDraft.published_at),
        ),
        Figure(
            "broadcasts",
            "政策推送",
            f"{_IN_PERIOD}确认发送的推送",
            "broadcast",
            broadcasts_sent,
        ),
        Figure(
            "trainings",
            "举办培训",
            f"{_IN_PERIOD}结束的培训，制表时已举办或已归档的；取消的不算",
            "training",
            trainings_held,
        ),
        Figure(
            "trained",
            "参加培训人次",
            "举办培训中签到的人，含工作人员代签的；一人来几场算几次，报名没来的不算",
            "attendance",
            attended,
        ),
        Figure(
            "key_enterprises",
            "重点企业",
            f"{_IN_PERIOD}所在年度的重点企业名单上的企业，跨年的算各年度合起来的，每家算一次；制表时已移出名单或从名录划去的不算",
            "enterprise",
            on_year_list,
        ),
        Figure(
            "enterprise_visits",
            "走访企业",
            f"走访日期在{_IN_PERIOD}的走访，一家企业走访几次算几次；划去的不算",
            "enterprise_visit",
            visits_paid,
        ),
    )
}
RATES: Mapping[str, Rate] = {
    each.key: each
    for each in (
        Rate("response_rate", "响应率", "按时答复工单 ÷ 应答复工单", "in_time", "due_tickets", "tickets", "未到时限"),
        Rate("solved_rate", "解决率", "已解决 ÷ 回答是否解决", "solved", "said_solved", "polled", "未回答"),
        Rate("satisfied_rate", "满意率", "满意 ÷ 收到评价", "satisfied", "rated", "polled", "未评价"),
        Rate("rating_rate", "评价回收率", "收到评价 ÷ 发出评价", "rated", "polled"),
        Rate("closing_rate", "办结率", "办结工单 ÷ 受理工单", "closed", "tickets"),
        Rate("automatic_rate", "自动答复率", "自动答复 ÷ 咨询", "answered", "consultations"),
    )
}


def number_of(key: str) -> int:
    """The number (编号) of a figure: its place in the list, from 1 on."""
    return list(FIGURES).index(key) + 1


def figure_named(words: str) -> Figure | None:
    """The figure of that number, name or key."""
    plain = words.strip()
    for place, each in enumerate(FIGURES.values(), start=1):
        if plain in (str(place), each.name, each.key):
            return each
    return None


@dataclass(frozen=True)
class Counted:
    """All figures of one scope: value and records by key."""

    ids: Mapping[str, Sequence[int]]

    @property
    def values(self) -> dict[str, int]:
        """How many records each figure counts."""
        return {key: len(ids) for key, ids in self.ids.items()}

    @property
    def hashes(self) -> dict[str, str]:
        """A short hash of each figure's records: equal when the same ones are counted."""
        return {key: hashlib.sha256(json.dumps(list(ids)).encode()).hexdigest()[:16] for key, ids in self.ids.items()}

    @property
    def sha256(self) -> str:
        """One hash over all figures, their records and the version of the definitions."""
        whole = json.dumps([DEFINITIONS, sorted(self.hashes.items())])
        return hashlib.sha256(whole.encode()).hexdigest()


def count(session: Session, scope: Scope) -> Counted:
    """All figures of a scope, with their records."""
    return Counted({key: figure.ids(session, scope) for key, figure in FIGURES.items()})


def values(session: Session, scope: Scope) -> dict[str, int]:
    """How many records each figure of a scope counts, without fetching them."""
    parts = {key: each.query for key, each in FIGURES.items() if isinstance(each.query, Part)}
    counted = count_parts(session, scope, parts)
    return {key: counted[key] if key in counted else figure.value(session, scope) for key, figure in FIGURES.items()}
