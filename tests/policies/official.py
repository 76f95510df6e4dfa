"""Makes official-style policies and writes each in ten formats, with furniture around the text as offices have it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from policies.numerals import to_chinese
from tests.policies import documents as made

_BEGINNINGS = ("申请人应当", "知识产权主管部门可以", "服务网点应当", "当事人对决定不服的，可以", "企业符合条件的，")
_ENDS = (
    "提交书面材料。",
    "在十五个工作日内办理。",
    "依照有关规定执行。",
    "自收到通知之日起六十日内申请复议。",
    "给予资助。",
)
_ITEMS = ("营业执照复印件；", "专利证书或者商标注册证；", "缴费凭证；", "其他应当提交的材料。")
_HEADER, _FOOTER = "示例市知识产权局文件", "（此件公开发布）"


@dataclass(frozen=True)
class Official:
    """A policy: chapters of (heading, articles); an article is its lines (款 and 项), without its label."""

    title: str
    number: str
    chapters: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]

    @property
    def articles(self) -> dict[str, str]:
        """Key → text, as they should come out."""
        bodies = [body for _, articles in self.chapters for body in articles]
        return {str(number): "\n".join(body) for number, body in enumerate(bodies, start=1)}

    def lines(self) -> list[str]:
        """The text as it is printed."""
        printed, number = [self.title, self.number], 0
        for chapter, (heading, articles) in enumerate(self.chapters, start=1):
            printed.append(f"第{to_chinese(chapter)}章　{heading}")
            for body in articles:
                number += 1
                printed += [f"第{to_chinese(number)}条　{body[0]}", *body[1:]]
        return printed


@dataclass(frozen=True)
class Written:
    """A file, and the words in it that a reader may leave out of the text if it lists them."""

    name: str
    content: bytes
    beside: str = ""


def make(seed: int) -> Official:
    """A policy of 4 chapters and 20 to 40 articles, some with several 款 and 项; the same for the same seed."""
    rng = random.Random(seed)
    headings = ("总则", "申请与受理", "监督管理", "附则")
    chapters = [(each, tuple(_article(rng) for _ in range(rng.randint(5, 10)))) for each in headings]
    last = ("本办法由示例市知识产权局负责解释。",), ("本办法自2026年11月1日起施行。",)
    chapters[-1] = (headings[-1], (*chapters[-1][1], *last))
    return Official(f"示例市第{to_chinese(seed + 1)}号专项管理办法", f"示知发〔2026〕{seed + 1}号", tuple(chapters))


def _article(rng: random.Random) -> tuple[str, ...]:
    lines = ["".join(rng.choice(_BEGINNINGS) + rng.choice(_ENDS) for _ in range(rng.randint(1, 3)))]
    if rng.random() < 0.3:
        lines.append(rng.choice(_BEGINNINGS) + "提交下列材料：")
        lines += [f"（{to_chinese(at)}）{text}" for at, text in enumerate(_ITEMS, start=1)]
    if rng.random() < 0.3:
        lines.append("前款规定的期限，" + rng.choice(_BEGINNINGS) + rng.choice(_ENDS))
    return tuple(lines)


def _text(encoding: str) -> Callable[[Official], Written]:
    def write(policy: Official) -> Written:
        return Written(f"{policy.title}(2026-10-08).txt", "\r\n".join(policy.lines()).encode(encoding))

    return write


def _markdown(policy: Official) -> Written:
    lines = [f"## {line}" if line.startswith("第") and "章　" in line[:6] else line for line in policy.lines()[1:]]
    return Written(f"{policy.title}(2026-10-08).md", "\n\n".join([f"# {policy.title}", *lines]).encode())


def _typed(policy: Official) -> Written:
    header = f"<w:hdr {made.WORD}>{made.plain(_HEADER)}</w:hdr>".encode()
    content = made.word_file([made.plain(line) for line in policy.lines()], extra={"word/header1.xml": header})
    return Written(f"{policy.title}(2026-10-08).docx", content, _HEADER)


def _numbered(policy: Official) -> Written:
    """Chapters and articles numbered by Word; articles count on across chapters."""
    never = '<w:lvlRestart w:val="0"/>'
    levels = [
        made.word_level(0, "chineseCounting", "第%1章"),
        made.word_level(1, "chineseCountingThousand", "第%2条", extra=never),
        made.word_level(2, "chineseCounting", "（%3）"),
    ]
    paragraphs = [made.plain(policy.title), made.plain(policy.number)]
    for heading, articles in policy.chapters:
        paragraphs.append(made.numbered(heading, 0))
        for body in articles:
            paragraphs.append(made.numbered(body[0], 1))
            paragraphs += [
                made.numbered(line.partition("）")[2], 2) if line.startswith("（") else made.plain(line)
                for line in body[1:]
            ]
    return Written(f"{policy.title}(2026-10-08).docx", made.word_file(paragraphs, numbering=made.word_lists(levels)))


def _macro(policy: Official) -> Written:
    """In one frame (a table of one cell), with a macro and a comment."""
    comment = f"<w:comments {made.WORD}><w:comment>{made.plain('请核稿')}</w:comment></w:comments>".encode()
    cell = "".join(made.plain(line) for line in policy.lines())
    extra = {"word/vbaProject.bin": b"macro", "word/comments.xml": comment}
    content = made.word_file([f"<w:tbl><w:tr><w:tc>{cell}</w:tc></w:tr></w:tbl>"], extra=extra)
    return Written(f"{policy.title}(2026-10-08).docm", content, "请核稿")


def _page(policy: Official) -> Written:
    body = "".join(f"<p>　　{line}</p>" for line in policy.lines()[1:])
    menu = "<ul><li><a href='/'>首页</a></li><li><a href='/a'>政务公开</a></li></ul>"
    page = (
        f"<html><head><meta charset='gb2312'></head><body><nav>{menu}</nav><div><h1>{policy.title}</h1>{body}</div>"
        f"<footer>{_FOOTER}</footer></body></html>"
    )
    return Written(f"{policy.title}(2026-10-08).html", page.encode("gb18030"), "首页政务公开" + _FOOTER)


def _portable(policy: Official) -> Written:
    width, height, lines, beside = 40, 30, [], ""
    for line in policy.lines():
        indented = line.replace("　", " ")
        lines += [indented[at : at + width] for at in range(0, len(indented), width)]
    pages = [lines[at : at + height] for at in range(0, len(lines), height)]
    for number, page in enumerate(pages, start=1):
        page[:] = [_HEADER, *page, f"- {number} -"]
        beside += f"{_HEADER}- {number} -"
    return Written(f"{policy.title}(2026-10-08).pdf", made.pdf_file(pages), beside)


def _slides(policy: Official) -> Written:
    slides, number = [made.slide_shape(policy.title, kind="ctrTitle") + made.slide_shape(policy.number)], 0
    for chapter, (heading, articles) in enumerate(policy.chapters, start=1):
        lines = []
        for body in articles:
            number += 1
            lines += [f"第{to_chinese(number)}条 {body[0]}", *body[1:]]
        title = made.slide_shape(f"第{to_chinese(chapter)}章 {heading}", kind="title")
        slides.append(title + made.slide_shape(*lines) + made.slide_shape(_FOOTER, kind="ftr"))
    return Written(f"{policy.title}(2026-10-08).pptx", made.slides_file(*slides), _FOOTER)


def _sheet(policy: Official) -> Written:
    """One line a row, the label in a column of its own."""
    strings = [cell for line in policy.lines() for cell in line.split("　")]
    rows, at = "", 0
    for line in policy.lines():
        n_cells = len(line.split("　"))
        rows += made.excel_row(*(f'<c t="s"><v>{index}</v></c>' for index in range(at, at + n_cells)))
        at += n_cells
    return Written(f"{policy.title}(2026-10-08).xlsx", made.excel_file({"办法": rows}, strings=strings))


FORMATS: Mapping[str, Callable[[Official], Written]] = {
    "UTF-8 text": _text("utf-8"),
    "GB18030 text": _text("gb18030"),
    "UTF-16 text without a mark": _text("utf-16-le"),
    "Markdown": _markdown,
    "Word, typed numbers": _typed,
    "Word, automatic numbers": _numbered,
    "Word with macro and frame": _macro,
    "web page": _page,
    "PDF": _portable,
    "PowerPoint": _slides,
    "Excel": _sheet,
}
