"""Settings of one instance: typed, frozen, checked at start, every mistake told in plain Chinese.

An instance is one folder (``ZHIXUN_HOME`` or ``--home``) holding ``config.toml``,
database, index, originals and backups.
Secrets may stand in an environment variable (``ZHIXUN_TELEGRAM_TOKEN``) or in a file (``token_file``).
"""

from __future__ import annotations

import dataclasses
import difflib
import ipaddress
import os
import re
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class SettingsError(Exception):
    """The configuration can't be used; the message lists every problem with its line and its cure."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Outlet:
    """``[outlet]``: who we are."""

    name: str = "知识产权公共服务网点"
    phone: str = ""
    complaint_phone: str = ""
    time_zone: str = "Asia/Shanghai"
    working_hours: tuple[str, ...] = ("09:00", "17:30")
    reply_minutes: int = 480
    opinion_days: int = 5
    public_url: str = ""


@dataclass(frozen=True)
class DatabaseSettings:
    """``[database]``: empty url means SQLite inside the instance folder."""

    url: str = ""


@dataclass(frozen=True)
class SearchSettings:
    """``[search]``: which engine ranks, and whether meaning counts beside words."""

    engine: Literal["fast", "whoosh", "tantivy"] = "fast"
    semantic: bool = False


@dataclass(frozen=True)
class WebSettings:
    """``[web]``: the website window."""

    enabled: bool = True
    host: str = "127.0.0.1"
    port: int = 8765
    allowed_origins: tuple[str, ...] = ()
    requests_per_minute: int = 600
    body_kilobytes: int = 1024
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")


@dataclass(frozen=True)
class TelegramSection:
    """``[telegram]``: off until a token is given."""

    enabled: bool = True
    token: str = ""
    token_file: str = ""
    base_url: str = "https://api.telegram.org"
    mode: Literal["polling", "webhook"] = "polling"
    webhook_url: str = ""
    webhook_secret: str = ""
    staff_chat_id: str = ""
    administrators: tuple[str, ...] = ()


@dataclass(frozen=True)
class ConversationSettings:
    """``[conversation]``: limits and times of the talk."""

    question_characters: int = 1000
    messages_per_minute: int = 10
    quiet_hours: tuple[str, ...] = ("20:00", "08:30")
    consent_version: str = "1"
    survey_delay_minutes: int = 0
    follow_up_days: int = 7
    archive_days: int = 30


@dataclass(frozen=True)
class RetentionSettings:
    """``[retention]``: after how many days what is over is anonymised (保存期限)."""

    consultation_days: int = 1095
    ticket_days: int = 1095
    opinion_days: int = 1095
    survey_days: int = 365
    message_days: int = 90
    inbox_days: int = 7

    @property
    def periods(self) -> Mapping[str, int]:
        """Days by the name of the class, ``consultation`` for ``consultation_days``."""
        return {name.removesuffix("_days"): days for name, days in dataclasses.asdict(self).items()}


@dataclass(frozen=True)
class Settings:
    """Everything an instance can be told. `home` is the instance folder, never part of the file."""

    home: Path
    outlet: Outlet = field(default_factory=Outlet)
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    search: SearchSettings = field(default_factory=SearchSettings)
    web: WebSettings = field(default_factory=WebSettings)
    telegram: TelegramSection = field(default_factory=TelegramSection)
    conversation: ConversationSettings = field(default_factory=ConversationSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)

    @property
    def database_url(self) -> str:
        """The address of the database, the SQLite file of this instance when none is set."""
        return self.database.url or f"sqlite:///{self.home / 'zhixun.sqlite3'}"

    @property
    def is_telegram_on(self) -> bool:
        """Telegram runs only when it is enabled and has a token."""
        return self.telegram.enabled and bool(self.telegram.token)


DATABASE_VARIABLE = "ZHIXUN_DATABASE_URL"
SECRETS = {("telegram", "token"): "ZHIXUN_TELEGRAM_TOKEN", ("database", "url"): DATABASE_VARIABLE}


def load_settings(home: Path, config: Path | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of the instance in `home`; a missing ``config.toml`` means defaults.

    Raises:
        SettingsError: The file can't be read, or a key, type or value is wrong. All problems are listed at once.
    """
    path = config or home / "config.toml"
    if config is not None and not config.exists():
        raise SettingsError([f"找不到配置文件 {config}：请检查 --config 后面的路径。"])
    source = _read(path) if path.exists() else ""
    document = _parse(source, path)
    sections = {f.name: f for f in dataclasses.fields(Settings) if f.name != "home"}
    unknown = [_unknown(source, "", name, list(sections), path) for name in document if name not in sections]
    reading = _Reading(source, path, unknown, environment)
    hints = typing.get_type_hints(Settings)
    values = {name: _section(reading, hints[name], name, document.get(name, {})) for name in sections}
    if reading.problems:
        raise SettingsError(reading.problems)
    settings = _with_token_file(Settings(home=home, **values), source, path)
    problems = [_at(source, *key, path) + text for key, text in _wrong_values(settings)]
    if problems:
        raise SettingsError(problems)
    return settings


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SettingsError([f"{path} 不是 UTF-8 编码：请用 UTF-8 重新保存。"]) from None
    except OSError as error:
        raise SettingsError([f"{path} 无法读取（{error.strerror}）：请检查文件权限。"]) from error


def _parse(source: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"line (\d+)", str(error))
        line = f"第 {where[1] if where else len(source.splitlines())} 行"
        raise SettingsError(
            [f"{path} {line}不符合 TOML 格式：请检查引号、等号和方括号是否成对（{error}）。"]
        ) from error


@dataclass(frozen=True)
class _Reading:
    """What reading one file needs; `problems` grows."""

    source: str
    path: Path
    problems: list[str]
    environment: Mapping[str, str]


def _section(reading: _Reading, kind: type[Any], section: str, given: object) -> Any:  # noqa: ANN401
    """One of the section classes above, filled; what can't be used is added to the problems."""
    source, path, problems = reading.source, reading.path, reading.problems
    if not isinstance(given, dict):
        problems.append(
            f"{_at(source, section, section, path)}[{section}] 应写成一节：单独一行 [{section}]，下面写键。"
        )
        return kind()
    hints = typing.get_type_hints(kind)
    values: dict[str, Any] = {}
    for key, value in given.items():
        if key not in hints:
            problems.append(_unknown(source, section, key, list(hints), path))
            continue
        converted, wish = _convert(value, hints[key])
        if wish:
            problems.append(f"{_at(source, section, key, path)}{section}.{key} 应为{wish}，现在是 {value!r}。")
        else:
            values[key] = converted
    for (owner, key), variable in SECRETS.items():
        if owner == section and reading.environment.get(variable):
            values[key] = reading.environment[variable]
    return kind(**values)


def _convert(value: object, wanted: Any) -> tuple[Any, str]:  # noqa: ANN401
    """The value as the setting wants it and "", or what should have been written, in Chinese."""
    if typing.get_origin(wanted) is Literal:
        options = typing.get_args(wanted)
        return value, "" if value in options else "其中之一：" + "、".join(f'"{each}"' for each in options)
    if isinstance(wanted, types.GenericAlias):
        if isinstance(value, list) and all(isinstance(each, str | int) for each in value):
            return tuple(str(each) for each in value), ""
        return value, '列表，例如 ["…", "…"]'
    if wanted is str and isinstance(value, int) and not isinstance(value, bool):
        return str(value), ""  # chat ids are often written as bare numbers
    if type(value) is not wanted:
        return value, {str: "带引号的文字", int: "整数（不带引号）", bool: "true 或 false"}[wanted]
    return value, ""


def _with_token_file(settings: Settings, source: str, path: Path) -> Settings:
    telegram = settings.telegram
    if telegram.token or not telegram.token_file:
        return settings
    try:
        token = (settings.home / telegram.token_file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        where = _at(source, "telegram", "token_file", path)
        raise SettingsError([f"{where}telegram.token_file 指向的文件读不到：请检查路径与权限。"]) from error
    return dataclasses.replace(settings, telegram=dataclasses.replace(telegram, token=token))


def _wrong_values(settings: Settings) -> list[tuple[tuple[str, str], str]]:
    """Values of the right type that can't work: ``(section, key)`` and a sentence with the cure."""
    found: list[tuple[tuple[str, str], str]] = []

    def expect(ok: bool, section: str, key: str, cure: str) -> None:
        if not ok:
            found.append(((section, key), f"{section}.{key} {cure}"))

    _check_outlet(settings.outlet, expect)
    _check_conversation(settings.conversation, expect)
    _check_retention(settings.retention, expect)
    _check_telegram(settings.telegram, expect)
    _check_web(settings.web, expect)
    url = settings.database.url
    expect(
        not url or url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")),
        "database",
        "url",
        "应以 sqlite:/// 或 postgresql:// 开头，例如 postgresql://用户:口令@127.0.0.1/zhixun。",
    )
    return found


Expect = typing.Callable[[bool, str, str, str], None]


def _check_outlet(outlet: Outlet, expect: Expect) -> None:
    expect(bool(outlet.name.strip()), "outlet", "name", "不能为空：请填写网点名称。")
    expect(_is_span(outlet.working_hours), "outlet", "working_hours", '应为两个时刻，例如 ["09:00", "17:30"]。')
    expect(1 <= outlet.reply_minutes <= 100_000, "outlet", "reply_minutes", "应在 1 到 100000 分钟之间。")
    expect(1 <= outlet.opinion_days <= 60, "outlet", "opinion_days", "应在 1 到 60 个工作日之间。")
    try:
        ZoneInfo(outlet.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        expect(False, "outlet", "time_zone", '不是已知时区，中国大陆请写 "Asia/Shanghai"。')


def _check_web(web: WebSettings, expect: Expect) -> None:
    expect(0 <= web.port <= 65535, "web", "port", "应在 0 到 65535 之间（0 表示自动选择空闲端口）。")
    expect(30 <= web.requests_per_minute <= 1_000_000, "web", "requests_per_minute", "应在 30 到 1000000 之间。")
    expect(64 <= web.body_kilobytes <= 1_048_576, "web", "body_kilobytes", "应在 64 到 1048576 之间（千字节）。")
    are_addresses = all(map(_is_address, web.trusted_proxies))
    expect(are_addresses, "web", "trusted_proxies", '应是 IP 地址的列表，例如 ["127.0.0.1"]。')


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _check_conversation(talk: ConversationSettings, expect: Expect) -> None:
    expect(_is_span(talk.quiet_hours), "conversation", "quiet_hours", '应为两个时刻，例如 ["20:00", "08:30"]。')
    expect(50 <= talk.question_characters <= 4000, "conversation", "question_characters", "应在 50 到 4000 个字之间。")
    expect(1 <= talk.messages_per_minute <= 600, "conversation", "messages_per_minute", "应在 1 到 600 之间。")
    expect(
        0 <= talk.survey_delay_minutes <= 10_080, "conversation", "survey_delay_minutes", "应在 0 到 10080 分钟之间。"
    )
    expect(1 <= talk.follow_up_days <= 365, "conversation", "follow_up_days", "应在 1 到 365 天之间。")
    expect(1 <= talk.archive_days <= 3650, "conversation", "archive_days", "应在 1 到 3650 天之间。")
    expect(bool(talk.consent_version.strip()), "conversation", "consent_version", "不能为空：请写告知书版本号。")


def _check_retention(retention: RetentionSettings, expect: Expect) -> None:
    # Gaps (未答问题) look back a year; an emptied question would be missing there. Telegram repeats for a day.
    fewest = {"consultation": 366, "ticket": 366, "opinion": 366, "survey": 90, "message": 7, "inbox": 2}
    for name, days in retention.periods.items():
        is_fine = fewest[name] <= days <= 36_500
        expect(is_fine, "retention", f"{name}_days", f"应在 {fewest[name]} 到 36500 天之间。")


def _check_telegram(telegram: TelegramSection, expect: Expect) -> None:
    if not telegram.enabled:
        return
    expect(
        not telegram.token or re.fullmatch(r"\d+:[\w-]{6,}", telegram.token) is not None,
        "telegram",
        "token",
        "不像机器人令牌：应是“数字:字母数字”，请从 BotFather 重新复制。",
    )
    expect(
        telegram.base_url.startswith(("http://", "https://")), "telegram", "base_url", "应以 http:// 或 https:// 开头。"
    )
    if telegram.mode == "webhook":
        expect(
            telegram.webhook_url.startswith("https://"),
            "telegram",
            "webhook_url",
            "在 webhook 模式下必须是 https:// 地址。",
        )
        expect(
            re.fullmatch(r"[A-Za-z0-9_-]{16,256}", telegram.webhook_secret) is not None,
            "telegram",
            "webhook_secret",
            "在 webhook 模式下必须填写，16–256 位字母、数字、_ 或 -。",
        )
    for key, ids in (("staff_chat_id", (telegram.staff_chat_id,)), ("administrators", telegram.administrators)):
        fine = all(re.fullmatch(r"-?\d+", each) for each in ids if each)
        expect(fine, "telegram", key, "应是数字编号（群编号以 -100 开头）。")


def read_time(text: str) -> time:
    """``"09:00"`` as a time of day.

    Raises:
        ValueError: Not hours and minutes.
    """
    if not re.fullmatch(r"\d{1,2}:\d{2}", text):
        raise ValueError(text)
    hours, minutes = text.split(":")
    return time(int(hours), int(minutes))


def _is_span(times: tuple[str, ...]) -> bool:
    try:
        return len(times) == 2 and len({read_time(each) for each in times}) == 2
    except ValueError:
        return False


def _unknown(source: str, section: str, key: str, known: list[str], path: Path) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    cure = f"是否想写 {close[0]}？" if close else f"可用的有：{'、'.join(known)}。"
    name = f"{section}.{key}" if section else f"[{key}]"
    return f"{_at(source, section or key, key, path)}没有名为 {name} 的设置，{cure}"


def _at(source: str, section: str, key: str, path: Path) -> str:
    """``config.toml 第 12 行：``, as near as the text allows."""
    inside = ""
    for number, line in enumerate(source.splitlines(), start=1):
        header = re.match(r"\s*\[+\s*([\w.-]+)\s*\]+", line)
        if header:
            inside = header[1]
            if inside == key:
                return f"{path.name} 第 {number} 行："
        elif inside in (section, "") and re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", line):
            return f"{path.name} 第 {number} 行："
    return f"{path.name}："
