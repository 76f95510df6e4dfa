"""The reading process: ``python -m policies.readers.worker .pdf < file``; prints one JSON object.

``{"text": …, "problems": […], "dropped": [[where, text], …]}`` or ``{"refused": …}``; a crash is an answer too
(a return code other than 0).
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field

MEMORY = 1024 * 1024 * 1024  # bytes of address space; a 2,000-page PDF needs about 300 MB
CPU_SECONDS = 25


@dataclass
class Reading:
    """What a reader gives: text, or a reason for refusing.

    `problems` are Chinese sentences, `dropped` the words left out of the text, each with where it stood (页眉).
    """

    text: str = ""
    problems: list[str] = field(default_factory=list)
    dropped: list[tuple[str, str]] = field(default_factory=list)
    refused: str = ""


def main(kind: str) -> None:
    """Read standard input as `kind` and print the outcome."""
    content = sys.stdin.buffer.read()
    _limit()
    reading = _read(kind, content)
    sys.stdout.buffer.write(json.dumps(vars(reading), ensure_ascii=False).encode("utf-8", "replace"))


def _read(kind: str, content: bytes) -> Reading:
    if kind == ".docx":
        from policies.readers.docx import read_docx

        return read_docx(content)
    if kind == ".pdf":
        from policies.readers.pdf import read_pdf

        return read_pdf(content)
    from policies.readers.html import read_html

    return read_html(content)


def _limit() -> None:
    try:
        import resource
    except ImportError:  # Windows has no resource limits; the parent's time limit remains.
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(sys.argv[1])
