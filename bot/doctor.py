"""``zhixun doctor``: every part of an instance examined, each with what is wrong and how to cure it.

The examination changes nothing: an instance that does not exist yet is not made.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from bot.failures import known_failure
from bot.settings import Settings, SettingsError, load_settings
from handlers import program

Light = Literal["ok", "note", "bad"]
SHOWN_FLAWS = 5  # of kept files
MARKS = {"ok": "[green]✓[/]", "note": "[yellow]•[/]", "bad": "[red]✗[/]"}
SMALLEST_FREE_BYTES = 500 * 1024 * 1024
NEXT_YEAR_IS_NEAR = timedelta(days=60)  # the yearly notice comes in November


@dataclass(frozen=True)
class Finding:
    """One line of the examination."""

    part: str
    light: Light
    text: str


def examine(home: Path, config: Path | None, console: Console | None = None) -> bool:
    """Print the findings; whether anything needs attention."""
    findings = list(_findings(home, config))
    table = Table("", "项目", Column("情况", overflow="fold"), title="知询体检", title_justify="left")
    for each in findings:
        table.add_row(MARKS[each.light], escape(each.part), escape(each.text))
    (console or Console()).print(table)
    return any(each.light == "bad" for each in findings)


def _findings(home: Path, config: Path | None) -> Iterator[Finding]:
    try:
        settings = load_settings(home, config)
    except SettingsError as error:
        yield from (Finding("设置", "bad", each) for each in error.problems)
        return
    has_file = config is not None or (home / "config.toml").exists()
    told = f"{config or home / 'config.toml'}" if has_file else "没有 config.toml，全部使用默认值"
    yield Finding("设置", "ok", told)
    yield from _folder(home)
    if not home.exists():
        return
    looks = {
        "数据库": _database,
        "工作日历": _calendar,
        "值班": _duty,
        "回访规则": _follow_up_rules,
        "期限规则": _asset_rules,
        "问卷": _surveys,
        "订阅": _pushes,
        "网点台账": _ledgers,
        "报告": _reports,
        "政策原件": _originals,
        "旧格式和扫描件": _programs,
        "服务清单": _service_list,
        "索引与卡片": _index_and_cards,
        "语义检索": _meaning,
        "Telegram": _telegram,
    }
    for part, look in looks.items():
        yield from _safely(part, look, settings)


def _safely(part: str, look: Callable[[Settings], Iterator[Finding]], settings: Settings) -> Iterator[Finding]:
    try:
        yield from look(settings)
    except Exception as error:  # noqa: BLE001  an examination tells of every fault, it never stops at one
        yield Finding(part, "bad", known_failure(error) or f"检查时出错：{type(error).__name__} {error}")


def _folder(home: Path) -> Iterator[Finding]:
    from bot.health import disk_of

    if not home.exists():
        yield Finding("实例文件夹", "note", f"{home} 还不存在，首次启动时会自动建立")
        return
    free = shutil.disk_usage(home).free
    is_roomy = free > SMALLEST_FREE_BYTES
    cures = ["" if is_roomy else "，磁盘空间不足，请清理"]
    if disk_of(home) == "read_only":
        cures.append("，写不进去：请检查磁盘是不是只读、文件夹的所有者和权限")
    light: Light = "bad" if any(cures) else "ok"
    yield Finding("实例文件夹", light, f"{home}，剩余空间 {free / 1e9:.1f} GB{''.join(cures)}")


def _database(settings: Settings) -> Iterator[Finding]:
    from sqlalchemy import inspect, text

    from bot.database import open_engine

    if not settings.database.url and not (settings.home / "zhixun.sqlite3").exists():
        yield Finding("数据库", "note", "还没有建立，首次启动时会自动建立")
        return
    engine = open_engine(settings.database_url)
    try:
        with engine.connect() as connection:
            tables = set(inspect(connection).get_table_names())
            counts = {
                label: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608  our own names
                for table, label in (("consultation", "咨询"), ("ticket", "工单"), ("revision", "政策版本"))
                if table in tables
            }
            waiting = "outbox_message" in tables and _stuck(connection)
            checked = _self_check(connection) if "self_check" in tables else None
    except (sqlite3.Error, OSError) as error:
        yield Finding("数据库", "bad", f"打不开：{error}。请检查文件权限或恢复备份")
        return
    finally:
        engine.dispose()
    yield Finding("数据库", "ok", f"{engine.dialect.name}，" + "，".join(f"{k} {v}" for k, v in counts.items()))
    if checked:
        yield checked
    if waiting:
        yield Finding(
            "待确认消息", "note", f"{waiting} 条推送不确定是否送达，运行 broadcast 查看，broadcast resend 编号 补发"
        )


def _self_check(connection: object) -> Finding:
    """The last night's result."""
    from sqlalchemy import Connection
    from sqlmodel import Session

    from consultations import self_checks

    assert isinstance(connection, Connection)
    with Session(connection) as session:
        last = self_checks.latest(session)
    if last is None:
        return Finding("夜间自检", "note", "还没有运行过；服务运行时每天 2:00 后自检一次，也可以现在运行 check")
    n_broken = sum(key.startswith("seal:") for key in last.findings)
    if n_broken:
        return Finding("夜间自检", "bad", f"{last.day} 发现 {n_broken} 处档案和封存对不上，运行 verify 查看")
    n_lost = sum(key.startswith("unfiled:") for key in last.findings)
    if n_lost:
        return Finding("夜间自检", "bad", f"{last.day} 发现 {n_lost} 条来信没有进入档案，请与备份核对，并报告负责人")
    if last.findings:
        return Finding("夜间自检", "note", f"{last.day} 发现 {len(last.findings)} 处互相矛盾，运行 check 查看")
    return Finding("夜间自检", "ok", f"{last.day}，卡片、事实和原文没有互相矛盾，来信都已归档，档案和封存一致")


def _stuck(connection: object) -> int:
    from sqlalchemy import Connection, text

    assert isinstance(connection, Connection)
    query = text("SELECT count(*) FROM outbox_message WHERE state = 'unsure'")
    return int(connection.execute(query).scalar_one())


def _service_list(settings: Settings) -> Iterator[Finding]:
    from bot.application import office_settings, service_list, utc_now
    from handlers.talk import office_time

    listed = service_list(settings)
    yield from (Finding("服务清单", "bad" if listed.value else "note", each) for each in listed.problems)
    if listed.value is None:
        yield Finding("服务清单", "note", "没有公布：页面 /services 要等各项都写全了才显示")
        return
    today = office_time(office_settings(settings)).day(utc_now())
    if listed.value.is_current(today):
        yield Finding("服务清单", "ok", f"{listed.value.confirmed} 核对")
    else:
        yield Finding("服务清单", "bad", f"{listed.value.confirmed} 核对的，超过一年：请逐项核对后改写 confirmed")


def _originals(settings: Settings) -> Iterator[Finding]:
    from sqlalchemy import inspect
    from sqlmodel import Session, select

    from bot.database import open_engine
    from policies.compilation import Revision
    from policies.originals import flaws

    if not settings.database.url and not (settings.home / "zhixun.sqlite3").exists():
        return
    engine = open_engine(settings.database_url)
    try:
        if not inspect(engine).has_table("revision"):
            return
        with Session(engine) as session:
            kept = dict(session.exec(select(Revision.sha256, Revision.source_name)).all())
    finally:
        engine.dispose()
    found = list(flaws(settings.home, kept))
    yield from (Finding("政策原件", *_ORIGINAL_FLAWS[each.kind](each.name)) for each in found[:SHOWN_FLAWS])
    if len(found) > SHOWN_FLAWS:
        yield Finding("政策原件", "bad", f"另有 {len(found) - SHOWN_FLAWS} 处")
    if not found:
        yield Finding("政策原件", "ok", f"{len(kept)} 份，都在，和导入时一样")


def _programs(_settings: Settings) -> Iterator[Finding]:
    from policies.readers.office import office_program
    from policies.readers.recognise import recognising_program

    office, recognising = office_program(), recognising_program()
    told = [
        "doc、wps 等旧格式由 LibreOffice 读取"
        if office
        else "没有 LibreOffice，读不了 doc、wps 等旧格式，需要时请安装",
        "扫描件由 Tesseract 识别（import --ocr）"
        if recognising
        else "没有 Tesseract 和中文数据，识别不了扫描件，需要时请安装 tesseract-ocr-chi-sim",
    ]
    yield Finding("旧格式和扫描件", "ok" if office and recognising else "note", "；".join(told))


_ORIGINAL_FLAWS: Mapping[str, Callable[[str], tuple[Light, str]]] = {
    "missing": lambda name: ("bad", f"“{name}”的原件不见了，请再导入一次这个文件，或从备份恢复 originals 文件夹"),
    "altered": lambda name: (
        "bad",
        f"“{name}”的原件和导入时不一样了，请再导入一次这个文件，或从备份恢复 originals 文件夹",
    ),
    "unfinished": lambda name: ("note", f"{name} 是一次中断的导入留下的，可以删除"),
}


def _index_and_cards(settings: Settings) -> Iterator[Finding]:
    from bot.application import cards_of, guides_of, utc_now
    from handlers.laws import known_editions
    from knowledge.check import check_cards
    from knowledge.index import Index

    cards = cards_of(settings.home)
    for problem in cards.problems:
        yield Finding("卡片", "bad", str(problem))
    for problem in guides_of(settings.home, cards).problems:
        yield Finding("引导", "bad", problem)
    index = Index.open(settings.home / "index")
    passages = list(index.passages())
    for each in check_cards(cards, passages, utc_now().date(), known=known_editions()).findings:
        if each.finding == "wrong citation":
            yield Finding("卡片", "bad", str(each))
    n_passages = len(passages)
    light: Light = "ok" if n_passages else "note"
    yield Finding(
        "索引", light, f"{n_passages} 段" if n_passages else f"为空，首次启动或 {program.name()} reindex 会建立"
    )


def _calendar(settings: Settings) -> Iterator[Finding]:
    from bot.application import utc_now
    from consultations.work_calendar import WorkCalendar

    calendar = WorkCalendar(settings.home / "calendars")
    for problem in calendar.problems:
        yield Finding("工作日历", "bad", f"{problem}改好之前沿用上一次正确的内容（没有过就用自带的）")
    today = utc_now().astimezone(ZoneInfo(settings.outlet.time_zone)).date()
    for year in {today.year, (today + NEXT_YEAR_IS_NEAR).year}:
        known = calendar.years.get(year)
        light: Light = "ok" if known and known.status == "official" else "note"
        yield Finding("工作日历", light, f"{year} 年：{calendar.state_of(year)}")


def _duty(settings: Settings) -> Iterator[Finding]:
    from consultations.duty_reading import Duty
    from consultations.permissions import Role, names_of

    duty = Duty(settings.home / "duty")
    for problem in duty.problems:
        yield Finding("值班", "bad", f"{problem}改好之前沿用上一次正确的内容（没有过，群里就谁都不能办理）")
    members = duty.book.members.values()
    if not members and duty.problems:
        return
    if not members:
        yield Finding("值班", "note", "没有工作人员名单，工单不自动派；需要时写 duty/staff.toml")
        return
    n_full_time = sum(each.employment == "full_time" for each in members)
    leader = "" if any(each.is_leader for each in members) else "，没有值班负责人（leader = true）"
    yield Finding("值班", "note" if leader else "ok", f"工作人员 {len(members)} 人，专职 {n_full_time} 人{leader}")
    needed: set[Role] = {"adviser", "reviewer"}
    if missing := names_of(needed.difference(*map(duty.book.roles_of, members))):
        yield Finding("值班", "bad", f"没有人是{'、'.join(missing)}，他们的事没人能做：请在 duty/ 里写上 roles")


def _follow_up_rules(settings: Settings) -> Iterator[Finding]:
    from consultations.follow_up_rules import RuleBook

    book = RuleBook(settings.home / "follow_ups")
    for problem in book.problems:
        yield Finding("回访规则", "bad", f"{problem}改好之前沿用上一次正确的内容（没有过就用自带的）")
    yield Finding("回访规则", "ok", f"{len(book.rules)} 条")


def _asset_rules(settings: Settings) -> Iterator[Finding]:
    from consultations.asset_rules import AssetRules

    rules = AssetRules(settings.home / "asset_rules")
    for problem in rules.problems:
        yield Finding("期限规则", "bad", f"{problem}改好之前沿用上一次正确的内容（没有过就用自带的）")
    yield Finding("期限规则", "ok", f"{len(rules.rules)} 条")


def _surveys(settings: Settings) -> Iterator[Finding]:
    from consultations.questionnaires import SurveyBook

    book = SurveyBook(settings.home / "surveys")
    for problem in book.problems:
        yield Finding("问卷", "bad", f"{problem}改好之前沿用上一次正确的内容")
    yield Finding("问卷", "ok", f"{len(book.by_id)} 份")


def _reports(settings: Settings) -> Iterator[Finding]:
    from consultations.targets import read_targets
    from handlers.report_template import TemplateError
    from handlers.scheduled_reports import read_schedule
    from handlers.self_evaluation import read_criteria

    targets, drafts = read_targets(settings.home), read_schedule(settings.home)
    for problem in (*targets.problems, *drafts.problems):
        yield Finding("报告", "bad", f"{problem}改好之前沿用上一次正确的内容")
    try:
        n_criteria = len(read_criteria(settings.home))
    except TemplateError as error:
        yield from (Finding("报告", "bad", f"{each}改好之前不能出具自我评估") for each in error.problems)
        return
    told = (
        f"目标 {len(targets.by_period)} 个报告期，定期草稿 {len(drafts.value or ())} 种，自我评估指标 {n_criteria} 项"
    )
    yield Finding("报告", "ok", told)


def _pushes(settings: Settings) -> Iterator[Finding]:
    from consultations.push_book import FACET_NAMES, PushBook

    book = PushBook(settings.home / "pushes")
    for problem in book.problems:
        yield Finding("订阅", "bad", f"{problem}改好之前沿用上一次正确的内容（没有过就用自带的）")
    n_options = "，".join(f"{name} {len(book.value.options[facet])}" for facet, name in FACET_NAMES.items())
    yield Finding("订阅", "ok", f"可选：{n_options}；推送模板 {len(book.value.templates)} 个")


def _ledgers(settings: Settings) -> Iterator[Finding]:
    from consultations.ledger_kinds import LedgerBook

    book = LedgerBook(settings.home / "ledgers")
    for problem in book.problems:
        yield Finding("网点台账", "bad", f"{problem}改好之前沿用上一次正确的内容（没有过就用自带的）")
    yield Finding("网点台账", "ok", f"{len(book.kinds)} 种：{'、'.join(each.name for each in book.kinds.values())}")


def _meaning(settings: Settings) -> Iterator[Finding]:
    from bot.application import VECTORS
    from knowledge.index import Index
    from knowledge.meaning import Meaning, MeaningUnavailableError, bundled_model

    if not settings.search.semantic:
        return
    try:
        bundled_model()
    except MeaningUnavailableError as error:
        yield Finding("语义检索", "bad", str(error))
        return
    waiting = len(Meaning(settings.home / VECTORS).missing(Index.open(settings.home / "index").passages()))
    text = f"还有 {waiting} 段文字没有算出向量：服务运行时自动补上，或现在运行 reindex" if waiting else "已就绪"
    yield Finding("语义检索", "note" if waiting else "ok", text)


def _telegram(settings: Settings) -> Iterator[Finding]:
    telegram = settings.telegram
    if not settings.is_telegram_on:
        yield Finding("Telegram", "note", "未启用（没有令牌或已关闭）")
        return
    try:
        # The settings allow http:// and https:// only.
        with urllib.request.urlopen(f"{telegram.base_url}/bot{telegram.token}/getMe", timeout=5) as answer:  # noqa: S310
            me = json.load(answer)["result"]["username"]
    except urllib.error.HTTPError as error:
        cure = "令牌无效，请从 BotFather 重新复制" if error.code in {401, 404} else f"服务器返回 {error.code}"
        yield Finding("Telegram", "bad", cure)
        return
    except (OSError, ValueError, KeyError):
        yield Finding("Telegram", "bad", f"连不上 {telegram.base_url}：请检查网络或 telegram.base_url")
        return
    yield Finding("Telegram", "ok", f"@{me} 可以连接")
    if not telegram.staff_chat_id:
        yield Finding("Telegram", "note", "没有设置 telegram.staff_chat_id，工单只能在命令行办理")
