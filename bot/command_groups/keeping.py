"""Backup (备份) and restore (恢复) of a whole instance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.command_line import FAILED, WRONG_USE, Place, fail, open_instance
from bot.screen import bar, say
from handlers import program

if TYPE_CHECKING:
    from bot.backup import Manifest


def backup(
    file: Annotated[Path | None, typer.Argument(metavar="文件", help=".zip；不写就放进实例文件夹的 backups。")] = None,
) -> None:
    """备份整个实例；服务可以照常运行。

    包括数据库、原始文件、自己编写的卡片和设置。
    """
    from bot.backup import BackupFaultyError, back_up

    if file is not None and file.suffix.lower() != ".zip":
        fail(f"文件名 {file.name} 应当以 .zip 结尾。", WRONG_USE)
    with open_instance() as office, bar("正在备份", None) as progress:
        target = file or office.settings.home / "backups" / f"zhixun-{office.desk.now():%Y%m%d-%H%M%S}.zip"
        try:
            manifest = back_up(office, target, lambda _part: progress.advance(progress.task_ids[0]))
        except BackupFaultyError:
            fail(
                f"备份读回来和写入的不一样，没有保留：{target.parent} 所在的磁盘可能有问题，请换一个位置再试。", FAILED
            )
    say(f"备份已写好并核对：{target}（{_size(target)}，{_contents(manifest)}）。")
    say(f"里面有个人信息和密钥：请抄到别处妥善保管。恢复用：{program.name()} --home 新文件夹 restore 备份文件。")


def restore(
    file: Annotated[Path, typer.Argument(metavar="文件", help="备份文件（.zip）。")],
    ledger: Annotated[
        Path | None,
        typer.Option("--erasures", help="原来实例文件夹里的删除记录 erasures.txt：备份之后删除的人，恢复后再删一次。"),
    ] = None,
) -> None:
    """把备份恢复到一个空的实例文件夹，逐表核对后才算完成。

    文件夹用 --home 指明；中断了再执行一次即可。
    """
    from bot import restore as restoring
    from bot.application import utc_now
    from bot.backup import BackupFaultyError, NewerBackupError, PartialExportError
    from bot.erasures import FILE, FaultyLedgerError
    from bot.migrate import NewerDatabaseError
    from bot.settings import SettingsError

    if not file.is_file():
        fail(f"找不到文件 {file}：请检查路径。", WRONG_USE)
    if ledger is not None and not ledger.is_file():
        fail(
            f"找不到删除记录 {ledger}：有的请检查路径；还没有人删除过个人信息的，没有这个文件，去掉 --erasures。",
            WRONG_USE,
        )
    has_ledger = ledger is not None or (Place.home / FILE).is_file()
    with bar("正在恢复", None) as progress:
        try:
            restored = restoring.restore(
                *(file, Place.home, Place.config, utc_now(), lambda _part: progress.advance(progress.task_ids[0])),
                ledger=ledger,
            )
        except (
            BackupFaultyError,
            NewerBackupError,
            PartialExportError,
            NewerDatabaseError,
            FaultyLedgerError,
            restoring.NoRoomError,
            restoring.NotEmptyError,
            restoring.UnusableConfigError,
            SettingsError,
        ) as error:
            fail(str(error), FAILED)
    say(f"已恢复到 {Place.home}（{_contents(restored.manifest)}），每张表都和备份一致。")
    if restored.n_erased:
        say(f"按删除记录，重新删除了备份之后要求删除的 {restored.n_erased} 位服务对象的个人信息。")
    elif not has_ledger and "contact" in restored.manifest.tables:
        say(
            f"备份之后要求删除个人信息的人可能又回来了：原来的实例文件夹里还有 {FILE} 的，"
            f"请换一个空文件夹，加 --erasures 指明它再恢复一次。"
        )
    say("接着可以运行 verify 核验档案、doctor 体检；索引会在启动时重建。")


def export(  # noqa: PLR0913, PLR0917  the options of the command
    file: Annotated[
        Path, typer.Argument(metavar="文件", help="xlsx 写成 .xlsx，csv 和 jsonl 写成 .zip，一张表一个文件。")
    ],
    form: Annotated[str, typer.Option("--format", help="csv、xlsx 或 jsonl；不写就看文件名，.zip 是 csv。")] = "",
    table: Annotated[list[str] | None, typer.Option(help="只导出这张表，可以写几次；不写就导出所有表。")] = None,
    personal: Annotated[
        bool, typer.Option("--personal", help="连同个人信息，不遮盖；这样的 jsonl 可以用 restore 恢复。")
    ] = False,
    name: Annotated[str, typer.Option(help="您的姓名，记入操作留痕；不遮盖时必须写。")] = "",
    content: Annotated[
        bool,
        typer.Option("--content", help="只导出自己汇编和编写的内容：政策连同原件、解读、卡片等；可以用 restore 导入。"),
    ] = False,
) -> None:
    """导出数据库的每一张表，个人信息默认遮盖。

    不限行数；每次导出都记入操作留痕。
    """
    from typing import cast

    from bot.application import STAFF_DESK
    from bot.export import SUFFIXES, Format, UnknownTableError, Wanted
    from bot.export import export as write

    if content and (personal or table or form not in {"", "jsonl"}):
        fail("--content 写成 jsonl，不与 --personal、--table 和别的格式一起用。", WRONG_USE)
    form = form or ("jsonl" if content else "xlsx" if file.suffix.lower() == ".xlsx" else "csv")
    if form not in SUFFIXES:
        fail(f"没有 {form} 这种格式：可用 csv、xlsx 或 jsonl。", WRONG_USE)
    known = cast("Format", form)
    if file.suffix.lower() != SUFFIXES[known]:
        fail(f"{form} 导出的文件名应当以 {SUFFIXES[known]} 结尾。", WRONG_USE)
    if (personal or content) and not name.strip():
        fail("有姓名不遮盖的导出要写明是谁导出的：请加 --name 姓名。", WRONG_USE)
    actor = f"{STAFF_DESK.channel}:{name.strip()}" if name.strip() else str(STAFF_DESK)
    wanted = Wanted(known, tuple(table or ()), personal, actor, content)
    with open_instance() as office, bar("正在导出", None) as progress:
        try:
            written = write(office, file, wanted, lambda _table: progress.advance(progress.task_ids[0]))
        except UnknownTableError as error:
            fail(str(error), WRONG_USE)
    hidden = "没有服务对象的信息，有采编、审核人的姓名" if content else "个人信息已遮盖"
    how = "含个人信息，请妥善保管，用完删除" if personal else hidden
    say(f"已导出到 {file}（{_size(file)}，{len(written)} 张表 {sum(written.values()):,} 行，{how}）。")
    if wanted.can_come_back:
        say(f"恢复到空的实例：{program.name()} --home 新文件夹 restore 导出文件。")


def _contents(manifest: Manifest) -> str:
    return f"{len(manifest.tables)} 张表 {manifest.n_rows:,} 行，{len(manifest.files)} 个文件"


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:,.1f} MB"
