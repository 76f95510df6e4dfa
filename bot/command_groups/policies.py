"""Policies (政策): drafting, review, publication, repeal; what changed between two versions."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import ATTENTION, ON_DUTY, WRONG_USE, Name, Reason, Yes, confirm, day_of, fail, open_instance

policies = typer.Typer(help="政策：列出、查看、采编、提交、审核发布、废止、回退、经过。", invoke_without_command=True)
Number = Annotated[int, typer.Argument(metavar="编号", min=1, help="版本编号，见 policies 的“编号”一栏。")]
Interpreted = Annotated[int, typer.Argument(metavar="解读编号", min=1, help="解读编号，见 policies interpretations。")]
Reviewer = Annotated[str, typer.Option(help="审核人姓名，不能是采编人。")]


@policies.callback()
def list_policies(
    context: typer.Context,
    words: Annotated[str, typer.Option("--title", help="只看名称里有这些字的。")] = "",
    is_open: Annotated[bool, typer.Option("--open", help="只看采编中和待审核的。")] = False,
    is_due: Annotated[bool, typer.Option("--due", help="只看到了复核日期的。")] = False,
) -> None:
    """列出各个版本。"""
    from bot import policies as doing

    if context.invoked_subcommand is None:
        with open_instance() as office:
            doing.list_all(office, words, is_open=is_open, is_due=is_due)


@policies.command("show")
def show_policy(number: Number) -> None:
    """看一个版本：日期、来源、提示和经过。"""
    from bot import policies as doing

    with open_instance() as office, _told():
        doing.show(office, number)


@policies.command("history")
def show_history(number: Number) -> None:
    """看一个版本的全部经过。"""
    from bot import policies as doing

    with open_instance() as office, _told():
        doing.history(office, number)


@policies.command("overrides")
def list_overrides() -> None:
    """列出各网点自己的规定：替代了什么、理由、现状。"""
    from bot import policies as doing

    with open_instance() as office:
        doing.list_overrides(office)


@policies.command("fill")
def fill_earlier_policies(yes: Yes = False, name: Name = ON_DUTY) -> None:
    """补填早先发布的政策的主题、区域、行业。

    先列出建议和依据，确认后写入；已经填了的不动。
    """
    from bot import policies as doing

    with open_instance() as office:
        doing.fill_in(office, name, is_confirmed=yes, ask=confirm)


@policies.command("add")
def add_policy(file: Annotated[Path, typer.Argument(metavar="文件", exists=True)], name: Name = ON_DUTY) -> None:
    """采编：把一个文件读成草稿，由另一位审核。

    管理员直接导入用 import。
    """
    from bot import policies as doing

    with open_instance() as office, _told():
        doing.add(office, file, name)


@policies.command("edit")
def edit_policy(  # noqa: PLR0913, PLR0917  one field each; Typer names them
    number: Number,
    title: Annotated[str | None, typer.Option(help="名称。")] = None,
    version: Annotated[str | None, typer.Option(help="版本，即通过或公布的日期，例如 2026-11-01。")] = None,
    doc_number: Annotated[str | None, typer.Option(help="文号。")] = None,
    issuer: Annotated[str | None, typer.Option(help="发文机关。")] = None,
    level: Annotated[str | None, typer.Option(help="层级：国家、市、区县 或 网点。")] = None,
    outlet: Annotated[str | None, typer.Option(help="只归这个网点的：名称或编号。")] = None,
    outlet_reason: Annotated[str | None, typer.Option(help="网点为什么另作规定。")] = None,
    region: Annotated[str | None, typer.Option(help="区域。")] = None,
    topics: Annotated[str | None, typer.Option(help="主题，用逗号分开。")] = None,
    service_items: Annotated[str | None, typer.Option("--items", help="服务事项编号，例如 B07,B08。")] = None,
    industries: Annotated[str | None, typer.Option(help="行业，用逗号分开。")] = None,
    published: Annotated[str | None, typer.Option(help="发布日期。")] = None,
    effective: Annotated[str | None, typer.Option(help="施行日期。")] = None,
    expires: Annotated[str | None, typer.Option(help="失效日期，即最后有效的一天。")] = None,
    basis: Annotated[str | None, typer.Option(help="依据的法规名称，用逗号分开。")] = None,
    replaces: Annotated[str | None, typer.Option(help="替代（同时废止）的政策名称，用逗号分开。")] = None,
    origin: Annotated[str | None, typer.Option(help="来源，例如公布这份文件的网页。")] = None,
    programme: Annotated[Path | None, typer.Option(exists=True, help="申报项目的 TOML 文件。")] = None,
    attachment: Annotated[list[Path] | None, typer.Option(exists=True, help="附件，可写多次。")] = None,
    name: Name = ON_DUTY,
) -> None:
    """修改采编中的版本：名称、日期、申报项目等。

    没写的选项照旧，写成空的就清空。
    """
    from bot import policies as doing

    given = {
        "title": title,
        "version": version,
        "doc_number": doc_number,
        "issuer": issuer,
        "level": level,
        "outlet": outlet,
        "outlet_reason": outlet_reason,
        "region": region,
        "topics": topics,
        "service_items": service_items,
        "industries": industries,
        "published": published,
        "effective": effective,
        "expires": expires,
        "basis": basis,
        "replaces": replaces,
        "origin": origin,
        "programme": programme.read_text("utf-8-sig") if programme is not None else None,
    }
    words = {field: value for field, value in given.items() if value is not None}
    if not words and not attachment:
        fail("请写明要改什么，例如 --effective 2026-12-01。", WRONG_USE)
    with open_instance() as office, _told():
        doing.edit(office, number, words, attachment or [], name)


@policies.command("submit")
def submit_policy(number: Number, name: Name = ON_DUTY) -> None:
    """提交审核。"""
    from bot import policies as doing

    with open_instance() as office, _told():
        doing.submit(office, number, name)


@policies.command("publish")
def publish_policy(number: Number, reviewer: Reviewer, yes: Yes = False) -> None:
    """审核通过并发布。

    施行日期未到的，到那天零时起用于回答。
    """
    from bot import policies as doing

    with open_instance() as office, _told():
        doing.publish(office, number, reviewer, is_confirmed=yes, ask=confirm)


@policies.command("publish-all")
def publish_all_policies(
    reviewer: Reviewer,
    author: Annotated[str, typer.Option("--from", help="只看这位采编人送审的；不写是全部。")] = "",
    yes: Yes = False,
) -> None:
    """待审核的一起看、一起发布；不能发布的说明原因。"""
    from bot import policies as doing

    with open_instance() as office, _told():
        raise typer.Exit(0 if doing.publish_all(office, author, reviewer, is_confirmed=yes, ask=confirm) else ATTENTION)


@policies.command("return")
def return_policy(number: Number, reviewer: Reviewer, reason: Reason = "") -> None:
    """退回修改。"""
    from bot import policies as doing
    from handlers.review_policy import give_back

    with open_instance() as office, _told():
        doing.act(office, number, reviewer, lambda session, revision, by: give_back(session, revision, by, reason))


@policies.command("reject")
def reject_policy(number: Number, reviewer: Reviewer, reason: Reason = "") -> None:
    """审核不通过。"""
    from bot import policies as doing
    from handlers.review_policy import reject

    with open_instance() as office, _told():
        doing.act(office, number, reviewer, lambda session, revision, by: reject(session, revision, by, reason))


@policies.command("repeal")
def repeal_policy(
    number: Number,
    day: Annotated[str, typer.Option("--on", help="从哪天起废止，例如 2026-12-31；不写就是今天。")] = "",
    name: Name = ON_DUTY,
    reason: Reason = "",
) -> None:
    """废止一部政策，须写明理由。

    从那天起不再作为有效规定引用。
    """
    from bot import policies as doing
    from handlers.review_policy import repeal

    with open_instance() as office, _told():
        first = day_of(day, office)
        doing.act(office, number, name, lambda session, revision, by: repeal(session, revision, first, by, reason))


@policies.command("rollback")
def roll_back_policy(number: Number, name: Name = ON_DUTY, reason: Reason = "") -> None:
    """回退：用以前一个版本的文字建一个新版本，再走审核。"""
    from bot import policies as doing

    with open_instance() as office, _told():
        doing.roll_back(office, number, name, reason)


@policies.command("review-by")
def review_policy_by(
    number: Number,
    day: Annotated[str, typer.Argument(metavar="日期", help="下次复核的日期，例如 2027-11-30。")],
    name: Name = ON_DUTY,
) -> None:
    """记下已复核，并定下次复核的日期。"""
    from bot import policies as doing

    with open_instance() as office, _told():
        doing.review_by(office, number, day_of(day, office), name)


@policies.command("due")
def list_due() -> None:
    """列出到期要复核的政策、解读、卡片等。

    连同事实和引导，各写明怎样记下。
    """
    from bot import policies as doing

    with open_instance() as office:
        raise typer.Exit(ATTENTION if doing.list_due(office) else 0)


@policies.command("review-interpretation")
def review_interpretation_by(
    number: Interpreted,
    day: Annotated[str, typer.Argument(metavar="日期", help="下次复核的日期，例如 2027-11-30。")],
    name: Name = ON_DUTY,
) -> None:
    """记下一条解读已复核，并定下次复核的日期。"""
    from bot import interpretations as doing

    with open_instance() as office, _told():
        doing.review_by(office, number, day_of(day, office), name)


@policies.command("interpretations")
def list_interpretations() -> None:
    """列出政策解读。"""
    from bot import interpretations as doing

    with open_instance() as office:
        doing.list_all(office)


@policies.command("interpret")
def interpret_article(  # noqa: PLR0913, PLR0917  the options of the command
    number: Number,
    article: Annotated[str, typer.Argument(metavar="条号", help="条号，例如 36 或 21之1。")],
    text: Annotated[str, typer.Argument(metavar="内容", help="解读的文字。")],
    expert: Annotated[str, typer.Option(help="解读的专家。")] = "",
    outlet: Annotated[str, typer.Option(help="只给归这个网点的人看。")] = "",
    reason: Annotated[str, typer.Option(help="不再给他们看共用的解读，并写明理由。")] = "",
    name: Name = ON_DUTY,
) -> None:
    """登记专家对一条的解读，审核发布后显示在原文下面。"""
    from bot import interpretations as doing

    with open_instance() as office, _told():
        doing.add(office, (number, article), expert, text, name, outlet, reason)


@policies.command("publish-interpretation")
def publish_interpretation(number: Interpreted, reviewer: Reviewer) -> None:
    """审核通过并发布一条解读。"""
    from bot import interpretations as doing

    with open_instance() as office, _told():
        doing.move(office, number, "published", reviewer)


@policies.command("withdraw-interpretation")
def withdraw_interpretation(number: Interpreted, name: Name = ON_DUTY) -> None:
    """撤下一条解读。"""
    from bot import interpretations as doing

    with open_instance() as office, _told():
        doing.move(office, number, "withdrawn", name)


@policies.command("book")
def write_book(
    file: Annotated[Path, typer.Argument(metavar="文件", help="写到这个文件，例如 汇编.docx 或 汇编.pdf。")],
    preview: Annotated[bool, typer.Option("--preview", help="只看样子，不计期数。")] = False,
    name: Name = ON_DUTY,
) -> None:
    """政策汇编：今天有效的全部政策。

    分层级、主题编号，标出与上一期相比的增、改、废。
    """
    from bot import policies as doing

    if file.suffix.lower() not in (".docx", ".pdf"):
        fail(f"文件名 {file.name} 应当以 .docx 或 .pdf 结尾。", WRONG_USE)
    with open_instance() as office, _told():
        doing.write_compilation(office, file, name, is_preview=preview)


@policies.command("push")
def push_changes(  # noqa: PLR0913, PLR0917  the options of the command
    title: Annotated[str, typer.Argument(metavar="名称", help="名称，例如 商标法。")],
    earlier: Annotated[str, typer.Argument(metavar="旧版", help="旧版年份或日期；不写就是新版的前一版。")] = "",
    later: Annotated[str, typer.Argument(metavar="新版", help="新版；不写就是最新一版。")] = "",
    summary: Annotated[str, typer.Option(help="用大白话写的一两句说明。")] = "",
    articles: Annotated[str, typer.Option(help="只说新版的这几条，例如 36,49；不写就是前几处有变化的。")] = "",
    link: Annotated[str, typer.Option(help="原文的网址。")] = "",
    name: Name = ON_DUTY,
) -> None:
    """新旧对照推送：由两个版本的变化起草。

    显示预览；然后 broadcast submit、approve。
    """
    from bot import broadcasts
    from bot.compare import draft_push

    with open_instance() as office, _told():
        number = draft_push(office, (title, earlier, later), summary, link, articles, name)
        broadcasts.show(office, number)


def compare(  # noqa: PLR0913, PLR0917  the options of the command
    title: Annotated[str, typer.Argument(metavar="名称", help="名称，例如 商标法。")],
    earlier: Annotated[
        str, typer.Argument(metavar="旧版", help="例如 2019 或 2019-04-23；不写就是新版的前一版。")
    ] = "",
    later: Annotated[str, typer.Argument(metavar="新版", help="新版；不写就是最新一版。")] = "",
    whole: Annotated[bool, typer.Option("--all", help="连同没有变化的条款，全文显示。")] = False,
    docx: Annotated[Path | None, typer.Option(help="写成 Word 文件：新旧两栏对照。")] = None,
    cards: Annotated[bool, typer.Option("--cards", help="列出引用了变动条款、需要复核的卡片。")] = False,
) -> None:
    """版本对照：哪些条款改了、条号变了、拆分、合并、新增、删除。"""
    from bot import compare as comparing

    if docx is not None and docx.suffix.lower() != ".docx":
        fail(f"文件名 {docx.name} 应当以 .docx 结尾。", WRONG_USE)
    with open_instance() as office, _told():
        if docx is not None:
            comparing.save(office, title, earlier, later, docx)
        elif cards:
            raise typer.Exit(ATTENTION if comparing.show_cards(office, title, earlier, later) else 0)
        else:
            comparing.show(office, title, earlier, later, is_whole=whole)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """A refusal as one sentence."""
    from handlers.compare_policies import CompareRefusedError
    from handlers.publish_policy import PolicyRefusedError
    from policies.interpretations import InterpretationError

    try:
        yield
    except (CompareRefusedError, PolicyRefusedError, InterpretationError) as error:
        fail(str(error), ATTENTION)


def match(
    facts: Annotated[
        list[str] | None, typer.Argument(metavar="[名称=值]…", help="企业情况，例如 行业=照明 有效发明专利件数=2。")
    ] = None,
    ticket: Annotated[str, typer.Option(help="用这张工单的服务对象填写的企业情况。")] = "",
    as_of: Annotated[str, typer.Option("--as-of", help="看这一天，例如 2027-01-01。")] = "",
) -> None:
    """政策匹配：企业可以了解的申报项目，逐个条件说明。

    每个条件写明符合、不符合还是不清楚；不是承诺。
    """
    from bot import matching

    with open_instance() as office:
        try:
            matching.show(office, facts or (), ticket, day_of(as_of, office))
        except matching.MatchRefusedError as refused:
            fail(str(refused), WRONG_USE)
