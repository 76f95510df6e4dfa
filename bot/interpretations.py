"""``zhixun policies interpret…``: what experts say about articles."""

from __future__ import annotations

from datetime import date

from rich.markup import escape
from rich.table import Table

from bot.application import Office
from bot.policies import signature, today
from bot.screen import say, say_table
from handlers import policy_wording, review_wording
from handlers.own_work import attempts_noted
from handlers.publish_policy import PolicyRefusedError
from handlers.review_policy import found, outlet_id, title_of
from policies import interpretations
from policies.interpretations import STATE_NAMES, State
from policies.profile import standing_of
from policies.review import note


def list_all(office: Office) -> None:
    """Print all interpretations, newest first, with whether the text they are about is law today."""
    table = Table("编号", "状态", "条款", "效力", "网点", "专家", "解读")
    on = today(office)
    with office.reading() as session:
        for each in interpretations.all_of(session):
            revision = found(session, each.revision_id)
            place = f"《{title_of(session, revision)}》{revision.version} 第 {each.article} 条"
            standing = standing_of(revision, on)
            late = each.state == "published" and each.review_due is not None and each.review_due <= on
            state = review_wording.marked(STATE_NAMES[each.state], is_late=late)
            cells = (str(each.id), state, place, standing, each.outlet, each.expert, each.text[:60])
            table.add_row(*map(escape, cells))
    say_table(table, "还没有政策解读：用 policies interpret 版本编号 条号 登记。")


def add(  # noqa: PLR0913, PLR0917  what, about which article, by whom, for whom
    office: Office, place: tuple[int, str], expert: str, text: str, name: str, outlet: str = "", reason: str = ""
) -> None:
    """Record an interpretation of one article (revision, number) that waits for review; with an outlet for its askers
    only, with a reason instead of everybody's.
    """
    number, article = place
    whose = outlet_id(office.desk.duty.book, outlet)
    if reason and not whose:
        raise PolicyRefusedError(policy_wording.REASON_OF_WHOM)
    with office.writing() as session:
        revision, by = found(session, number), signature(office, name)
        made = interpretations.add(
            session,
            revision.id or 0,
            article,
            expert,
            text,
            on=today(office),
            by=by,
            outlet=whose,
            outlet_reason=reason,
        )
        say(f"解读 {made.id} 已登记，待另一位工作人员审核。")


def review_by(office: Office, number: int, day: date, name: str) -> None:
    """Note that somebody looked at a public interpretation, and when it is to be looked at again."""
    by = signature(office, name)
    with office.writing() as session:
        done = interpretations.review_by(session, number, day)
        revision = found(session, done.revision_id)
        note(session, revision, by, policy_wording.interpretation_looked_at(number, day))
    say(f"解读 {number}：已复核，下次 {day}。")


def move(office: Office, number: int, target: State, name: str) -> None:
    """Publish an interpretation, or take it down."""
    by = signature(office, name)
    with attempts_noted(office.writing, "policy.review", by), office.writing() as session:
        moved = interpretations.move(session, number, target, by)
        say(f"解读 {number}：{STATE_NAMES[moved.state]}。")
