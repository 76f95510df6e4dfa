"""What typos cost: labelled questions as they are and with same-sounding characters (同音错字), repaired or not.

    python -m benchmarks.typos FOLDER… [--split dev] [--share 1.0] [--seed 7] [--semantic FILE]

``--share`` is the part of the questions that gets typos, one or two each. A typo is a word of two characters replaced
by another common word of the same pinyin where there is one, as an input method would, else a common character of the
same syllable. The same seed gives the same typos. ``--semantic`` also searches by meaning; FILE keeps the vectors.
"""

from __future__ import annotations

import argparse
import functools
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from knowledge import search as searching
from knowledge.evaluate import LabelledSet, read_set, reciprocal_rank
from knowledge.search import Search
from knowledge.tokenise import is_han

DAY = date(2026, 11, 23)
# Only what people know: the so many commonest characters and words of the stock list.
COMMON_SIGNS, COMMON_WORDS = 3_000, 40_000


@dataclass(frozen=True)
class Homophones:
    """Common words of two characters and common characters by their sound, the commonest first."""

    words: Mapping[tuple[str, ...], Sequence[str]]
    signs: Mapping[tuple[str, ...], Sequence[str]]


def mistyped(text: str, chance: random.Random) -> str:
    """The text with one or two same-sound typos; unchanged when nothing in it sounds like anything else."""
    for _ in range(chance.choice((1, 2))):
        places = [place for place, sign in enumerate(text) if is_han(sign)]
        chance.shuffle(places)
        text = next((typed for place in places if (typed := _mistyped_at(text, place, chance)) != text), text)
    return text


def _mistyped_at(text: str, place: int, chance: random.Random) -> str:
    """The text with another word or character of the same sound at this place; the same text when there is none."""
    pair = text[place : place + 2]
    others = [each for each in homophones().words.get(sound_of(pair), ()) if each != pair][:5]
    if others and chance.random() < 0.5:
        return text[:place] + chance.choice(others) + text[place + 2 :]
    sign = text[place]
    signs = [each for each in homophones().signs.get(sound_of(sign), ()) if each != sign][:5]
    return text[:place] + chance.choice(signs) + text[place + 1 :] if signs else text


@functools.cache
def homophones() -> Homophones:
    """Made from the word list of jieba, which counts words in a large body of text."""
    import jieba

    listed: dict[str, int] = jieba.Tokenizer().gen_pfdict(jieba.Tokenizer().get_dict_file())[0]
    by_sign: Counter[str] = Counter()
    for word, count in listed.items():
        by_sign.update({sign: count for sign in word if is_han(sign)})
    pairs = Counter({word: count for word, count in listed.items() if len(word) == 2 and all(map(is_han, word))})
    signs = [sign for sign, _ in by_sign.most_common(COMMON_SIGNS)]
    return Homophones(_by_sound([pair for pair, _ in pairs.most_common(COMMON_WORDS)]), _by_sound(signs))


def _by_sound(texts: Sequence[str]) -> dict[tuple[str, ...], list[str]]:
    found: dict[tuple[str, ...], list[str]] = {}
    for text in texts:
        found.setdefault(sound_of(text), []).append(text)
    return found


@functools.lru_cache(maxsize=200_000)
def sound_of(text: str) -> tuple[str, ...]:
    """The syllables of a word, without tones."""
    import pypinyin

    read: Any = pypinyin.lazy_pinyin(text, errors="ignore")
    return tuple(str(each) for each in read)


def typed(labelled: LabelledSet, share: float, seed: int) -> dict[str, str]:
    """The questions, this share of them (spread evenly by chance) with typos."""
    chance = random.Random(seed)
    return {
        key: mistyped(labelled.questions[key], chance) if chance.random() < share else labelled.questions[key]
        for key in sorted(labelled.relevant)
    }


def mrr(search: Search, questions: Mapping[str, str], labelled: LabelledSet) -> float:
    """Mean reciprocal rank of the first ten."""
    ranks = [
        reciprocal_rank([hit.passage.passage_id for hit in search.find(questions[key], on=DAY)], relevant)
        for key, relevant in labelled.relevant.items()
    ]
    return sum(ranks) / len(ranks)


def rows(search: Search, labelled: LabelledSet, share: float, seed: int) -> Iterator[str]:
    clean = {key: labelled.questions[key] for key in labelled.relevant}
    with_typos = typed(labelled, share, seed)
    for label, below in (("without repair", 0.0), ("with repair", searching.REPAIR_BELOW)):
        searching.REPAIR_BELOW = below
        before, after = mrr(search, clean, labelled), mrr(search, with_typos, labelled)
        yield f"{label:16} clean {before:.4f}   typos {after:.4f}   cost {before - after:+.4f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--split", default="dev")
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    for folder in arguments.folders:
        labelled = read_set(folder, arguments.split)
        with tempfile.TemporaryDirectory() as scratch:
            search = Search.over(labelled.passages, Path(scratch))
            for row in rows(search, labelled, arguments.share, arguments.seed):
                print(f"{folder.name:12} {row}", flush=True)


if __name__ == "__main__":
    main()
