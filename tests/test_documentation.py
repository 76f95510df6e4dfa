"""What the documents promise exists: commands, files they point to, settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.__main__ import app

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def test_every_command_is_documented() -> None:
    told = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    names = [each.name or (each.callback.__name__ if each.callback else "") for each in app.registered_commands]
    assert len(names) > 8
    for name in names:
        assert f"`{name}" in told, f"docs/commands.md does not tell of {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} points to {target}"


def test_both_readmes_show_the_same_commands() -> None:
    english, chinese = (
        re.findall(r"python3 run\.py ?(\w*)", (ROOT / name).read_text(encoding="utf-8"))
        for name in ("README.md", "README.zh-CN.md")
    )
    assert english == chinese


def test_every_place_on_the_map_exists() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for place in re.findall(r"`((?:bot|web|handlers|policies|knowledge|consultations|tests)/[\w./]+)`", text):
        assert (ROOT / place).exists(), f"ARCHITECTURE.md names {place}"
