"""What an import would do, shown before anything is written: metadata, article tree, problems, repairs, conflicts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from handlers import import_wording as wording
from handlers.import_policy import ReadFile
from handlers.imported_files import ImportedFile
from policies.draft import DraftArticle, ParseProblem, PolicyDraft
from policies.intake import Prepared
from policies.profile import FIELDS, level_of

_SHOWN = 12  # lines of one section; the rest is counted


@dataclass(frozen=True)
class Preview:
    """One file as a person judges it. `facts` are (name, value), `sections` (heading, lines), empty ones left out."""

    head: str
    facts: tuple[tuple[str, str], ...] = ()
    tree: tuple[str, ...] = ()
    sections: tuple[tuple[str, tuple[str, ...]], ...] = ()


def preview_of(read: ReadFile, imported: ImportedFile, corrected: Collection[str] = ()) -> Preview:
    """The preview of a file, from what was read of it and what would become of it; what is proposed for fields that
    were `corrected` already is left out.
    """
    path, prepared = read
    head = wording.head(path.name, imported.outcome, imported.reason)
    if not isinstance(prepared, Prepared):
        return Preview(head)
    return Preview(
        head,
        (*_facts(prepared.draft, imported), *([("来源", prepared.origin)] if prepared.origin else [])),
        tuple(article_tree(prepared.draft.articles)),
        (*proposed(imported, corrected), *sections_of(imported)),
    )


def proposed(imported: ImportedFile, corrected: Collection[str] = ()) -> Iterable[tuple[str, tuple[str, ...]]]:
    """What was read off the words for people to confirm, each with where it comes from."""
    lines = [
        wording.proposal(FIELDS[each.field].label, each.words, each.source)
        for each in imported.proposals
        if each.field not in corrected
    ]
    if lines:
        yield wording.PROPOSED, tuple(lines)


def sections_of(imported: ImportedFile) -> Iterable[tuple[str, tuple[str, ...]]]:
    """What a person should look at, under its headings."""
    kinds = {wording.REPAIRS: ("scan",), wording.DROPPED: ("dropped",)}
    elsewhere = {kind for each in kinds.values() for kind in each}
    if imported.conflicts:
        yield wording.CONFLICTS, _cut([each.message for each in imported.conflicts])
    if others := [each.message for each in imported.problems if each.kind not in elsewhere]:
        yield wording.PROBLEMS, _cut(others)
    for heading, chosen in kinds.items():
        if lines := [_line(each) for each in imported.problems if each.kind in chosen]:
            yield heading, _cut(lines)


def article_tree(articles: Sequence[DraftArticle]) -> Iterable[str]:
    """One line for all articles, then one a heading (编/章/节) with the articles under it, indented by its depth."""
    printed = [each for each in articles if each.label]
    if printed:
        yield wording.span(printed[0].label, printed[-1].label, len(printed))
    headings = [(path, list(under)) for path, under in groupby(printed, key=lambda each: each.path) if path]
    for path, under in headings[:_SHOWN]:
        yield f"{'  ' * len(path)}{path[-1]}：{wording.span(under[0].label, under[-1].label, len(under))}"
    if len(headings) > _SHOWN:
        yield "  " + wording.more(len(headings) - _SHOWN)


def _facts(draft: PolicyDraft, imported: ImportedFile) -> Iterable[tuple[str, str]]:
    days = {"通过": draft.adopted_on, "公布": draft.published_on}
    yield "名称", draft.title
    yield "发文机关", draft.issuer or wording.UNKNOWN
    if level := level_of(draft.issuer):
        yield "层级", level
    yield "发文字号", draft.doc_number or wording.UNKNOWN
    yield "版本", draft.version or wording.UNKNOWN
    yield from ((name, str(day)) for name, day in days.items() if day)
    start, end = (str(day) if day else "" for day in (imported.effective_from, imported.effective_to))
    yield "引用期间", "征求意见稿，不用于回答" if draft.is_draft else wording.effect(start, end)
    if draft.is_excerpt:
        yield "范围", "摘录"
    if draft.basis:
        yield "依据", "、".join(f"《{title}》" for title in draft.basis)
    if draft.repeals:
        yield "同时废止", "、".join(f"《{title}》" for title in draft.repeals)


def _line(problem: ParseProblem) -> str:
    if problem.proposed:
        return wording.repair(problem)
    return problem.message


def _cut(lines: Sequence[str]) -> tuple[str, ...]:
    return (*lines[:_SHOWN], wording.more(len(lines) - _SHOWN)) if len(lines) > _SHOWN else tuple(lines)
