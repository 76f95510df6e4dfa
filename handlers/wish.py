"""What a message asks for: a verb and its argument, whether it came as a command, a button or Chinese words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from consultations.messages import Inbound


@dataclass(frozen=True)
class Wish:
    """`verb` is empty for plain words; ``unknown_command`` and ``unknown_press`` are what nobody taught us."""

    verb: str = ""
    argument: str = ""


# Verb → what people may type. The first is the command; the rest are whole messages, compared without punctuation.
WORDS: dict[str, tuple[str, ...]] = {
    "start": ("/start", "开始", "首页", "返回首页", "主菜单", "菜单"),
    "help": ("/help", "帮助", "使用帮助", "怎么用", "使用说明"),
    "ask": ("/ask", "提问", "我要提问", "我要咨询"),
    "services": ("/services", "服务清单", "服务事项", "服务列表", "服务项目", "有哪些服务", "你们有哪些服务"),
    "guides": ("/guides", "/guide", "帮我判断", "引导", "引导清单", "自助引导"),
    "human": (
        *(
            "/human",
            "转人工",
            "人工",
            "人工服务",
            "人工客服",
            "转人工服务",
            "转人工客服",
            "找人工",
            "我要人工",
            "我要转人工",
        ),
        *(
            "请转人工",
            "转接人工",
            "接人工",
            "客服",
            "真人",
            "真人客服",
            "找真人",
            "我要找真人",
            "我要找人",
            "找个人",
            "找客服",
        ),
        *(
            "工作人员",
            "找工作人员",
            "联系工作人员",
            "我要找工作人员",
            "请工作人员联系我",
            "换人工",
            "不要机器人",
            "有真人吗",
            "有没有人",
            "有没有人啊",
            "有人吗",
            "有人在吗",
            "rengong",
            "转rengong",
            "zhuanrengong",
        ),
    ),
    "unsay": ("/unsay", "撤回上一条", "撤回上一句", "删除上一条", "撤回刚才那条", "刚才那条不算"),
    "my": ("/my", "我的咨询", "我的工单", "我的记录", "查进度", "进度查询", "查询进度"),
    "privacy": ("/privacy", "个人信息", "隐私", "我的个人信息", "个人信息保护"),
    "secret": ("/secret", "保密咨询", "我要保密", "我要保密咨询", "开启保密", "匿名咨询", "我要匿名"),
    "open": ("/open", "取消保密", "取消保密咨询", "不用保密了", "取消匿名"),
    "stop": (
        *("/stop", "退订", "停止推送", "取消订阅", "不要再发了", "退订推送", "取消推送", "不收推送", "不想收推送了"),
        *("不要推送", "别再推送", "别再推送了", "别再发了", "不要再给我发消息了", "别给我发消息了", "不要给我发消息"),
        *("我要退订", "全部退订", "TD", "td", "回T退订"),  # as in text messages
    ),
    "subscribe": ("/subscribe", "订阅", "我的订阅", "我要订阅", "订阅推送", "订阅设置"),
    "consent_yes": ("同意",),
    "consent_no": ("不同意", "撤回同意"),
    "export": ("导出我的信息", "导出个人信息"),
    "erase": ("删除我的信息", "删除个人信息"),
    "surveys": ("/surveys", "问卷", "填问卷"),
    "link": ("/link", "关联渠道", "关联"),
    "assets": ("/assets", "知识产权台账", "我的台账", "期限提醒", "年费提醒", "续展提醒", "登记知识产权"),
    "match": (
        *("/match", "政策匹配", "匹配政策", "能申报什么", "我能申报什么", "能申报哪些政策", "我能申报哪些政策"),
        *(
            "能申报什么政策",
            "我能申报什么政策",
            "可以申报什么政策",
            "我可以申报什么政策",
            "可以申报哪些政策",
            "我可以申报哪些政策",
        ),
    ),
    "trainings": ("/trainings",),  # the words mean this only while there are some: `join_training.asks`
    "sign_in": ("/signin", "签到", "我要签到", "培训签到"),
    "broadcast": ("/broadcast", "群发", "发推送"),
    "broadcasts": ("/broadcasts", "推送列表"),
    "segments": ("/segments", "受众"),
    "segment": ("/segment",),
    "pushes": ("/pushes", "往期推送", "以前的推送"),
    "opinion": ("/opinion", "意见建议", "提意见", "提建议", "投诉建议"),
    "console": ("/console",),
}
IMPORT_COMMAND = "/import"  # of what stands at an address
STAFF_WORDS: dict[str, tuple[str, ...]] = {
    "claim": ("/claim", "接单"),
    "reply": ("/reply", "回复"),
    "note": ("/note", "备注"),
    "close": ("/close", "办结"),
    "check": ("/check", "待复核"),
    "quick": ("/quick", "快捷回复"),
    "show": ("/ticket", "查看工单"),
    "release": ("/release", "退回"),
    "assign": ("/assign", "派单"),
    "transfer": ("/transfer", "转网点"),
    "merge": ("/merge", "并单"),
    "reopen": ("/reopen", "重新办理"),
    "kind": ("/kind", "改类型"),
    "duty": ("/duty", "值班"),
    "absent": ("/absent", "请假"),
    "back": ("/back", "销假"),
    "tickets": ("/tickets", "工单", "工单列表", "待办"),
    "gaps": ("/gaps", "未答问题"),
    "archive": ("/archive", "查档案"),
    "why": ("/why", "为什么这样答"),
    "make_card": ("/card", "转卡片"),
    "drafts": ("/drafts", "卡片草稿"),
    "record": ("/record", "登记"),
    "unrecord": ("/unrecord",),
    "refer": ("/refer", "对接"),
    "referral": ("/referral",),
    "opinion": ("/opinion", "登记意见"),
    "opinions": ("/opinions", "意见台账"),
    "draft": ("/draft",),
    "cases": ("/cases", "典型案例"),
    "case": ("/case", "写成案例"),
    "training": ("/training", "培训"),
    "compare": ("/compare", "版本对照"),
    "policies": ("/policies", "政策"),
    "policy": ("/policy",),
    "correct": ("/correct",),
    "import_link": (IMPORT_COMMAND,),
    "broadcast": ("/broadcast", "发推送"),
    "broadcasts": ("/broadcasts", "推送"),
    "segments": ("/segments", "受众"),
    "segment": ("/segment",),
    "match": ("/match", "政策匹配"),
    "visits": ("/visits", "回访", "回访任务"),
    "visit": ("/visit",),
    "unvisited": ("/unvisited", "待走访"),
    "console": ("/console", "工作台"),
    "help": ("/help", "/start", "帮助"),
}
# What a button may carry; the argument is checked by whoever uses it.
PRESSES = frozenset(
    {
        *("start", "help", "services", "service", "human", "my", "privacy", "stop", "consent", "export", "erase"),
        *("card", "pick", "good", "bad", "score", "solved", "words", "follow", "done", "broadcast", "claim", "close"),
        *("send", "revise", "check", "quick", "insert", "prepared", "why"),
        *("guides", "guide", "step", "leave"),
        *(
            "make_card",
            "gap",
            "draft",
            "compare",
            "import",
            "policy",
            "visit",
            "link",
            "unrecord",
            "q",
            "survey",
            "secret",
            "open",
            "refer",
            "subscribe",
            "asset",
            "match",
            "assets",
            "push",
            "pushes",
            "case",
            "make_case",
            "story",
            "training",
            "trainings",
            "sign_in",
        ),
    }
)
_PUNCTUATION = re.compile(r"[\s，。！？、；：,.!?;:~～…“”\"'（）()]+")
# What can't be stored (NUL, lone surrogates) or would change how the text around it is read (bidi overrides).
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROLS = re.compile("[\x01-\x08\x0b-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def storable(text: str) -> str:
    """The text with what no database takes replaced by �; nothing else is touched."""
    return _UNSTORABLE.sub("\ufffd", text)


def readable(text: str) -> str:
    """The text as a question: without control and direction characters, trimmed."""
    return _CONTROLS.sub("", text).replace("\ufffd", "").strip()


def file_name(name: str) -> str:
    """A file's name on one line, without control and direction characters: they pass off an exe as a pdf."""
    return " ".join(readable(name).split())


def has_words(text: str) -> bool:
    """Whether there is any letter or digit to look for; emoji and punctuation alone say nothing we could search."""
    return any(unicodedata.category(each)[0] in "LN" for each in text)


def wish_of(inbound: Inbound, *, is_staff: bool = False) -> Wish:
    """What the message asks for."""
    if inbound.kind in ("choice", "vote"):
        verb, _, argument = inbound.action.partition(":")
        return Wish(verb, argument) if verb in PRESSES else Wish("unknown_press")
    if inbound.kind != "text":
        return Wish()
    words = STAFF_WORDS if is_staff else WORDS
    text = readable(inbound.text)
    if text.startswith("/"):
        return _command(text, words)
    for verb, said in _SAID_IN_THE_ROOM.items() if is_staff and not inbound.thread_key else ():
        if found := said.fullmatch(text):
            return Wish(verb, found[1])
    if not is_staff and (number := number_asked_after(text)):
        return Wish("my", number)
    code = None if is_staff else _SIGN_IN.fullmatch(text)
    return (
        Wish("sign_in", unicodedata.normalize("NFKC", code[1]))
        if code
        else Wish(_BY_WORDS[is_staff].get(_bare(text), ""))
    )


def number_asked_after(text: str) -> str:
    """The number of a ticket or consultation when a message asks how it stands and says nothing else; else empty."""
    numbers = _NUMBER.findall(text) if len(text) <= _LONGEST_ABOUT_NUMBER else []
    around = _AROUND_NUMBER.sub("", _bare(_NUMBER.sub("", text)))
    return numbers[0].upper() if len(numbers) == 1 and not around else ""


def identity(text: str) -> int | None:
    """The id in a button's argument, ``None`` when it is none; up to nine digits fit every database's integer."""
    return int(text) if re.fullmatch(r"[1-9]\d{0,8}", text, re.ASCII) else None


def _command(text: str, words: dict[str, tuple[str, ...]]) -> Wish:
    name, *rest = text.split(maxsplit=1)
    name = name.split("@")[0].lower()
    for verb, spellings in words.items():
        if name in spellings:
            return Wish(verb, rest[0].strip() if rest else "")
    # Paths such as ../etc or /2024/ are words, not commands.
    return Wish("unknown_command") if re.fullmatch(r"/[a-z_]{2,32}", name) else Wish()


# 请假 with a day behind it; in the thread of a ticket words go to the asker.
_ABSENCE = re.compile(r"请假[\s：:]+(.*(?:\d|今天|明天|后天).*)")


# 导入 with an address behind it; a link alone is something colleagues show each other.
_IMPORT = re.compile(r"导入[\s：:]*(https?://\S+)", re.IGNORECASE)


_SAID_IN_THE_ROOM = {"absent": _ABSENCE, "import_link": _IMPORT}


# A number among words that ask how it stands, as 工单GD-…到哪一步了; with anything else in it a message is a question.
_NUMBER = re.compile(r"(?:GD|ZX)-\d{8}-\d{4,9}(?!\d)", re.IGNORECASE | re.ASCII)
_LONGEST_ABOUT_NUMBER = 50
_AROUND_NUMBER = re.compile(
    r"请问|请|麻烦|帮|替|给|我们|我|您好|你好|想|要|查询|查|看|问|一下|下|工单|咨询|编号|单号|单子|号码|号|这个|这张|那个|那张|"
    r"的|是|现在|目前|办理|处理|进度|进展|状态|情况|结果|答复|回复|怎么样|怎样|如何|什么|到哪|哪|一步|步|办好|办完|好|完|"
    r"没有|有|没|得|了|吗|呢|么|啊"
)


# 签到 with the code of a training behind it.
_SIGN_IN = re.compile(r"签到码?[\s：:，,]*(\d{6})[\s。.]*")


def _bare(text: str) -> str:
    return _PUNCTUATION.sub("", unicodedata.normalize("NFKC", text[:40]))


_BY_WORDS = {
    is_staff: {spelling: verb for verb, spellings in words.items() for spelling in spellings if spelling[0] != "/"}
    for is_staff, words in ((False, WORDS), (True, STAFF_WORDS))
}
