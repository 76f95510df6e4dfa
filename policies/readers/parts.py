"""The XML parts of an office file, read without following anything that points outside."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import Any

from lxml import etree

from policies.readers.package import LARGEST_UNPACKED, DoctypeError

_RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(wordprocessingml|spreadsheetml|presentationml|drawingml)/main")
_COMPATIBLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"


def tree_of(package: zipfile.ZipFile, path: str) -> Any:  # noqa: ANN401  lxml has no types of its own
    """The part as a tree, an empty one when the file has no such part; the strict dialect reads like the usual one.

    Raises:
        DoctypeError: It has a DOCTYPE.
    """
    if path not in package.namelist():
        return etree.Element("none")
    with package.open(path) as part:
        content = part.read(LARGEST_UNPACKED)  # the directory may lie about sizes
    usual = _STRICT.sub(rb"http://schemas.openxmlformats.org/\1/2006/main", content)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    tree = etree.fromstring(usual, parser)
    if tree.getroottree().docinfo.doctype:
        raise DoctypeError(path)
    return tree


def related(package: zipfile.ZipFile, path: str) -> dict[str, str]:
    """The parts a part names inside the package: relation id → path."""
    folder, _, name = path.rpartition("/")
    relations = tree_of(package, f"{folder}/_rels/{name}.rels").iter(_RELATIONS)
    inside = (each for each in relations if each.get("TargetMode") != "External")
    return {each.get("Id", ""): _joined(folder, each.get("Target", "")) for each in inside}


def alternatives(children: Any) -> Iterator[Any]:  # noqa: ANN401
    """The elements; where a program may choose one of several renderings, those of the first that has any."""
    for element in children:
        if element.tag != f"{_COMPATIBLE}AlternateContent":
            yield element
            continue
        choices = [each for each in element if each.tag == f"{_COMPATIBLE}Choice" and len(each)]
        for chosen in choices[:1] or list(element)[-1:]:
            yield from alternatives(chosen)


def _joined(folder: str, target: str) -> str:
    if target.startswith("/"):
        return target[1:]
    steps: list[str] = folder.split("/")
    for step in target.split("/"):
        if step == "..":
            steps = steps[:-1]
        elif step != ".":
            steps.append(step)
    return "/".join(filter(None, steps))
