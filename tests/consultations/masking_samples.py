"""Personal data as people type it, and harmless texts that look like it; every number is drawn at random.

Forms and frames are written by hand. A secret is compared without spaces, full width and numerals in characters: what
matters is whether somebody reading the masked text could still put it together.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from consultations.masking import is_bank_card

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CHINESE = "零一二三四五六七八九"
_CAPITAL = "零壹贰叁肆伍陆柒捌玖"


@dataclass(frozen=True)
class Sample:
    """A text with one secret; `core` is what must not be left together."""

    kind: str
    text: str
    core: str

    def is_masked_in(self, masked: str) -> bool:
        return self.core not in bare(masked)


def bare(text: str) -> str:
    """The text as a patient reader would put it together."""
    half = "".join(chr(ord(each) - 0xFEE0) if "！" <= each <= "～" else each for each in text)
    for digits in (_CHINESE, _CAPITAL, "〇幺两三四五六七八九"):
        half = half.translate(str.maketrans(digits, "0123456789"))
    return re.sub(r"[\s\-.·()（）]", "", half).lower()


# ---- numbers


def id_card(rng: random.Random) -> str:
    body = f"{rng.choice((11, 31, 32, 44, 50, 51, 61))}{rng.randint(1, 40):02d}{rng.randint(1, 30):02d}"
    body += f"{rng.randint(1950, 2010)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}{rng.randint(0, 999):03d}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11]


def mobile(rng: random.Random) -> str:
    return f"1{rng.choice('3456789')}{rng.randint(0, 999999999):09d}"


def area_and_number(rng: random.Random) -> tuple[str, str]:
    area = rng.choice(("010", "023", "021", "0755", "0571", "0931"))
    return (
        area,
        f"{rng.randint(2, 8)}{rng.randint(0, 9999999 if len(area) == 3 else 999999):0{7 if len(area) == 3 else 6}d}",
    )


def credit_code(rng: random.Random) -> str:
    body = rng.choice(("91", "92", "93", "12", "52")) + f"{rng.randint(110000, 659999)}"
    body += "".join(rng.choice(_CREDIT) for _ in range(9))
    return body + _CREDIT[(31 - sum(_CREDIT.index(c) * pow(3, at, 31) for at, c in enumerate(body)) % 31) % 31]


def bank_card(rng: random.Random) -> str:
    body = rng.choice(("62", "43", "52")) + "".join(str(rng.randint(0, 9)) for _ in range(rng.choice((13, 16))))
    return next(body + str(last) for last in range(10) if is_bank_card(body + str(last)))


# ---- the ways to type them


def wide(text: str) -> str:
    return "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text)


def chinese(digits: str) -> str:
    return digits.translate(str.maketrans("0123456789", _CHINESE))


def capital(digits: str) -> str:
    return digits.translate(str.maketrans("0123456789", _CAPITAL))


def grouped(text: str, *sizes: int, by: str = " ") -> str:
    pieces: list[str] = []
    at = 0
    for size in itertools.chain(sizes, itertools.repeat(sizes[-1])):
        if at >= len(text):
            return by.join(pieces)
        pieces.append(text[at : at + size])
        at += size
    raise AssertionError


Way = Callable[[str], str]
_ID_WAYS: tuple[Way, ...] = (
    str,
    str,
    str.lower,
    wide,
    lambda s: grouped(s, 6, 8, 4),
    lambda s: grouped(s, 6, 8, 4, by="-"),
    lambda s: grouped(s, 6, 4, 4, 4),
    lambda s: grouped(s, 3),
    chinese,
    lambda s: s[:17] + ("１" if s[17] == "X" else "X"),  # a wrong check digit: a typing mistake in a real number
)
_MOBILE_WAYS: tuple[Way, ...] = (
    str,
    str,
    lambda s: grouped(s, 3, 4, 4),
    lambda s: grouped(s, 3, 4, 4, by="-"),
    lambda s: grouped(s, 3, 4, 4, by="."),
    lambda s: grouped(s, 3, 4, 4, by="　"),
    lambda s: grouped(s, 4, 4, 3),
    lambda s: grouped(s, 5, 6),
    lambda s: grouped(s, 3, 8, by="-"),
    lambda s: grouped(s, 1),
    lambda s: f"+86{s}",
    lambda s: f"+86 {grouped(s, 3, 4, 4)}",
    lambda s: f"0086-{s}",
    lambda s: f"86 {s}",
    wide,
    lambda s: wide(grouped(s, 3, 4, 4)),
    chinese,
    lambda s: chinese(s).replace("一", "幺").replace("零", "〇"),
    capital,
    lambda s: grouped(chinese(s), 3, 4, 4),
)
_LANDLINE_WAYS: tuple[Callable[[str, str], str], ...] = (
    lambda a, n: f"{a}-{n}",
    lambda a, n: f"{a}{n}",
    lambda a, n: f"{a} {n}",
    lambda a, n: f"（{a}）{n}",
    lambda a, n: f"({a}) {n}",
    lambda a, n: f"{a}-{n[:-4]} {n[-4:]}",
    lambda a, n: f"{a} {n[:-4]}-{n[-4:]}",
    lambda a, n: f"{a}-{n}-8001",
    lambda a, n: f"{a}-{n}转8001",
    lambda a, n: f"+86 {a[1:]} {n}",
    lambda a, n: f"0086-{a[1:]}-{n}",
    lambda a, n: wide(f"{a}-{n}"),
    lambda a, n: f"{a}—{n}",
    lambda a, n: chinese(f"{a}{n}"),
)
_BARE_LANDLINES = ("座机{}", "办公电话：{}", "电话 {}", "固话是{}", "打我办公室电话{}")
_CARD_WAYS: tuple[Way, ...] = (
    str,
    str,
    lambda s: grouped(s, 4),
    lambda s: grouped(s, 4, by="-"),
    wide,
    lambda s: wide(grouped(s, 4)),
    lambda s: grouped(s, 6, 20),
    chinese,
)
_CREDIT_WAYS: tuple[Way, ...] = (
    str,
    str,
    str.lower,
    wide,
    lambda s: grouped(s, 2, 6, 9, 1),
    lambda s: grouped(s, 8, 10),
    lambda s: grouped(s, 4),
    lambda s: grouped(s, 8, 10, by="-"),
)
_MAIL_WAYS: tuple[Way, ...] = (
    str,
    str,
    str.upper,
    wide,
    lambda s: s.replace("@", "＠"),
    lambda s: s.replace("@", " @ "),
    lambda s: s.replace("@", "(at)"),
    lambda s: s.replace("@", "[at]"),
    lambda s: s.replace("@", "艾特"),
    lambda s: s.replace(".", "．"),
)
_MAIL_NAMES = ("user{}", "li.shi{}", "shili_{}", "a{}", "ip-office{}", "{}", "Zhang.S{}", "x{}+tm")
_HOSTS = ("example.com", "mail.example.cn", "example.org", "example.com.cn", "vip.example.net")

_STREETS = (
    *("示例路", "样本大道", "例子街", "样板东路", "示例一巷", "样例胡同", "示例北三环路", "科创二路", "江示例街"),
    *("示例镇样本村", "例子乡示例村", "示例小区", "样本花园", "例子公寓", "示例家园", "样本苑", "示例新村"),
    *("示例大厦", "样本广场", "例子产业园", "示例科技园", "样本写字楼", "示例工业园", "例子公馆"),
)
_REGIONS = ("", "渝北区", "重庆市渝北区", "北京市朝阳区", "广东省深圳市南山区", "示例县", "某某市高新区")
_NUMBERS = (
    *("{a}号", "{a}号{b}栋{c}室", "{a}号{b}幢{b}单元{c}", "{b}栋{c}", "{b}号楼{c}室", "{a}-{b}号", "{a}号附{b}号"),
    *(
        "{a}弄{b}号{c}室",
        "{b}座{c}室",
        "{b}单元{c}室",
        "第{b}栋{c}",
        " {a} 号 {b} 栋 {c} 室",
        "{a}号{b}楼",
        "{a}号院{b}号楼{c}",
    ),
)
_CHINESE_NUMBERS = (
    "二十三号",
    "一百零八号三栋五零二室",
    "十二号院六号楼",
    "三栋二单元五〇一室",
    "八号附六号",
    "三组十二号",
)


def _address(rng: random.Random) -> tuple[str, str]:
    street = rng.choice(_REGIONS) + rng.choice(_STREETS)
    if rng.random() < 0.15:
        number = rng.choice(_CHINESE_NUMBERS)
    else:
        number = rng.choice(_NUMBERS).format(a=rng.randint(1, 399), b=rng.randint(1, 29), c=rng.randint(101, 3299))
    if rng.random() < 0.15:
        number = wide(number)
    return f"{street}{number}", number


_FRAMES = (
    *(
        "{}",
        "我的是{}，请联系",
        "麻烦记一下：{}。",
        "{}谢谢",
        "（{}）",
        "a {} b",
        "请回复到{}，急！",
        "这是我的：{}\n商标续展怎么办",
    ),
    *(
        "您好，我想问专利年费，{}，等您回电",
        "示例公司，{}，想办质押",
        "王一{}",
        "王先生 {}",
        "{}这个对吗？",
        "改成{}了，原来的不用",
    ),
    *("2026年11月26日下午三点以后{}都可以", "我们一共3件商标，{}", "依据第33条，{}"),
)
_LABELS = {
    "id": ("", "身份证号", "身份证：", "证件号码 "),
    "mobile": ("", "手机", "电话：", "微信同号", "联系方式 ", "tel:"),
    "landline": ("", "电话", "座机：", "传真 "),
    "email": ("", "邮箱", "邮件：", "email: "),
    "bank": ("", "卡号", "银行卡：", "收款账号 "),
    "credit": ("", "信用代码", "统一社会信用代码：", "税号 "),
    "address": ("", "地址：", "寄到", "公司在", "住在"),
}


def samples(n: int = 560, seed: int = 20261126) -> Iterator[Sample]:
    """`n` samples, the seven kinds in turn."""
    rng = random.Random(seed)
    makers: dict[str, Callable[[], tuple[str, str]]] = {
        "id": lambda: _way(rng, id_card(rng), _ID_WAYS),
        "mobile": lambda: _way(rng, mobile(rng), _MOBILE_WAYS),
        "landline": lambda: _landline(rng),
        "email": lambda: _way(rng, _mail(rng), _MAIL_WAYS),
        "bank": lambda: _way(rng, bank_card(rng), _CARD_WAYS),
        "credit": lambda: _way(rng, credit_code(rng), _CREDIT_WAYS),
        "address": lambda: _address(rng),
    }
    for kind, make in itertools.islice(itertools.cycle(makers.items()), n):
        typed, core = make()
        label = (
            "" if kind == "landline" and typed.startswith(("座", "办", "电", "固", "打")) else rng.choice(_LABELS[kind])
        )
        text = rng.choice(_FRAMES).format(label + typed)
        yield Sample(kind, text, bare(core))


def _way(rng: random.Random, secret: str, ways: tuple[Way, ...]) -> tuple[str, str]:
    typed = rng.choice(ways)(secret)
    return typed, (typed if "@" in secret else secret[:17])


def _mail(rng: random.Random) -> str:
    return rng.choice(_MAIL_NAMES).format(rng.randint(10, 9999)) + "@" + rng.choice(_HOSTS)


def _landline(rng: random.Random) -> tuple[str, str]:
    area, number = area_and_number(rng)
    if rng.random() < 0.2:
        return rng.choice(_BARE_LANDLINES).format(number), number
    return rng.choice(_LANDLINE_WAYS)(area, number), number


# ---- what must stay readable

_HARMLESS = (
    "依据《商标法》第{n}条，{y}-0{m}-2{m} 版",
    "专利申请号 {y}10{d6}.{m} 的审查",
    "专利号ZL{y}20{d6}.{m}",
    "ZL {y} 1 0{d6}.{m} 什么时候到期",
    "申请号{y}30{d6}X 缴费",
    "公告号 CN{d6}{m}{m}B",
    "CN1{d6}{m}A 和 CN1{d6}{m}{m}B 是同族吗",
    "PCT/CN{y}/{d6} 进入国家阶段",
    "商标注册号 {m}{d6}{m}",
    "第{m}{d6}{m}号“样例”商标被异议了",
    "工单 GD-{y}112{m}-0{n}，咨询 ZX-{y}112{m}-00{n}",
    "国知发〔{y}〕{n}号",
    "国家知识产权局公告第{n}号",
    "最高人民法院（{y}）最高法知民终{n}号",
    "（{y}）京73行初{n}{n}号判决",
    "注册资本 {m}0000000 元，{y}年11月2{m}日",
    "年费 {n}00 元、{n}50 元、1200 元，减缴 85% 后多少",
    "费用 150 300 450 60 元怎么算",
    "{y}年1{m}月{m}日到{y}年12月31日",
    "{y}.0{m}.1{m} 至 {y}.1{m}.0{m}",
    "{y}-0{m}-1{m} 14:3{m}:2{m}",
    "二〇二六年十一月二十{m}日",
    "二〇{c}{c}年第{c}号公告",
    "第一百二十{c}条和第{c}十三条有什么区别",
    "软件著作权登记号 {y}SR{d6}{m}",
    "作品登记号 国作登字-{y}-F-00{d6}{m}",
    "植物新品种权号 CNA{y}{d6}",
    "集成电路{m}层布图、电路{m}组对比怎么登记",
    "线路{m}组、思路{m}种，哪个能申请",
    "人民路的店铺能注册商标吗",
    "示例村的地理标志怎么申请",
    "广场舞音乐要授权吗，{m}首",
    "第{m}{m}类第{m}{m}0{m}群组",
    "类别 35、9、42，共 {n} 项商品",
    "尼斯分类第1{m}版，{m}{m}0{m}01",
    "维权热线 12330 和 12315",
    "检索到 {n}{n} 件专利，同族 {m}{n} 件",
    "有效期至{y}年，剩余 {n} 天",
    "IPC 分类 G06F1{m}/{n}0，H04L{n}/0{m}",
    "GB/T 29490-{y} 和 GB/T 33358",
    "标准号 ISO 5600{m}:20{m}{m}",
    "DOI 10.1{m}{n}/s{d6}",
    "ISBN 978-7-{n}-{d6}-{m}",
    "图{m}、图1{m}，权利要求 1-{n}",
    "浓度 0.{n}%，温度 {n}.{m}℃，转速 {m}000 转/分",
    "v{m}.{m}.{n} 版本的源代码提交前{m}0页",
    "订单号 {y}11260000{d6}",
    "税率 6%，{m}万元以下的小微企业",
    "A{m}栋展厅怎么走",
    "京东店铺ID {m}{d6}",
    "微信公众号 example-ip",
    "网址 www.example.com/faq/{n}",
    "example.com 域名被抢注",
    "look at example.com",
    "参数 a@b，版本@{n}",
)


def harmless(n: int = 275, seed: int = 20261126) -> Iterator[str]:
    """`n` texts of our trade with numbers in them, every form in turn."""
    rng = random.Random(seed)
    for form in itertools.islice(itertools.cycle(_HARMLESS), n):
        yield form.format(
            n=rng.randint(10, 99),
            m=rng.randint(1, 9),
            y=rng.randint(2005, 2026),
            d6=f"{rng.randint(100000, 999999)}",
            c=rng.choice("一二三四五六七八九"),
        )
