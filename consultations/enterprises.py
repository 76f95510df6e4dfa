"""The directory of enterprises (企业名录): whom an outlet serves, on which year's list they stand (年度重点企业名单).

Every change goes through a function in `enterprise_changes` and writes a line of history. What is taken off is struck
out (划去), not deleted; of two rows for one enterprise one is merged into the other. A living row's 统一社会信用代码 is
unique in its outlet: the database holds that. Contact person and telephone are personal: no history keeps them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, Session, SQLModel, col, select

from consultations.masking import is_credit_code, mask
from consultations.tickets import Staff

KINDS = ("企业", "个体工商户", "农民专业合作社", "高校", "科研机构", "医疗机构", "社会团体", "其他")
SIZES = ("大型", "中型", "小型", "微型")
# What the draft norm names as key enterprises (四(二)2); an outlet may add its own words.
USUAL_TAGS = ("专精特新中小企业", "高新技术企业", "国家知识产权示范企业", "国家知识产权优势企业")
# Field → what it is called, in the order of form and table.
FIELDS: Mapping[str, str] = {
    "name": "企业名称",
    "code": "统一社会信用代码",
    "district": "区县",
    "industry": "行业",
    "kind": "类型",
    "size": "规模",
    "tags": "标签",
    "person": "联系人",
    "phone": "联系电话",
    "note": "备注",
    "adviser": "服务专员",
}
PERSONAL = ("person", "phone")
UNTOLD = (*PERSONAL, "note")  # history says that they changed, not from what to what
MOST_TAGS = 20
_NAMED_AT_MOST = 1000  # ids written into a query; SQLite takes 32,766 values, PostgreSQL 65,535
_LIVING = text("removed_at IS NULL AND code <> ''")


class EnterpriseRefusedError(Exception):
    """What was asked for can't be done with the directory; the message says why and what helps."""


def refuse(sentence: str) -> NoReturn:
    """End what was asked for.

    Raises:
        EnterpriseRefusedError: Always, with that sentence.
    """
    raise EnterpriseRefusedError(sentence)


class Enterprise(SQLModel, table=True):
    """One row. `adviser` is the name of the colleague who looks after it (服务专员). `outlet` is empty where it belongs
    to all; `code` is empty where nobody knows it yet; `revision` counts the changes, so that nobody overwrites what
    they did not see.
    """

    __tablename__ = "enterprise"
    __table_args__ = (
        Index("ix_enterprise_code", "outlet", "code", unique=True, sqlite_where=_LIVING, postgresql_where=_LIVING),
        Index("ix_enterprise_name", "name"),
    )

    id: int | None = Field(default=None, primary_key=True)
    name: str
    code: str = ""
    district: str = ""
    industry: str = ""
    kind: str = ""
    size: str = ""
    tags: list[str] = Field(default_factory=list, sa_type=JSON)
    person: str = ""
    phone: str = ""
    note: str = ""
    adviser: str = ""
    outlet: str = ""
    revision: int = 1
    created_by: str
    created_at: datetime
    changed_by: str
    changed_at: datetime
    removed_at: datetime | None = None
    merged_into: int | None = Field(default=None, foreign_key="enterprise.id")

    @property
    def key(self) -> int:
        """The id of a stored row."""
        assert self.id is not None
        return self.id

    @property
    def is_living(self) -> bool:
        """Whether it stands in the directory."""
        return self.removed_at is None


class EnterpriseYear(SQLModel, table=True):
    """A year on whose list of key enterprises one stands, and why; `struck_at` is when it was taken off that list."""

    __tablename__ = "enterprise_year"
    __table_args__ = (
        Index(
            "ix_enterprise_year_standing",
            "enterprise_id",
            "year",
            unique=True,
            sqlite_where=text("struck_at IS NULL"),
            postgresql_where=text("struck_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    enterprise_id: int = Field(foreign_key="enterprise.id")
    year: int = Field(index=True)
    reason: str = ""
    entered_by: str
    entered_at: datetime
    struck_at: datetime | None = None


class EnterpriseContact(SQLModel, table=True):
    """Somebody who asked us speaks for an enterprise. `is_person`: they are the contact person written down."""

    __tablename__ = "enterprise_contact"

    enterprise_id: int = Field(primary_key=True, foreign_key="enterprise.id")
    contact_id: int = Field(primary_key=True, foreign_key="contact.id", index=True)
    is_person: bool = False
    tied_by: str
    tied_at: datetime


class EnterpriseEvent(SQLModel, table=True):
    """One line of a row's history: what was done, and which fields from what to what."""

    __tablename__ = "enterprise_event"

    id: int | None = Field(default=None, primary_key=True)
    enterprise_id: int = Field(foreign_key="enterprise.id", index=True)
    verb: str
    changes: dict[str, list[str]] = Field(default_factory=dict, sa_type=JSON)
    note: str = ""
    actor: str
    actor_name: str
    at: datetime


VERBS: Mapping[str, str] = {
    "add": "登记",
    "edit": "修改",
    "remove": "划去",
    "restore": "恢复",
    "merge": "并入",
    "year": "列入年度名单",
    "unyear": "移出年度名单",
    "tie": "关联服务对象",
    "untie": "解除关联",
    "visit": "登记走访",
    "visit_done": "办完走访的下一步",
    "visit_struck": "划去走访",
}


def code_fault(code: str) -> str:
    """What is wrong with a 统一社会信用代码, empty when nothing is.

    Source: GB 32100-2015: 18 characters, digits and capital letters without I, O, S, V, Z; the last one checks the
    others (MOD 31).
    """
    if not code or is_credit_code(code):
        return ""
    if len(code) != 18:
        return f"是 {len(code)} 位，应当是 18 位，请对照营业执照改正"
    if wrong := sorted({each for each in code if each not in "0123456789ABCDEFGHJKLMNPQRTUWXY"}):
        return f"里有“{'、'.join(wrong)}”：代码只用数字和大写字母，不用 I、O、S、V、Z，请对照营业执照改正"
    return "校验位不对，有一位抄错了，请对照营业执照改正"


# --- finding


def get(session: Session, enterprise_id: int | None) -> Enterprise | None:
    """The row as it is now."""
    return session.get(Enterprise, enterprise_id, populate_existing=True) if enterprise_id else None


def listed(session: Session, *, is_struck: bool = False) -> Sequence[Enterprise]:
    """The living rows, or those struck out, by name."""
    state = col(Enterprise.removed_at).is_not(None) if is_struck else col(Enterprise.removed_at).is_(None)
    return session.exec(select(Enterprise).where(state).order_by(col(Enterprise.name), col(Enterprise.id))).all()


def of_outlet(session: Session, outlet: str) -> Sequence[Enterprise]:
    """The living rows of one outlet."""
    theirs = select(Enterprise).where(Enterprise.outlet == outlet, col(Enterprise.removed_at).is_(None))
    return session.exec(theirs.order_by(col(Enterprise.id))).all()


def years_of(session: Session, enterprise_ids: Collection[int]) -> dict[int, list[EnterpriseYear]]:
    """The years on whose list they stand, by row, the newest first."""
    found: dict[int, list[EnterpriseYear]] = {}
    standing = select(EnterpriseYear).where(col(EnterpriseYear.struck_at).is_(None))
    if len(enterprise_ids) <= _NAMED_AT_MOST:
        standing = standing.where(col(EnterpriseYear.enterprise_id).in_(enterprise_ids))
    for each in session.exec(standing.order_by(col(EnterpriseYear.year).desc())):
        if each.enterprise_id in enterprise_ids:
            found.setdefault(each.enterprise_id, []).append(each)
    return found


def every_year_of(session: Session, enterprise_id: int) -> Sequence[EnterpriseYear]:
    """The same of one, with those it was taken off."""
    theirs = select(EnterpriseYear).where(EnterpriseYear.enterprise_id == enterprise_id)
    return session.exec(theirs.order_by(col(EnterpriseYear.year).desc(), col(EnterpriseYear.id))).all()


def ties_of(session: Session, enterprise_id: int) -> Sequence[EnterpriseContact]:
    """Who speaks for it, in the order they were tied."""
    theirs = select(EnterpriseContact).where(EnterpriseContact.enterprise_id == enterprise_id)
    return session.exec(theirs.order_by(col(EnterpriseContact.tied_at), col(EnterpriseContact.contact_id))).all()


def of_contact(session: Session, contact_id: int) -> list[tuple[EnterpriseContact, Enterprise]]:
    """For whom one person speaks."""
    theirs = select(EnterpriseContact, Enterprise).where(
        EnterpriseContact.contact_id == contact_id, EnterpriseContact.enterprise_id == Enterprise.id
    )
    return list(session.exec(theirs.order_by(col(Enterprise.id))).all())


def advisers_of(session: Session, contact_ids: Sequence[int]) -> dict[str, str]:
    """Who looks after the enterprises these speak for (服务专员): names of enterprises → names of colleagues."""
    theirs = select(Enterprise.name, Enterprise.adviser).where(
        col(EnterpriseContact.contact_id).in_(contact_ids),
        EnterpriseContact.enterprise_id == Enterprise.id,
        col(Enterprise.removed_at).is_(None),
        Enterprise.adviser != "",
    )
    return dict(session.exec(theirs.order_by(col(Enterprise.id))).all())


def history_of(session: Session, enterprise_id: int) -> Sequence[EnterpriseEvent]:
    """How a row came to be what it is, oldest first."""
    events = select(EnterpriseEvent).where(EnterpriseEvent.enterprise_id == enterprise_id)
    return session.exec(events.order_by(col(EnterpriseEvent.id))).all()


def note(  # noqa: PLR0913  one line of history: what, who, when, and its words
    session: Session,
    enterprise: Enterprise,
    verb: str,
    by: Staff,
    now: datetime,
    *,
    changes: Mapping[str, list[str]] | None = None,
    words: str = "",
) -> None:
    """Write one line of history."""
    line = EnterpriseEvent(
        enterprise_id=enterprise.key,
        verb=verb,
        changes=dict(changes or {}),
        note=mask(words),
        actor=by.key,
        actor_name=by.name,
        at=now,
    )
    session.add(line)


def changed(enterprise: Enterprise, values: Mapping[str, Any]) -> dict[str, list[str]]:
    """What these values would change, field → from, to, as it may stand in the history."""
    return {
        name: [_told(name, getattr(enterprise, name)), _told(name, value)]
        for name, value in values.items()
        if getattr(enterprise, name) != value
    }


def taken(code: str, other: Enterprise | None) -> str:
    """The sentence for a code that stands in the directory already."""
    where = f"（企业 {other.key}：{other.name}）" if other is not None else ""
    return f"统一社会信用代码 {code} 在名录里已经有了{where}：请在那一条里修改，不要另登一条。"


def _told(name: str, value: object) -> str:
    if name in UNTOLD:
        return "（有）" if value else ""
    return "、".join(value) if isinstance(value, list) else str(value)
