"""The report of service effects (服务成效报告): figures of a period, by service item and channel, to be handed in.

What the draft norm has reported (报送服务成效): people served, cases, satisfaction, targets reached. Every figure
stands with its definition; what it counts can be listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from consultations import cases
from consultations.archive import Consultation
from consultations.contacts import Contact
from consultations.counted_records import consultations_in, tickets_in
from consultations.figures import FIGURES
from consultations.masking import mask
from consultations.service_items import load_pack
from consultations.tickets import Ticket
from handlers.case_papers import case_block
from handlers.choices import NO_ITEM_NAME
from handlers.figure_records import rows_of
from handlers.paper import Grid, Piece
from handlers.report_basis import Basis, common_content, share_of
from handlers.report_template import Content

MOST_CASES = 5
LOOKED_AT = 500  # tickets, the oldest of the period
LONGEST_CASE = 120  # characters of a case's question


@dataclass(frozen=True)
class ItemLine:
    """One service item: consultations, people, tickets, closed tickets, ratings, satisfied."""

    code: str
    name: str
    consultations: int = 0
    people: int = 0
    tickets: int = 0
    closed: int = 0
    rated: int = 0
    satisfied: int = 0


@dataclass(frozen=True)
class Case:
    """A closed ticket whose asker was satisfied and said it is solved: a candidate until somebody reviewed it."""

    ticket_id: int
    number: str
    item: str
    question: str


def effect_content(session: Session, basis: Basis, targets: Mapping[str, int]) -> Content:
    """What the template of this report may name, beside what every report has."""
    common = common_content(basis)
    blocks: dict[str, Grid | tuple[str | Piece, ...]] = {
        "服务事项表": _item_grid(items(session, basis)),
        "目标达成": _target_grid(basis.values, targets),
        "典型案例": case_block(session, basis),
        "服务案例": case_grid(session, basis),
    }
    return Content(common.words, {**common.blocks, **blocks})


def items(session: Session, basis: Basis) -> list[ItemLine]:
    """One line for each item of the list, whether anybody asked or not, and one for what belongs to none: the sums are
    the figures of the whole.
    """
    names = {code: item.name for code, item in load_pack().items.items()} | {"": NO_ITEM_NAME}

    def name_of(code: str) -> str:
        return code if code in names else ""

    ids, scope = basis.counted.ids, basis.scope
    asked = consultations_in(scope).with_only_columns(col(Consultation.service_item), col(Consultation.contact_id))
    taken_in = tickets_in(scope).with_only_columns(col(Ticket.id), col(Ticket.service_item))
    pairs = [(name_of(code), contact) for code, contact in session.connection().execute(asked)]
    of_ticket = {key: name_of(code) for key, code in session.connection().execute(taken_in)}
    n_asked, n_people = Counter(code for code, _ in pairs), Counter(code for code, _ in set(pairs))
    n_tickets, n_closed, n_rated, n_satisfied = (
        Counter(of_ticket[each] for each in ids[key]) for key in ("tickets", "closed", "rated", "satisfied")
    )
    return [
        ItemLine(code, name, *(each[code] for each in (n_asked, n_people, n_tickets, n_closed, n_rated, n_satisfied)))
        for code, name in names.items()
    ]


def candidates(session: Session, basis: Basis) -> list[Case]:
    """The best candidates for a typical case: not whoever asked in confidence, nor what was made one of before."""
    return among(session, set(basis.counted.ids["satisfied"]) & set(basis.counted.ids["solved"]))


def among(session: Session, both: Collection[int]) -> list[Case]:
    """The same of the tickets (ids) whose askers were satisfied and said it is solved."""
    good = rows_of(session, Ticket, sorted(both)[:LOOKED_AT])
    secret = {
        each.id
        for each in session.exec(select(Contact).where(col(Contact.id).in_({each.contact_id for each in good})))
        if each.is_secret
    }
    known, told = load_pack().items, cases.tickets_told(session)
    return [
        Case(
            each.key,
            each.number,
            known[each.service_item].name if each.service_item in known else NO_ITEM_NAME,
            mask(each.question)[:LONGEST_CASE],
        )
        for each in good
        if each.contact_id not in secret and each.question and each.reason != "complaint" and each.key not in told
    ][:MOST_CASES]


def case_grid(session: Session, basis: Basis) -> Grid:
    """The candidates for a typical case, to be written out by people once the asker agreed."""
    rows = [(each.number, each.item, each.question) for each in candidates(session, basis)]
    return Grid("服务案例", ("工单", "事项", "问题（个人信息已遮盖）"), rows, (28, 26, 46), nothing="没有候选。")


def _item_grid(lines: Sequence[ItemLine]) -> Grid:
    counted = ("consultations", "people", "tickets", "closed", "rated", "satisfied")
    rows = [(f"{each.code} {each.name}".strip(), *(getattr(each, name) for name in counted)) for each in lines]
    sums = ["—" if name == "people" else sum(getattr(each, name) for each in lines) for name in counted]
    head = ("事项", "咨询", "服务对象", "工单", "办结", "收到评价", "满意")
    note = "一个服务对象问过几个事项的，在每个事项里各算一次，所以不合计。"
    return Grid("服务事项表", head, [*rows, ("合计", *sums)], (40, 10, 12, 10, 10, 10, 8), note=note)


def _target_grid(values: Mapping[str, int], targets: Mapping[str, int]) -> Grid:
    rows = [(FIGURES[key].name, n, values[key], share_of(values[key], n)) for key, n in targets.items()]
    nothing = "没有填写这个报告期的目标（实例文件夹的 targets.toml）。"
    return Grid("目标达成", ("指标", "目标", "完成", "完成率"), rows, (40, 20, 20, 20), nothing=nothing)
