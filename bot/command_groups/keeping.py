"""Backup (备份) and restore (恢复) of a whole instance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.command_line import FAILED, WRONG_USE, Place, fail, open_instance
from bot.screen import bar, say

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
    say("里面有个人信息和密钥：请抄到别处妥善保管。恢复用：python3 run.py --home 新文件夹 restore 备份文件。")


def restore(file: Annotated[Path, typer.Argument(metavar="文件", help="备份文件（.zip）。")]) -> None:
    """把备份恢复到一个空的实例文件夹（--home 指明），逐表核对后才算完成；中断了再执行一次即可。"""
    from bot import restore as restoring
    from bot.application import utc_now
    from bot.backup import BackupFaultyError, NewerBackupError
    from bot.migrate import NewerDatabaseError
    from bot.settings import SettingsError

    if not file.is_file():
        fail(f"找不到文件 {file}：请检查路径。", WRONG_USE)
    with bar("正在恢复", None) as progress:
        try:
            manifest = restoring.restore(
                file, Place.home, Place.config, utc_now(), lambda _part: progress.advance(progress.task_ids[0])
            )
        except (
            BackupFaultyError,
            NewerBackupError,
            NewerDatabaseError,
            restoring.NotEmptyError,
            restoring.UnusableConfigError,
            SettingsError,
        ) as error:
            fail(str(error), FAILED)
    say(f"已恢复到 {Place.home}（{_contents(manifest)}），每张表都和备份一致。")
    say("接着可以运行 verify 核验档案、doctor 体检；索引会在启动时重建。")


def _contents(manifest: Manifest) -> str:
    return f"{len(manifest.tables)} 张表 {manifest.n_rows:,} 行，{len(manifest.files)} 个文件"


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:,.1f} MB"
