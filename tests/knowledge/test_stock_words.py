from __future__ import annotations

import jieba
import pytest

from knowledge.stock_words import StockWords

LINES = ["样灯 7 n".encode(), "样灯罩 3 n".encode(), "样灯 5 n".encode(), b"zl 2 eng", "決 9 v".encode()]


def test_what_begins_words_is_known_and_seen_only_as_a_word() -> None:
    words = StockWords(LINES)
    assert words["样灯罩"] == 3
    assert words["样"] == 0
    assert words["样灯"] == 7
    assert "罩" not in words
    assert words.get("罩", 4) == 4
    with pytest.raises(KeyError):
        words["罩"]


def test_two_letters_are_not_the_character_that_lies_alike_in_memory() -> None:
    words = StockWords(LINES)
    assert (words["zl"], words["決"]) == (2, 9)
    assert "z" in words


def test_what_is_added_wins() -> None:
    words = StockWords(LINES)
    words["样灯"] = 99
    assert words["样灯"] == 99
    assert StockWords([]).get("样灯") is None


def test_jiebas_own_list_says_the_same() -> None:
    cutter = jieba.Tokenizer()
    theirs, total = cutter.gen_pfdict(cutter.get_dict_file())
    with cutter.get_dict_file() as lines:
        ours = StockWords(lines)
    assert ours.total == total
    assert [word for word, seen in theirs.items() if ours[word] != seen] == []
    assert "龘龘龘" not in ours
