"""The shipped pack is whole; a second one needs no code; a broken one says what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from consultations.service_items import PackError, load_pack

FIELDS = (
    "name",
    "intro",
    "conditions",
    "audience",
    "channels",
    "materials",
    "steps",
    "time_limit",
    "result",
    "supervision",
)


def pack_text(*codes: str, without: str = "") -> str:
    lines = ['[pack]\nid = "local"\nname = "示例标准"\nstatus = "示例"\nsource = "示例"\n']
    for code in codes:
        fields = "".join(f'{name} = "示例"\n' for name in FIELDS if name != without)
        lines.append(f'[[item]]\ncode = "{code}"\nkind = "basic"\n{fields}')
    return "".join(lines)


def test_the_draft_norm_has_fifteen_basic_and_four_value_added_items() -> None:
    items = load_pack().items
    assert list(items) == [f"B{n:02d}" for n in range(1, 16)] + [f"V{n:02d}" for n in range(1, 5)]
    assert {item.kind for code, item in items.items() if code[0] == "V"} == {"value_added"}
    assert load_pack().status == "征求意见稿"


def test_a_second_pack_needs_no_code(tmp_path: Path) -> None:
    (tmp_path / "local.toml").write_text(pack_text("X1", "X2"), encoding="utf-8")
    pack = load_pack(tmp_path / "local.toml")
    assert (pack.pack_id, list(pack.items)) == ("local", ["X1", "X2"])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (pack_text("X1", "X1"), "编号重复"),
        (pack_text(), "没有服务事项"),
        (pack_text("X1", without="steps"), "X1 缺少 steps"),
        ("[[[", "无法使用"),
    ],
)
def test_a_broken_pack_says_what_is_wrong(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "local.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PackError, match=problem):
        load_pack(path)
