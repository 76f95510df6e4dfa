"""What a page shows of an original larger than what is looked at: its beginning, in whole characters."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from policies.compilation import Revision
from policies.originals import keep_original
from web.console.originals import LARGEST_SHOWN, LONGEST_SHOWN, shown_of

CLAUSE = "第一条 示例：在每年的规定期限以内缴纳，一共"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("shift", ["", "a", "ab", "abc"])
@pytest.mark.parametrize("end", ["\n", ""])
def test_a_long_original_is_cut_between_characters(tmp_path: Path, encoding: str, shift: str, end: str) -> None:
    content = (shift + (CLAUSE + end) * (LARGEST_SHOWN // 40)).encode(encoding)
    assert len(content) > LARGEST_SHOWN
    sha256 = hashlib.sha256(content).hexdigest()
    source = tmp_path / "示例办法.txt"
    source.write_bytes(content)
    keep_original(tmp_path, source, sha256)
    shown = shown_of(tmp_path, Revision(policy_id=1, sha256=sha256, source_name=source.name))
    assert shown is not None
    assert shown.text == (shift + (CLAUSE + end) * (LONGEST_SHOWN // 20))[:LONGEST_SHOWN]
