"""Settings of one instance: typed, frozen, checked at start, every mistake told in plain Chinese.

An instance is one folder (``ZHIXUN_HOME`` or ``--home``) holding ``config.toml``,
database, index, originals and backups.
Secrets may stand in an environment variable (``ZHIXUN_TELEGRAM_TOKEN``) or in a file (``token_file``).
"""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from bot.setting_values import wrong_values


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
    visit_days: int = 180
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
class ApiSettings:
    """``[api]``: the HTTP interface for programs."""

    enabled: bool = True
    requests_per_minute: int = 300
    webhook_networks: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImportSettings:
    """``[imports]``: policies fetched from an address."""

    networks: tuple[str, ...] = ()


@dataclass(frozen=True)
class SignInSettings:
    """``[sign_in]``: the identity provider of the staff console, off until an issuer is given."""

    issuer: str = ""
    client_id: str = ""
    client_secret: str = ""
    claim: str = "sub"
    name: str = "统一身份认证"


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
    pushes_per_week: int = 3


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
    """Everything an instance can be told. `home` is the instance folder and `path` the file, never part of it."""

    home: Path
    path: Path | None = field(default=None, compare=False)
    port: int | None = field(default=None, compare=False)  # given on the command line, for this start only
    outlet: Outlet = field(default_factory=Outlet)
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    search: SearchSettings = field(default_factory=SearchSettings)
    web: WebSettings = field(default_factory=WebSettings)
    api: ApiSettings = field(default_factory=ApiSettings)
    imports: ImportSettings = field(default_factory=ImportSettings)
    sign_in: SignInSettings = field(default_factory=SignInSettings)
    telegram: TelegramSection = field(default_factory=TelegramSection)
    conversation: ConversationSettings = field(default_factory=ConversationSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)

    @property
    def database_url(self) -> str:
        """The address of the database, the SQLite file of this instance when none is set."""
        return self.database.url or f"sqlite:///{self.home / 'zhixun.sqlite3'}"

    @property
    def listening_port(self) -> int:
        """Where the website window listens: what the command line says, else the file."""
        return self.web.port if self.port is None else self.port

    @property
    def is_telegram_on(self) -> bool:
        """Telegram runs only when it is enabled and has a token."""
        return self.telegram.enabled and bool(self.telegram.token)


BESIDE = frozenset({"home", "path", "port"})  # fields of `Settings` that are no sections
DATABASE_VARIABLE = "ZHIXUN_DATABASE_URL"
SECRETS = {
    ("telegram", "token"): "ZHIXUN_TELEGRAM_TOKEN",
    ("database", "url"): DATABASE_VARIABLE,
    ("sign_in", "client_secret"): "ZHIXUN_SIGN_IN_SECRET",
}


def load_settings(home: Path, config: Path | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of the instance in `home`; a missing ``config.toml`` means defaults.

    Raises:
        SettingsError: The file can't be read, or a key, type or value is wrong. All problems are listed at once.
    """
    path = config or home / "config.toml"
    if config is not None and not config.exists():
        raise SettingsError([f"找不到配置文件 {config}：请检查 --config 后面的路径。"])
    return read_settings(read_source(path) if path.exists() else "", home, path, environment)


def read_settings(source: str, home: Path, path: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings a text gives the instance in `home`; `path` is where it stands, or is to stand.

    Raises:
        SettingsError: A key, type or value is wrong. All problems are listed at once.
    """
    document = _parse(source, path)
    sections = {f.name: f for f in dataclasses.fields(Settings) if f.name not in BESIDE}
    unknown = [_unknown(source, "", name, list(sections), path) for name in document if name not in sections]
    reading = _Reading(source, path, unknown, environment)
    hints = typing.get_type_hints(Settings)
    values = {name: _section(reading, hints[name], name, document.get(name, {})) for name in sections}
    if reading.problems:
        raise SettingsError(reading.problems)
    settings = _with_token_file(Settings(home=home, path=path, **values), source, path)
    problems = [place_of(source, *key, path) + text for key, text in wrong_values(settings)]
    if problems:
        raise SettingsError(problems)
    return settings


def read_source(path: Path) -> str:
    """The text of a file of settings.

    Raises:
        SettingsError: It is not UTF-8, or can't be read.
    """
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
            f"{place_of(source, section, section, path)}[{section}] 应写成一节：单独一行 [{section}]，下面写键。"
        )
        return kind()
    hints = typing.get_type_hints(kind)
    values: dict[str, Any] = {}
    for key, value in given.items():
        if key not in hints:
            problems.append(_unknown(source, section, key, list(hints), path))
            continue
        converted, wish = convert(value, hints[key])
        if wish:
            problems.append(f"{place_of(source, section, key, path)}{section}.{key} 应为{wish}，现在是 {value!r}。")
        else:
            values[key] = converted
    for (owner, key), variable in SECRETS.items():
        if owner == section and reading.environment.get(variable):
            values[key] = reading.environment[variable]
    return kind(**values)


def convert(value: object, wanted: Any) -> tuple[Any, str]:  # noqa: ANN401
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
        where = place_of(source, "telegram", "token_file", path)
        raise SettingsError([f"{where}telegram.token_file 指向的文件读不到：请检查路径与权限。"]) from error
    return dataclasses.replace(settings, telegram=dataclasses.replace(telegram, token=token))


def _unknown(source: str, section: str, key: str, known: list[str], path: Path) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    cure = f"是否想写 {close[0]}？" if close else f"可用的有：{'、'.join(known)}。"
    name = f"{section}.{key}" if section else f"[{key}]"
    return f"{place_of(source, section or key, key, path)}没有名为 {name} 的设置，{cure}"


def place_of(source: str, section: str, key: str, path: Path) -> str:
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
