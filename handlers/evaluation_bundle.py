"""The material for an evaluation by others (第三方评估): figures, a sample of sheets, hashes of all of it, in a zip.

The sample is stratified by service item, so that rare items are looked at too, and drawn with a seed: whoever has the
seed draws the same consultations from the same records, and sees that nobody picked them. Personal data is masked.
"""

from __future__ import annotations

import hashlib
import json
import random
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlmodel import Session, col

from consultations import figures
from consultations.archive import Consultation
from consultations.counted_records import Scope, consultations_in
from consultations.figures import DEFINITIONS, FIGURES
from consultations.periods import Period
from consultations.service_items import load_pack
from handlers import report_files
from handlers.case_papers import case_block, published_in
from handlers.choices import NO_ITEM_NAME
from handlers.docx import write_docx
from handlers.figure_records import records, rows_of
from handlers.make_report import Draft
from handlers.paper import Heading
from handlers.record_sheet import ROWS, TITLE, WIDTHS, sheets_of
from handlers.xlsx import Table, write_tables

HASHES = "校验清单.txt"
MOST = 1000  # sheets; more nobody reads
_READ_ME = """第三方评估材料

{outlet}  {period}

服务成效.docx、服务成效.xlsx    指标、口径、比率和各服务事项
抽样.xlsx                      抽到的咨询，每行一件
记录表.docx                    抽到的咨询的服务记录表，一件一页
指标记录.xlsx                  每个指标数的是哪些记录（编号）
典型案例.docx                  本期发布的典型案例，本人同意、他人审核（没有就没有这个文件）
抽样说明.json                  总体、每个事项抽几件、种子；用同一个种子从同样的记录能抽出同样的结果
校验清单.txt                   以上每个文件的 SHA-256，可用 sha256sum -c 核对

个人信息已遮盖。口径第 {definitions} 版，数据校验码 {sha256}。
"""


@dataclass(frozen=True)
class Sample:
    """What was drawn: consultation ids by service item, out of how many, with which seed."""

    seed: int
    ids: Mapping[str, Sequence[int]]
    totals: Mapping[str, int]

    @property
    def all_ids(self) -> list[int]:
        """Every id drawn, oldest first."""
        return sorted(each for ids in self.ids.values() for each in ids)


def draw(session: Session, scope: Scope, wanted: int, seed: int) -> Sample:
    """At least one consultation of each service item that was asked about while `wanted` allows, the others in
    proportion; all of them when there are fewer.
    """
    query = consultations_in(scope).with_only_columns(col(Consultation.service_item), col(Consultation.id))
    known, strata = load_pack().items, defaultdict(list)
    for code, key in session.connection().execute(query.order_by(col(Consultation.id))):
        strata[code if code in known else ""].append(key)
    totals = {code: len(ids) for code, ids in sorted(strata.items())}
    shares = _shares(totals, min(wanted, sum(totals.values())))
    rng = random.Random(seed)  # noqa: S311  drawn again by others, not secret
    return Sample(seed, {code: sorted(rng.sample(strata[code], n)) for code, n in shares.items() if n}, totals)


def write_bundle(session: Session, target: Path, report: Draft, sample: Sample, zone: ZoneInfo) -> int:
    """How many consultations are in it; `target` appears whole or not at all."""
    with tempfile.TemporaryDirectory(prefix="zhixun-") as name:
        folder = Path(name)
        report_files.write(folder / "服务成效.docx", report.pieces)
        report_files.write(folder / "服务成效.xlsx", report.pieces)
        found = rows_of(session, Consultation, sample.all_ids)
        sheets = sheets_of(session, zone, found)
        write_docx(folder / "记录表.docx", [each.form(report.basis.outlet) for each in sheets])
        write_tables(folder / "抽样.xlsx", [Table(TITLE, ROWS, [each.cells for each in sheets], WIDTHS)])
        write_tables(folder / "指标记录.xlsx", _figure_tables(session, report.basis.counted))
        if published_in(session, report.basis):
            report_files.write(folder / "典型案例.docx", [Heading("典型案例"), *case_block(session, report.basis)])
        (folder / "抽样说明.json").write_text(_said(sample, report.basis.period), encoding="utf-8")
        words = {"outlet": report.basis.outlet, "period": report.basis.period.name, "definitions": DEFINITIONS}
        text = _READ_ME.format(**words, sha256=report.basis.counted.sha256)
        (folder / "说明.txt").write_text(text, encoding="utf-8")
        _zip(folder, target)
    return len(found)


def _shares(totals: Mapping[str, int], n: int) -> dict[str, int]:
    """How many of each stratum: one each, then wherever the share is furthest behind; ties by code."""
    shares = dict.fromkeys(totals, 0)
    for code in sorted(totals, key=lambda each: (-totals[each], each))[:n]:
        shares[code] = 1
    for _ in range(n - sum(shares.values())):
        open_ones = [each for each in totals if shares[each] < totals[each]]
        shares[max(open_ones, key=lambda each: (totals[each] / (shares[each] + 1), each))] += 1
    return shares


def _figure_tables(session: Session, counted: figures.Counted) -> list[Table]:
    return [
        Table(FIGURES[key].name, ("记录",), [(number,) for number, _ in records(session, key, ids)], (30,))
        for key, ids in counted.ids.items()
    ]


def _said(sample: Sample, period: Period) -> str:
    names = {code: f"{code} {item.name}" for code, item in load_pack().items.items()} | {"": NO_ITEM_NAME}
    strata = [
        {"事项": names[code], "总数": total, "抽取": len(sample.ids.get(code, ()))}
        for code, total in sample.totals.items()
    ]
    said = {"报告期": period.code, "种子": sample.seed, "总数": sum(sample.totals.values()), "各事项": strata}
    return json.dumps(said, ensure_ascii=False, indent=1)


def _zip(folder: Path, target: Path) -> None:
    files = sorted(folder.iterdir())
    hashes = "".join(f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.name}\n" for each in files)
    scratch = target.with_name(f".{target.name}")
    with zipfile.ZipFile(scratch, "w", zipfile.ZIP_DEFLATED) as bundle:
        for each in files:
            bundle.write(each, each.name)
        bundle.writestr(HASHES, hashes)
    scratch.replace(target)
