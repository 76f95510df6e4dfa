"""Checks requests against the machine-readable Bot API specification, when ZHIXUN_BOT_API_SPEC names its JSON file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SCALARS: dict[str, tuple[type, ...]] = {
    "Integer": (int,),
    "String": (str,),
    "Float": (int, float),
    "Boolean": (bool,),
    "True": (bool,),
    "InputFile": (str,),
}


class Specification:
    """``methods`` and ``types`` of the specification; `problems` tells what is wrong with one request."""

    def __init__(self, path: Path) -> None:
        document = json.loads(path.read_text(encoding="utf-8"))
        self._methods = {name.lower(): method for name, method in document["methods"].items()}
        self._types: dict[str, Any] = document["types"]

    def problems(self, method: str, parameters: dict[str, Any]) -> list[str]:
        """Unknown methods and parameters, missing ones, wrong types; empty when all is well."""
        known = self._methods.get(method.lower())
        if known is None:
            return [f"unknown method {method}"]
        return self._object(method, known.get("fields") or [], self._decoded(known, parameters))

    def _decoded(self, method: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
        """Form parameters arrive as text: everything but strings is JSON."""
        types = {field["name"]: field["types"] for field in method.get("fields") or []}
        return {name: _decode(value, types.get(name, [])) for name, value in parameters.items()}

    def _object(self, where: str, fields: list[dict[str, Any]], value: dict[str, Any]) -> list[str]:
        names = {field["name"] for field in fields}
        unknown = [f"{where}.{name} is unknown" for name in value if name not in names]
        missing = [f"{where}.{f['name']} is missing" for f in fields if f["required"] and f["name"] not in value]
        wrong = [
            problem
            for field in fields
            if field["name"] in value
            for problem in self._any(field["types"], value[field["name"]], f"{where}.{field['name']}")
        ]
        return unknown + missing + wrong

    def _any(self, types: list[str], value: object, where: str) -> list[str]:
        found = [self._one(each, value, where) for each in types]
        return [] if any(not problems for problems in found) else min(found, key=len)

    def _one(self, name: str, value: object, where: str) -> list[str]:
        if name.startswith("Array of "):
            if not isinstance(value, list):
                return [f"{where} is not a list"]
            return [problem for each in value for problem in self._one(name.removeprefix("Array of "), each, where)]
        if name in SCALARS:
            fits = isinstance(value, SCALARS[name]) and (name in {"Boolean", "True"} or not isinstance(value, bool))
            return [] if fits else [f"{where} is not {name}"]
        described = self._types[name]
        if described.get("subtypes"):
            return self._any(described["subtypes"], value, where)
        if not isinstance(value, dict):
            return [f"{where} is not {name}"]
        return self._object(where, described.get("fields") or [], value)


def _decode(value: object, types: list[str]) -> object:
    if not isinstance(value, str) or types == ["String"]:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
