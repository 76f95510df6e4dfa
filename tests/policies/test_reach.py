"""How well official-style files are read: at least 98 % of the articles right, and no character lost silently."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from policies.intake import Prepared, prepare
from tests.policies.official import FORMATS, Written, make

SEEDS = (0, 1, 2)


def _prepared(folder: Path, written: Written) -> Prepared:
    path = folder / written.name
    path.write_bytes(written.content)
    found = prepare(path)
    assert isinstance(found, Prepared), found
    return found


def _signs(*texts: str) -> Counter[str]:
    return Counter("".join("".join(texts).split()))


@pytest.mark.parametrize("kind", FORMATS)
def test_articles_come_out_right_and_nothing_is_lost(tmp_path: Path, kind: str) -> None:
    n_right = n_articles = 0
    for seed in SEEDS:
        policy = make(seed)
        written = FORMATS[kind](policy)
        draft = (found := _prepared(tmp_path, written)).draft
        read = {each.key: "".join(each.text.split()) for each in draft.articles}
        n_right += sum(read.get(key) == "".join(text.split()) for key, text in policy.articles.items())
        n_articles += len(policy.articles)

        listed = [each.found for each in found.problems if each.kind == "dropped"]
        marks = [each.text for each in draft.segments if each.kind == "dropped"]
        headings = {heading for each in draft.articles for heading in each.path}
        bodies = [word for each in draft.articles for word in (each.label, each.text)]
        stored = _signs(draft.title, draft.front, *bodies, *headings)
        assert stored + _signs(*listed) == _signs(*policy.lines(), written.beside)
        assert set("".join(marks)) <= set("# "), "only the signs of Markdown are left out without a word"
        assert (draft.title, draft.doc_number, draft.version) == (policy.title, policy.number, "2026-10-08")
    assert n_right >= 0.98 * n_articles, f"{n_right} of {n_articles}"


def test_there_are_thirty_files_in_ten_formats() -> None:
    assert len(FORMATS) >= 10
    assert len(FORMATS) * len(SEEDS) >= 30
