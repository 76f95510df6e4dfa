"""The sentences about typical cases (典型案例), for the client and for staff."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

CONSENT_VERSION = "1"  # raise it with every change of `consent`
PARTS: Mapping[str, str] = {
    "title": "标题",
    "needed": "需求",
    "done": "办理过程",
    "result": "结果",
    "evaluation": "评价",
}
AGREE = "同意发布"
REFUSE = "不同意发布"
WITHDRAW = "撤回案例同意"
AGREED = "谢谢，已记下您的同意。文字再有改动，我们会重新问您；想撤回，随时点下面的按钮，或发“个人信息”。"
REFUSED = "好的，不写成案例，文字已经删除，也不会再问。您的咨询和服务不受任何影响。"
WITHDRAWN = "已撤回。案例已撤下，文字已删除；已经印出的材料，网点会停止使用。"
OVER = "这个案例已经撤下，这个按钮不再有效。"
CHANGED = "案例的文字后来改过，上面的不是最新的。请看最新的一条再决定；没有收到的话，暂时不用做什么。"
LIST_HEAD = "典型案例"
NO_CASES = "还没有典型案例。满意、已解决的工单可以写成案例：/case 工单号。"
CASE_HOW = "请写明编号，例如 /case GD-20261123-0001（写成案例），或 /case AL-20261123-0001（查看）。"
EDIT_HOW = (
    "修改：/case 案例编号 标题（需求、办理过程、结果、评价）加新的文字；网站公开：/case 案例编号 公开 是（或 否）。"
)
STAFF_HELP = "/cases 典型案例；/case 工单号 把办结的工单写成案例，/case 案例编号 查看、修改、征求本人同意。"
ASK, SUBMIT, PUBLISH, GIVE_BACK, TAKE_DOWN = "征求本人同意", "提交审核", "审核发布", "退回", "撤下"
MAKE, SHOW = "写成案例", "查看案例"
SAVED = "已保存。本人的同意只对原来的文字有效，发布前要再征求一次。"
SAVED_UNASKED = "已保存。"
UNCHANGED = "没有改动。"
PERSONAL = "还有“〔略〕”：个人信息已自动删去，请把这一处改写通顺"
NOBODY_TO_ASK = "现在没有办法在本人的渠道征求同意（本人已停用、已退订或要求保密）。没有本人同意，不能发布。"
CONFIDENTIAL = "本人要求保密，不能写成案例。"
ASKED_ENOUGH = "已经问过三次，请不要再打扰本人。"
ASKED_ALREADY = "已经问过本人，正在等答复。"
AGREED_ALREADY = "本人已经同意现在的文字。"
WITHOUT_REPLY = "这张工单没有给服务对象的答复，写不成案例。"
EDITED = "修改："
ERASED_BY_PERIOD = "保存期限到期"


def consent(number: str, parts: Sequence[tuple[str, str]], *, is_public: bool) -> str:
    """What the client agrees to; kept word for word with its version."""
    places = "网点报送的报告、案例汇编和第三方评估材料"
    places += "，并公开在网点网站的“典型案例”页面" if is_public else ""
    words = "\n".join(f"{name}：{text}" for name, text in parts)
    return (
        f"我们想把您的咨询（工单 {number}）写成典型案例，供大家参考，先请您决定。会公布的全部文字如下：\n\n{words}\n\n"
        f"不写您的姓名、单位、联系方式和任何号码。用在：{places}。发布前还有另一位工作人员审核。"
        f"不同意不影响任何服务；同意以后也可以随时撤回。"
    )


def published(title: str) -> str:
    """What the client hears when it is out."""
    return f"您同意的案例“{title}”已通过审核发布。想撤回，随时点下面的按钮。"


def still_there(n_cases: int) -> str:
    """What stands under one's own data."""
    return f"您同意过的典型案例：{n_cases} 个，可以随时撤回。"


def staff_agreed(number: str) -> str:
    """The client said yes."""
    return f"案例 {number}：本人已同意现在的文字。审核通过后可以发布。"


def staff_refused(number: str) -> str:
    """The client said no."""
    return f"案例 {number}：本人不同意，已结束，文字已删除。"


def staff_withdrawn(number: str, *, was_published: bool) -> str:
    """The client took it back."""
    told = "请停止使用已经印出、报送的材料，并告诉收到的单位。" if was_published else ""
    return f"案例 {number}：本人撤回了同意，已撤下，文字已删除。{told}"


def not_closed(number: str) -> str:
    """Too early."""
    return f"工单 {number} 还没有办结，办结以后才能写成案例。"


def is_complaint(number: str) -> str:
    """Complaints are no service told of."""
    return f"工单 {number} 是投诉建议，不写成案例。"


def said_no(number: str) -> str:
    """No is no, for good."""
    return f"工单 {number} 的本人不同意写成案例，或撤回过同意，不再询问。"


def lacks(names: Sequence[str]) -> str:
    """What is missing."""
    return f"还不完整：{'；'.join(names)}。"


def too_long(name: str, longest: int) -> str:
    """A field that is longer than it may be."""
    return f"{name}太长：请控制在 {longest} 个字以内。"


def no_case(number: str) -> str:
    """There is no such case."""
    return f"没有案例 {number}，用 cases（群里发 /cases）看有哪些。"


def no_ticket(number: str) -> str:
    """There is no such ticket."""
    return f"没有工单 {number}：请核对工单号。"


def not_published(number: str) -> str:
    """Only what is published leaves the office."""
    return f"案例 {number} 还没有发布，不能写成文件：先征求本人同意并由他人审核。"


def struck(names: Sequence[str]) -> str:
    """What was taken out by itself."""
    return f"{'、'.join(names)}里的个人信息已自动遮盖，请看看是否通顺。"


def changed(names: Collection[str]) -> str:
    """What somebody changed, for the history."""
    return EDITED + "、".join(names)


def asked(number: str) -> str:
    """The client was asked."""
    return f"案例 {number}：已请本人决定，答复会发到工单里。"


def moved(number: str, state: str) -> str:
    """Where it is now."""
    return f"案例 {number} 现在是“{state}”。"


def head(number: str, state: str, consent_state: str) -> str:
    """The first line of a case as staff read it."""
    return f"案例 {number}（{state}，{consent_state}）"


def people(author: str, reviewer: str, *, is_public: bool) -> str:
    """Who wrote and reviewed it, where it stands."""
    by = f"编写：{author}" + (f"；审核：{reviewer}" if reviewer else "")
    return f"{by}；{'网站公开' if is_public else '不在网站公开'}"


def in_list(number: str, state: str, consent_state: str, title: str) -> str:
    """One line of the list."""
    return f"{number} {state}，{consent_state}：{title}"
