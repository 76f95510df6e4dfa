"""Text → `PolicyDraft` and the problems a person should look at. Parsing never fails.

Laws are read by 编/章/节/条; texts without 条 by 附件/一、/（一）/1. or, when they only have headings, by these.
Every character of the source ends in a segment; what is left out of the articles is named ``dropped`` or ``front``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from policies import metadata
from policies.draft import DraftArticle, ParseProblem, PolicyDraft, Segment, SegmentKind
from policies.layout import Level, Outline, lines_of, marker
from policies.numerals import NUMERAL, to_chinese, to_int
from policies.scan import scanning_errors
from policies.titles import TITLE_END, is_plain_title, letterhead

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ARTICLE = re.compile(rf"第\s?([{NUMERAL}]{{1,9}}|\d{{1,4}})\s?条(?:之([{NUMERAL}]{{1,3}}))?")
_HEADING = re.compile(rf"第[{NUMERAL}\d]{{1,5}}\s?(分编|编|章|节)(?=[\s\u3000]|[^\d条款项规])")
_DEPTH = {"编": 1, "分编": 2, "章": 3, "节": 4}
_RUN_ON_TITLE = re.compile(
    r"^(?:附件\s?[1一])?([^。；;：:，,]{4,40}?(?:规范|办法|规定|条例|细则|意见|通知|方案|指南)(?:[（(](?:征求意见稿|试行|草案|暂行)[)）])?)"
)


def parse(text: str, *, name: str = "") -> tuple[PolicyDraft, list[ParseProblem]]:
    """The draft of a policy text and its problems.

    Args:
        text: Any text; empty gives a draft without articles and a problem that says so.
        name: The file name without its ending, a second source for title and version; "" when there is none.
    """
    comments, rest = _without_comments(text)
    lines, marks = lines_of(rest)
    reading = _Reading(has_articles=any(_opens_article(line) for line in lines))
    reading.drop([*comments, *marks])
    printed, body = _take_title(lines, name, reading)
    for line in body:
        reading.take(line)
    draft = _with_metadata(reading, printed, name, "\n".join(comments))
    return draft, [*_problems(draft, reading), *scanning_errors("\n".join(lines))]


@dataclass
class _Node:
    key: str
    label: str
    path: tuple[str, ...]
    lines: list[str] = field(default_factory=list)
    above: tuple[_Node, ...] = ()

    @property
    def heading(self) -> str:
        """What a text below this node shows of it: （一）基础服务, or only 四、 when a whole paragraph follows."""
        return self.label + (self.lines[0] if len(self.lines) == 1 and len(self.lines[0]) <= 25 else "")

    def article(self) -> DraftArticle:
        """The finished article."""
        path = (*self.path, *(node.heading for node in self.above))
        return DraftArticle(self.key, self.label, path, "\n".join(self.lines))


@dataclass
class _Reading:
    """The state of one pass over the lines."""

    has_articles: bool
    nodes: list[_Node] = field(default_factory=list)
    front: list[str] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    headings: list[tuple[int, str]] = field(default_factory=list)
    depths: dict[int, int] = field(default_factory=dict)
    outline: Outline = field(default_factory=Outline)
    crumbs: dict[Level, str] = field(default_factory=dict)
    above: dict[Level, _Node] = field(default_factory=dict)
    article: int = 0
    skipped: list[str] = field(default_factory=list)
    in_annex: bool = False

    def last_lines(self) -> list[str]:
        """The end of the text, where a date may stand under it (落款)."""
        return self.nodes[-1].lines[-3:] if self.nodes else []

    def note(self, kind: SegmentKind, text: str) -> None:
        self.segments.append(Segment(kind, text))

    def drop(self, texts: list[str]) -> None:
        for each in texts:
            self.note("dropped", each)

    def take(self, line: str) -> None:
        """Put one line where it belongs: heading, front matter, a new article, or text of the current one."""
        bare, marks = _bare(line)
        hashes = len(line) - len(line.lstrip("#"))
        self.note("dropped", marks)
        if not bare:
            return
        for reader in (self._annex, self._article, self._heading, self._outline):
            if reader(bare, hashes):
                return
        if (not self.nodes or self.nodes[-1].key.isdigit()) and metadata.is_front_line(bare):
            self.front.append(bare)
            self.note("front", bare)
            return
        self._text(bare)

    def _article(self, bare: str, _hashes: int) -> bool:
        found = _ARTICLE.match(bare)
        if not self.has_articles or not found or self.in_annex:
            return False
        number = to_int(found[1])
        after = bare[found.end() : found.end() + 1]
        if after and not after.isspace() and number != self.article + 1:
            return False
        self.article = number
        key = f"{number}之{to_int(found[2])}" if found[2] else str(number)
        self._open(key, re.sub(r"\s", "", found[0]), bare[found.end() :].strip())
        return True

    def _heading(self, bare: str, hashes: int) -> bool:
        found = _HEADING.match(bare)
        named = bool(found) and len(bare) <= 60 and "。" not in bare and "，" not in bare
        chapter = bare in {"附则", "附 则", "总则", "附　则"}
        section = self.has_articles and (level := marker(bare)) is not None and level[0] == "section"
        short = len(bare) <= 30 and not re.search(r"[。；：，,;]", bare)
        if self.in_annex or not (named or chapter or (section and short) or (hashes and not marker(bare))):
            return False
        self._enter_heading(self._depth(found[1] if named and found else "", hashes), bare)
        return True

    def _enter_heading(self, depth: int, bare: str) -> None:
        self.headings = [each for each in self.headings if each[0] < depth]
        self.headings.append((depth, " ".join(bare.split())))
        self.note("heading", bare)
        if not self.has_articles:
            self.nodes.append(_Node(self.headings[-1][1], self.headings[-1][1], self._path()[:-1]))
            self.outline, self.crumbs, self.above = Outline(), {}, {}

    def _depth(self, kind: str, hashes: int) -> int:
        if kind:
            self.depths[hashes] = _DEPTH[kind]
            return _DEPTH[kind]
        return self.depths.get(hashes, hashes or 3)

    def _annex(self, bare: str, _hashes: int) -> bool:
        found = marker(bare)
        if found is None or found[0] != "annex" or not self.outline.expects("annex", found[1]):
            return False
        if self.has_articles and (len(bare) > 40 or "。" in bare):
            return False
        self.outline.enter("annex")
        before = [node for node in self.nodes if node.key]
        # The first annex of a text that is nothing else (a draft sent round as 附件1) adds nothing to its keys.
        self.crumbs = {"annex": f"附件{found[1]}" if before else ""}
        self.headings, self.in_annex = [], self.has_articles
        self._open(f"附件{found[1]}", found[2], bare[len(found[2]) :])
        self.above = {"annex": self.nodes[-1]} if before else {}
        return True

    def _outline(self, bare: str, _hashes: int) -> bool:
        found = marker(bare)
        if self.has_articles or found is None or found[0] == "annex":
            return False
        level, number, printed = found
        if not self.outline.expects(level, number) or not self._has_parent(level):
            self.skipped.append(bare[:12])
            return False
        self.outline.enter(level)
        key = self._key(level, number)
        self._open(key, printed.strip(), bare[len(printed) :].strip())
        self._descend(level)
        return True

    def _has_parent(self, level: Level) -> bool:
        """（一） needs a 一、 above it, unless the text has none at all so far."""
        return level != "sub" or self.outline.counts["section"] > 0 or self.outline.counts["item"] == 0

    def _key(self, level: Level, number: int) -> str:
        printed = {"section": to_chinese(number), "sub": f"({to_chinese(number)})", "item": str(number)}[level]
        order: tuple[Level, ...] = ("annex", "section", "sub", "item")
        above = order[: order.index(level)]
        self.crumbs = {each: self.crumbs[each] for each in above if each in self.crumbs} | {level: printed}
        return "".join(self.crumbs.values())

    def _descend(self, level: Level) -> None:
        """Tell the newest node what stands above it, and put it above what follows."""
        node = self.nodes[-1]
        self.above = {each: self.above[each] for each in self.crumbs if each in self.above and each != level}
        node.above = tuple(self.above.values())
        self.above[level] = node

    def _open(self, key: str, label: str, rest: str) -> None:
        self.nodes.append(_Node(key, label, self._path()))
        self.note("label", label)
        if rest:
            self._text(rest)

    def _path(self) -> tuple[str, ...]:
        return tuple(heading for _, heading in self.headings)

    def _text(self, bare: str) -> None:
        if not self.nodes:
            self.nodes.append(_Node("", "", ()))
        self.nodes[-1].lines.append(bare)
        self.note("text", bare)


def _without_comments(text: str) -> tuple[list[str], str]:
    """``(comments, text without them)``. Looks no further than the last end of a comment: time stays linear."""
    end = text.rfind("-->") + len("-->") if "-->" in text else 0
    return _COMMENT.findall(text[:end]), _COMMENT.sub("\n", text[:end]) + text[end:]


def _bare(line: str) -> tuple[str, str]:
    """``(words, marks)``: a line without the signs of Markdown around it, and these signs."""
    bare = line.strip("#* \u3000")
    return bare, line.replace(bare, "", 1) if bare else line


def _opens_article(line: str) -> bool:
    found = _ARTICLE.match(line.lstrip("# *"))
    rest = line.lstrip("# *")[found.end() : found.end() + 1] if found else ""
    return found is not None and (rest.isspace() or (to_int(found[1]) == 1 and bool(rest)))


def _take_title(lines: list[str], name: str, reading: _Reading) -> tuple[str, list[str]]:
    """``(printed title, remaining lines)``. A heading of the first degree that is no 编/章; or the first line."""
    for index, line in enumerate(lines):
        bare, marks = _bare(line)
        if line.startswith("# ") and bare and not _HEADING.match(bare) and bare not in {"附则", "附件"}:
            reading.note("title", bare)
            reading.note("dropped", marks)
            return bare, lines[:index] + lines[index + 1 :]
    named = metadata.name_parts(name)[0]
    above = letterhead(lines)
    lines = lines[len(above) :]
    for line in above:
        reading.front.append(line)
        reading.note("front", line)
    taken = _leading_title(lines) or ([lines[0]] if lines and is_plain_title(lines, named) else [])
    for line in taken:
        reading.note("title", line)
    printed = "".join(taken) or _run_on_title(lines, named) or named
    return printed, lines[len(taken) :]


def _leading_title(lines: list[str]) -> list[str]:
    """The first line, or the first two or three when only together they end like a title (…规定)."""
    for count in (1, 2, 3):
        joined = "".join(lines[:count])
        opened = any(_ARTICLE.match(line) or marker(line) for line in lines[:count])
        if len(lines) < count or len(joined) > 100 or opened or re.search(r"[。；;]|[：:]$", joined):
            return []
        if TITLE_END.search(re.sub(r"\s", "", joined)):  # 通 知, as headings are set
            return lines[:count]
    return []


def _run_on_title(lines: list[str], named: str) -> str:
    start = "".join(lines[:3])[:200]
    if named and named in metadata.short_title(start):
        return named
    found = _RUN_ON_TITLE.match(start)
    return found[1] if found else ""


def _with_metadata(reading: _Reading, printed: str, name: str, comments: str) -> PolicyDraft:
    articles = tuple(node.article() for node in _unique(reading.nodes))
    named, name_version, name_start = metadata.name_parts(name)
    front, said = "\n".join(reading.front), metadata.header(comments)
    title = metadata.short_title(printed) or named
    if metadata.is_draft(named) and not metadata.is_draft(title):
        title = named
    told = metadata.history(front)
    signed = metadata.signed_on(reading.last_lines())
    last = max((told[key] for key in ("adopted", "published") if key in told), default=signed)
    version = name_version or said.version or (last.isoformat() if last else "")
    start = said.effective or name_start
    stated = start.last if start else _not_before(told.get("effective"), version)
    closing = "\n".join(article.text for article in articles)
    preamble = "\n".join(article.text for article in articles if not article.key)
    number = metadata.doc_number(printed, front, preamble[:200], version)
    return PolicyDraft(
        title=title,
        articles=articles,
        issuer=metadata.issuer(title, number, front),
        doc_number=number,
        version=version,
        adopted_on=told.get("adopted"),
        published_on=told.get("published", signed),
        effective_from=stated,
        effective_to=said.effective_to,
        clause_from=metadata.clause_start(closing, _published(version, front)),
        is_excerpt=said.is_excerpt or bool(re.search("摘录|节选", printed + name)),
        is_draft=metadata.is_draft(title),
        superseded=said.superseded,
        repeals=metadata.repealed_titles(closing, title),
        basis=metadata.basis_titles(closing, title),
        caution=said.caution,
        front=front,
        segments=tuple(segment for segment in reading.segments if segment.text),
    )


def _not_before(day: date | None, version: str) -> date | None:
    """A stated day, unless it is older than the version: an amended text keeps the dates of its first version."""
    return day if day and day.isoformat() >= version else None


def _published(version: str, front: str) -> date | None:
    """The day 自公布之日 means: the version's, when the history knows no other version."""
    told = {day for line in front.splitlines() for day in metadata.days(line)}
    span = metadata.span(version) if version else None
    if span is None or span.first != span.last or any(abs((day - span.first).days) > 60 for day in told):
        return None
    return span.first


def _unique(nodes: list[_Node]) -> list[_Node]:
    """Nodes with keys of their own: a repeated key gets ``#2``; headings without words of their own stay out."""
    seen: dict[str, int] = {}
    kept = [node for node in nodes if node.lines or node.label]
    for node in kept:
        seen[node.key] = seen.get(node.key, 0) + 1
        if seen[node.key] > 1:
            node.key = f"{node.key}#{seen[node.key]}"
    return kept


def _problems(draft: PolicyDraft, reading: _Reading) -> list[ParseProblem]:
    problems = []
    if not draft.title:
        problems.append(ParseProblem("title", "没有找到标题；请把标题写在第一行，或写进文件名。"))
    if not any(article.text for article in draft.articles):
        problems.append(ParseProblem("structure", "没有读到正文；请检查文件内容是否完整。"))
    if not draft.version and not draft.is_draft:
        problems.append(ParseProblem("version", "没有找到通过或公布日期；请写进文件名，例如“某某办法(2026-10-08)”。"))
    if draft.caution:
        problems.append(ParseProblem("caution", draft.caution))
    return [*problems, *_numbering(draft, reading)]


def _numbering(draft: PolicyDraft, reading: _Reading) -> list[ParseProblem]:
    """Repeated and missing article numbers of a whole text, and markers out of their order."""
    repeated = [article.key for article in draft.articles if "#" in article.key]
    numbers = (
        {int(article.key) for article in draft.articles if article.key.isdigit()} if reading.has_articles else set()
    )
    missing = sorted(set(range(1, max(numbers, default=0) + 1)) - numbers) if not draft.is_excerpt else []
    problems = [
        ParseProblem("numbering", f"编号“{key.split('#')[0]}”重复出现；请对照原件核实。", where=key) for key in repeated
    ]
    if missing:
        listed = "、".join(f"第{to_chinese(number)}条" for number in missing[:5])
        more = f"等 {len(missing)} 条" if len(missing) > 5 else ""
        problems.append(ParseProblem("numbering", f"缺少{listed}{more}；如果只是摘录，请在标题里写明“摘录”。"))
    problems += [
        ParseProblem("numbering", f"“{start}…”的编号不连续，已作为正文保留；请对照原件核实。", where=start)
        for start in reading.skipped[:20]
    ]
    return problems
