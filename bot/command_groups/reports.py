"""Reports (报告): figures of a period with their definitions, as docx and xlsx, and the records behind them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.command_line import ATTENTION, ON_DUTY, WRONG_USE, Name, fail, new_files, open_instance
from consultations.periods import HOW_WRITTEN

if TYPE_CHECKING:
    from bot.application import Office
    from consultations.periods import Period
    from consultations.selection import Selection
    from handlers.docx import Paper

Outlets = Annotated[list[str], typer.Option("--outlet", metavar="网点", help="只看这个网点；可以写几次。")]
Channels = Annotated[list[str], typer.Option("--channel", metavar="渠道", help="只看这个渠道；可以写几次。")]
Items = Annotated[list[str], typer.Option("--item", metavar="事项", help="只看这个服务事项；可以写几次。")]
NONE: list[str] = []  # never changed: Typer gives a new list


def report(  # noqa: PLR0913, PLR0917  the options of the command
    period: Annotated[
        str,
        typer.Argument(metavar="报告期", help=f"{HOW_WRITTEN}；空着则列出已出具的报告。"),
    ] = "",
    kind: Annotated[
        str,
        typer.Option(metavar="报告", help="服务成效、咨询分析、自我评估、改进台账，或 服务清单（海报，不写报告期）。"),
    ] = "服务成效",
    docx: Annotated[Path | None, typer.Option(help="写成 Word 文件。")] = None,
    xlsx: Annotated[Path | None, typer.Option(help="写成 Excel 文件。")] = None,
    pdf: Annotated[Path | None, typer.Option(help="写成 PDF 文件（需要 LibreOffice）。")] = None,
    outlets: Outlets = NONE,
    channels: Channels = NONE,
    items: Items = NONE,
    records: Annotated[str, typer.Option(help="列出这个指标数的是哪些记录，例如 办结工单。")] = "",
    size: Annotated[str, typer.Option("--paper", metavar="纸张", help="服务清单海报的纸张：A4 或 A3。")] = "A4",
    name: Name = ON_DUTY,
) -> None:
    """报告：服务成效、咨询分析、自我评估等，写成 Word、Excel、PDF。

    再出具一次，会说明和上一次哪里不同。
    """
    from bot import report as doing
    from bot.application import STAFF_DESK, service_list
    from handlers.make_report import KINDS, POSTER_NAME
    from handlers.pdf import PdfRefusedError
    from handlers.report_template import TemplateError

    wanted = _period(period) if period else None
    counted = _figure(records) if records else ""
    of_kind = next((key for key, each in KINDS.items() if each == kind), "")
    if not of_kind and kind != POSTER_NAME:
        fail(f"没有名为 {kind} 的报告：可用 {'、'.join((*KINDS.values(), POSTER_NAME))}。", WRONG_USE)
    if size.upper() not in {"A4", "A3"}:
        fail(f"没有 {size} 这种纸张：可用 A4、A3。", WRONG_USE)
    paper: Paper = "A3" if size.upper() == "A3" else "A4"
    if paper == "A3" and kind != POSTER_NAME:
        fail(f"只有 {POSTER_NAME}海报可以用 A3：请加上 --kind {POSTER_NAME}，或去掉 --paper。", WRONG_USE)
    files = new_files({".docx": docx, ".xlsx": xlsx, ".pdf": pdf})
    if files and wanted is None and kind != POSTER_NAME:
        fail(f"请写明报告期：{HOW_WRITTEN}。", WRONG_USE)
    with open_instance() as office:
        try:
            if kind == POSTER_NAME:
                is_right = doing.make_service_list(office, service_list(office.settings), files, paper)
            elif wanted is None:
                doing.show_made(office)
                return
            elif counted:
                doing.show_records(office, wanted, counted, str(STAFF_DESK))
                return
            else:
                chosen = _selection(office, outlets, channels, items)
                is_right = doing.make(office, of_kind, wanted, chosen, name=name, files=files)
        except (TemplateError, PdfRefusedError) as error:
            fail(str(error), ATTENTION)
    raise typer.Exit(0 if is_right else ATTENTION)


def figures(  # noqa: PLR0913, PLR0917  the filters of the command
    period: Annotated[str, typer.Argument(metavar="报告期", help=f"{HOW_WRITTEN}；空着就是本月。")] = "",
    outlets: Outlets = NONE,
    channels: Channels = NONE,
    items: Items = NONE,
    records: Annotated[str, typer.Option(help="列出这个指标数的是哪些记录，例如 办结工单。")] = "",
    card: Annotated[str, typer.Option(help="和 --records 咨询 同用：只列用了这张卡片的。")] = "",
    hour: Annotated[
        int | None, typer.Option(min=0, max=23, help="和 --records 咨询 同用：只列几点钟问的，例如 9。")
    ] = None,
) -> None:
    """统计看板：各项指标和口径、三率、没答好的问题。

    还有渠道、事项、时段；可按网点、渠道、事项筛选。
    """
    from bot import figures as doing
    from bot.application import STAFF_DESK
    from bot.command_line import day_of
    from consultations.periods import month_of

    wanted = _period(period) if period else None
    counted = _figure(records) if records else ""
    if (card or hour is not None) and counted != "consultations":
        fail("--card 和 --hour 要和 --records 咨询 一起用。", WRONG_USE)
    with open_instance() as office:
        when = wanted or month_of(day_of("", office))
        chosen = _selection(office, outlets, channels, items)
        if counted:
            doing.show_records(office, when, chosen, counted, card=card, hour=hour, actor=str(STAFF_DESK))
        else:
            doing.show(office, when, chosen)


def _period(written: str) -> Period:
    from consultations.periods import read_period

    found = read_period(written)
    if found is None:
        fail(f"看不懂报告期 {written}：请写成 {HOW_WRITTEN}。", WRONG_USE)
    return found


def _figure(words: str) -> str:
    """The key of a figure named."""
    from consultations.figures import FIGURES, figure_named

    found = figure_named(words)
    if found is None:
        fail(f"没有名为 {words} 的指标：可用 {'、'.join(each.name for each in FIGURES.values())}。", WRONG_USE)
    return found.key


def _selection(office: Office, outlets: list[str], channels: list[str], items: list[str]) -> Selection:
    from handlers.choices import UnknownChoiceError, choose

    try:
        return choose(office.desk.duty.book, outlets=outlets, channels=channels, items=items)
    except UnknownChoiceError as error:
        fail(str(error), WRONG_USE)


def evaluation(
    period: Annotated[str, typer.Argument(metavar="报告期", help=HOW_WRITTEN)],
    target: Annotated[Path, typer.Option("--zip", metavar="文件.zip", help="写到这个文件。")],
    sample: Annotated[int, typer.Option(min=1, max=1000, help="抽多少件咨询。")] = 50,
    seed: Annotated[int | None, typer.Option(help="种子：写上一次的，就抽出同样的；不写就随机取一个并告诉您。")] = None,
    outlets: Outlets = NONE,
) -> None:
    """第三方评估材料，打成一个压缩包（个人信息已遮盖）。

    指标、分层抽样的记录表、每个指标的记录编号和校验清单。
    """
    from bot import report as doing
    from bot.application import STAFF_DESK
    from handlers.report_template import TemplateError

    wanted = _period(period)
    (file,) = new_files({".zip": target})
    with open_instance() as office:
        chosen = _selection(office, outlets, [], [])
        try:
            doing.make_bundle(office, wanted, chosen, file, sample=sample, seed=seed, actor=str(STAFF_DESK))
        except TemplateError as error:
            fail(str(error), ATTENTION)
