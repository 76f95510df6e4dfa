"""The reading process: ``python -m policies.readers.worker .pdf < file``; prints one JSON object.

``{"text": …, "problems": […], "dropped": [[where, text], …]}`` or ``{"refused": …}``; a crash is an answer too
(a return code other than 0). With ``rows`` behind the kind, a table's cells instead: ``{"rows": [[line, […]], …]}``.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from policies.readers.package import DoctypeError

MEMORY = 1024 * 1024 * 1024  # bytes of address space; a 2,000-page PDF needs about 300 MB
CPU_SECONDS = 25


@dataclass
class Reading:
    """What a reader gives: text, or a reason for refusing.

    `problems` are Chinese sentences, `dropped` the words left out of the text, each with where it stood (页眉). `rows`
    are asked for instead of the text: line number and cells. `is_scan` says that what was refused has pictures of
    text, which can be recognised; `pictures` which pages of what was read are such, from 1.
    """

    text: str = ""
    problems: list[str] = field(default_factory=list)
    dropped: list[tuple[str, str]] = field(default_factory=list)
    refused: str = ""
    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    is_scan: bool = False
    pictures: list[int] = field(default_factory=list)


def main(kind: str, what: str = "") -> None:
    """Read standard input as `kind` and print the outcome; `what` is ``rows`` for a table's cells."""
    content = sys.stdin.buffer.read()
    limit()
    try:
        reading = _read(kind, content, what)
    except DoctypeError:
        reading = Reading(refused="文件里有不允许的外部定义（DOCTYPE），为安全已拒绝；请用原软件打开后另存一份再导入。")
    sys.stdout.buffer.write(json.dumps(vars(reading), ensure_ascii=False).encode("utf-8", "replace"))


def _read(kind: str, content: bytes, what: str) -> Reading:
    """Each reader is loaded only where it is needed: starting the process is most of the time a small file takes."""
    reader = importlib.import_module(f"policies.readers.{kind.removeprefix('.')}")
    read: Callable[[bytes], Reading] = getattr(reader, f"read_{what or kind.removeprefix('.')}")
    return read(content)


def limit() -> None:
    """Take no more memory and processor time than a reader needs."""
    try:
        import resource
    except ImportError:  # Windows has no resource limits; the parent's time limit remains.
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(*sys.argv[1:3])
