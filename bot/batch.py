"""Questions in, answers out, a line of JSON each: the stable batch interface of ``zhixun ask --batch``.

Input lines: ``{"id", "question"}``. Output lines: ``{"id", "answer_text", "action", "service_item", "cited_sources",
"confidence", "latency_ms"}``, in the same order. A line that can't be read gives an output line with action
``escalate`` and an ``error``, so that no question is lost. Batch questions are measurements: they are not archived.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from handlers.desk import Answerer
from knowledge.passages import Answer

Compose = Callable[[Answer], str]


def answer_file(  # noqa: PLR0913  the interface has this many parts
    questions: Path, out: Path, *, answerer: Answerer, compose: Compose, on: date, progress: Callable[[int], None]
) -> int:
    """Answer every line of a file; the number of lines written. `out` appears whole or not at all.

    Raises:
        OSError: A file can't be read or written.
    """
    partial = out.with_name(out.name + ".part")
    written = 0
    with partial.open("w", encoding="utf-8") as sink:
        for line in _lines(questions):
            sink.write(json.dumps(_answer_line(line, answerer, compose, on), ensure_ascii=False) + "\n")
            written += 1
            progress(written)
    partial.replace(out)
    return written


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8-sig", errors="replace") as source:
        yield from (line for line in source if line.strip())


def _answer_line(line: str, answerer: Answerer, compose: Compose, on: date) -> dict[str, Any]:
    identity, question = _read_line(line)
    if question is None:
        unreadable = Answer("escalate", "unreadable", "")
        return _record(identity, "", unreadable, 0.0) | {"error": "无法读取这一行：需要 id 和 question"}
    started = time.perf_counter()
    answer = answerer.answer(question, on)
    return _record(identity, compose(answer), answer, (time.perf_counter() - started) * 1000)


def _read_line(line: str) -> tuple[Any, str | None]:
    try:
        given = json.loads(line)
    except ValueError:
        return "", None
    if not isinstance(given, dict):
        return "", None
    question = given.get("question")
    return given.get("id", ""), question if isinstance(question, str) else None


def _record(identity: Any, text: str, answer: Answer, latency_ms: float) -> dict[str, Any]:  # noqa: ANN401  any JSON id
    return {
        "id": identity,
        "answer_text": text,
        "action": answer.action,
        "service_item": answer.service_item or "out_of_scope",
        "cited_sources": [
            {"law": each.law, "article": each.article, "version": each.version, "quote": each.quote}
            for each in answer.sources
        ],
        "confidence": round(answer.confidence, 4),
        "latency_ms": round(latency_ms, 2),
    }
