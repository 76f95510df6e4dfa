"""What people may subscribe to (订阅选项) and the templates of pushes (推送模板): data of the outlet over what ships.

A template has variables in braces; which ones is up to its text. A push goes out only when each of them has a value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from consultations.authored_files import KEPT, AuthoredFolder, Entry, Reading, read_document, read_kept
from consultations.service_items import load_pack

SHIPPED = Path(__file__).parent / "pushes" / "shipped.toml"
LONGEST_OPTION = 12  # characters: with the verb before it an option fits into a button's 64 bytes

Facet = Literal["topic", "service", "industry", "district", "kind"]
FACETS: tuple[Facet, ...] = get_args(Facet)
FACET_NAMES: Mapping[Facet, str] = {
    "topic": "主题",
    "service": "服务事项",
    "industry": "行业",
    "district": "区县",
    "kind": "企业类型",
}
# Nobody chooses it: the directory of enterprises (企业名录) tells it of who speaks for one. For rules of segments only.
HOLDING, NO_ASSETS = "holding", "没有登记过知识产权"
RULE_NAMES: Mapping[str, str] = dict([*FACET_NAMES.items(), (HOLDING, "企业名录")])
# Where the options of a facet stand in a file; those of services are the service items.
_LISTS: Mapping[str, Facet] = {"topics": "topic", "industries": "industry", "districts": "district", "kinds": "kind"}
_PLACE = re.compile(r"\{([^{}]*)\}")
_BRACES = re.compile(r"[{}]")


class TemplateError(Exception):
    """A template can't be filled with what was given: something is missing or unknown."""

    def __init__(self, name: str, fault: str) -> None:
        super().__init__(f"模板“{name}”{fault}")


@dataclass(frozen=True)
class Template:
    """A text with places for what differs, as in ``{时间}``."""

    template_id: str
    name: str
    text: str

    @property
    def variables(self) -> tuple[str, ...]:
        """What must be given, in the order of the text."""
        return tuple(dict.fromkeys(_PLACE.findall(self.text)))

    def filled(self, values: Mapping[str, str]) -> str:
        """The text with every variable replaced.

        Raises:
            TemplateError: A variable has no value, or a value was given for something that is none.
        """
        lacking = [each for each in self.variables if not values.get(each, "").strip()]
        unknown = [each for each in values if each not in self.variables]
        if lacking:
            raise TemplateError(self.name, f"还缺：{'、'.join(lacking)}。")
        if unknown:
            known = "、".join(self.variables) or "没有变量"
            raise TemplateError(self.name, f"里没有变量 {'、'.join(unknown)}，它用的是：{known}。")
        return _PLACE.sub(lambda place: values[place[1]].strip(), self.text)


def left_over(text: str) -> str:
    """The first variable nobody filled, or a brace that stands alone, in a text to be sent; empty when all is right."""
    places = [f"{{{each}}}" for each in _PLACE.findall(text)]
    alone = _BRACES.findall(_PLACE.sub("", text))
    return next(iter((*places, *alone)), "")


@dataclass(frozen=True)
class Pushes:
    """Options by facet, value → what is shown, and templates by id."""

    options: Mapping[Facet, Mapping[str, str]]
    templates: Mapping[str, Template]

    @property
    def in_rules(self) -> Mapping[str, Mapping[str, str]]:
        """What a rule of a segment may name, by facet: what is chosen, and what the directory tells."""
        return dict([*self.options.items(), (HOLDING, {NO_ASSETS: NO_ASSETS})])


def parse_pushes(texts: Mapping[str, str]) -> Pushes:
    """What some TOML files (name → text) say over what ships.

    Raises:
        FaultyFilesError: Something is wrong; every fault with file, line and cure.
    """
    reading = Reading()
    services = {each.code: f"{each.code} {each.name}" for each in load_pack().items.values()}
    options: dict[Facet, Mapping[str, str]] = {"service": services}
    templates: dict[str, Template] = {}
    for name, text in {"shipped.toml": SHIPPED.read_text("utf-8"), **texts}.items():
        document = read_document(name, text)
        reading.only(document.top, *_LISTS)
        for key, facet in _LISTS.items():
            if key in document.top.values:
                options[facet] = {each: each for each in _options(reading, document.top, key)}
        for entry in reading.entries(document, "template", "模板"):
            found = _template(reading, entry)
            templates[found.template_id] = found
    reading.finish()
    return Pushes({each: options.get(each, {}) for each in FACETS}, templates)


def _options(reading: Reading, entry: Entry, key: str) -> Sequence[str]:
    options = reading.texts(entry, key)
    for each in options:
        if len(each) > LONGEST_OPTION or ":" in each:
            reading.refuse(entry, key, f"“{each}”请写成不超过 {LONGEST_OPTION} 个字，不含冒号。")
    return options


def _template(reading: Reading, entry: Entry) -> Template:
    reading.only(entry, "id", "name", "text")
    found = Template(*(reading.text(entry, each) for each in ("id", "name", "text")))
    if alone := _BRACES.search(_PLACE.sub("", found.text)):
        reading.refuse(entry, "text", f"有一个单独的 {alone[0]}：变量请写成 {{时间}} 这样。")
    if "" in found.variables:
        reading.refuse(entry, "text", "有一个空的 {}：请在里面写上变量的名字。")
    return found


@dataclass
class PushBook(AuthoredFolder):
    """Options and templates in use, taken up anew when a file changes; with faults they stay as they last were."""

    value: Pushes = field(default_factory=lambda: parse_pushes({}))

    def take_up(self, paths: Sequence[Path]) -> tuple[str, ...]:
        """Read the outlet's files; without a folder what ships is in use."""
        if self.folder is None:
            return ()
        kept = read_kept(paths, parse_pushes, self.folder / KEPT)
        self.value = kept.value or parse_pushes({})
        return kept.problems
