"""What is told, in Chinese, when a command is typed wrongly or fails; Typer itself speaks English."""

from __future__ import annotations

import re

import typer.rich_utils
from typer import Context
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.exceptions import TyperException

from bot.failures import known_failure
from handlers import program

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
        told = told.replace("python -m bot", program.name())
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
    where = " ".join([program.name(), *filter(None, [command.removeprefix("-m bot").strip()]), "--help"])
    return f"{told.rstrip('。')}{'' if told.endswith('？') else '。'}\n用法：{where}"


def failure(error: Exception) -> str:
    """What went wrong as a person at the keyboard needs it."""
    if told := known_failure(error):
        where = f"（{error.filename}）" if isinstance(error, OSError) and error.filename else ""
        return f"{told}{where}"
    if isinstance(error, OverflowError):
        return "数字太大，请核对编号"
    return str(error)
