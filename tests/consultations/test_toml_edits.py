"""Entries of TOML files changed in place: comments and order stay, and nothing else changes."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from consultations.authored_files import FaultyFilesError
from consultations.toml_edits import ChangedMeanwhileError, with_entry, with_keys, write_whole

TEXT = """# 名单
[[staff]]
id = "a" # 第一位
name = "示例甲"
roles = ["adviser"]

# 第二位写在这里
[[staff]]
id = "b"
name = "示例乙"
"""
A = {"id": "a", "name": "示例甲", "roles": ["adviser"]}
B = {"id": "b", "name": "示例乙"}


def test_one_entry_changes_and_every_comment_stays() -> None:
    after = {"id": "a", "name": "示例丙", "until": date(2027, 1, 31)}
    text = with_entry("staff.toml", TEXT, "staff", A, after)
    assert tomllib.loads(text) == {"staff": [after, B]}
    assert all(comment in text for comment in ("# 名单", "# 第一位", "# 第二位写在这里"))


def test_an_entry_is_added_and_taken_out_again() -> None:
    new = {"id": "c", "name": '引号"和\\', "accounts": ["telegram:7"]}
    added = with_entry("staff.toml", TEXT, "staff", None, new)
    assert tomllib.loads(added)["staff"] == [A, B, new]
    assert tomllib.loads(with_entry("staff.toml", added, "staff", new, None))["staff"] == [A, B]
    assert tomllib.loads(with_entry("roster.toml", "", "shift", None, {"staff": ["a"]})) == {
        "shift": [{"staff": ["a"]}]
    }
    assert "staff" not in tomllib.loads(with_entry("x.toml", '[[staff]]\nid = "a"', "staff", {"id": "a"}, None))


def test_what_somebody_else_changed_meanwhile_is_not_overwritten() -> None:
    with pytest.raises(ChangedMeanwhileError):
        with_entry("staff.toml", TEXT, "staff", {**A, "name": "以前的名字"}, A)


def test_what_is_no_toml_is_told_with_its_line() -> None:
    with pytest.raises(FaultyFilesError, match="第 2 行"):
        with_entry("staff.toml", '[[staff]]\nid = "a', "staff", None, B)


def test_keys_are_set_taken_out_and_sections_made() -> None:
    text = with_keys(
        "config.toml", '[outlet]\n# 电话\nphone = "1"\nname = "甲"\n', "outlet", {"phone": "2", "name": None}
    )
    assert text == '[outlet]\n# 电话\nphone = "2"\n'
    assert tomllib.loads(with_keys("config.toml", text, "web", {"port": 1}))["web"] == {"port": 1}
    assert tomllib.loads(
        with_keys("2027.toml", "year = 2027\n[[holiday]]\nname = '甲'", "", {"status": "official"})
    ) == {
        "year": 2027,
        "status": "official",
        "holiday": [{"name": "甲"}],
    }


def test_a_file_is_replaced_whole_and_keeps_its_rights_and_its_link(tmp_path: Path) -> None:
    (tmp_path / "real.toml").write_text("old", encoding="utf-8")
    (tmp_path / "real.toml").chmod(0o640)
    (tmp_path / "link.toml").symlink_to(tmp_path / "real.toml")
    write_whole(tmp_path / "link.toml", "new")
    assert (tmp_path / "real.toml").read_text(encoding="utf-8") == "new"
    assert (tmp_path / "real.toml").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "link.toml").is_symlink()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["link.toml", "real.toml"]
