"""A command typed wrongly is told in Chinese, with what was perhaps meant and where its help is."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from bot.__main__ import app
from bot.command_errors import failure, speak_chinese, wrong_use
from tests.conftest import Begin

TYPED = [
    ("archve", "没有 archve 这个命令，是不是 archive？", ""),
    ("ask --bathc", "没有 --bathc 这个选项，是不是 --batch？", "ask"),
    ("drafts show", "缺少 编号（草稿编号）。", "drafts show"),
    ("drafts show x", "编号 应当是整数（草稿编号）。", "drafts show"),
    ("drafts show 0", "编号 不能小于 1（草稿编号）。", "drafts show"),
    ("ask 一 二", "多出了 二；一句话里有空格时，请用引号括起来。", "ask"),
    ("gaps --limit", "选项 --limit 后面要写内容。", ""),
    ("drafts foo", "没有 foo 这个命令。", "drafts"),
]


@pytest.mark.parametrize(("typed", "told", "command"), TYPED, ids=[typed for typed, _, _ in TYPED])
def test_what_is_typed_wrongly_is_told_with_its_cure(typed: str, told: str, command: str) -> None:
    with pytest.raises(TyperException) as caught:
        app(typed.split(), prog_name="python -m bot", standalone_mode=False)
    first, where = wrong_use(caught.value).split("\n")
    assert first == told
    assert where == " ".join(["用法：python3 run.py", *filter(None, [command]), "--help"])


def test_what_no_pattern_knows_is_told_too() -> None:
    assert wrong_use(TyperException("Something new")) == ("命令写得不对：Something new。\n用法：python3 run.py --help")


def test_a_full_disk_is_named_with_the_file() -> None:
    assert failure(OSError(errno.ENOSPC, "No space left", "zhixun.db")) == "磁盘空间不足，请清理后再试（zhixun.db）"


def groups(command: TyperCommand | TyperGroup, *path: str) -> Iterator[tuple[str, ...]]:
    """The path of every command that has commands of its own."""
    if isinstance(command, TyperGroup):
        yield path
        for name, each in command.commands.items():
            yield from groups(each, *path, name)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", list(groups(typer.main.get_command(app))), ids=" ".join)  # type: ignore[arg-type]
def test_no_line_of_a_list_of_commands_is_cut_off(
    path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(typer.rich_utils, "MAX_WIDTH", 80)
    with pytest.raises(SystemExit):
        app([*path, "--help"], prog_name="python -m bot")
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("│")]
    assert rows
    assert not [line for line in rows if line.rstrip("│ ").endswith("…")]


def test_a_number_no_database_takes_is_told(begin: Begin, tmp_path: Path) -> None:
    with pytest.raises(OverflowError) as caught:
        app(["--home", str(begin(tmp_path)), "tokens", "revoke", "9" * 25], standalone_mode=False)
    assert failure(caught.value) == "数字太大，请核对编号"


def test_a_folder_that_is_not_there_is_named() -> None:
    told = failure(FileNotFoundError(errno.ENOENT, "No such file or directory", "/示例/报告.docx"))
    assert told == "没有这个文件或文件夹，请检查路径（/示例/报告.docx）"


def test_lists_show_what_people_wrote_as_it_is(
    begin: Begin, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begin(tmp_path)
    for typed in (["tokens", "create", "[/x]示例", "--scope", "ask"], ["tokens"], ["console", "link", "示例"]):
        app(["--home", str(tmp_path), *typed], standalone_mode=False)
    told = capsys.readouterr().out
    assert "[/x]示例" in told
    assert "/console/link/" in told
    app(["--home", str(tmp_path), "console", "link", " "], standalone_mode=False)
    assert "/console/link/" not in capsys.readouterr().out


def test_help_speaks_chinese_throughout(capsys: pytest.CaptureFixture[str]) -> None:
    speak_chinese()
    for typed in ("--help", "tickets --help", "opinions reply --help", "import -h"):
        with pytest.raises(SystemExit) as ended:
            app(typed.split(), prog_name="python -m bot")
        told = capsys.readouterr().out
        assert ended.value.code == 0
        assert "用法：python3 run.py" in told
        assert "显示这段说明。" in told
        assert "Usage" not in told
        assert "Show this" not in told
