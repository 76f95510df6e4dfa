"""``zhixun import``: read, show what would become of each file, ask, write."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from bot.application import STAFF_DESK, Office
from bot.commands import learn_meaning
from bot.fetch import Fetcher
from bot.import_sources import Sources, sources_of
from bot.screen import bar, say, say_table, waiting
from handlers import import_wording as wording
from handlers.corrected_imports import field_of, lines
from handlers.import_policy import (
    NO_CORRECTIONS,
    Corrections,
    ReadFile,
    import_prepared,
    rehearse,
    with_progress,
)
from handlers.imported_files import ImportedFile, ImportReport
from handlers.preview_import import Preview, preview_of, proposed, sections_of
from handlers.publish_policy import PolicyRefusedError
from handlers.review_policy import check_items, outlet_id
from policies.readers import ReadText, Refused, kept_pages
from policies.readers.recognise import recognise
from policies.review import Signature

SHOWN_PROBLEMS = 3
YES = frozenset({"y", "yes", "是"})
_MANY_ARTICLES = 500  # written to the index in a few seconds
_CORRECTION = re.compile(r"(?:(?P<number>\d{1,4})[\s、.．]+)?(?P<name>[^=＝\d\s]+)\s*[=＝](?P<value>.*)", re.DOTALL)


def import_policies(  # noqa: PLR0913  what the command was told
    office: Office,
    sources: Sequence[str],
    name: str,
    *,
    is_dry_run: bool,
    with_scans: bool,
    ask: Callable[[str], bool] | None,
    prompt: Callable[[str], str] | None = None,
    settings: Sequence[str] = (),
) -> bool:
    """Import files and print what becomes of each; whether something needs attention.

    Args:
        office: The open instance.
        sources: Files, folders, and addresses, which are fetched first.
        name: The administrator who publishes at once what they import.
        with_scans: Recognise the text of scans and photos, which takes seconds a page.
        is_dry_run: Show what would become of them and end.
        ask: Decides after the preview; ``None`` (a script) imports without one.
        prompt: Takes what is put right before the decision, too.
        settings: ``主题=专利``: what is put right from the beginning, of one file.

    Raises:
        PolicyRefusedError: A setting can't be used.
    """
    with tempfile.TemporaryDirectory(prefix="zhixun-") as scratch:
        found = sources_of(sources, Fetcher(office.settings.imports.networks), Path(scratch))
        wish = _Wish(name, is_dry_run, with_scans, ask, prompt)
        return _import(office, found, wish, _settings(office, found.files, settings))


@dataclass(frozen=True)
class _Wish:
    """What the command was told, see `import_policies`."""

    name: str
    is_dry_run: bool
    with_scans: bool
    ask: Callable[[str], bool] | None
    prompt: Callable[[str], str] | None


def _import(office: Office, sources: Sources, wish: _Wish, words: Corrections) -> bool:
    name, ask, skipped = wish.name, wish.ask, sources.skipped
    by = Signature(f"{STAFF_DESK.channel}:{name}", name, office.desk.now())
    scans_in = office.settings.home if wish.with_scans else None
    if ask is None and not wish.is_dry_run:
        report = _write(office, _read("正在导入", sources, scans_in), skipped, by, words)
        return report.count("refused") > 0
    read = list(_read("正在读取", sources, scans_in))
    outcomes = rehearse(read, reading=office.reading, by=by, words=words)
    report = ImportReport(tuple(outcomes), tuple(skipped), dry_run=True)
    _print_preview(read, report, words)
    if any(each.proposals for each in report.files):
        say(wording.CHANGE_PROPOSED)
    if ask is not None and not wish.is_dry_run:
        report = _write_if_wanted(office, read, report, by, words, ask, wish.prompt)
    return report.count("refused") > 0


def _write_if_wanted(  # noqa: PLR0913, PLR0917  what was read and shown, who decides, and how
    office: Office,
    read: Sequence[ReadFile],
    report: ImportReport,
    by: Signature,
    words: Corrections,
    ask: Callable[[str], bool],
    prompt: Callable[[str], str] | None,
) -> ImportReport:
    """What was shown last before somebody decided."""
    is_wanted = False
    while any(file.outcome in ("new", "changed") for file in report.files):
        counts = report.count("new"), report.count("changed")
        if prompt is None:
            is_wanted = ask(wording.confirm(*counts))
            break
        answer = prompt(wording.correct_or_confirm(*counts, len(read))).strip()
        if "=" not in answer and "＝" not in answer:
            is_wanted = answer.lower() in YES
            break
        report, words = _corrected(office, read, report, by, words, answer)
    chosen = [each for each, file in zip(read, report.files, strict=True) if file.outcome in ("new", "changed")]
    if not chosen:
        say(wording.NOTHING_TO_IMPORT)
    elif is_wanted and _store_anyway(report, ask):
        _write(office, chosen, (), by, words, is_confirmed=True)
    else:
        say(wording.NOTHING_WRITTEN)
    return report


def _corrected(  # noqa: PLR0913, PLR0917  what was read and shown, and what is put right about it
    office: Office, read: Sequence[ReadFile], report: ImportReport, by: Signature, words: Corrections, answer: str
) -> tuple[ImportReport, Corrections]:
    """The report and the corrections after one more was tried out and shown; as they were when it can't be used."""
    command = _CORRECTION.fullmatch(answer)
    number = int(command["number"] or (1 if len(read) == 1 else 0)) if command else 0
    if command is None or not 1 <= number <= len(read):
        say(wording.which_file(len(read)))
        return report, words
    chosen = read[number - 1]
    try:
        said = _setting(office, f"{command['name']}={command['value']}")
    except PolicyRefusedError as error:
        say(str(error))
        return report, words
    tried = {**words, chosen[0]: {**words.get(chosen[0], {}), **said}}
    (file,) = rehearse([chosen], reading=office.reading, by=by, words=tried)
    if file.outcome == "refused":
        say(file.reason)
        return report, words
    _print_one(preview_of(chosen, file, tried[chosen[0]]), tried[chosen[0]])
    files = [*report.files[: number - 1], file, *report.files[number:]]
    return replace(report, files=tuple(files)), tried


def _settings(office: Office, files: Sequence[Path], settings: Sequence[str]) -> Corrections:
    if not settings:
        return NO_CORRECTIONS
    if len(files) != 1:
        raise PolicyRefusedError(wording.SET_ONE_FILE)
    return {files[0]: {name: value for each in settings for name, value in _setting(office, each).items()}}


def _setting(office: Office, written: str) -> dict[str, str]:
    """``主题=专利`` as a field and its value."""
    label, sign, value = written.replace("＝", "=", 1).partition("=")
    if not sign:
        raise PolicyRefusedError(wording.SET_HOW)
    field = field_of(label.strip())
    known = outlet_id(office.desk.duty.book, value) if field == "outlet" else value.strip()
    check_items({field: known})
    return {field: known}


def _store_anyway(report: ImportReport, ask: Callable[[str], bool]) -> bool:
    """Whether nothing would be stored without ever being quoted, or somebody wants that."""
    return not any(each.is_never_quoted for each in report.files) or ask(wording.STORE_ANYWAY)


def _write(  # noqa: PLR0913  what is written, by whom, and what was put right
    office: Office,
    read: Iterable[ReadFile],
    skipped: Sequence[Path],
    by: Signature,
    words: Corrections,
    *,
    is_confirmed: bool = False,
) -> ImportReport:
    imported = import_prepared(
        read,
        writing=office.writing,
        index=office.index,
        home=office.settings.home,
        by=by,
        is_confirmed=is_confirmed,
        words=words,
        indexing=_indexing,
    )
    report = ImportReport(tuple(imported), tuple(skipped))
    _print_report(report)
    learn_meaning(office)
    return report


@contextmanager
def _indexing(n_articles: int) -> Iterator[None]:
    """A line and a running clock while the index is written, in one commit that tells nothing of how far it is."""
    if n_articles < _MANY_ARTICLES:
        yield
        return
    say(wording.indexing(n_articles))
    with waiting(wording.INDEXING):
        yield


def _read(text: str, sources: Sources, scans_in: Path | None) -> Iterator[ReadFile]:
    """The files, read one after another with a progress bar; scans with one of their own, page by page, where there is
    an instance to keep their pages in: who stops a long one and begins anew goes on at the next page.
    """
    if scans_in is not None:
        kept_pages.sweep(scans_in)
    files = sources.files
    with bar(text, len(files)) as progress:

        def advance(done: int, _total: int, path: Path) -> None:
            progress.update(progress.task_ids[0], completed=done, description=f"{text} {path.name[:24]}")

        for path in with_progress(files, advance):
            yield path, sources.prepare(path, partial(_recognise, progress, scans_in) if scans_in else None)


def _recognise(progress: Progress, home: Path, kind: str, content: bytes) -> ReadText | Refused:
    """The text of a scan, its pages on a bar of their own."""
    task = progress.add_task("正在识别", total=None)

    def tell_page(number: int, n_pages: int) -> None:
        told = f"正在识别第 {number}/{n_pages} 页"
        progress.update(task, completed=number - 1, total=n_pages, description=told)

    found = recognise(kind, content, tell_page, kept_pages.OnDisk(home, hashlib.sha256(content).hexdigest()))
    progress.remove_task(task)
    return found


def _print_preview(read: Sequence[ReadFile], report: ImportReport, words: Corrections) -> None:
    """One file in full; of several what a person should look at, and under it a table."""
    if len(read) == 1:
        said = words.get(read[0][0], {})
        _print_one(preview_of(read[0], report.files[0], said), said)
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


def _print_one(preview: Preview, words: Mapping[str, str]) -> None:
    say(preview.head)
    table = Table(show_header=False, box=None)
    for fact in preview.facts:
        table.add_row(*map(escape, fact))
    say_table(table)
    for line in preview.tree:
        say(f"  {line}")
    _print_sections([(wording.CORRECTED, lines(words))] if words else [])
    _print_sections(preview.sections)


def _print_sections(sections: Iterable[tuple[str, Sequence[str]]]) -> None:
    for heading, told in sections:
        say(f"  {heading}")
        for line in told:
            say(f"    - {line}")


def _print_report(report: ImportReport) -> None:
    """What becomes of each file; a preview has told its hints above the table, and shows which topics it proposes."""
    table = Table("结果", "名称", "版本", "引用期间", "条款", "主题" if report.dry_run else "提示", show_lines=False)
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
    problems = list(dict.fromkeys(each.message for each in (*file.conflicts, *file.problems)))  # once each
    hints = [file.reason] if file.reason else problems[:SHOWN_PROBLEMS]
    if len(problems) > SHOWN_PROBLEMS and not file.reason:
        hints.append(f"另有 {len(problems) - SHOWN_PROBLEMS} 条提示")
    return "；".join(hints)


def _row(file: ImportedFile) -> tuple[str, ...]:
    """One column holds both days: at 80 characters a name would be folded into a dozen lines beside two."""
    return (
        wording.OUTCOMES[file.outcome],
        file.title or file.path.name,
        file.version,
        "\n至 ".join(str(day) for day in (file.effective_from, file.effective_to) if day),
        str(file.n_articles or ""),
    )
