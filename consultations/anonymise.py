"""Anonymous (去标识): what was said to one person, as it may be told to everybody.

Masking leaves enough to recognise one's own; here nothing of the person stays: greetings, signatures and ways to reach
somebody go, names become 某, companies 某公司, case numbers and what else is personal becomes `GONE`, which no card may
be published with, so that somebody looks. Best effort by rules: a second person reads every card before it is public.
"""

from __future__ import annotations

import re

from consultations.masking import strike

GONE = "〔略〕"

# The commonest family names (公安部户政管理研究中心, 2020 年全国姓名报告, 前一百位), without 时、方、任、于、向 …,
# which are everyday words; compound ones apart.
_FAMILY = (
    "(?:欧阳|司马|上官|诸葛|司徒|东方|皇甫|尉迟|公孙|慕容|夏侯|"
    "[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余杜叶程魏苏吕丁沈姚卢姜崔谭陆汪范石廖贾韦"
    "夏付邹熊白孟秦邱侯江尹薛阎段雷龙黎史陶贺毛郝顾龚邵万钱严赖覃洪武莫孔])"
)
_TITLES = (
    "(?:先生|女士|小姐|老师|经理|主任|同志|律师|老板|师傅|科长|处长|局长|厂长|董事长|工程师|会计|医生|教授"
    "|总(?![是共局体有计的]))"
)
_HAN = "\u4e00-\u9fff"

_GREETING = re.compile(
    rf"^\s*(?:尊敬的)?(?:(?:{_FAMILY}[{_HAN}]{{0,2}})?{_TITLES}|客户|用户|朋友|各位|大家|亲)?[，,：:\s]*"
    r"(?:[您你](?:们)?好(?:啊|呀)?|早上好|上午好|中午好|下午好|晚上好|hello|hi)[！!，,。.~：:\s]*",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"^(?:非常)?(?:感谢|谢谢)[您你]的?(?:咨询|来信|提问|信任|支持|理解|关注|耐心等待)[^。！!\n]{0,12}[。！!，,\s]*"
    r"|^让[您你]久等了[。！!，,\s]*|^不好意思[^。！!，,\n]{0,12}[。！!，,\s]*"
)
_FAREWELL = re.compile(
    r"(?:如(?:果|有)?[您你]?(?:还|仍)?有?(?:其他|别的|任何|不明白的?|什么|疑问|问题)[^。！!\n]{0,24}"
    r"(?:联系|咨询|来电|找我|留言|告诉)[^。！!\n]{0,16}"
    r"|(?:欢迎|请)?(?:随时|再次)(?:联系|咨询|来电)[^。！!\n]{0,12}|祝(?:[您你]|好|商祺|生活|工作|生意|一切)[^。！!\n]{0,16}|此致|敬礼"
    r"|谢谢[您你]?(?:的(?:咨询|理解|支持|信任|配合))?|不客气|再见|希望(?:以上|我的)?(?:回答|答复|回复|内容)?[^。！!\n]{0,6}(?:帮助|帮到)[^。！!\n]{0,8})"
    r"[。！!~\s]*$"
)
_DATE = r"(?:\d{4}年\d{1,2}月\d{1,2}日|\d{4}[-/.]\d{1,2}[-/.]\d{1,2})"
_SIGNER = (
    rf"(?:(?:值班|经办|答复|咨询|承办|工作)人员?[:：]?\s*(?:小?{_FAMILY}[{_HAN}]{{0,2}})?"
    rf"|小{_FAMILY}|{_FAMILY}[{_HAN}]{{0,2}}{_TITLES}|[—–-]{{1,3}}\s*[{_HAN}]{{2,6}})"
)
_OFFICE = rf"[{_HAN}（）()]{{0,24}}(?:网点|窗口|中心|服务站|工作站|办公室)"
# The last line of a letter: 示例网点 小王 2026年11月26日, 值班人员：李四, —— 李老师, or the day alone.
_SIGNATURE = re.compile(
    rf"(?:{_OFFICE})?[\s，,]*{_SIGNER}[\s，,]*(?:工号\s*\d+)?\s*{_DATE}?|(?:{_OFFICE})?\s*{_DATE}"
    rf"|[{_HAN}（）()]{{0,24}}(?:网点|窗口)|.{{0,12}}工号\s*\d+"
)
_SIGNED = re.compile(
    rf"(?<=[。！!\s])[—–]{{1,3}}\s*[{_HAN}]{{1,8}}\s*$"
    rf"|(?<=[。！!])\s*(?:{_OFFICE})?[\s，,]*{_SIGNER}[\s，,]*(?:工号\s*\d+)?\s*{_DATE}?\s*$"
)

_CALLED = re.compile(rf"(?:^|(?<=[。！？!?；;\n]))\s*{_FAMILY}[{_HAN}]{{0,2}}{_TITLES}[，,：:、！!。]\s*")
_NAMED_TITLE = re.compile(rf"(?<![{_HAN}]){_FAMILY}[{_HAN}]{{0,2}}(?={_TITLES})|{_FAMILY}(?={_TITLES})")
_NAMED = re.compile(
    rf"(?P<before>我(?:叫|的名字(?:叫|是))|(?:姓名|联系人|经办人|收件人|法定代表人|法人代表|负责人|发明人|申请人|权利人)[:：]\s*|本人(?=[{_HAN}]))"
    rf"(?P<name>{_FAMILY}[{_HAN}]{{1,2}})(?=[，,。；;、（(\s]|的|$|是|在|于|电话|手机|身份证)"
)
# 某公司的王小明，: what is left once the company is gone.
_NAMED_THERE = re.compile(rf"(?<=某公司的|某单位的){_FAMILY}[{_HAN}]{{1,2}}(?=[，,。；;、（(\s]|$)")
_FAMILY_NAMED = re.compile(rf"我姓{_FAMILY}(?=[，,。；;、（(\s]|$|\d)")

_COMPANY_END = (
    "(?:集团)?(?:股份|责任)?有限(?:责任)?公司|股份公司|集团公司|专业合作社|合伙企业|"
    "(?:律师|会计师|专利|商标|知识产权代理|专利代理)事务所|经营部|商行|工作室|门市部"
)
_COMPANY = re.compile(rf"(?P<name>[{_HAN}（）()A-Za-z0-9·&]{{2,24}}?)(?P<end>{_COMPANY_END})(?:[{_HAN}]{{2,6}}分公司)?")
# What stands before a company's name in a sentence; what is left after the last of these is the name.
_BEFORE_NAME = re.compile(
    r".*(?:我们是|我是|这是|就是|我司|叫做?|名为|[给由为和与向在把被请找到对及让替帮跟归将或的是了，、。；：]|以及|作为|成立|设立|注册|登记|代理|许可|转让|授权)"
)
# Kinds of companies, not names.
_KIND = re.compile(
    r"^(?:一人|个人独资|国有独资|外商独资|外资|合资|中外合资|普通|一般|多家|几家|一家|某|本|贵|该|这家|那家|我们?|你们|他们|两家"
    r"|任何|其他|别的|所有|各类|任意|变更|改制|整体|依法|可以|能否|应当|或者|股份|责任|特殊的?普通|有|无)*$"
)

# Numbers of one case: application and publication numbers, registration numbers, file numbers, contracts.
_CASE_NUMBERS = (
    re.compile(r"(?:ZL|CN)?\s?(?:19|20)\d{2}[12389]\d{7}(?:\.\s?[\dX])?(?!\d)"),
    re.compile(r"(?:ZL|CN)\s?\d{8,12}(?:\.[\dX])?[A-Z]?\d?"),
    re.compile(r"第\s?\d{5,12}[A-Z]?\s?号"),
    re.compile(
        r"(?:申请号|注册号|登记号|专利号|案号|受理号|流水号|订单号|合同号|编号|单号|工单)[:：为是]?\s*[A-Za-z]{0,4}[\d\-]{5,20}"
    ),
    re.compile(r"[（(〔\[]\s?20\d{2}\s?[）)〕\]][\u4e00-\u9fff]{1,6}\d{1,6}[\u4e00-\u9fff]{1,3}\d{1,6}号"),
    re.compile(r"GD-\d{8}-\d{4,}|ZX-\d{8}-\d{4,}", re.IGNORECASE),
)
_ACCOUNTS = re.compile(
    r"(?:微信号?|WeChat|QQ号?|qq|vx|VX|V信|钉钉|支付宝|账号|户名|开户行)[:：是为]?\s*[A-Za-z0-9_\-]{5,30}",
    re.IGNORECASE,
)
_REACH = re.compile(
    r"电话|手机|微信|QQ|邮箱|邮件|联系|拨打|来电|致电|加我|找我|发(?:到|给|至)我?|寄(?:到|给|至)|地址|账号|卡号|扫码|二维码",
    re.IGNORECASE,
)
_MOST_COURTESIES = 12  # one after another, in front or at the end
_LONGEST_WAY = 30  # characters around a number in a sentence that only says how to reach somebody
_SENTENCES = re.compile(r"[^。！？!?；;\n]*[。！？!?；;\n]?")
_BRACKETED = re.compile(rf"[（(][^（()）]*{GONE}[^（()）]*[）)]")


def anonymous(text: str) -> str:
    """The text without the person it was said to or by; `GONE` where something personal stood within a sentence.

    Sentences that only say how to reach somebody disappear; what is left keeps its words and its lines.
    """
    said = _without_signature(_without_greeting(text.strip()))
    said = _CALLED.sub("", said)
    said = _NAMED.sub(lambda found: f"{found['before']}某某", said)
    said = _FAMILY_NAMED.sub("我", said)
    said = _NAMED_TITLE.sub("某", said)
    said = _NAMED_THERE.sub("某某", _COMPANY.sub(_company, said))
    for pattern in _CASE_NUMBERS:
        said = pattern.sub(GONE, said)
    return _tidy("".join(map(_struck, _SENTENCES.findall(said))))


def _struck(sentence: str) -> str:
    """One sentence without what is personal; nothing when all it says is how to reach somebody."""
    struck = strike(_ACCOUNTS.sub(GONE, sentence), GONE)
    if struck == sentence:
        return sentence
    struck = _BRACKETED.sub("", struck)
    says_more = len(struck.replace(GONE, "")) > _LONGEST_WAY
    return struck if says_more or not _REACH.search(sentence) or GONE not in struck else ""


def is_clean(text: str) -> bool:
    """Whether nothing was struck out of an anonymous text that somebody still has to look at."""
    return GONE not in text


def _without_greeting(text: str) -> str:
    shorter = text
    for _ in range(_MOST_COURTESIES):
        cut = shorter
        for pattern in (_GREETING, _CALLED, _THANKS):
            cut = pattern.sub("", cut, count=1) if pattern.match(cut) else cut
        if cut == shorter:
            break
        shorter = cut
    return shorter


def _without_signature(text: str) -> str:
    """The text without the lines and closing words of a letter, whatever their order."""
    shorter = text
    for _ in range(_MOST_COURTESIES):
        cut = _FAREWELL.sub("", shorter.rstrip(" \t\n，,~"))
        *above, line = cut.split("\n")
        if above and _SIGNATURE.fullmatch(line.strip()):
            cut = "\n".join(above)
        cut = _SIGNED.sub("", cut)
        if cut == shorter:
            break
        shorter = cut
    return shorter


def _company(found: re.Match[str]) -> str:
    name = found["name"]
    kept = _BEFORE_NAME.match(name)
    before = kept[0] if kept else ""
    if _KIND.match(name[len(before) :]):
        return found[0]
    return f"{before}某公司" if "公司" in found["end"] or "企业" in found["end"] else f"{before}某单位"


def _tidy(text: str) -> str:
    text = re.sub(rf"(?:{re.escape(GONE)}[，,、\s]*){{2,}}", GONE, text)
    text = re.sub(r"[ \t]+\n", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip(" \t\n，,")
