"""Settings as the console shows them, and what was typed there as a change; the file itself is a port."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from consultations.file_edits import Change
from handlers.edit_files import Editable, key_of
from handlers.wish import readable, storable

SPANS = frozenset({("outlet", "working_hours"), ("conversation", "quiet_hours")})  # from one time to another
SPAN_SIGNS = r"[\s、,，;；–—~～至到-]+"
SettingKind = Literal["text", "number", "flag", "choice", "lines"]
SECTIONS: Mapping[str, str] = {
    "outlet": "网点",
    "database": "数据库",
    "search": "检索",
    "web": "网站窗口",
    "api": "开放接口",
    "imports": "导入政策",
    "sign_in": "统一身份认证",
    "telegram": "Telegram",
    "conversation": "对话",
    "retention": "保存期限",
}
# What staff call a setting, by section and key; the key stands beside it, as in the file.
NAMES: Mapping[tuple[str, str], str] = {
    ("outlet", "name"): "网点名称",
    ("outlet", "phone"): "咨询电话",
    ("outlet", "complaint_phone"): "投诉电话",
    ("outlet", "time_zone"): "时区",
    ("outlet", "working_hours"): "上下班时间",
    ("outlet", "reply_minutes"): "首次答复时限（工作分钟）",
    ("outlet", "opinion_days"): "意见、投诉答复时限（工作日）",
    ("outlet", "visit_days"): "重点企业走访周期（天，0 为不提醒）",
    ("outlet", "public_url"): "对外网址",
    ("database", "url"): "数据库地址",
    ("search", "engine"): "检索引擎",
    ("search", "semantic"): "按意思检索",
    ("web", "enabled"): "开启网站窗口",
    ("web", "host"): "监听地址",
    ("web", "port"): "监听端口",
    ("web", "allowed_origins"): "可以嵌入窗口的网站",
    ("web", "requests_per_minute"): "每个地址每分钟请求数",
    ("web", "body_kilobytes"): "一次请求最大千字节数",
    ("web", "trusted_proxies"): "反向代理的地址",
    ("api", "enabled"): "开启接口",
    ("api", "requests_per_minute"): "每个令牌每分钟请求数",
    ("api", "webhook_networks"): "事件通知可以发往的内部网段",
    ("imports", "networks"): "可以从中取政策的内部网段",
    ("sign_in", "issuer"): "认证服务的网址",
    ("sign_in", "client_id"): "应用编号",
    ("sign_in", "client_secret"): "密钥",
    ("sign_in", "claim"): "用哪一项认人",
    ("sign_in", "name"): "登录页上的称呼",
    ("telegram", "enabled"): "开启 Telegram",
    ("telegram", "token"): "机器人令牌",
    ("telegram", "token_file"): "存放令牌的文件",
    ("telegram", "base_url"): "Bot API 服务器地址",
    ("telegram", "mode"): "接收方式",
    ("telegram", "webhook_url"): "webhook 的公网地址",
    ("telegram", "webhook_secret"): "webhook 密钥",
    ("telegram", "staff_chat_id"): "工作人员群的编号",
    ("telegram", "administrators"): "可以发起推送的管理员",
    ("conversation", "question_characters"): "一条问题最多字数",
    ("conversation", "messages_per_minute"): "每人每分钟最多消息数",
    ("conversation", "quiet_hours"): "静默时段",
    ("conversation", "consent_version"): "个人信息告知书版本号",
    ("conversation", "survey_delay_minutes"): "办结后多少分钟发评价",
    ("conversation", "follow_up_days"): "办结后多少天回访",
    ("conversation", "archive_days"): "办结后多少天归档",
    ("conversation", "pushes_per_week"): "每人每周最多推送数",
    ("retention", "consultation_days"): "咨询档案保存天数",
    ("retention", "ticket_days"): "工单保存天数",
    ("retention", "opinion_days"): "意见、投诉保存天数",
    ("retention", "survey_days"): "问卷文字保存天数",
    ("retention", "message_days"): "聊天副本保存天数",
    ("retention", "inbox_days"): "原始消息保存天数",
}


@dataclass(frozen=True)
class Setting:
    """One key. `value` is what the file says (or the default), `running` what is in use until the next start, `written`
    what stands in the file itself. Of a secret all three only say whether there is one.
    """

    key: str
    meaning: str
    kind: SettingKind
    options: Sequence[str]
    default: Any
    value: Any
    running: Any
    written: Any
    is_secret: bool
    is_fixed: bool
    place: str

    @property
    def is_waiting(self) -> bool:
        """Whether the service must be started again for it."""
        return bool(self.value != self.running)


@dataclass(frozen=True)
class Section:
    """One ``[section]``."""

    name: str
    title: str
    settings: tuple[Setting, ...]

    @property
    def seen(self) -> str:
        """Names the values one looked at: of two who save, the second is told."""
        return key_of({each.key: each.written for each in self.settings})


class SettingsPort(Editable, Protocol):
    """The file of settings."""

    def sections(self) -> Sequence[Section]:
        """Everything that can be set; raises `FaultyFilesError` when the file can't be used as it is."""
        ...

    def lines_to_change(self, change: Change) -> list[str]:
        """What to write by hand, where the file can't be written."""
        ...


def name_of(section: str, key: str) -> str:
    """A setting by its name, with the key it has in the file."""
    name = NAMES.get((section, key))
    return f"{name}（{key}）" if name else key


def shown(value: object) -> str:
    """A value in words."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple | list):
        return "、".join(map(str, value)) or "（空）"
    return str(value) if value != "" else "（空）"


def typed_of(setting: Setting) -> str:
    """A value as it stands in its field."""
    if setting.kind == "flag":
        return "true" if setting.value else "false"
    return "\n".join(setting.value) if setting.kind == "lines" else str(setting.value)


def change_of(section: Section, typed: Mapping[str, str]) -> tuple[Change, list[str]]:
    """What was typed as a change of the keys that differ, and what can't be read."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    problems = []
    for each in section.settings:
        if each.is_fixed or each.key not in typed:
            continue
        text = readable(storable(typed[each.key]))
        if each.kind == "number" and not re.fullmatch(r"-?\d{1,9}", text, re.ASCII):
            problems.append(f"{name_of(section.name, each.key)}：应是整数，现在是“{text[:20]}”。")
            continue
        value = _value(section.name, each, text)
        if value != (list(each.value) if each.kind == "lines" else each.value):
            before[each.key], after[each.key] = each.written, value
    return Change("config.toml", section.name, before, after), problems


def _value(section: str, setting: Setting, text: str) -> Any:  # noqa: ANN401  whatever TOML holds
    if setting.kind == "number":
        return int(text)
    if setting.kind == "flag":
        return text == "true"
    if setting.kind == "lines":
        between = SPAN_SIGNS if (section, setting.key) in SPANS else r"\n"
        return [part.strip() for part in re.split(between, text) if part.strip()]
    return text
