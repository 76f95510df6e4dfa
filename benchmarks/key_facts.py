"""Measures first answers against labelled key facts: what an asker must be told, and what would be wrong.

    python -m benchmarks.key_facts tests/relevance/final.jsonl [--index FOLDER] [--show missing,wrong]

Lines as in ``tests/relevance/README.md``. ``--index`` is an instance's index with the official texts; without it an
index of the shipped cards alone is made in a temporary folder. Citations are checked only with official texts.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.answers import MEASURED_ON, answerer_over, lines_of
from handlers.ask import compose_text
from knowledge.answer import Answerer
from knowledge.articles import Articles, articles_of
from knowledge.cards import CardCitation
from knowledge.index import Index
from knowledge.passages import Answer, Citation, Passage
from knowledge.tokenise import ranking_text


@dataclass(frozen=True)
class Told:
    """One question and what its asker read. `missing` are the key facts that were not there; `has_wrong_fact` that
    an answer given as sure holds a figure that is wrong for this question.
    """

    line: Mapping[str, Any]
    answer: Answer
    text: str
    missing: tuple[tuple[str, ...], ...]
    has_wrong_fact: bool
    latency_ms: float

    @property
    def is_complete(self) -> bool:
        """Whether every key fact stood in the first reply."""
        return not self.missing and self.answer.action in {"answer", "clarify"}


def ask_all(answerer: Answerer, lines: Iterable[Mapping[str, Any]], on: date) -> list[Told]:
    """Ask every question once, as its asker would."""
    return [_told(answerer, line, on) for line in lines]


def shares(told: Sequence[Told]) -> dict[str, float]:
    """The shares this set is judged by; the names are those of ``tests/relevance/floors.json``."""
    asked = [each for each in told if each.line["action"] == "answer"]
    escalated = [each for each in told if each.line["action"] == "escalate"]
    others = {style: _of_others(told, trap=style == "trap") for style in ("trap", "other")}
    handed_over = [each for each in told if each.answer.action == "escalate"]
    styles = {style: [each for each in asked if each.line["style"] == style] for style in _styles(asked)}
    return {
        "key facts in the first reply": _share(asked, lambda each: each.is_complete),
        "key facts in an answer given as sure": _share(
            asked, lambda each: each.is_complete and each.answer.action == "answer"
        ),
        **{f"key facts, {style}": _share(found, lambda each: each.is_complete) for style, found in styles.items()},
        "wrong fact": _share(asked, lambda each: each.has_wrong_fact),
        "sure, but a key fact missing": _share(asked, lambda each: each.answer.action == "answer" and each.missing),
        "answered or offered": _share(asked, lambda each: each.answer.action in {"answer", "clarify"}),
        "service item right": _share(asked, lambda each: each.answer.service_item in each.line["services"]),
        "must go to a person: does": _share(escalated, lambda each: each.answer.action == "escalate"),
        "sent to a person: must": _share(handed_over, lambda each: each.line["action"] == "escalate"),
        **{f"{style}, answered": _share(found, _is_answered) for style, found in others.items()},
        **{f"{style}, refused": _share(found, lambda each: not _is_offered(each)) for style, found in others.items()},
    }


def citation_shares(told: Sequence[Told], articles: Articles) -> dict[str, float]:
    """Of the citations of answers given as sure: those that exist, those in force, and answers one of whose cited
    articles is the labelled one or holds a key fact.
    """
    sure = [each for each in told if each.line["action"] == "answer" and each.answer.action == "answer"]
    cited = [(each, citation) for each in sure for citation in each.answer.citations]
    found = [
        (each, articles.cited(CardCitation(one.law, one.version, one.article, (one.quote[:20],))))
        for each, one in cited
    ]
    return {
        "citations that exist": _share(found, lambda pair: pair[1] is not None),
        "citations in force": _share(
            found, lambda pair: pair[1] is not None and pair[1].is_in_force(pair[0].answer.holds_on or MEASURED_ON)
        ),
        "answers whose citation holds the fact": _share(
            [each for each in sure if not each.missing], lambda each: _holds_fact(each, articles)
        ),
    }


def _passage(articles: Articles, cited: Citation) -> Passage | None:
    return articles.cited(CardCitation(cited.law, cited.version, cited.article, (cited.quote[:20],)))


def _holds_fact(each: Told, articles: Articles) -> bool:
    label = (each.line["law"], str(each.line["article"]))
    if any((one.law, one.article) == label for one in each.answer.citations):
        return True
    passages = [_passage(articles, one) for one in each.answer.citations]
    said = ranking_text("".join(passage.text for passage in passages if passage))
    return any(ranking_text(alternative) in said for group in each.line["facts"] for alternative in group)


def _told(answerer: Answerer, line: Mapping[str, Any], on: date) -> Told:
    started = time.perf_counter()
    answer = answerer.answer(line["question"], on, previous=line.get("previous", ""))
    elapsed = (time.perf_counter() - started) * 1000
    text = compose_text(answer)
    said = _bare(text)
    missing = tuple(tuple(group) for group in line.get("facts", []) if not any(_bare(each) in said for each in group))
    claimed = _bare("".join((answer.lead, *answer.details)))
    wrong = (
        answer.action == "answer" and bool(missing) and any(_bare(each) in claimed for each in line.get("wrong", []))
    )
    return Told(line, answer, text, missing, wrong, elapsed)


def _bare(text: str) -> str:
    return "".join(ranking_text(text).split())


def _styles(asked: Sequence[Told]) -> list[str]:
    return list(dict.fromkeys(each.line["style"] for each in asked))


def _of_others(told: Sequence[Told], *, trap: bool) -> list[Told]:
    others = [each for each in told if each.line["action"] == "out_of_scope"]
    return [each for each in others if (each.line["style"] == "trap") is trap]


def _is_answered(each: Told) -> bool:
    return each.answer.action == "answer"


def _is_offered(each: Told) -> bool:
    return each.answer.action in {"answer", "clarify"}


def _share(found: Sequence[Any], holds: Any) -> float:  # noqa: ANN401  any predicate
    return sum(bool(holds(each)) for each in found) / len(found) if found else 0.0


def _kind(each: Told) -> str:
    if each.line["action"] != "answer":
        return f"{each.line['action']} → {each.answer.action}"
    if each.has_wrong_fact:
        return "wrong"
    if each.is_complete:
        return f"complete ({each.answer.action})"
    return f"missing ({each.answer.action})"


def _print(each: Told) -> None:
    cards = each.answer.card_id or ",".join(card for card, _ in each.answer.options)
    print(
        f"[{_kind(each)}] {each.line['id']} {each.line['style']}: {each.line.get('previous', '')} "
        f"{each.line['question']}"
        f" | want {each.line.get('law', '')}{each.line.get('article', '')} {each.missing or each.line.get('label', '')}"
        f" | {each.answer.label} {each.answer.confidence:.2f} {cards} {each.answer.lead[:60]}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", nargs="+", type=Path)
    parser.add_argument("--index", type=Path, help="an instance's index; its cards are replaced by the shipped ones")
    parser.add_argument("--on", type=date.fromisoformat, default=MEASURED_ON)
    parser.add_argument("--show", default="", help="kinds to list, such as missing,wrong,trap")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        answerer = answerer_over(given.index or Path(scratch))
        answerer.answer("预热", given.on)
        told = ask_all(answerer, lines_of(*given.questions), given.on)
        rows = shares(told)
        if given.index:
            rows |= citation_shares(told, articles_of(Index.open(given.index).passages()))
    for name, share in rows.items():
        print(f"{name:42} {share:6.1%}")
    print(dict(Counter(_kind(each) for each in told)))
    times = sorted(each.latency_ms for each in told)
    print(f"latency ms p50 {statistics.median(times):.1f} p95 {times[int(len(times) * 0.95)]:.1f}")
    wanted = [each for each in given.show.split(",") if each]
    for each in told:
        if any(word in _kind(each) or word == each.line["style"] for word in wanted):
            _print(each)


if __name__ == "__main__":
    main()
