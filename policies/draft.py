"""What parsing makes of a text: a draft for people to judge, and the problems found on the way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

SegmentKind = Literal["title", "front", "heading", "label", "text", "dropped"]
ProblemKind = Literal[
    "effective", "version", "title", "numbering", "scan", "encoding", "structure", "caution", "dropped", "conflict"
]


Likelihood = Literal["", "high", "medium", "low"]


@dataclass(frozen=True)
class ParseProblem:
    """Something a person should look at. `message` is a Chinese sentence that names the cure.

    `found`, `proposed` and `likelihood` are filled for likely scanning errors (扫描识别错误): nothing is ever repaired
    silently.
    What a reader left out of the text is told too (``dropped``): `found` are the words, `where` the place (页眉).
    """

    kind: ProblemKind
    message: str
    where: str = ""
    found: str = ""
    proposed: str = ""
    likelihood: Likelihood = ""


@dataclass(frozen=True)
class Segment:
    """A stretch of the source. The segments of a text hold all its characters, white space excepted."""

    kind: SegmentKind
    text: str


@dataclass(frozen=True)
class DraftArticle:
    """One article (条), section (一、), item (1.) or headed part.

    `key` is "42", "21之1", "四(一)1", "附件2", a heading, or "" for the words before the first article. `label` is what
    is printed (第四十二条), `path` the headings above it (编/章/节), outermost first. `text` has one line per 款 or 项.
    """

    key: str
    label: str
    path: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class PolicyDraft:
    """A policy text with what could be read of its metadata; ``None`` and "" mean not found.

    `version` is the ISO date of adoption (or what the file name says), `effective_to` an end the source itself states,
    `superseded` says that the source calls itself replaced. `clause_from` is the day of the text's own 施行 clause,
    which an amended law keeps from its first version. `repeals` are titles named by 同时废止, `basis` those of what it
    says it rests on (根据).
    """

    title: str
    articles: tuple[DraftArticle, ...] = ()
    issuer: str = ""
    doc_number: str = ""
    version: str = ""
    adopted_on: date | None = None
    published_on: date | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    clause_from: date | None = None
    is_excerpt: bool = False
    is_draft: bool = False
    superseded: bool = False
    repeals: tuple[str, ...] = ()
    basis: tuple[str, ...] = ()
    caution: str = ""
    front: str = ""
    segments: tuple[Segment, ...] = ()

    def dated(self, **dates: date | None) -> PolicyDraft:
        """A copy with other dates."""
        return replace(self, **dates)  # type: ignore[arg-type]
