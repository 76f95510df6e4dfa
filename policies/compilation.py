"""The policy compilation (政策汇编): policies, their immutable revisions, and articles.

The text of a revision never changes; a corrected file makes a new revision that replaces it. What follows from other
revisions (the day one ends because the next begins) is kept in `effective_to` and settled at each import.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Text, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from policies.layout import marker
from policies.numerals import NUMERAL

# States of what was published: it may be quoted for the days on which it was in force, whatever came after them.
STANDING = ("published", "archived", "repealed")


class Policy(SQLModel, table=True):
    """One instrument in all its versions. `title` without 中华人民共和国: ``专利法``."""

    __tablename__ = "policy"
    id: int | None = Field(default=None, primary_key=True)
    title: str = Field(unique=True, index=True)
    issuer: str = ""


class Revision(SQLModel, table=True):
    """One version (版本) of a policy, as one file gave it.

    `version` is the ISO day of adoption (or "2024-12", or "" when unknown). `starts_on` is the day it may be quoted
    from (施行日期), `starts_earliest` the first day it may have taken effect when the exact day is unknown: then the
    version before it ends there. `ends_on` is an end of its own (stated, known, repealed); `effective_from` and
    `effective_to` are what counts, both ends included. A revision that is not `is_quotable` has a `hold_reason`.
    `state` is moved by `policies.review` only, `repeals` has one title a line. `published_at` is when it was let out
    here, `announced_at` when subscribers heard that it took effect. `review_due` is the day somebody is to look at it
    again, `reminded_for` the one staff were told of. `brought_by` are ``[key, name]`` of whoever sent in its file or
    submitted it: like the author they don't review it. `is_indexed` is false while the index does not hold it as it is.
    From `issuer` to `programme` stands what `policies.profile` records: `basis` are the titles it rests on (依据),
    `origin` where it was taken from, `programme` what one applies for (申报项目), empty when nothing. With an `outlet`
    (网点) it is quoted to its askers only, for `outlet_reason`, and for them instead of what it `repeals`.
    """

    __tablename__ = "revision"
    id: int | None = Field(default=None, primary_key=True)
    policy_id: int = Field(foreign_key="policy.id", index=True)
    version: str = ""
    state: str = Field(default="published", index=True)
    is_excerpt: bool = False
    is_draft: bool = False
    is_superseded: bool = False
    doc_number: str = ""
    adopted_on: date | None = None
    published_on: date | None = None
    starts_on: date | None = None
    starts_earliest: date | None = None
    start_source: str = ""
    ends_on: date | None = None
    repeals: str = Field(default="", sa_column=Column(Text, nullable=False))
    repeals_on: date | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    is_quotable: bool = True
    hold_reason: str = ""
    note: str = Field(default="", sa_column=Column(Text, nullable=False))
    front: str = Field(default="", sa_column=Column(Text, nullable=False))
    source_name: str = ""
    sha256: str = Field(default="", index=True)
    content_hash: str = Field(default="", index=True)
    problems: str = Field(default="[]", sa_column=Column(Text, nullable=False))
    issuer: str = ""
    level: str = ""
    region: str = ""
    topics: list[str] = Field(default_factory=list, sa_type=JSON)
    service_items: list[str] = Field(default_factory=list, sa_type=JSON)
    industries: list[str] = Field(default_factory=list, sa_type=JSON)
    basis: list[str] = Field(default_factory=list, sa_type=JSON)
    origin: str = ""
    attachments: list[str] = Field(default_factory=list, sa_type=JSON)
    programme: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    outlet: str = ""
    outlet_reason: str = ""
    author: str = ""
    author_name: str = ""
    brought_by: list[list[str]] = Field(default_factory=list, sa_type=JSON)
    reviewer: str = ""
    reviewer_name: str = ""
    published_at: datetime | None = None
    review_due: date | None = None
    reminded_for: date | None = None
    announced_at: datetime | None = None
    is_indexed: bool = Field(default=True, index=True)


class Article(SQLModel, table=True):
    """One article (条款) of a revision. `text` has one line per 款 or 项, `path` the headings above it, one a line."""

    __tablename__ = "article"
    __table_args__ = (UniqueConstraint("revision_id", "key"),)
    id: int | None = Field(default=None, primary_key=True)
    revision_id: int = Field(foreign_key="revision.id", index=True)
    position: int
    key: str
    label: str = ""
    path: str = Field(default="", sa_column=Column(Text, nullable=False))
    text: str = Field(default="", sa_column=Column(Text, nullable=False))


@dataclass(frozen=True)
class Paragraph:
    """One 款 with its 项. `number` counts from 1; `items` are the lines beginning （一）, 1. …"""

    number: int
    text: str
    items: tuple[str, ...] = ()


def paragraphs_of(text: str) -> list[Paragraph]:
    """The 款 of an article's text, each with its 项: 第四十二条第二款第（一）项 is ``[1].items[0]``."""
    found: list[Paragraph] = []
    for line in text.splitlines():
        level = marker(line)
        if found and level is not None and level[0] in ("sub", "item"):
            last = found[-1]
            found[-1] = Paragraph(last.number, last.text, (*last.items, line))
        else:
            found.append(Paragraph(len(found) + 1, line))
    return found


def policy_titled(session: Session, title: str) -> Policy | None:
    """The policy of that short title; ``None`` when there is none."""
    return session.exec(select(Policy).where(Policy.title == title)).first()


def revisions_of(session: Session, policy_id: int) -> list[Revision]:
    """The standing revisions of a policy, newest version first, whole texts before excerpts."""
    chosen = select(Revision).where(Revision.policy_id == policy_id, col(Revision.state).in_(STANDING))
    return sorted(session.exec(chosen).all(), key=lambda each: (each.version, not each.is_excerpt), reverse=True)


def articles_of(session: Session, revision_id: int) -> Sequence[Article]:
    """The articles of a revision in the order of the text."""
    return session.exec(select(Article).where(Article.revision_id == revision_id).order_by(Article.position)).all()  # type: ignore[arg-type]


def words_of(articles: Sequence[Article], key: str) -> str:
    """The words of an article with everything below it: "四" includes "四(一)1", "附件2" includes "附件2一".

    For texts without 条 a part of a key or heading is enough ("减缴" for 专利收费的减缴), and a key that fits nothing
    gives the whole text. "" gives the whole text; an unknown article of a law gives "".
    """
    is_law = any(article.key.split("之")[0].isdigit() and article.label.startswith("第") for article in articles)
    chosen = [article for article in articles if article.key == key or (not is_law and is_below(article.key, key))]
    if not chosen and not is_law:
        chosen = [article for article in articles if key and key in article.key]
    if not key or (not chosen and not is_law):
        chosen = list(articles)
    return "\n".join(article.text for article in chosen)


def is_below(key: str, above: str) -> bool:
    """Whether one key of an outline lies below another: 四(一)1 below 四(一) and 四; 四(一)10 not below 四(一)1."""
    rest = key.removeprefix(above)
    if not above or rest in (key, ""):
        return False
    if above[-1].isdigit():
        return rest[0] in NUMERAL or rest[0] == "("
    return rest[0].isdigit() or (rest[0] == "(" and above[-1] != ")")
