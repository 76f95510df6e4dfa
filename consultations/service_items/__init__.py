"""Service items (服务事项): the taxonomy packs, as data. The draft norm's 15 basic and 4 value-added items ship here.

A pack is one TOML file: ``[pack]`` with id, name, status and source, then ``[[item]]`` tables with the eight fields of
a service guide. A second pack, such as the adopted local standard, is a second file; no code knows a code.
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).parent / "draft_norm.toml"


class PackError(Exception):
    """A service item pack can't be used."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"服务事项包 {path.name} 无法使用：{problem}。请改正后重新启动。")


@dataclass(frozen=True)
class ServiceItem:
    """One service item with the eight fields of its guide (受理条件、服务对象、获取途径、申请材料、办理流程、办结时限、
    办理结果、监督评价渠道).
    """

    code: str
    kind: str  # "basic" or "value_added"
    name: str
    intro: str
    conditions: str
    audience: str
    channels: str
    materials: str
    steps: str
    time_limit: str
    result: str
    supervision: str
    includes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pack:
    """One taxonomy: its items by code, in the order of the file. `unstated` is what a field left to the outlet says."""

    pack_id: str
    name: str
    status: str
    source: str
    unstated: str
    items: dict[str, ServiceItem]

    def named(self, code: str) -> str:
        """Code and name of an item, as people read them; a code this pack does not know, as it stands."""
        return f"{code} {self.items[code].name}" if code in self.items else code


@functools.cache
def load_pack(path: Path = SHIPPED) -> Pack:
    """The pack in a file, read once per process.

    Raises:
        PackError: The file can't be read, a field is missing, or a code comes twice.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PackError(path, str(error)) from error
    head = document.get("pack", {})
    items = [_item(path, each) for each in document.get("item", [])]
    by_code = {each.code: each for each in items}
    if len(by_code) != len(items) or not items:
        raise PackError(path, "没有服务事项，或编号重复")
    texts = {name: str(head.get(name, "")) for name in ("name", "status", "source", "unstated")}
    return Pack(pack_id=str(head.get("id", path.stem)), **texts, items=by_code)


def _item(path: Path, given: dict[str, Any]) -> ServiceItem:
    texts = [each.name for each in fields(ServiceItem) if each.name != "includes"]
    missing = [name for name in texts if not isinstance(given.get(name), str)]
    if missing:
        raise PackError(path, f"{given.get('code', '某个事项')} 缺少 {'、'.join(missing)}")
    return ServiceItem(**{name: given[name] for name in texts}, includes=tuple(given.get("includes", ())))
