"""`zhixun doctor`: what the last nightly self-check found, and whether the originals of policies are as they were."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bot.database import open_engine, sessions
from bot.doctor import examine
from bot.migrate import upgrade
from bot.settings import load_settings
from consultations import self_checks
from handlers.import_policy import import_paths
from knowledge.index import Index
from tests.conftest import ADMIN

NOW = datetime(2026, 11, 26, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        (None, "还没有运行过"),
        ({}, "2026-11-27，卡片、事实和原文没有互相矛盾，来信都已归档，档案和封存一致"),
        (
            {"seal:words:consultation:3": "一处。", "b": "两处。"},
            "2026-11-27 发现 1 处档案和封存对不上，运行 verify 查看",
        ),
        ({"a": "一处。", "b": "两处。"}, "2026-11-27 发现 2 处互相矛盾，运行 check 查看"),
    ],
)
def test_the_last_self_check_is_told(tmp_path: Path, findings: dict[str, str] | None, expected: str) -> None:
    engine = open_engine(load_settings(tmp_path, None).database_url)
    upgrade(engine, tmp_path / "backups", NOW)
    if findings is not None:
        with sessions(engine)[0]() as session:
            self_checks.record(session, date(2026, 11, 27), findings, NOW)
    engine.dispose()
    assert expected in _examined(tmp_path)


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ("", "工作人员 1 人"),
        ('roles = ["adviser"]', "没有人是审核员，他们的事没人能做"),
        ("roles = []", "没有人是咨询员、审核员"),
        ('roles = ["boss"]', "roles 里的 boss 看不懂"),
    ],
)
def test_work_that_nobody_may_do_is_told(tmp_path: Path, roles: str, expected: str) -> None:
    (tmp_path / "duty").mkdir()
    (tmp_path / "duty" / "staff.toml").write_text(f'[[staff]]\nid = "a"\nname = "示例甲"\n{roles}\n', encoding="utf-8")
    told = re.sub(r"[│\s]", "", _examined(tmp_path))  # long cells are folded
    assert expected.replace(" ", "") in told
    assert ("没有人是" in told) is ("没有人是" in expected)
    assert "没有工作人员名单" not in told


def test_originals_missing_or_altered_are_told(tmp_path: Path) -> None:
    engine = open_engine(load_settings(tmp_path, None).database_url)
    upgrade(engine, tmp_path / "backups", NOW)
    texts = {name: f"# {name}\n第一条 {name}的内容。" for name in ("甲办法", "乙办法", "丙办法")}
    for name, text in texts.items():
        (tmp_path / f"{name}(2026-01-02).md").write_text(text, "utf-8")
    paths = [tmp_path / f"{name}(2026-01-02).md" for name in texts]
    import_paths(paths, writing=sessions(engine)[0], index=Index.open(tmp_path / "index"), home=tmp_path, by=ADMIN)
    engine.dispose()
    assert "3 份，都在" in _examined(tmp_path)
    for kept in (tmp_path / "originals").rglob("*.md"):
        if "甲办法" in kept.read_text("utf-8"):
            kept.unlink()
        elif "乙办法" in kept.read_text("utf-8"):
            kept.write_text("改过", "utf-8")
    told = _examined(tmp_path)
    assert "“甲办法(2026-01-02).md”的原件不见了" in told
    assert "“乙办法(2026-01-02).md”的原件和导入时不一样了" in told
    assert "丙办法" not in told


def test_nothing_is_cut_off_on_a_narrow_screen(tmp_path: Path) -> None:
    assert "…" not in _examined(tmp_path, width=60)


def _examined(home: Path, width: int = 200) -> str:
    printed = StringIO()
    examine(home, None, Console(file=printed, width=width))
    return printed.getvalue()


@pytest.mark.parametrize(("path", "told"), [("/nowhere", "没有 LibreOffice"), ("", "由 LibreOffice 读取")])
def test_missing_programs_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, told: str) -> None:
    program = tmp_path / "bin" / "soffice"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", path or str(program.parent))
    home = tmp_path / "home"
    home.mkdir()
    assert told in _examined(home)


def test_faults_of_what_reports_are_made_by_are_told_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "report_templates").mkdir()
    assert "定期草稿 0 种" in _examined(tmp_path)
    (tmp_path / "report_schedule.toml").write_text('[[draft]]\nreport = "成效"\nevery = "month"\nday = 3\n', "utf-8")
    (tmp_path / "targets.toml").write_text('[[target]]\nperiod = "2026-13"\nfigure = "咨询"\nvalue = 3\n', "utf-8")
    told = _examined(tmp_path)
    assert "report_schedule.toml 第 2 行：没有名为 成效 的报告" in told
    assert "targets.toml 第 2 行：period 请写成" in told
    (tmp_path / "report_templates" / "criteria.toml").write_text("", "utf-8")
    assert "一项指标都没有" in _examined(tmp_path)
