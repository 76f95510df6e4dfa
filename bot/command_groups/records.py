"""The consultation archive (咨询档案): searching, sheets, telephone and walk-in entries, seals, who did what."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import ATTENTION, FAILED, ON_DUTY, WRONG_USE, Place, confirm, day_of, fail, open_instance


def archive(  # noqa: PLR0913, PLR0917  the options of the command
    words: Annotated[list[str], typer.Argument(metavar="词语", help="多个词须同时出现；也可以是咨询编号或工单号。")],
    limit: Annotated[int, typer.Option(help="最多显示多少条。")] = 50,
    first: Annotated[str, typer.Option("--from", help="导出从这一天起，例如 2026-11-01；不写就是本月一日。")] = "",
    last: Annotated[str, typer.Option("--to", help="导出到这一天为止，包括当天；不写就是今天。")] = "",
    docx: Annotated[Path | None, typer.Option(help="记录表写成 Word 文件，一份一页。")] = None,
    xlsx: Annotated[Path | None, typer.Option(help="记录表写成 Excel 文件，一份一行。")] = None,
) -> None:
    """检索咨询档案，或出具咨询服务记录表（个人信息已遮盖）。

    sheet 咨询编号：一份咨询服务记录表。export：导出一段日期的记录表，用 --from、--to 和 --docx 或 --xlsx。
    """
    from bot import commands

    if words[0] not in {"sheet", "export"}:
        with open_instance() as office:
            raise typer.Exit(0 if commands.show_archive(office, words, limit) else ATTENTION)
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


def record(  # noqa: PLR0913, PLR0917  one field each; Typer names them
    question: Annotated[str, typer.Argument(metavar="问题", help="对方问了什么；空着则逐项提示。")] = "",
    channel: Annotated[str | None, typer.Option(help="电话 或 到访；不写就是电话。")] = None,
    who: Annotated[str | None, typer.Option(help="谁：姓名或企业。")] = None,
    phone: Annotated[str | None, typer.Option(help="联系方式。")] = None,
    item: Annotated[str | None, typer.Option(help="服务事项编号，例如 B08；不写由系统判断。")] = None,
    reply: Annotated[str | None, typer.Option(help="答复或结果。")] = None,
    at: Annotated[str | None, typer.Option(help="时间，例如 14:30 或 2026-11-23 14:30；不写就是现在。")] = None,
    name: Annotated[str, typer.Option(help="工作人员姓名。")] = ON_DUTY,
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
                else recording.erase(office.desk, erase, name, is_confirmed=yes, ask=confirm)
            )
            raise typer.Exit(ATTENTION if refused else 0)
        fields = {**given, "question": question} if question else recording.ask_fields(given, typer.prompt)
        held = recording.enter(office.desk, fields, name, again=again, corrects=corrects, is_confirmed=yes, ask=confirm)
        raise typer.Exit(ATTENTION if held else 0)


def verify(
    code: Annotated[str, typer.Option(help="以前抄下的封存码，例如 12345-8f3a1c2d9e0b4a67。")] = "",
) -> None:
    """核验档案：咨询、工单和操作留痕有没有被改动、删除或塞入。"""
    from bot import verify as looking
    from consultations.seal_check import Code

    noted = Code.read(code) if code else None
    if code and noted is None:
        fail(f"看不懂封存码 {code}：请照抄 verify 显示的那一串，例如 12345-8f3a1c2d9e0b4a67。", WRONG_USE)
    if not Place.home.exists():
        fail(
            f"还没有实例文件夹 {Place.home}，没有档案可以核验：请检查 --home；要核验备份，先用 restore 恢复到那里。",
            FAILED,
        )
    with open_instance() as office:
        raise typer.Exit(ATTENTION if looking.verify(office.desk, office.settings.home, noted) else 0)


def audit(
    limit: Annotated[int, typer.Option(min=1, help="最多显示多少条。")] = 50,
    refused: Annotated[bool, typer.Option("--refused", help="只看被拒绝的。")] = False,
) -> None:
    """操作留痕：谁动过个人信息，谁被拒绝。

    导出、删除、登记过个人信息的，想做无权做的事的；最新的在前。
    """
    from bot import audit as showing

    with open_instance() as office:
        showing.show(office.desk, limit=limit, is_refused=refused)
