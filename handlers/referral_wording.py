"""The sentences about referrals to professional bodies (对接专业机构), for the public and for staff."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

CONSENT_VERSION = "1"  # raise it with every change of `consent`
SHARED = ("您的称呼", "您的联系方式", "您的咨询内容")
NONE_OF_THEM = "都不需要"
AGREE = "同意，请帮我对接"
SELF = "不提供资料，我自己联系"
ANOTHER = "换一家"
WITHDRAW = "撤回对接"
DECLINED = "好的，这次不对接。以后需要，随时告诉我们。"
WITHDRAWN = "已撤回，我们不再向机构提供您的资料。已经提供的，工作人员会通知机构删除。"
OVER = "这次对接已经结束，这个按钮不再有效。"
CHOSEN_BEFORE = "您已经选定了机构。要换一家，请先点“撤回对接”，再告诉我们。"
THANKS = "谢谢您的评价，已记下。"
REFER_HOW = "请写明工单和类别，例如 /refer GD-20261123-0001 法律服务 北区；在工单话题里可以省去工单号。"
REFERRAL_HOW = "请写明编号和进展，例如 /referral DJ-20261123-0001 已联系，或 已办成。"
STAFF_HELP = "/refer 工单号 类别 区域 请服务对象在名录里选机构；/referral DJ编号 已联系（或 已办成）记进展。"
NO_DIRECTORY = "机构名录是空的。请管理员用 referrals import 导入，或在实例文件夹 providers/ 里登记，见 docs/ledger.md。"
NO_REFERRALS = "还没有对接记录。"
TABLES_ONLY = "只能导入 .xlsx 表格，或 UTF-8 编码的 .csv；别的格式请先在表格软件里另存为 .xlsx。"


def offer(number: str, ticket: str) -> str:
    """What stands above the bodies to choose from."""
    return f"您的咨询（工单 {ticket}）可以对接下面的专业机构（对接编号 {number}）。选哪家由您决定，也可以都不选："


def body(place: int, name: str, facts: Iterable[str]) -> str:
    """One body to choose from."""
    return f"{place}. {name}\n   {'，'.join(each for each in facts if each)}"


def consent(name: str) -> str:
    """What the client agrees to; kept word for word with its version."""
    return (
        f"您选择了{name}。同意我们把这些资料提供给它吗？资料：{'、'.join(SHARED)}。"
        f"只用于这次对接，不作他用；不同意，您也可以自己联系它。点“{WITHDRAW}”随时可以撤回同意。"
    )


def chosen(number: str, name: str, contact: str, *, is_shared: bool) -> str:
    """The choice is made."""
    then = "工作人员会联系它，并按您的同意提供资料。" if is_shared else "我们不向它提供您的资料。"
    return f"已记下：{number} 对接{name}。{then}它的联系方式：{contact}。第 7、30、90 天我们会回访。"


def gone(name: str) -> str:
    """A body left the directory before it was chosen."""
    return f"{name}现在不在名录里，或资料待核对，不能对接。请另选一家，或等工作人员重新给您选择。"


def follow_up(number: str, name: str) -> str:
    """The question after 7, 30 and 90 days."""
    return f"您好，这里回访一下：您对接的{name}（{number}），后来办得顺利吗？"


def how_was_it(number: str, name: str) -> str:
    """The request for a score."""
    return f"{number} 对接{name}已办成。您对它的服务满意吗？"


def staff_offered(number: str, names: Sequence[str]) -> str:
    """The client can choose."""
    return f"已请服务对象选择（{number}）：{'、'.join(names)}。"


def staff_chosen(number: str, name: str, contact: str, shared: Sequence[str]) -> str:
    """The client chose."""
    what = f"同意提供：{'、'.join(shared)}" if shared else "不同意提供资料，由服务对象自己联系"
    return f"{number} 服务对象选定{name}（{contact}）；{what}。联系之后请发 /referral {number} 已联系。"


def staff_declined(number: str) -> str:
    """The client wants none of them."""
    return f"{number} 服务对象都不需要。"


def staff_withdrawn(number: str, name: str, *, was_shared: bool) -> str:
    """The client withdrew."""
    act = f"已向{name}提供过资料的，请立即通知它停止使用并删除。" if was_shared else "不要再提供资料。"
    return f"{number} 服务对象撤回了对接同意。{act}"


def staff_gone(number: str, name: str) -> str:
    """A body left the directory while the client was choosing."""
    return f"{number} 服务对象选了{name}，但它已不在名录里或超过一年没核对。请核对名录，再发 /refer 重新给出选择。"


def too_few(kind: str, names: Sequence[str], n_old: int) -> str:
    """There must be at least two to choose from."""
    there = f"只有 {names[0]} 一家" if names else "一家也没有"
    old = f"，另有 {n_old} 家超过 365 天没核对" if n_old else ""
    return f"名录里可对接的{kind}机构{there}{old}。至少要给两家选择，请先补充或核对名录。"


def no_kind(words: str, names: Iterable[str]) -> str:
    """Not a kind of body."""
    return f"没有“{words}”这一类机构，可用的有：{'、'.join(names)}。"


def no_referral(number: str) -> str:
    """Nothing of that number."""
    return f"没有找到对接 {number}。请核对编号（形如 DJ-20261123-0001），或用 referrals 看清单。"


def alive_before(number: str, state: str) -> str:
    """One at a time."""
    return f"这张工单已有对接 {number}（{state}），办完或撤回之后再开新的。"


def refused(number: str, state: str) -> str:
    """A move that can't be."""
    return f"{number} 现在是“{state}”，不能这样操作。"


def left_directory(number: str, name: str) -> str:
    """The body chosen is no longer in the directory."""
    return (
        f"{number} 选定的{name}已不在名录里或超过一年没核对，先不要提供资料。请核对名录，或再发 /refer 重新给出选择。"
    )


def unreachable(number: str) -> str:
    """The client can't be asked in chat."""
    return f"工单 {number} 的服务对象收不到聊天消息，或已要求删除个人信息，不能请其选择。"


def moved(number: str, state: str) -> str:
    """A referral's new state."""
    return f"{number} 现在是“{state}”。"


def imported(n_providers: int, n_old: int) -> str:
    """The directory is read."""
    old = f"其中 {n_old} 家超过 365 天没核对，不会给出。" if n_old else ""
    return f"已导入 {n_providers} 家机构。{old}"
