"""The figures of reports (指标): each with its definition (口径), each the number of exactly the records it names.

A figure is a query for records; its value is how many there are. So whatever a report counts can be listed, and a hash
over the records tells whether a report made again speaks of the same ones. Raise `DEFINITIONS` when one changes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import false
from sqlmodel import Session, col, func, select

from consultations.archive import Consultation
from consultations.attendances import Attendance
from consultations.broadcasts import Broadcast
from consultations.card_drafts import CardDraft
from consultations.cases import TypicalCase
from consultations.enterprise_visits import EnterpriseVisit
from consultations.enterprises import Enterprise, EnterpriseYear
from consultations.entries import VOID
from consultations.follow_ups import FollowUp
from consultations.improvements import ImprovementItem
from consultations.opinions import Opinion
from consultations.questionnaires import SATISFACTION
from consultations.referrals import Referral
from consultations.selection import Selection
from consultations.surveys import SCORES, SurveyAnswer, SurveyAsking, SurveyResponse, about_tickets
from consultations.tickets import Ticket
from consultations.trainings import TAKEN_PLACE, Training

DEFINITIONS = 4  # the version of the definitions below
NO_QUESTION = (VOID, "refused", "throttled", "file")  # actions of records in which nobody asked anything
SMALL_TALK = ("greeting", "thanks", "identity", "chitchat", "abuse", "injection")  # labels of what is no consultation
SATISFIED = 4  # the lowest score, of 1 to 5, that counts as satisfied
SOLVED = "解决了"
_AT_ONCE = 5000  # ids in one query

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
class Scope:
    """What is counted: from `start` on, before `end`, as it stands at `now`, of what is selected."""

    start: datetime
    end: datetime
    now: datetime
    selection: Selection = field(default_factory=Selection)


Query = Callable[[Scope], Any]  # a select of ids, each once, in SQLAlchemy's types


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


def consultations_in(scope: Scope, *more: Any) -> Any:  # noqa: ANN401  conditions and a query, in SQLAlchemy's types
    """The ids of the consultations that count: asked in the period; not void, no small talk, and not asked anew by a
    later record (an edit, the next of several messages read as one, the correction of an entry).
    """
    later = select(Consultation.edit_of).where(col(Consultation.edit_of).is_not(None))
    return select(Consultation.id).where(
        col(Consultation.created_at) >= scope.start,
        col(Consultation.created_at) < scope.end,
        col(Consultation.action).not_in(NO_QUESTION),
        col(Consultation.label).not_in(SMALL_TALK),
        col(Consultation.id).not_in(later),
        *scope.selection.consultations(),
        *more,
    )


def tickets_in(scope: Scope, *more: Any) -> Any:  # noqa: ANN401  as above
    """The ids of the tickets taken in during the period, those the asker withdrew left out."""
    return select(Ticket.id).where(
        col(Ticket.created_at) >= scope.start,
        col(Ticket.created_at) < scope.end,
        col(Ticket.state) != "withdrawn",
        *scope.selection.tickets(),
        *more,
    )


def answers_about(session: Session, ticket_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """What the askers of these tickets answered in the satisfaction survey, by ticket."""
    found: dict[int, dict[str, str]] = {}
    for at in range(0, len(ticket_ids), _AT_ONCE):
        found |= about_tickets(session, ticket_ids[at : at + _AT_ONCE])
    return found


# --- queries


def _consultations(*more: Any) -> Query:  # noqa: ANN401
    return lambda scope: consultations_in(scope, *more)


def _tickets(*more: Any) -> Query:  # noqa: ANN401
    return lambda scope: tickets_in(scope, *more)


def _during(model: Any, moment: Any, *more: Any) -> Query:  # noqa: ANN401
    """The rows of a table whose `moment` lies in the period, which hang on tickets."""
    writer = {Opinion: Opinion.entered_by, CardDraft: CardDraft.author}.get(model)

    def query(scope: Scope) -> Any:  # noqa: ANN401
        inside = (col(moment) >= scope.start, col(moment) < scope.end)
        return select(model.id).where(*inside, *scope.selection.on_tickets(model.ticket_id, writer), *more)

    return query


def _broadcasts(scope: Scope) -> Any:  # noqa: ANN401
    inside = (col(Broadcast.confirmed_at) >= scope.start, col(Broadcast.confirmed_at) < scope.end)
    return select(Broadcast.id).where(*inside, *scope.selection.of_nowhere())


def _trainings_in(scope: Scope) -> list[Any]:
    """The conditions for trainings that took place in the period, of what is selected."""
    chosen = scope.selection
    found = [
        col(Training.state).in_(TAKEN_PLACE),
        col(Training.ends_at) >= scope.start,
        col(Training.ends_at) < scope.end,
    ]
    found += [col(Training.outlet).in_(chosen.outlets)] if chosen.outlets else []
    return found + ([col(Training.service_item).in_(chosen.items)] if chosen.items else [])


def _trainings(scope: Scope) -> Any:  # noqa: ANN401
    # A training has no channel.
    return select(Training.id).where(*_trainings_in(scope), *([false()] if scope.selection.channels else []))


def _attended(scope: Scope) -> Any:  # noqa: ANN401
    by = [col(Attendance.channel).in_(scope.selection.channels)] if scope.selection.channels else []
    held = select(Training.id).where(*_trainings_in(scope))
    return select(Attendance.id).where(Attendance.state == "attended", col(Attendance.training_id).in_(held), *by)


def _days(scope: Scope) -> tuple[date, date]:
    """The first and the last day of a scope: its bounds are midnights of a zone less than half a day from UTC."""
    half = timedelta(hours=12)
    return (scope.start + half).date(), (scope.end - half).date()


def _on_year_list(scope: Scope) -> Any:  # noqa: ANN401
    first, last = _days(scope)
    return (
        select(Enterprise.id)
        .join(EnterpriseYear, col(EnterpriseYear.enterprise_id) == col(Enterprise.id))
        .where(
            col(EnterpriseYear.year).between(first.year, last.year),
            col(EnterpriseYear.struck_at).is_(None),
            col(Enterprise.removed_at).is_(None),
            *scope.selection.at_outlet(Enterprise.outlet),
        )
        .distinct()
    )


def _enterprise_visits(scope: Scope) -> Any:  # noqa: ANN401
    first, last = _days(scope)
    return (
        select(EnterpriseVisit.id)
        .join(Enterprise, col(EnterpriseVisit.enterprise_id) == col(Enterprise.id))
        .where(
            col(EnterpriseVisit.visited_on).between(first, last),
            col(EnterpriseVisit.struck_at).is_(None),
            *scope.selection.at_outlet(Enterprise.outlet),
        )
    )


def _people(scope: Scope) -> Any:  # noqa: ANN401
    return consultations_in(scope).with_only_columns(col(Consultation.contact_id)).distinct()


def _due(scope: Scope) -> Any:  # noqa: ANN401
    return tickets_in(scope, col(Ticket.replied_at).is_not(None) | (col(Ticket.due_at) <= scope.now))


def _polled(scope: Scope) -> Any:  # noqa: ANN401
    asked = (SurveyAsking.survey == SATISFACTION, col(SurveyAsking.sent_at).is_not(None))
    return select(SurveyAsking.ticket_id).where(*asked, col(SurveyAsking.ticket_id).in_(tickets_in(scope))).distinct()


def _answered(question: str, *wanted: str) -> Query:
    """The tickets whose asker answered that question; with `wanted`, those who gave one of these answers."""
    chosen: Any = SurveyAnswer.chosen  # a JSON column
    given = chosen[0].as_string()
    said = given.in_(wanted) if wanted else func.coalesce(given, "") != ""

    def query(scope: Scope) -> Any:  # noqa: ANN401
        same = (col(SurveyResponse.survey) == SATISFACTION) & (
            col(SurveyResponse.occasion) == col(SurveyAsking.occasion)
        )
        asked = select(SurveyAsking.ticket_id).where(
            SurveyAsking.survey == SATISFACTION, col(SurveyAsking.ticket_id).in_(tickets_in(scope))
        )
        told = asked.join(SurveyResponse, same).join(
            SurveyAnswer, col(SurveyAnswer.response_id) == col(SurveyResponse.id)
        )
        return told.where(SurveyAnswer.question == question, said).distinct()

    return query


_IN_PERIOD = "报告期内"
FIGURES: Mapping[str, Figure] = {
    each.key: each
    for each in (
        Figure(
            "people",
            "服务对象",
            f"{_IN_PERIOD}提出过咨询的人或企业，同一个联系方式算一个，不同渠道没有关联的分别算",
            "contact",
            _people,
        ),
        Figure(
            "consultations",
            "咨询",
            f"{_IN_PERIOD}的咨询，含电话、到访登记；寒暄、作废、被更正或改问过的不算，分条发送的算一件",
            "consultation",
            _consultations(),
        ),
        Figure(
            "answered",
            "自动答复",
            "咨询中由程序直接给出答案和出处的",
            "consultation",
            _consultations(Consultation.action == "answer"),
        ),
        Figure(
            "asked_back",
            "反问",
            "咨询中程序请对方选择或补充的",
            "consultation",
            _consultations(Consultation.action == "clarify"),
        ),
        Figure(
            "handed_over",
            "转人工",
            "咨询中转给工作人员的",
            "consultation",
            _consultations(Consultation.action == "escalate"),
        ),
        Figure(
            "recorded",
            "电话、到访登记",
            "工作人员登记的电话和到访咨询",
            "consultation",
            _consultations(Consultation.action == "recorded"),
        ),
        Figure("tickets", "受理工单", f"{_IN_PERIOD}受理的工单，对方自己撤回的不算", "ticket", _tickets()),
        Figure(
            "replied",
            "已答复工单",
            "受理工单中，制表时已经首次答复的",
            "ticket",
            _tickets(col(Ticket.replied_at).is_not(None)),
        ),
        Figure("due_tickets", "应答复工单", "受理工单中已经答复的，或答复时限已到的", "ticket", _due),
        Figure(
            "in_time",
            "按时答复工单",
            "受理工单中，首次答复不晚于承诺时间的",
            "ticket",
            _tickets(col(Ticket.replied_at) <= col(Ticket.due_at)),
        ),
        Figure(
            "closed",
            "办结工单",
            "受理工单中，制表时已办结或已归档的",
            "ticket",
            _tickets(col(Ticket.state).in_(("closed", "archived"))),
        ),
        Figure("polled", "发出评价", "受理工单中，发出过满意度评价的", "ticket", _polled),
        Figure("rated", "收到评价", "受理工单中，服务对象选了满意程度的", "ticket", _answered("score")),
        Figure(
            "satisfied",
            "满意",
            "收到评价中，选“非常满意”或“满意”的",
            "ticket",
            _answered("score", *(name for name, score in SCORES.items() if score >= SATISFIED)),
        ),
        Figure("said_solved", "回答是否解决", "受理工单中，服务对象回答了是否解决的", "ticket", _answered("solved")),
        Figure("solved", "已解决", "回答是否解决中，选“解决了”的", "ticket", _answered("solved", SOLVED)),
        Figure(
            "follow_ups",
            "完成回访",
            f"{_IN_PERIOD}得到结果的回访，含电话和上门",
            "follow_up",
            _during(FollowUp, FollowUp.answered_at),
        ),
        Figure(
            "opinions",
            "意见和投诉",
            f"{_IN_PERIOD}收到的意见建议和投诉",
            "opinion",
            _during(Opinion, Opinion.created_at),
        ),
        Figure(
            "opinions_replied",
            "已答复意见",
            "意见和投诉中，制表时已经答复的",
            "opinion",
            _during(Opinion, Opinion.created_at, col(Opinion.replied_at).is_not(None)),
        ),
        Figure(
            "referrals",
            "对接专业机构",
            f"{_IN_PERIOD}请服务对象选择专业机构的对接",
            "referral",
            _during(Referral, Referral.created_at),
        ),
        Figure(
            "referrals_done",
            "对接办成",
            "对接专业机构中，制表时已办成的",
            "referral",
            _during(Referral, Referral.created_at, col(Referral.done_at).is_not(None)),
        ),
        Figure(
            "cases",
            "新增服务案例",
            f"{_IN_PERIOD}经本人同意、由他人审核发布的典型案例，制表时已撤下的不算",
            "typical_case",
            _during(TypicalCase, TypicalCase.published_at, col(TypicalCase.state) == "published"),
        ),
        Figure(
            "improvements",
            "改进事项",
            f"{_IN_PERIOD}因评分低、没解决等列入改进台账的",
            "improvement",
            _during(ImprovementItem, ImprovementItem.opened_at),
        ),
        Figure(
            "improved",
            "已改进",
            "改进事项中，制表时已写明措施销号的",
            "improvement",
            _during(ImprovementItem, ImprovementItem.opened_at, col(ImprovementItem.closed_at).is_not(None)),
        ),
        Figure(
            "cards",
            "新增知识卡片",
            f"{_IN_PERIOD}经审核发布的知识卡片",
            "card_draft",
            _during(CardDraft, CardDraft.published_at),
        ),
        Figure(
            "broadcasts",
            "政策推送",
            f"{_IN_PERIOD}确认发送的推送",
            "broadcast",
            _broadcasts,
        ),
        Figure(
            "trainings",
            "举办培训",
            f"{_IN_PERIOD}结束的培训，制表时已举办或已归档的；取消的不算",
            "training",
            _trainings,
        ),
        Figure(
            "trained",
            "参加培训人次",
            "举办培训中签到的人，含工作人员代签的；一人来几场算几次，报名没来的不算",
            "attendance",
            _attended,
        ),
        Figure(
            "key_enterprises",
            "重点企业",
            f"{_IN_PERIOD}所在年度的重点企业名单上的企业，跨年的算各年度合起来的，每家算一次；制表时已移出名单或从名录划去的不算",
            "enterprise",
            _on_year_list,
        ),
        Figure(
            "enterprise_visits",
            "走访企业",
            f"走访日期在{_IN_PERIOD}的走访，一家企业走访几次算几次；划去的不算",
            "enterprise_visit",
            _enterprise_visits,
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
    return {key: figure.value(session, scope) for key, figure in FIGURES.items()}
