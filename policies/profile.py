"""What is recorded about a policy besides its text (元数据): who, where, on what, for whom, applying how.

It is filled in while a revision is a draft; what was published keeps it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NoReturn

from sqlmodel import Session, col, select

from policies import metadata
from policies.compilation import STANDING, Policy, Revision
from policies.criteria import CriteriaError, Criterion, read_criteria, restored
from policies.layers import misplaced
from policies.metadata import short_title
from policies.review import Signature, note

OF_OUTLET = "网点"
LEVELS = ("国家", "市", "区县", OF_OUTLET)
_NATIONAL = re.compile(r"^(?:全国|最高|国务院|国家|中华人民共和国|中共中央)")
_DISTRICT, _CITY = re.compile(r"[区县]"), re.compile(r"市|省|自治")
_SEPARATORS = re.compile(r"[,，、;；\n]+")
_SENTENCES = re.compile(r"[;；\n]+")
_WINDOW = re.compile(r"(\d{4}-\d{2}-\d{2})?\s*(?:至|到)\s*(\d{4}-\d{2}-\d{2})?")
MOST_VALUES, LONGEST_VALUE = 30, 200


class ProfileError(Exception):
    """A value can't be recorded; the message says why and what helps."""


def _refuse(fault: str) -> NoReturn:
    raise ProfileError(fault)


@dataclass(frozen=True)
class Programme:
    """A programme one applies to (申报项目). `opens_on` and `closes_on` are both included, ``None`` is open.

    `conditions` and `materials` are what the notice asks for, one sentence each; `amount` and `apply_at` as it says;
    `criteria` say how conditions can be judged.
    """

    name: str
    conditions: tuple[str, ...]
    materials: tuple[str, ...] = ()
    opens_on: date | None = None
    closes_on: date | None = None
    amount: str = ""
    apply_at: str = ""
    criteria: tuple[Criterion, ...] = ()

    @property
    def stored(self) -> dict[str, Any]:
        """As the database keeps it."""
        days = {name: str(day) for name in ("opens_on", "closes_on") if (day := getattr(self, name)) is not None}
        criteria = [each.stored for each in self.criteria]
        lists = {"conditions": list(self.conditions), "materials": list(self.materials), "criteria": criteria}
        return {**vars(self), **lists, **days}


def level_of(issuer: str) -> str:
    """The level of an issuer; "" when its name does not say."""
    if _NATIONAL.search(issuer):
        return "国家"
    if _DISTRICT.search(issuer):
        return "区县"
    return "市" if _CITY.search(issuer) else ""


def read_programme(text: str) -> Programme:
    """The programme a TOML text describes.

    Raises:
        ProfileError: It is no TOML, lacks what is needed, or closes before it opens.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        _refuse(f"申报项目文件读不懂：{error}")
    unknown = sorted(set(raw) - set(Programme.__dataclass_fields__))
    if unknown:
        _refuse(f"申报项目里没有 {'、'.join(unknown)} 这一项；可用 name、conditions、materials、opens_on 等。")
    for name in ("conditions", "materials"):
        values = raw.get(name, [])
        if not isinstance(values, list) or not all(isinstance(each, str) and each.strip() for each in values):
            _refuse(f"{name} 应当是一句一项的列表。")
        raw[name] = tuple(each.strip() for each in values)
    for name in ("opens_on", "closes_on"):
        if raw.get(name) is not None and type(raw[name]) is not date:
            _refuse(f"{name} 应当是日期，例如 2026-12-01。")
    if not isinstance(raw.get("name"), str) or not raw["name"].strip() or not raw["conditions"]:
        _refuse("申报项目至少要有 name 和 conditions。")
    try:
        raw["criteria"] = read_criteria(raw.get("criteria"), raw["conditions"], text)
    except CriteriaError as error:
        _refuse(str(error))
    made = Programme(**raw)
    if made.opens_on and made.closes_on and made.closes_on < made.opens_on:
        _refuse(f"申报截止 {made.closes_on} 早于开始 {made.opens_on}，请改正。")
    return made


def programme_of(revision: Revision) -> Programme | None:
    """The programme of a revision, if it has one."""
    if not revision.programme:
        return None
    days = {name: date.fromisoformat(revision.programme[name]) for name in _DAYS if revision.programme.get(name)}
    lists = {name: tuple(revision.programme[name]) for name in ("conditions", "materials")}
    criteria = restored(revision.programme.get("criteria", ()))
    return Programme(**{**revision.programme, **dict.fromkeys(_DAYS), **days, **lists, "criteria": criteria})


def standing_of(revision: Revision, on: date) -> str:
    """The state of validity (效力状态) on a day, as people say it."""
    if revision.is_draft:
        return "征求意见稿"
    if revision.state not in STANDING:
        return "未发布"
    if revision.effective_from is None or not revision.is_quotable:
        return "效力待核"
    if on < revision.effective_from:
        return "尚未施行"
    if revision.effective_to is not None and on > revision.effective_to:
        return "已废止" if revision.state == "repealed" else "已失效"
    return "现行有效"


def fill_in(session: Session, revision: Revision, words: Mapping[str, str], by: Signature) -> None:
    """Record what people wrote, field by field (see `FIELDS`); empty words empty a field.

    Raises:
        ProfileError: It is published already, a value can't be read, or the links would go round in a circle.
    """
    if revision.state != "draft":
        _refuse(f"版本 {revision.id} 不在采编中，不能修改；待审核的先退回，已发布的另建版本。")
    for name, value in words.items():
        FIELDS[name].write(session, revision, value.strip())
    session.flush()
    if reason := misplaced(session, revision):
        _refuse(reason)
    if circle := circle_of(session, revision):
        _refuse(f"依据、替代关系成了一个圈：{' → '.join(circle)}。请去掉其中一个。")
    note(session, revision, by, "修改：" + "、".join(FIELDS[name].label for name in words))


def check_title(title: str) -> None:
    """Nothing, when a policy may be called that.

    Raises:
        ProfileError: It is empty.
    """
    if not title:
        _refuse("名称不能是空的。")


def check_version(version: str) -> None:
    """Nothing, when a version may be called that.

    Raises:
        ProfileError: It is no date.
    """
    if version and metadata.span(version) is None:
        _refuse(f"版本 {version} 不是日期：请写通过或公布的日期，例如 2026-11-01。")


def put_right(session: Session, revision: Revision, words: Mapping[str, str]) -> None:
    """Write what people said of a revision that is not stored yet, field by field, but for title and version.

    Raises:
        ProfileError: A value can't be read.
    """
    for name, value in words.items():
        if name not in ("title", "version"):
            FIELDS[name].write(session, revision, value.strip())
    if "issuer" in words and "level" not in words:
        revision.level = level_of(revision.issuer) or revision.level


def circle_of(session: Session, revision: Revision) -> tuple[str, ...]:
    """The titles of a circle of links (依据、同时废止) through this revision, the first again at the end; else empty.

    Only newer texts rest on or replace older ones: a circle means that somebody mixed them up.
    """
    if not (revision.basis or revision.repeals):  # most texts: an import looks at a thousand
        return ()
    links: dict[str, set[str]] = {}
    columns = (
        select(Policy.title, Revision.basis, Revision.repeals)
        .join(Revision)
        .where(col(Revision.state).in_(STANDING) | (col(Revision.id) == revision.id))
    )
    for title, basis, repeals in session.exec(columns):
        links.setdefault(title, set()).update(basis, filter(None, repeals.split("\n")))
    own = session.get_one(Policy, revision.policy_id).title
    came_from: dict[str, str] = {}
    waiting = [own]
    while waiting:
        at = waiting.pop(0)
        for following in sorted(links.get(at, ())):
            if following == own:
                return _way_back(at, own, came_from)
            if following not in came_from:
                came_from[following] = at
                waiting.append(following)
    return ()


def _way_back(at: str, own: str, came_from: Mapping[str, str]) -> tuple[str, ...]:
    way = [own]
    while at != own:
        way.append(at)
        at = came_from[at]
    return (own, *reversed(way)) if len(way) > 1 else (own, own)


# --- fields ---


@dataclass(frozen=True)
class Field:
    """One thing people may fill in: what it is called, and how words become its value."""

    label: str
    write: Callable[[Session, Revision, str], None]


def values_of(words: str) -> list[str]:
    """Values separated by commas, 、 or lines, each once.

    Raises:
        ProfileError: There are too many, or one is too long.
    """
    found = list(dict.fromkeys(each.strip() for each in _SEPARATORS.split(words) if each.strip()))
    if len(found) > MOST_VALUES or any(len(each) > LONGEST_VALUE for each in found):
        _refuse(f"最多 {MOST_VALUES} 项，每项不超过 {LONGEST_VALUE} 个字。")
    return found


def _text(name: str) -> Callable[[Session, Revision, str], None]:
    def write(_session: Session, revision: Revision, words: str) -> None:
        if len(words) > LONGEST_VALUE:
            _refuse(f"不超过 {LONGEST_VALUE} 个字。")
        setattr(revision, name, words)

    return write


def _list(name: str) -> Callable[[Session, Revision, str], None]:
    return lambda _session, revision, words: setattr(revision, name, values_of(words))


def _titles(words: str) -> list[str]:
    return [short_title(each.strip("《》")) for each in values_of(words)]


def _day(words: str) -> date | None:
    if not words:
        return None
    try:
        return date.fromisoformat(words)
    except ValueError:
        _refuse(f"看不懂日期 {words}：请写成 2026-12-01 这样。")


def _write_title(session: Session, revision: Revision, words: str) -> None:
    title = short_title(words.strip("《》"))
    check_title(title)
    policy = session.exec(select(Policy).where(Policy.title == title)).first()
    if policy is None:
        policy = Policy(title=title)
        session.add(policy)
        session.flush()
    revision.policy_id = policy.id or 0


def _write_version(_session: Session, revision: Revision, words: str) -> None:
    check_version(words)
    revision.version = words


def _write_level(_session: Session, revision: Revision, words: str) -> None:
    if words and words not in LEVELS:
        _refuse(f"层级只有 {'、'.join(LEVELS)}。")
    revision.level = words


def _write_start(_session: Session, revision: Revision, words: str) -> None:
    revision.starts_on = revision.starts_earliest = _day(words)
    revision.start_source = "stated" if words else "none"
    revision.repeals_on = revision.starts_on


def _write_end(_session: Session, revision: Revision, words: str) -> None:
    revision.ends_on = _day(words)


def _write_published(_session: Session, revision: Revision, words: str) -> None:
    revision.published_on = _day(words)


def _write_basis(_session: Session, revision: Revision, words: str) -> None:
    revision.basis = _titles(words)


def _write_replaces(_session: Session, revision: Revision, words: str) -> None:
    revision.repeals = "\n".join(_titles(words))


def _write_programme(_session: Session, revision: Revision, words: str) -> None:
    revision.programme = read_programme(words).stored if words else {}


def _write_window(session: Session, revision: Revision, words: str) -> None:
    found = _WINDOW.fullmatch(words)
    if words and (found is None or not (found[1] or found[2])):
        _refuse(f"看不懂申报时间 {words}：请写成 2026-11-01 至 2026-11-30；只有截止日的写 至 2026-11-30。")
    opens, closes = (_day(found[1] or ""), _day(found[2] or "")) if found else (None, None)
    if opens and closes and closes < opens:
        _refuse(f"申报截止 {closes} 早于开始 {opens}，请改正。")
    _change_programme(session, revision, bool(words), opens_on=opens, closes_on=closes)


def _sentence_list(name: str) -> Callable[[Session, Revision, str], None]:
    def write(session: Session, revision: Revision, words: str) -> None:
        found = tuple(dict.fromkeys(each.strip() for each in _SENTENCES.split(words) if each.strip()))
        if len(found) > MOST_VALUES or any(len(each) > LONGEST_VALUE for each in found):
            _refuse(f"最多 {MOST_VALUES} 项，用分号或换行分开，每项不超过 {LONGEST_VALUE} 个字。")
        _change_programme(session, revision, bool(found), **{name: found})

    return write


def _change_programme(session: Session, revision: Revision, is_said: bool, **values: Any) -> None:  # noqa: ANN401
    """Change fields of the programme; one that is not there yet begins with the policy's title once something is said.

    Criteria of a condition that is gone go with it.
    """
    programme = programme_of(revision)
    if programme is None and not is_said:
        return
    made = replace(programme or Programme(session.get_one(Policy, revision.policy_id).title, ()), **values)
    kept = tuple(each for each in made.criteria if each.condition in made.conditions)
    revision.programme = replace(made, criteria=kept).stored


_DAYS = ("opens_on", "closes_on")
FIELDS: Mapping[str, Field] = {
    "title": Field("名称", _write_title),
    "version": Field("版本", _write_version),
    "doc_number": Field("文号", _text("doc_number")),
    "issuer": Field("发文机关", _text("issuer")),
    "level": Field("层级", _write_level),
    "outlet": Field("网点", _text("outlet")),
    "outlet_reason": Field("网点理由", _text("outlet_reason")),
    "region": Field("区域", _text("region")),
    "topics": Field("主题", _list("topics")),
    "service_items": Field("服务事项", _list("service_items")),
    "industries": Field("行业", _list("industries")),
    "published": Field("发布日期", _write_published),
    "effective": Field("施行日期", _write_start),
    "expires": Field("失效日期", _write_end),
    "basis": Field("依据", _write_basis),
    "replaces": Field("替代", _write_replaces),
    "origin": Field("来源", _text("origin")),
    "attachments": Field("附件", _list("attachments")),
    "programme": Field("申报项目", _write_programme),
    "window": Field("申报时间", _write_window),
    "conditions": Field("申报条件", _sentence_list("conditions")),
    "materials": Field("申报材料", _sentence_list("materials")),
}


def profile_lines(revision: Revision) -> Sequence[tuple[str, str]]:
    """``(label, value)`` of what is recorded, in the order of `FIELDS`; what is empty is left out."""
    shown: dict[str, object] = {
        "文号": revision.doc_number,
        "发文机关": revision.issuer,
        "层级": revision.level,
        "网点": revision.outlet,
        "网点理由": revision.outlet_reason,
        "区域": revision.region,
        "主题": "、".join(revision.topics),
        "服务事项": "、".join(revision.service_items),
        "行业": "、".join(revision.industries),
        "发布": revision.published_on,
        "施行": revision.effective_from or revision.starts_on,
        "失效": revision.effective_to or revision.ends_on,
        "依据": "、".join(f"《{each}》" for each in revision.basis),
        "替代": "、".join(f"《{each}》" for each in revision.repeals.split("\n") if each),
        "来源": revision.origin or revision.source_name,
        "附件": "、".join(revision.attachments),
    }
    lines = [(name, str(value)) for name, value in shown.items() if value]
    if programme := programme_of(revision):
        window = f"{programme.opens_on or ''} 至 {programme.closes_on or ''}".strip(" 至") or "未写明"
        lines += [("申报项目", programme.name), ("申报时间", window)]
        lines += [("申报条件", each) for each in programme.conditions]
        lines += [("申报材料", each) for each in programme.materials]
        lines += [
            (name, words) for name, words in (("金额", programme.amount), ("申报地点", programme.apply_at)) if words
        ]
    return lines
