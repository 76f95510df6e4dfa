"""Labelled questions sent in two or three short messages (分条发送): what the last reply answers.

    python -m benchmarks.pieces tests/relevance/dev.jsonl tests/relevance/heldout.jsonl [--questions 150]

Every question is cut at random words (fixed seed) and sent by an asker of its own through the whole turn: a second
apart, which joins them, and a minute apart, which does not. The shipped cards alone.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.answers import lines_of
from bot.application import Office, open_office
from bot.settings import Settings
from consultations import archive
from consultations.archive import Consultation
from consultations.messages import Address, Inbound
from handlers.situation import standing
from handlers.turn import take_turn
from knowledge.tokenise import words

SHORTEST, LONGEST = 6, 30  # characters of a question that people break up
SEED = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--questions", type=int, default=150)
    given = parser.parse_args()
    lines = short_questions(given.files, given.questions)
    for name, seconds in (("whole", 0), ("a second apart", 1), ("a minute apart", 60)):
        chance = random.Random(SEED)
        with tempfile.TemporaryDirectory() as folder:
            office = open_office(Settings(home=Path(folder)))
            ends = [
                talk(office, number, pieces(line["question"], chance) if seconds else [line["question"]], seconds)
                for number, line in enumerate(lines)
            ]
            office.close()
        verdicts = Counter(verdict(line, end) for line, end in zip(lines, ends, strict=True))
        print(f"{name:16} {dict(verdicts.most_common())}")


def short_questions(files: Sequence[Path], n: int) -> list[dict[str, Any]]:
    """`n` questions of one part that some card answers, the same ones every time."""
    fitting = [each for each in lines_of(*files) if each["action"] == "answer" and each.get("cards")]
    short = [each for each in fitting if not each.get("previous") and SHORTEST <= len(each["question"]) <= LONGEST]
    random.Random(SEED).shuffle(short)
    return short[:n]


def pieces(question: str, chance: random.Random) -> list[str]:
    """The question in two or three messages, cut between words."""
    cut = words(question)
    n = min(chance.choice((2, 3)), len(cut))
    places = sorted(chance.sample(range(1, len(cut)), n - 1))
    return ["".join(cut[a:b]) for a, b in zip([0, *places], [*places, len(cut)], strict=True)]


def talk(office: Office, number: int, texts: Sequence[str], seconds: int) -> Consultation:
    """The last consultation of an asker who sends these texts so many seconds apart."""
    address = Address("benchmark", str(number))
    before = office.desk.now() - timedelta(seconds=seconds * len(texts))
    for n, text in enumerate(texts):
        sent_at = before + timedelta(seconds=seconds * n)
        take_turn(Inbound(address, f"{number}/{n}", str(number), sent_at, text=text, sent_at=sent_at), office.desk)
    with office.reading() as session:
        known = standing(session, address)
        assert known is not None
        (last,) = archive.latest(session, known[0].key, 1)
        session.expunge_all()
    return last


def verdict(line: Mapping[str, Any], end: Consultation) -> str:
    """What became of a question; two versions of a card are one."""
    wanted = {each.removesuffix("_2027") for each in line["cards"]}
    if end.action == "answer":
        return "right card" if end.card_id.removesuffix("_2027") in wanted else "wrong card"
    return end.action


if __name__ == "__main__":
    main()
