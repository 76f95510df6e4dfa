"""Word files as offices have them. What is expected of automatic numbering was checked against LibreOffice 7.4."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from policies.readers import ReadText, read
from tests.policies import documents as made

level, plain, numbered = made.word_level, made.plain, made.numbered
COUNTING = "chineseCounting"
LAW = [
    level(0, COUNTING, "第%1章"),
    level(1, COUNTING, "第%2条"),
    level(2, COUNTING, "（%3）"),
    level(3, "decimal", "%4."),
]
POINTS = [level(0, "decimal", "%1"), level(1, "decimal", "%1.%2"), level(2, "decimal", "%1.%2.%3")]
BEGIN_AT = '<w:lvlOverride w:ilvl="{}"><w:startOverride w:val="{}"/></w:lvlOverride>'
LINK = '<w:numPr><w:ilvl w:val="{}"/><w:numId w:val="1"/></w:numPr>'
STYLES = made.word_styles(
    made.word_style("Zhang", LINK.format(0)),
    made.word_style("Tiao", LINK.format(1)),
    made.word_style("Sub", base="Tiao"),
    made.word_style("Off", '<w:numPr><w:numId w:val="0"/></w:numPr>', base="Tiao"),
)


def _read(*paragraphs: str, numbering: str = "", extra: dict[str, bytes] | None = None) -> ReadText:
    found = read(Path("a.docx"), made.word_file(paragraphs, numbering=numbering, extra=extra))
    assert isinstance(found, ReadText), found
    return found


def _labels(places: Sequence[tuple[int, int]], numbering: str) -> str:
    """The labels of paragraphs at these (list, level), one blank between two."""
    lines = _read(*(numbered("文", at, number) for number, at in places), numbering=numbering).text.splitlines()
    return " ".join(line.removesuffix("文").strip() for line in lines)


@pytest.mark.parametrize(
    ("spelling", "shown"),
    {
        "chineseCounting": "一 十 二十一 一百零一 一百一十",
        "chineseCountingThousand": "一 十 二十一 一百零一 一百一十",
        "ideographDigital": "一 十 二十一 一百零一 一百一十",
        "japaneseCounting": "一 十 二十一 一百零一 一百一十",
        "taiwaneseCountingThousand": "一 十 二十一 一百零一 一百一十",
        "chineseLegalSimplified": "壹 壹拾 贰拾壹 壹佰零壹 壹佰壹拾",
        "ideographTraditional": "甲 癸 21 101 110",
        "decimalEnclosedCircleChinese": "① ⑩ 21 101 110",
        "decimalZero": "01 10 21 101 110",
        "upperRoman": "I X XXI CI CX",
        "lowerLetter": "a j u wwww fffff",
        "decimal": "1 10 21 101 110",
    }.items(),
)
def test_numbers_are_spelled_as_word_prints_them(spelling: str, shown: str) -> None:
    starts = (1, 10, 21, 101, 110)
    numbering = made.word_lists([level(0, spelling, "[%1]")], *(BEGIN_AT.format(0, start) for start in starts))
    assert _labels([(number, 0) for number in range(2, 7)], numbering) == " ".join(
        f"[{each}]" for each in shown.split()
    )


@pytest.mark.parametrize(
    ("places", "numbering", "shown"),
    [
        ([(1, 0), (1, 1), (1, 2), (1, 2), (1, 1), (1, 2), (1, 0), (1, 1)], made.word_lists(LAW),
         "第一章 第一条 （一） （二） 第二条 （一） 第二章 第一条"),
        ([(1, 0), (1, 1), (1, 2), (1, 2), (1, 1), (1, 2), (1, 0), (1, 1)], made.word_lists(POINTS),
         "1 1.1 1.1.1 1.1.2 1.2 1.2.1 2 2.1"),
        ([(1, 1), (1, 1), (1, 0), (1, 1)], made.word_lists(POINTS), "1.1 1.2 2 2.1"),
        ([(1, 0), (1, 2), (1, 2), (1, 1)], made.word_lists(POINTS), "1 1.1.1 1.1.2 1.2"),
        ([(1, 0), (1, 1), (2, 1), (2, 1), (1, 1), (2, 0)], made.word_lists(LAW, ""),
         "第一章 第一条 第二条 第三条 第四条 第二章"),
        ([(1, 1), (1, 1), (2, 1), (2, 1), (1, 1)], made.word_lists(LAW, BEGIN_AT.format(1, 5)),
         "第一条 第二条 第五条 第六条 第七条"),
        ([(1, 0), (1, 1), (2, 1), (2, 0), (2, 1)], made.word_lists(LAW, BEGIN_AT.format(0, 3)),
         "第一章 第一条 第二条 第三章 第一条"),
        ([(1, 0), (1, 1), (2, 0), (2, 1), (2, 1)],
         made.word_lists(LAW, f'<w:lvlOverride w:ilvl="1">{level(1, "decimal", "%2、", start=3)}</w:lvlOverride>'),
         "第一章 第一条 第二章 3、 4、"),
        ([(1, 0), (1, 0)], made.word_lists([level(0, "decimal", "%1.", start=None)]), "0. 1."),
        ([(1, 0), (9, 0), (1, 0)], made.word_lists(LAW), "第一章  第二章"),
        ([(1, 0), (0, 0), (1, 0)], made.word_lists(LAW), "第一章  第二章"),
        # LibreOffice 7.4 does not know these two; Word does (ECMA-376 part 1, 17.9.4 and 17.9.10).
        ([(1, 0), (1, 1)], made.word_lists([LAW[0], level(1, "decimal", "%1.%2", extra="<w:isLgl/>")]), "第一章 1.1"),
        ([(1, 0), (1, 1), (1, 0), (1, 1)],
         made.word_lists([LAW[0], level(1, COUNTING, "第%2条", extra='<w:lvlRestart w:val="0"/>')]),
         "第一章 第一条 第二章 第二条"),
    ],
)  # fmt: skip
def test_lists_count_as_word_counts(places: Sequence[tuple[int, int]], numbering: str, shown: str) -> None:
    assert _labels(places, numbering) == shown


def test_numbering_may_come_from_the_style() -> None:
    lines = [
        numbered("甲", None, None, style="Zhang"), numbered("乙", None, None, style="Tiao"),
        numbered("丙", None, None, style="Sub"), numbered("丁", None, None, style="Off"),
        numbered("戊", 0, 0, style="Tiao"), numbered("己", 2, 1), numbered("庚", 1, None, style="Zhang"),
    ]  # fmt: skip
    assert _read(*lines, numbering=made.word_lists(LAW), extra=STYLES).text.splitlines() == [
        "第一章 甲", "第一条 乙", "第二条 丙", "丁", "戊", "（一）己", "第三条 庚",
    ]  # fmt: skip


def test_lists_may_be_defined_by_a_list_style() -> None:
    lists = (
        '<w:abstractNum w:abstractNumId="1"><w:numStyleLink w:val="L"/></w:abstractNum>'
        f'<w:abstractNum w:abstractNumId="2"><w:styleLink w:val="L"/>{"".join(LAW)}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
    )
    assert _read(numbered("甲", 1), numbering=lists).text == "第一条 甲"


def test_empty_numbered_paragraphs_count_and_are_shown() -> None:
    cells = "".join(f"<w:tc>{each}</w:tc>" for each in (numbered("", 3), plain("申请费")))
    text = _read(numbered("甲", 1), f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>", numbering=made.word_lists(LAW)).text
    assert text == "第一条 甲\n1.\t申请费"


def test_tracked_changes_are_read_as_accepted_and_told() -> None:
    gone = (
        '<w:p><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr><w:rPr><w:del/></w:rPr></w:pPr>'
        "<w:del><w:r><w:delText>删去的条文</w:delText></w:r></w:del></w:p>"
    )
    run = "<w:r><w:t>{}</w:t></w:r>".format
    moved = f"<w:p><w:moveFrom>{run('移走的字')}</w:moveFrom><w:ins>{run('插入的字')}</w:ins></w:p>"
    found = _read(numbered("甲", 1), gone, numbered("乙", 1), moved, numbering=made.word_lists(LAW))
    assert found.text == "第一条 甲\n第二条 乙\n插入的字"
    assert "修订痕迹" in found.problems[0].message


def test_a_deleted_paragraph_end_joins_two_paragraphs() -> None:
    first = "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>前半句</w:t></w:r></w:p>"
    assert _read(first, plain("后半句。")).text == "前半句后半句。"


def test_text_boxes_are_read_once() -> None:
    box = "<w:txbxContent>{}</w:txbxContent>".format(plain("框里的字"))
    drawn = (
        "<w:p><w:r><w:t>框外的字</w:t></w:r><w:r><mc:AlternateContent "
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<mc:Choice><w:drawing>{box}</w:drawing></mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r></w:p>"
    )
    assert _read(drawn).text == "框外的字\n框里的字"


def test_notes_stand_under_their_paragraph() -> None:
    notes = f'<w:footnotes {made.WORD}><w:footnote w:id="2">{plain("见附件。")}</w:footnote></w:footnotes>'.encode()
    noted = '<w:p><w:r><w:t>甲</w:t><w:footnoteReference w:id="2"/></w:r></w:p>'
    assert _read(noted, plain("乙"), extra={"word/footnotes.xml": notes}).text == "甲\n注1：见附件。\n乙"


def test_what_stands_beside_the_text_is_left_out_and_listed() -> None:
    header = f"<w:hdr {made.WORD}>{plain('内部资料')}</w:hdr>".encode()
    contents = made.word_styles(made.word_style("toc 1"))
    hidden = "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>看不见</w:t></w:r><w:r><w:t>正文</w:t></w:r></w:p>"
    found = _read(
        numbered("第一章 总则 1", None, None, style="toc 1"), hidden,
        extra={"word/header1.xml": header, "word/comments.xml": header, **contents},
    )  # fmt: skip
    assert found.text == "正文"
    assert {(each.where, each.found) for each in found.problems if each.kind == "dropped"} == {
        ("目录", "第一章 总则 1"), ("隐藏文字", "看不见"), ("页眉", "内部资料"), ("批注", "内部资料"),
    }  # fmt: skip


def test_a_frame_of_one_cell_keeps_its_paragraphs_apart() -> None:
    frame = f"<w:tbl><w:tr><w:tc>{plain('第一条 甲。')}{plain('第二条 乙。')}</w:tc></w:tr></w:tbl>"
    assert _read(frame).text == "第一条 甲。\n第二条 乙。"


def test_macros_and_pictures_are_told() -> None:
    picture = (
        "<w:p><w:r><w:t>甲</w:t></w:r><w:r><w:drawing><pic:pic "
        'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"/></w:drawing></w:r></w:p>'
    )
    found = _read(picture, extra={"word/vbaProject.bin": b"macro"})
    assert [each.message.split("；")[0] for each in found.problems] == [
        "文件里有 1 张图片，图片里的文字没有读取", "文件带有宏",
    ]  # fmt: skip


def test_the_strict_dialect_of_word_is_read() -> None:
    document = f"<w:document {made.WORD}><w:body>{plain('甲')}</w:body></w:document>".replace(
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "http://purl.oclc.org/ooxml/wordprocessingml/main",
    )
    assert _read(extra={"word/document.xml": document.encode()}).text == "甲"
