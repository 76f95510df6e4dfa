"""``zhixun import``: read, show what would become of each file, ask, write."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from bot.application import STAFF_DESK, Office
from bot.commands import learn_meaning
from bot.screen import bar, say, say_table
from handlers import import_wording as wording
from handlers.preview_import import Preview, preview_of, proposed, sections_of
from handlers.publish_policy import (
    ImportedFile,
    ImportReport,
    ReadFile,
    gather,
    import_prepared,
    rehearse,
    with_progress,
)
from policies.intake import prepare
from policies.readers import ReadText, Refused, kept_pages
from policies.readers.recognise import recognise
from policies.review import Signature

SHOWN_PROBLEMS = 3


def import_policies(  # noqa: PLR0913  what the command was told
    office: Office,
    paths: Sequence[Path],
    name: str,
    *,
    is_dry_run: bool,
    with_scans: bool,
    ask: Callable[[str], bool] | None,
) -> bool:
    """Import files and print what becomes of each; whether something needs attention.

    Args:
        office: The open instance.
        paths: Files and folders.
        name: The administrator who publishes at once what they import.
        with_scans: Recognise the text of scans and photos, which takes seconds a page.
        is_dry_run: Show what would become of them and end.
        ask: Decides after the preview; ``None`` (a script) imports without one.
    """
    files, skipped = gather(paths)
    by = Signature(f"{STAFF_DESK.channel}:{name}", name, office.desk.now())
    scans_in = office.settings.home if with_scans else None
    if ask is None and not is_dry_run:
        report = _write(office, _read("正在导入", files, scans_in), skipped, by)
        return report.count("refused") > 0
    read = list(_read("正在读取", files, scans_in))
    report = ImportReport(tuple(rehearse(read, reading=office.reading, by=by)), tuple(skipped), dry_run=True)
    _print_preview(read, report)
    if any(each.proposals for each in report.files):
        say(wording.CHANGE_PROPOSED)
    if ask is not None and not is_dry_run:
        _write_if_wanted(office, read, report, by, ask)
    return report.count("refused") > 0


def _write_if_wanted(
    office: Office, read: Sequence[ReadFile], report: ImportReport, by: Signature, ask: Callable[[str], bool]
) -> None:
    chosen = [each for each, file in zip(read, report.files, strict=True) if file.outcome in ("new", "changed")]
    if not chosen:
        say(wording.NOTHING_TO_IMPORT)
    elif ask(wording.confirm(report.count("new"), report.count("changed"))) and _store_anyway(report, ask):
        _write(office, chosen, (), by, is_confirmed=True)
    else:
        say(wording.NOTHING_WRITTEN)


def _store_anyway(report: ImportReport, ask: Callable[[str], bool]) -> bool:
    """Whether nothing would be stored without ever being quoted, or somebody wants that."""
    return not any(each.is_never_quoted for each in report.files) or ask(wording.STORE_ANYWAY)


def _write(
    office: Office, read: Iterable[ReadFile], skipped: Sequence[Path], by: Signature, *, is_confirmed: bool = False
) -> ImportReport:
    imported = import_prepared(
        read,
        writing=office.writing,
        index=office.index,
        home=office.settings.home,
        by=by,
        is_confirmed=is_confirmed,
    )
    report = ImportReport(tuple(imported), tuple(skipped))
    _print_report(report)
    learn_meaning(office)
    return report


def _read(text: str, files: Sequence[Path], scans_in: Path | None) -> Iterator[ReadFile]:
    """The files, read one after another with a progress bar; scans with one of their own, page by page, where there is
    an instance to keep their pages in: who stops a long one and begins anew goes on at the next page.
    """
    if scans_in is not None:
        kept_pages.sweep(scans_in)
    with bar(text, len(files)) as progress:

        def advance(done: int, _total: int, path: Path) -> None:
            progress.update(progress.task_ids[0], completed=done, description=f"{text} {path.name[:24]}")

        for path in with_progress(files, advance):
            yield path, prepare(path, partial(_recognise, progress, scans_in) if scans_in else None)


def _recognise(progress: Progress, home: Path, kind: str, content: bytes) -> ReadText | Refused:
    """The text of a scan, its pages on a bar of their own."""
    task = progress.add_task("正在识别", total=None)

    def tell_page(number: int, n_pages: int) -> None:
        told = f"正在识别第 {number}/{n_pages} 页"
        progress.update(task, completed=number - 1, total=n_pages, description=told)

    found = recognise(kind, content, tell_page, kept_pages.OnDisk(home, hashlib.sha256(content).hexdigest()))
    progress.remove_task(task)
    return found


def _print_preview(read: Sequence[ReadFile], report: ImportReport) -> None:
    """One file in full; of several what a person should look at, and under it a table."""
    if len(read) == 1:
        _print_one(preview_of(read[0], report.files[0]))
        if report.files[0].is_never_quoted:
            say(wording.never_quoted([report.files[0].title]))
        return
    for file in report.files:
        # Of a programme every part is to be checked; of the rest the topics in the table are enough.
        has_programme = any(each.field == "programme" for each in file.proposals)
        sections = [*(proposed(file) if has_programme else ()), *sections_of(file)]
        if sections or file.reason:
            say(wording.head(file.path.name, file.outcome, file.reason))
            _print_sections(sections)
    _print_report(report)


def _print_one(preview: Preview) -> None:
    say(preview.head)
    table = Table(show_header=False, box=None)
    for fact in preview.facts:
        table.add_row(*map(escape, fact))
    say_table(table)
    for line in preview.tree:
        say(f"  {line}")
    _print_sections(preview.sections)


def _print_sections(sections: Iterable[tuple[str, Sequence[str]]]) -> None:
    for heading, lines in sections:
        say(f"  {heading}")
        for line in lines:
            say(f"    - {line}")


def _print_report(report: ImportReport) -> None:
    """What becomes of each file; a preview has told its hints above the table, and shows which topics it proposes."""
    table = Table(
        "结果", "名称", "版本", "施行", "失效", "条款", "主题" if report.dry_run else "提示", show_lines=False
    )
    for each in report.files:
        last = wording.topics(each.proposals) if report.dry_run else _hints(each)
        table.add_row(*map(escape, (*_row(each), last)))
    say_table(table)
    if never := [f"{each.title} {each.version}" for each in report.files if each.is_never_quoted]:
        say(wording.never_quoted(never))
    counts = "，".join(f"{label} {report.count(name)}" for name, label in wording.OUTCOMES.items())
    skipped = f"，跳过其他格式 {len(report.skipped)}" if report.skipped else ""
    lead = "预览（还没有写入）：" if report.dry_run else "导入完成："
    say(f"{lead}{counts}{skipped}")


def _hints(file: ImportedFile) -> str:
    problems = [each.message for each in (*file.conflicts, *file.problems)]
    hints = [file.reason] if file.reason else problems[:SHOWN_PROBLEMS]
    if len(problems) > SHOWN_PROBLEMS and not file.reason:
        hints.append(f"另有 {len(problems) - SHOWN_PROBLEMS} 条提示")
    return "；".join(hints)


def _row(file: ImportedFile) -> tuple[str, ...]:
    return (
        wording.OUTCOMES[file.outcome],
        file.title or file.path.name,
        file.version,
        str(file.effective_from or ""),
        str(file.effective_to or ""),
        str(file.n_articles or ""),
    )
