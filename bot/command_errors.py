"""What is told, in Chinese, when a command is typed wrongly or fails; Typer itself speaks English."""

from __future__ import annotations

import errno
import re

import typer.rich_utils
from typer import Context
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.exceptions import TyperException

SYSTEM_ERRORS = {
    errno.ENOSPC: "磁盘空间不足，请清理后再试",
    errno.EACCES: "没有权限，请检查文件夹的所有者和权限",
    errno.EROFS: "文件夹只读，请换一个可写的位置（--home）",
    errno.ENOENT: "没有这个文件或文件夹，请检查路径",
    errno.EISDIR: "这是文件夹，不是文件，请检查路径",
    errno.ENAMETOOLONG: "文件名太长，请换一个短的",
    errno.ENOTDIR: "路径里有一段是文件，不是文件夹，请检查 --home",
    errno.EEXIST: "同名文件已存在，请检查 --home",
    errno.EMFILE: "打开的文件太多，请提高系统限制（ulimit -n）",
}

# Typer's sentence → ours; what no pattern knows is shown as Typer says it, behind our own beginning.
WRONG_USES = (
    (r"No such command '(.+?)'\.(?: Did you mean (.+)\?)?", "没有 {0} 这个命令"),
    (r"No such option: (\S+)(?: \(Possible options: (.+)\))?", "没有 {0} 这个选项"),
    (r"Missing command\.", "没有写是哪个命令"),
    (r"Missing argument '(.+?)'.*", "缺少 {0}"),
    (r"Missing option '(.+?)'.*", "缺少选项 {0}"),
    (r"Got unexpected extra argument\S* \((.+)\)", "多出了 {0}；一句话里有空格时，请用引号括起来"),
    (r"Option '(.+?)' requires an argument\.", "选项 {0} 后面要写内容"),
    (r"Invalid value for '(.+?)':.*integer.*", "{0} 应当是整数"),
    (r"Invalid value for '(.+?)':.*greater than or equal to (\S+).*", "{0} 不能小于 {1}"),
    (r"Invalid value for '(.+?)':.*less than or equal to (\S+).*", "{0} 不能大于 {1}"),
    (r"Invalid value for '(.+?)': (.*)", "{0} 写得不对（{1}）"),
)

USAGE_WORDS = {
    "Usage: ": "用法：",
    "python -m bot": "python3 run.py",
    "[OPTIONS]": "[选项]",
    "COMMAND [ARGS]...": "命令 …",
    "]...": "]…",
}


def speak_chinese() -> None:
    """Give what Typer itself writes around our help its Chinese words."""
    for kind in (TyperCommand, TyperGroup):
        _explain_in_chinese(kind)
    typer.rich_utils.ARGUMENTS_PANEL_TITLE = "参数"
    typer.rich_utils.OPTIONS_PANEL_TITLE = "选项"
    typer.rich_utils.COMMANDS_PANEL_TITLE = "命令"
    typer.rich_utils.DEFAULT_STRING = "[默认：{}]"
    typer.rich_utils.ENVVAR_STRING = "[环境变量：{}]"
    typer.rich_utils.REQUIRED_LONG_STRING = "[必填]"


def _explain_in_chinese(kind: type[TyperCommand | TyperGroup]) -> None:
    """Typer has constants for its titles, none for the usage line and the help of ``--help``."""
    get_usage, get_help_option = kind.get_usage, kind.get_help_option

    def usage(command: TyperCommand | TyperGroup, context: Context) -> str:
        told = get_usage(command, context)
        for theirs, ours in USAGE_WORDS.items():
            told = told.replace(theirs, ours)
        return told

    def help_option(command: TyperCommand | TyperGroup, context: Context) -> TyperOption | None:
        option = get_help_option(command, context)
        if option is not None:
            option.help = "显示这段说明。"
        return option

    kind.get_usage, kind.get_help_option = usage, help_option  # type: ignore[method-assign, assignment]


def wrong_use(error: TyperException) -> str:
    """What is wrong with the command as typed, what was perhaps meant, and where its help is."""
    message = " ".join(error.format_message().split())
    told = f"命令写得不对：{message}"
    for pattern, sentence in WRONG_USES:
        if found := re.fullmatch(pattern, message):
            told = sentence.format(*found.groups())
            if "{1}" not in sentence and (found.lastindex or 0) > 1:
                told += f"，是不是 {found[2].replace(chr(39), '').replace(' or ', ' 或 ')}？"
            break
    asked_for = getattr(getattr(error, "param", None), "help", None)
    told += f"（{asked_for.split('。')[0]}）" if asked_for else ""
    context = getattr(error, "ctx", None)
    command = " ".join(context.command_path.split()[1:]) if context else ""
    where = " ".join(["python3 run.py", *filter(None, [command.removeprefix("-m bot").strip()]), "--help"])
    return f"{told.rstrip('。')}{'' if told.endswith('？') else '。'}\n用法：{where}"


def failure(error: Exception) -> str:
    """What went wrong as a person at the keyboard needs it."""
    if isinstance(error, OSError) and error.errno in SYSTEM_ERRORS:
        where = f"（{error.filename}）" if error.filename else ""
        return f"{SYSTEM_ERRORS[error.errno]}{where}"
    if isinstance(error, OverflowError):
        return "数字太大，请核对编号"
    if "database or disk is full" in str(error):
        return SYSTEM_ERRORS[errno.ENOSPC]
    if "database is locked" in str(error):
        return "数据库正被别的程序占用，请稍后再试"
    if "readonly database" in str(error):
        return SYSTEM_ERRORS[errno.EROFS]
    return str(error)
