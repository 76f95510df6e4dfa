"""A comparison of two versions (版本对照表) as a document to print: both texts side by side, what changed marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from handlers.compare_policies import Compared, name_of
from handlers.docx import FULL_WIDTH, Words, heading, paragraph, table, write_document
from handlers.policy_wording import counts_line
from policies.counterparts import Clause
from policies.differences import KIND_NAMES, Change, Run, mark_change, old_side

_KIND_WIDTH = 1000
_TEXT_WIDTH = (FULL_WIDTH - _KIND_WIDTH) // 2
_HOW_TO_READ = "删去的文字画删除线，增加的文字加下划线；合并的条款与旧版各条连起来对照；拆分的条款并列全文，不标字词。"


def write_comparison(path: Path, compared: Compared) -> None:
    """Write the comparison as docx, every article in it; the file is complete when this returns."""
    write_document(path, _parts(compared))


def _parts(compared: Compared) -> Iterator[str]:
    yield heading(f"《{compared.title}》版本对照表")
    yield paragraph(
        Words(f"共 {len(compared.comparison.changes)} 行：{counts_line(compared.comparison.counts)}。{_HOW_TO_READ}")
    )
    head = (f"{compared.old.version}版", f"{compared.new.version}版", "变化")
    rows = (_row(each) for each in compared.comparison.changes)
    yield table((_TEXT_WIDTH, _TEXT_WIDTH, _KIND_WIDTH), head, rows)


def _row(change: Change) -> tuple[Sequence[Words], ...]:
    kind = [Words(KIND_NAMES[change.kind])]
    if change.new is None:
        return [_name(change.old[0]), Words(change.old[0].text, "removed")], [Words("")], kind
    if not change.old:
        return [Words("")], [_name(change.new), Words(change.new.text, "added")], kind
    if change.kind == "split":
        return [_name(change.old[0]), Words(change.old[0].text)], [_name(change.new), Words(change.new.text)], kind
    new = [_words(run) for run in mark_change(change) if run.kind != "removed"]
    return list(_old(change)), [_name(change.new), *new], kind


def _old(change: Change) -> Iterator[Words]:
    """The old articles below one another, each with what was taken out marked."""
    for at, (clause, runs) in enumerate(zip(change.old, old_side(change), strict=True)):
        yield Words("\n") if at else Words("")
        yield _name(clause)
        yield from map(_words, runs)


def _words(run: Run) -> Words:
    return Words(run.text, "plain" if run.kind == "kept" else run.kind)


def _name(clause: Clause) -> Words:
    return Words(f"{name_of(clause)}　", "bold")
