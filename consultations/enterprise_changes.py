"""What is done with the directory of enterprises (企业名录): each change refused where it can't be, with history."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from consultations import enterprise_visits
from consultations.enterprises import (
    FIELDS,
    Enterprise,
    EnterpriseContact,
    EnterpriseRefusedError,
    EnterpriseYear,
    changed,
    every_year_of,
    history_of,
    note,
    of_contact,
    refuse,
    taken,
    ties_of,
)
from consultations.tickets import Staff

SOMEBODY = "某某"  # what stands instead of the name of who was erased
_TELLING = 2  # a name of one character stands in other words too


def add(session: Session, values: Mapping[str, Any], outlet: str, by: Staff, now: datetime) -> Enterprise:
    """A new row.

    Raises:
        EnterpriseRefusedError: The code stands in the directory of that outlet already.
    """
    _refuse_taken(session, outlet, str(values.get("code", "")), None)
    made = Enterprise(**values, outlet=outlet, created_by=by.key, created_at=now, changed_by=by.key, changed_at=now)
    _stored(session, made)
    note(session, made, "add", by, now)
    return made


def edit(  # noqa: PLR0913, PLR0917  which row as it was seen, to what, by whom
    session: Session, enterprise: Enterprise, seen: int, values: Mapping[str, Any], by: Staff, now: datetime
) -> dict[str, list[str]]:
    """What was changed, field → from, to; nothing when everything says that already.

    Raises:
        EnterpriseRefusedError: Somebody was faster, it is struck out, or the code is another row's.
    """
    _refuse_other(enterprise, seen)
    _refuse_struck(enterprise)
    changes = changed(enterprise, values)
    if not changes:
        return {}
    _refuse_taken(session, enterprise.outlet, str(values.get("code", enterprise.code)), enterprise.id)
    for name in changes:
        setattr(enterprise, name, values[name])
    _touch(enterprise, by, now)
    _stored(session, enterprise)
    note(session, enterprise, "edit", by, now, changes=changes)
    return changes


def remove(session: Session, enterprise: Enterprise, reason: str, by: Staff, now: datetime) -> None:
    """Struck out, with the reason; it can be restored.

    Raises:
        EnterpriseRefusedError: It is struck out already.
    """
    _refuse_struck(enterprise)
    enterprise.removed_at = now
    _touch(enterprise, by, now)
    session.flush()
    note(session, enterprise, "remove", by, now, words=reason)


def restore(session: Session, enterprise: Enterprise, by: Staff, now: datetime) -> None:
    """In the directory again.

    Raises:
        EnterpriseRefusedError: It stands there, was merged, or its code is another row's by now.
    """
    if enterprise.is_living:
        refuse("这家企业就在名录里，不用恢复。")
    if enterprise.merged_into is not None:
        refuse(f"这一条已经并入企业 {enterprise.merged_into}，请在那一条里修改。")
    _refuse_taken(session, enterprise.outlet, enterprise.code, enterprise.id)
    enterprise.removed_at = None
    _touch(enterprise, by, now)
    _stored(session, enterprise)
    note(session, enterprise, "restore", by, now)


def merge(session: Session, kept: Enterprise, other: Enterprise, by: Staff, now: datetime) -> None:
    """Of two rows for one enterprise the `other` is struck out; its years, visits, contacts and tags are the kept
    one's, and what the kept one did not say. What both say differently stays as the kept one says it.

    Raises:
        EnterpriseRefusedError: They are the same row, of two outlets, struck out, or have two codes.
    """
    if kept.key == other.key:
        refuse("这是同一条，不用合并：请写另一条的编号。")
    if kept.outlet != other.outlet:
        refuse("两条属于不同的网点，不能合并。")
    _refuse_struck(kept)
    _refuse_struck(other)
    if kept.code and other.code and kept.code != other.code:
        refuse("两条的统一社会信用代码不同，是两家企业；有一条抄错的，先改正再合并。")
    values = {name: getattr(other, name) for name in FIELDS if name != "tags" and not getattr(kept, name)}
    values["tags"] = list(dict.fromkeys([*kept.tags, *other.tags]))
    other.removed_at, other.merged_into = now, kept.key
    _touch(other, by, now)
    session.flush()
    changes = changed(kept, values)
    for name, value in values.items():
        setattr(kept, name, value)
    _touch(kept, by, now)
    _move_years(session, kept, other, now)
    enterprise_visits.move(session, other.key, kept.key)
    for tie in ties_of(session, other.key):
        _tie(session, kept, tie.contact_id, tie.tied_by, tie.tied_at, is_person=tie.is_person)
        session.delete(tie)
    session.flush()
    note(session, kept, "merge", by, now, changes=changes, words=f"企业 {other.key} 并入这一条")
    note(session, other, "merge", by, now, words=f"并入企业 {kept.key}")


def put_year(  # noqa: PLR0913, PLR0917  who on which list, why
    session: Session, enterprise: Enterprise, year: int, reason: str, by: Staff, now: datetime
) -> bool:
    """Whether it is on that year's list from now on, or for another reason; nothing changes when it was, with this.

    Raises:
        EnterpriseRefusedError: It is struck out.
    """
    _refuse_struck(enterprise)
    standing = next((each for each in _standing(session, enterprise.key) if each.year == year), None)
    if standing is not None and standing.reason in (reason, reason or standing.reason):
        return False
    if standing is not None:
        words, standing.reason = f"{year}：{standing.reason} → {reason}", reason
    else:
        words = f"{year}：{reason}" if reason else str(year)
        row = EnterpriseYear(enterprise_id=enterprise.key, year=year, reason=reason, entered_by=by.key, entered_at=now)
        session.add(row)
    note(session, enterprise, "year", by, now, words=words)
    session.flush()
    return True


def strike_year(  # noqa: PLR0913, PLR0917  who off which list, why
    session: Session, enterprise: Enterprise, year: int, reason: str, by: Staff, now: datetime
) -> bool:
    """Whether it was taken off that year's list now; the line stays, struck out."""
    standing = next((each for each in _standing(session, enterprise.key) if each.year == year), None)
    if standing is None:
        return False
    standing.struck_at = now
    note(session, enterprise, "unyear", by, now, words=f"{year}：{reason}" if reason else str(year))
    session.flush()
    return True


def tie(  # noqa: PLR0913  whom to what, who says so and when
    session: Session, enterprise: Enterprise, contact_id: int, by: Staff, now: datetime, *, is_person: bool = False
) -> bool:
    """Whether that person speaks for it from now on.

    Raises:
        EnterpriseRefusedError: It is struck out.
    """
    _refuse_struck(enterprise)
    if not _tie(session, enterprise, contact_id, by.key, now, is_person=is_person):
        return False
    note(session, enterprise, "tie", by, now, words=f"服务对象 {contact_id}")
    session.flush()
    return True


def untie(session: Session, enterprise: Enterprise, contact_id: int, by: Staff, now: datetime) -> bool:
    """Whether they no longer do; the history keeps that they did, by number."""
    found = session.get(EnterpriseContact, (enterprise.key, contact_id))
    if found is None:
        return False
    session.delete(found)
    note(session, enterprise, "untie", by, now, words=f"服务对象 {contact_id}")
    session.flush()
    return True


def forget(session: Session, contact_id: int, name: str) -> None:
    """Who is erased speaks for no enterprise any more, and is nobody's contact person."""
    for tie_, enterprise in of_contact(session, contact_id):
        if tie_.is_person or (name and enterprise.person == name):
            enterprise.person = enterprise.phone = ""
        if len(name) >= _TELLING:
            enterprise.note = enterprise.note.replace(name, SOMEBODY)
            for event in history_of(session, enterprise.key):
                event.note = event.note.replace(name, SOMEBODY)
            enterprise_visits.forget_name(session, enterprise.key, name, SOMEBODY)
    session.flush()
    session.connection().execute(delete(EnterpriseContact).where(col(EnterpriseContact.contact_id) == contact_id))
    session.expire_all()


def empty(session: Session, enterprise_ids: Collection[int]) -> None:
    """Take the contact person and all notes out of rows that were struck out long ago."""
    for each in session.exec(select(Enterprise).where(col(Enterprise.id).in_(enterprise_ids))).all():
        each.person = each.phone = each.note = ""
        for event in history_of(session, each.key):
            event.note = ""
    session.flush()
    session.connection().execute(
        delete(EnterpriseContact).where(col(EnterpriseContact.enterprise_id).in_(enterprise_ids))
    )


def _touch(enterprise: Enterprise, by: Staff, now: datetime) -> None:
    enterprise.changed_by, enterprise.changed_at = by.key, now
    enterprise.revision += 1


def _stored(session: Session, enterprise: Enterprise) -> None:
    """Stored; of two who enter one enterprise in the same moment the second is refused by the database."""
    try:
        session.add(enterprise)
        session.flush()
    except IntegrityError as error:
        raise EnterpriseRefusedError(taken(enterprise.code, None)) from error


def _refuse_taken(session: Session, outlet: str, code: str, own: int | None) -> None:
    if not code:
        return
    same = select(Enterprise).where(
        Enterprise.outlet == outlet, Enterprise.code == code, col(Enterprise.removed_at).is_(None)
    )
    other = session.exec(same).first()
    if other is not None and other.id != own:
        refuse(taken(code, other))


def _refuse_other(enterprise: Enterprise, seen: int) -> None:
    if enterprise.revision != seen:
        refuse("这期间别人改过这家企业：请看过现在的内容，再改一次。")


def _refuse_struck(enterprise: Enterprise) -> None:
    if not enterprise.is_living:
        refuse(f"企业 {enterprise.key} 已经从名录里划去：要修改，请先恢复。")


def _standing(session: Session, enterprise_id: int) -> Sequence[EnterpriseYear]:
    return [each for each in every_year_of(session, enterprise_id) if each.struck_at is None]


def _move_years(session: Session, kept: Enterprise, other: Enterprise, now: datetime) -> None:
    held = {each.year for each in _standing(session, kept.key)}
    for each in _standing(session, other.key):
        if each.year in held:
            each.struck_at = now
        else:
            each.enterprise_id = kept.key


def _tie(  # noqa: PLR0913
    session: Session, enterprise: Enterprise, contact_id: int, by: str, at: datetime, *, is_person: bool
) -> bool:
    found = session.get(EnterpriseContact, (enterprise.key, contact_id))
    if found is not None:
        is_new = is_person and not found.is_person
        found.is_person = found.is_person or is_person
        return is_new
    tied = EnterpriseContact(
        enterprise_id=enterprise.key, contact_id=contact_id, is_person=is_person, tied_by=by, tied_at=at
    )
    session.add(tied)
    session.flush()
    return True
