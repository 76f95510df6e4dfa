"""The audit trail (操作留痕): who took personal data out of the archive, out of the world, or wrote it in; who was
refused what; who signed in to the console.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, cast

from sqlmodel import Field, Session, SQLModel, col, select

from consultations.duty_book import DutyBook
from consultations.permissions import TABLE, Action, name_of

Verb = Literal[
    "export",
    "erase",
    "sheets",
    "records",
    "report",
    "survey_results",
    "training_file",
    "ledger_file",
    "directory",
    "case_file",
    "record",
    "asset_undone",
    "backup",
    "expire",
    "sign_in",
    "sign_out",
    "not_signed_in",
    "locked",
    "set_up",
    "tables",
    "tables_personal",
    "content",
    "file",
    "survey",
    "token_made",
    "token_revoked",
    "webhook_made",
    "webhook_ended",
    "edit",
]
VERBS: Mapping[str, str] = {
    "export": "导出个人信息",
    "erase": "删除个人信息",
    "sheets": "出具记录表",
    "records": "查看统计指标背后的记录",
    "report": "写出或下载报告、评估材料",
    "survey_results": "下载问卷结果",
    "training_file": "写出培训档案或名单",
    "ledger_file": "写出网点台账",
    "directory": "写出企业名录（不含联系人）",
    "case_file": "写出典型案例",
    "record": "登记或更正",
    "asset_undone": "撤销一次台账登记",
    "backup": "备份",
    "expire": "按保存期限清除",
    "sign_in": "登录工作台",
    "sign_out": "退出工作台",
    "not_signed_in": "登录工作台失败",
    "locked": "登录失败太多，暂停登录",
    "set_up": "设置工作台的登录方式",
    "tables": "导出数据表（已遮盖）",
    "tables_personal": "导出数据表，含个人信息",
    "content": "导出自己汇编和编写的内容",
    "file": "取出服务对象发来的文件",
    "survey": "发送问卷",
    "token_made": "新建接口令牌",
    "token_revoked": "吊销接口令牌",
    "webhook_made": "新建事件通知",
    "webhook_ended": "取消事件通知",
    "edit": "在工作台修改设置、人员、值班或日历",
}
REFUSED = "refused:"  # in front of an action


class AuditEntry(SQLModel, table=True):
    """One line; only ever added."""

    __tablename__ = "audit_entry"

    id: int | None = Field(default=None, primary_key=True)
    verb: str
    contact_id: int = Field(index=True)
    actor: str
    at: datetime


def note(session: Session, verb: Verb, contact_id: int, actor: str, now: datetime) -> None:
    """Write one line. `actor` is ``contact:<id>`` for the person themselves, a staff key otherwise.

    What concerns many or nobody (``sheets``, ``backup``, ``tables``, ``expire`` (保存期限), signing in) has 0 as its
    `contact_id`.
    """
    session.add(AuditEntry(verb=verb, contact_id=contact_id, actor=actor, at=now))


def of_contact(session: Session, contact_id: int) -> Sequence[AuditEntry]:
    """What was done with one person's data, oldest first."""
    theirs = select(AuditEntry).where(AuditEntry.contact_id == contact_id)
    return session.exec(theirs.order_by(col(AuditEntry.id))).all()


def note_refusal(session: Session, action: Action, actor: str, now: datetime) -> None:
    """Write down that somebody was refused: ``refused:ticket.claim``. What it was about is nobody's business here."""
    session.add(AuditEntry(verb=f"{REFUSED}{action}", contact_id=0, actor=actor, at=now))


def newest(session: Session, limit: int | None = None, *, is_refused: bool = False) -> Sequence[AuditEntry]:
    """The newest lines first; only refusals when those are wanted."""
    found = select(AuditEntry)
    if is_refused:
        found = found.where(col(AuditEntry.verb).startswith(REFUSED, autoescape=True))
    return session.exec(found.order_by(col(AuditEntry.id).desc()).limit(limit)).all()


def who(entry: AuditEntry, book: DutyBook) -> str:
    """A colleague by name with the account used; a client by number."""
    kind, _, number = entry.actor.partition(":")
    if kind == "contact":
        return f"服务对象 {number}"
    member = book.member_of(entry.actor)
    return f"{member.name}（{entry.actor}）" if member else entry.actor


def what(entry: AuditEntry) -> str:
    """What somebody did, or was refused, in words."""
    action = cast("Action", entry.verb.removeprefix(REFUSED))
    if entry.verb.startswith(REFUSED):
        return f"被拒绝：{name_of(action) if action in TABLE else action}"
    return VERBS.get(entry.verb, entry.verb)
