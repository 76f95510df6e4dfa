"""Measures answering on labelled questions: right card, wrong card, asked back with the right option, handed over.

    python benchmarks/answers.py tests/relevance/dev.jsonl [--home INSTANCE] [--show wrong,escalated]
    python benchmarks/answers.py --calibrate --out-of-scope FILE…

A line is ``{"question", "cards": [ids that answer it], "both": true when each of them must be in the answer,
"services": [items], "action", "previous"}``. Lines with action ``out_of_scope`` must not be answered, lines with
``escalate`` must reach a person. Without --home an index of the shipped cards alone is made in a temporary folder.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from handlers.laws import known_editions, what_changed
from knowledge.answer import Answerer
from knowledge.cards import SHIPPED_FOLDER, Cards, is_card_source, load_cards
from knowledge.index import Index, fingerprint
from knowledge.passages import Answer, Passage
from knowledge.search import open_search

# The day the shipped cards were reviewed; measurements do not change with the calendar.
MEASURED_ON = date(2026, 11, 23)


@dataclass(frozen=True)
class Outcome:
    """What became of one question: `verdict` is the column it counts in."""

    line: dict[str, Any]
    answer: Answer
    verdict: str
    service_is_right: bool
    latency_ms: float


def answerer_over(folder: Path, cards: Cards | None = None) -> Answerer:
    """An answerer over an index of cards alone (made when the folder holds none) or over an instance's index; only
    cards that differ are written.
    """
    known = cards or load_cards(SHIPPED_FOLDER)
    index = Index.open(folder)
    expected, present = known.sources(), index.sources()
    gone: dict[str, list[Passage]] = {each: [] for each in present if is_card_source(each) and each not in expected}
    index.replace(gone | {each: found for each, found in expected.items() if present.get(each) != fingerprint(found)})
    return Answerer(open_search(index), known, known_editions(), compare=what_changed)


def measure(answerer: Answerer, lines: Iterable[dict[str, Any]], on: date = MEASURED_ON) -> list[Outcome]:
    """Ask every question once."""
    return [_outcome(answerer, line, on) for line in lines]


def shares(outcomes: Iterable[Outcome]) -> dict[str, float]:
    """Verdicts as shares of the questions of their kind: in scope, out of scope, to be handed over."""
    kinds: dict[str, Counter[str]] = {}
    for each in outcomes:
        kinds.setdefault(_kind(each.line), Counter())[each.verdict] += 1
    return {
        f"{kind}: {verdict}": count / sum(counts.values())
        for kind, counts in kinds.items()
        for verdict, count in counts.most_common()
    }


def lines_of(*paths: Path) -> Iterator[dict[str, Any]]:
    """The lines of JSONL files."""
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                yield json.loads(line)


def _kind(line: dict[str, Any]) -> str:
    return {"out_of_scope": "out of scope", "escalate": "to a person"}.get(line["action"], "in scope")


def _outcome(answerer: Answerer, line: dict[str, Any], on: date) -> Outcome:
    started = time.perf_counter()
    answer = answerer.answer(line["question"], on, previous=line.get("previous", ""))
    elapsed = (time.perf_counter() - started) * 1000
    service = answer.service_item in line.get("services", [answer.service_item])
    return Outcome(line, answer, _verdict(line, answer, answerer), service, elapsed)


def _verdict(line: dict[str, Any], answer: Answer, answerer: Answerer) -> str:
    if line["action"] == "out_of_scope":
        return "answered" if answer.action == "answer" else f"silent ({answer.action})"
    if line["action"] == "escalate":
        return "handed over" if answer.action == "escalate" else answer.action
    wanted = set(line["cards"])
    if answer.action == "answer" or (answer.action == "escalate" and answer.card_id):
        return _card_verdict(line, answer, answerer)
    if answer.action == "clarify":
        return "asked, right option" if wanted & {card for card, _ in answer.options} else "asked, wrong options"
    return "handed over" if answer.action == "escalate" else "declined"


def _card_verdict(line: dict[str, Any], answer: Answer, answerer: Answerer) -> str:
    """Versions of one fact count as one card; of two questions both leads must be there."""
    if not answer.card_id:
        return "article quoted"
    leads = [found.lead for each in line["cards"] if (found := answerer.card(each, MEASURED_ON))]
    if line.get("both"):
        there = sum(lead in answer.lead for lead in leads)
        return ("wrong card", "one of two", "right card")[there]
    fact = answer.card_id.removesuffix("_2027")
    return "right card" if fact in {each.removesuffix("_2027") for each in line["cards"]} else "wrong card"


def report(outcomes: list[Outcome], show: set[str]) -> None:
    """Print shares by kind and style, and the questions of the verdicts to be shown."""
    for name, share in shares(outcomes).items():
        print(f"{name:40} {share:6.1%}")
    scoped = [each for each in outcomes if _kind(each.line) == "in scope"]
    if scoped:
        print(f"{'service item right':40} {sum(each.service_is_right for each in scoped) / len(scoped):6.1%}")
    for style in dict.fromkeys(each.line.get("style", "") for each in scoped):
        of_style = [each for each in scoped if each.line.get("style", "") == style]
        right = sum(each.verdict == "right card" for each in of_style)
        print(f"  {style:12} n={len(of_style):4} right {right / len(of_style):6.1%}")
    times = sorted(each.latency_ms for each in outcomes)
    print(f"latency ms p50 {statistics.median(times):.1f} p95 {times[int(len(times) * 0.95)]:.1f}")
    for each in outcomes:
        if any(word in each.verdict for word in show):
            _print_outcome(each)


def _print_outcome(each: Outcome) -> None:
    options = ",".join(card for card, _ in each.answer.options)
    wanted = "/".join(each.line.get("cards", [])) or each.line["action"]
    given = each.answer.card_id or each.answer.label
    print(
        f"[{each.verdict}] {each.line['question']} | want {wanted}"
        f" | {given} {each.answer.confidence:.2f} {options} {each.answer.lead[:40]}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", nargs="+", type=Path)
    parser.add_argument("--index", type=Path, help="an instance's index; its cards are replaced by the shipped ones")
    parser.add_argument("--show", default="", help="verdicts to list, such as wrong,handed")
    parser.add_argument("--on", type=date.fromisoformat, default=MEASURED_ON)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        answerer = answerer_over(given.index or Path(scratch))
        answerer.answer("预热", given.on)
        report(measure(answerer, lines_of(*given.questions), given.on), set(filter(None, given.show.split(","))))


if __name__ == "__main__":
    main()
