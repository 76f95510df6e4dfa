"""Questions in, answers out, a line of JSON each: the stable batch interface of ``zhixun ask --batch``.

Input lines: ``{"id", "question"}``; in a file whose name ends in ``.txt`` each line is a question and its id the line's
number. Output lines: ``{"id", "answer_text", "action", "service_item", "cited_sources",
"confidence", "latency_ms"}``, in the same order. A line that can't be read gives an output line with action
``escalate`` and an ``error``, so that no question is lost. Batch questions are measurements: they are not archived.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from handlers.desk import Answerer
from knowledge.passages import Answer

Compose = Callable[[Answer], str]


@dataclass(frozen=True)
class Answered:
    """How many lines were written, and how many of them stand for a line that could not be read."""

    n_lines: int
    n_unreadable: int


def answer_file(  # noqa: PLR0913  the interface has this many parts
    questions: Path, out: Path, *, answerer: Answerer, compose: Compose, on: date, progress: Callable[[int], None]
) -> Answered:
    """Answer every line of a file. `out` appears whole or not at all.

    Raises:
        OSError: A file can't be read or written.
    """
    partial = out.with_name(out.name + ".part")
    written = unreadable = 0
    with partial.open("w", encoding="utf-8") as sink:
        for identity, question in _asked(questions):
            sink.write(json.dumps(_answered(identity, question, answerer, compose, on), ensure_ascii=False) + "\n")
            written += 1
            unreadable += question is None
            progress(written)
    partial.replace(out)
    return Answered(written, unreadable)


def _asked(path: Path) -> Iterator[tuple[Any, str | None]]:
    """Each line's id and question; ``None`` for a question that can't be read."""
    is_plain = path.suffix.lower() == ".txt"
    with path.open(encoding="utf-8-sig", errors="replace") as source:
        for number, line in enumerate(source, start=1):
            if line.strip():
                yield (str(number), line.strip()) if is_plain else _read_line(line)


def _answered(identity: Any, question: str | None, answerer: Answerer, compose: Compose, on: date) -> dict[str, Any]:  # noqa: ANN401  any JSON id
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
