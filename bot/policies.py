"""``zhixun policies``: policies on their way at the command line, the same steps as in the staff chat."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.markup import escape
from rich.table import Column, Table
from sqlmodel import Session

from bot.application import STAFF_DESK, Office
from bot.screen import say, say_table
from handlers import (
    approve_policies,
    fill_earlier,
    outlet_policies,
    policy_wording,
    review_list,
    review_policy,
    review_wording,
)
from handlers import import_wording as wording
from handlers.compile_book import Book, compile_book, record, write_book
from handlers.discuss_policies import revision_lines
from handlers.own_work import attempts_noted
from handlers.pdf import PdfRefusedError, to_pdf
from handlers.publish_policy import PolicyRefusedError, index_waiting
from handlers.review_policy import found, title_of
from handlers.store_policy import draft_policy
from handlers.talk import office_time
from policies.compilation import STANDING, Revision
from policies.intake import prepare
from policies.originals import keep_original
from policies.profile import FIELDS
from policies.readers import Refused
from policies.review import OPEN, STATE_NAMES, Signature, history_of, in_states

Ask = Callable[[str], bool]
BOOK_SECONDS = 600.0  # for a compilation of a hundred laws with its contents
NOTHING = "没有这样的版本：用 import 导入，或用 policies add 文件 建草稿。"
Act = Callable[[Session, Revision, Signature], None]


def list_all(office: Office, words: str, *, is_open: bool, is_due: bool) -> None:
    """Print the revisions whose title contains the words: all that stand, or those on their way, or those to review."""
    on = today(office)
    columns = [Column(name, no_wrap=True) for name in ("编号", "状态", "版本", "日期")]
    table = Table(*columns, "采编、审核", "名称")
    with office.reading() as session:
        for each in reversed(in_states(session, OPEN if is_open else (*OPEN, *STANDING))):
            title = title_of(session, each)
            is_late = review_list.is_late(each, on)
            if words not in title or (is_due and not is_late):
                continue
            named = {
                "施行": each.effective_from or each.starts_on,
                "失效": each.effective_to or each.ends_on,
                "到期复核" if is_late else "复核": each.review_due,
            }
            days = "\n".join(f"{name} {day}" for name, day in named.items() if day)
            people = "\n".join(filter(None, (each.author_name, each.reviewer_name)))
            table.add_row(str(each.id), STATE_NAMES[each.state], *map(escape, (each.version, days, people, title)))
    none = "没有到期要复核的版本。" if is_due else "没有正在办理的版本。" if is_open else NOTHING
    say_table(table, none)


def show(office: Office, number: int) -> None:
    """Print one revision with the end of its history."""
    with office.reading() as session:
        lines = revision_lines(session, found(session, number), _zone(office), today(office))
    say("\n".join(lines))


def list_overrides(office: Office) -> None:
    """Print the texts of outlets: whose, instead of what, why, since when, and how they stand today."""
    table = Table("编号", "网点", "名称", "效力", "替代", "理由", "采编、审核")
    with office.reading() as session:
        for each in outlet_policies.overview(session, office.desk):
            revision = each.revision
            instead = "、".join(f"《{title}》" for title in each.instead)
            days = f"{each.standing}\n{revision.effective_from or ''} 起"
            people = "\n".join(filter(None, (revision.author_name, revision.reviewer_name)))
            cells = (each.outlet, each.title, days, instead, revision.outlet_reason, people)
            table.add_row(str(revision.id), *map(escape, cells))
    say_table(table, "没有网点自己的规定。")


def fill_in(office: Office, name: str, *, is_confirmed: bool, ask: Ask) -> None:
    """Show what topics, regions and industries would be filled in, and do so when confirmed."""
    with office.reading() as session:
        found = fill_earlier.fillable(session)
        session.expunge_all()
    table = Table("编号", "名称", "版本", "补填", "依据")
    for each in found:
        said = [wording.fact(FIELDS[one.field].label, "、".join(one.words)) for one in each.proposals]
        sources = "\n".join(one.source for one in each.proposals)
        cells = (each.title, each.revision.version, "\n".join(said), sources)
        table.add_row(str(each.revision.id), *map(escape, cells))
    say_table(table, "没有可以补填的：主题、区域、行业都填了，或者从文字看不出来。")
    if found and (is_confirmed or ask(f"确认补填这 {len(found)} 个版本？已填的不动。")):
        with office.writing() as session:
            n_changed = fill_earlier.fill_in(session, found, signature(office, name))
        say(f"已补填 {n_changed} 个版本，记入各自的经过。")


def list_due(office: Office) -> bool:
    """Print all that is to be looked at again by today, and how that is noted; whether there is anything."""
    on = today(office)
    with office.reading() as session:
        due = review_list.due_by(session, office.desk, on, on)
    say(review_wording.listed(review_list.by_kind(due), is_whole=True))
    return bool(due)


def history(office: Office, number: int) -> None:
    """Print all that was done with a revision."""
    table = Table("时间", "谁", "从", "到", "说明")
    with office.reading() as session:
        for each in history_of(session, found(session, number).id or 0):
            at = f"{each.at.astimezone(_zone(office)):%Y-%m-%d %H:%M}"
            states = [STATE_NAMES.get(name, "") for name in (each.from_state, each.to_state)]
            table.add_row(at, *map(escape, (each.actor_name, *states, each.reason)))
    say_table(table)


def add(office: Office, file: Path, name: str) -> None:
    """Make a draft of a file and print what was read of it."""
    prepared = prepare(file)
    if isinstance(prepared, Refused):
        raise PolicyRefusedError(prepared.reason)
    if not keep_original(office.settings.home, file, prepared.sha256):
        raise PolicyRefusedError(policy_wording.CHANGED_MEANWHILE)
    with office.writing() as session:
        revision = draft_policy(session, prepared, signature(office, name))
        lines = revision_lines(session, revision, _zone(office), today(office))
    say("\n".join(lines))


def edit(office: Office, number: int, words: Mapping[str, str], attachments: Sequence[Path], name: str) -> None:
    """Record values of a draft and keep the files that belong to it."""
    kept = [_kept(office, each) for each in attachments]
    written = dict(words) | ({"attachments": "、".join(kept)} if kept else {})
    if "outlet" in written:
        written["outlet"] = review_policy.outlet_id(office.desk.duty.book, written["outlet"])
    with office.writing() as session:
        revision = found(session, number)
        review_policy.edit(session, revision, written, signature(office, name))
        lines = revision_lines(session, revision, _zone(office), today(office))
    say("\n".join(lines))


def _kept(office: Office, file: Path) -> str:
    """The file's name and the beginning of its hash, by which it is found again in ``originals``."""
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    keep_original(office.settings.home, file, sha256)
    return f"{file.name} {sha256[:12]}"


def act(office: Office, number: int, name: str, doing: Act) -> None:
    """Do one thing with a revision, let the index take it up, and print where it stands."""
    by = signature(office, name)
    with attempts_noted(office.writing, "policy.review", by), office.writing() as session:
        revision = found(session, number)
        doing(session, revision, by)
        state = STATE_NAMES[revision.state]
    index_waiting(office.reading, office.writing, office.index)
    say(policy_wording.moved(number, state))


def submit(office: Office, number: int, name: str) -> None:
    """Hand a draft over for review."""
    act(office, number, name, lambda session, revision, by: review_policy.submit(session, office.desk, revision, by))


def publish(office: Office, number: int, reviewer: str, *, is_confirmed: bool, ask: Ask) -> None:
    """Show a revision and let it out when confirmed."""
    by = signature(office, reviewer)
    with attempts_noted(office.writing, "policy.review", by), office.reading() as session:
        review_policy.check_publishing(session, found(session, number), by)
    show(office, number)
    if not (is_confirmed or ask("确认发布？")):
        say("没有发布。")
        return
    act(office, number, reviewer, review_policy.publish)
    with office.reading() as session:
        starts_on = found(session, number).starts_on
    say(policy_wording.published(number, starts_on, today(office)))


def publish_all(office: Office, author: str, reviewer: str, *, is_confirmed: bool, ask: Ask) -> bool:
    """Show all that waits, or what one person brought in, and let it out when confirmed; whether all of it went."""
    with office.reading() as session:
        waiting = approve_policies.in_review(session, signature(office, reviewer), author)
    columns = [Column(name, no_wrap=True) for name in ("编号", "版本", "施行", "条款", "采编")]
    table = Table(*columns, "名称", "提示")
    for each in waiting:
        notes = [f"不能发布：{each.obstacle}"] if each.obstacle else [*each.problems[:3]]
        cells = (each.version, str(each.starts_on or ""), str(each.n_articles), each.brought_by, each.title)
        table.add_row(str(each.number), *map(escape, (*cells, "\n".join(notes))))
    say_table(table, policy_wording.NOTHING_WAITS)
    fit = [each.seen for each in waiting if not each.obstacle]
    if not fit:
        return not waiting
    if not (is_confirmed or ask(f"确认发布这 {len(fit)} 份？")):
        say("没有发布。")
        return False
    with office.writing() as session:
        done = approve_policies.approve(session, fit, signature(office, reviewer))
    index_waiting(office.reading, office.writing, office.index)
    say("\n".join(approve_policies.told(done)))
    return not done.refused and len(fit) == len(waiting)


def roll_back(office: Office, number: int, name: str, reason: str) -> None:
    """Make a draft with the text of an earlier revision."""
    with office.writing() as session:
        copy = review_policy.roll_back(session, office.desk, found(session, number), signature(office, name), reason)
        lines = revision_lines(session, copy, _zone(office), today(office))
    say("\n".join(lines))
    say("已建成新版本，提交审核后发布。")


def review_by(office: Office, number: int, day: date, name: str) -> None:
    """Note that a revision was looked at, and when it is to be looked at again."""
    act(office, number, name, lambda session, revision, by: review_policy.review_by(session, revision, day, by))


def signature(office: Office, name: str) -> Signature:
    """Who acts at the command line, now."""
    return Signature(f"{STAFF_DESK.channel}:{name}", name, office.desk.now())


def write_compilation(office: Office, file: Path, name: str, *, is_preview: bool) -> None:
    """Write the compilation as a book, and note the edition unless it is only a preview."""
    with office.reading() as session:
        book = compile_book(session, office.settings.outlet.name, today(office))
    if file.suffix.lower() == ".pdf":
        _write_as_pdf(file, book)
    else:
        write_book(file, book)
    if not is_preview:
        with office.writing() as session:
            record(session, book, signature(office, name))
    kind = "预览（不计期数）" if is_preview else f"第 {book.number} 期"
    say(f"政策汇编{kind}已写入 {file}：收录 {len(book.entries)} 部，比上一期失效 {len(book.gone)} 部。")


def _write_as_pdf(file: Path, book: Book) -> None:
    with tempfile.TemporaryDirectory(prefix="zhixun-") as folder:
        document = Path(folder, "book.docx")
        write_book(document, book)
        try:
            made = to_pdf(document.read_bytes(), seconds=BOOK_SECONDS)
        except PdfRefusedError as error:
            raise PolicyRefusedError(str(error)) from error
    file.write_bytes(made)


def _zone(office: Office) -> ZoneInfo:
    return ZoneInfo(office.settings.outlet.time_zone)


def today(office: Office) -> date:
    """The day in the outlet's time zone."""
    return office_time(office.desk.settings).day(office.desk.now())
