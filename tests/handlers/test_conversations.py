"""Conversation scripts, as data: each runs unchanged over every channel in `tests.drivers.DRIVERS`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pytest

from handlers import follow_up, survey
from handlers.desk import Desk
from tests.conftest import Clock
from tests.drivers import Driver, Shown, StaffRoom

Act = Literal["say", "press", "wait", "staff", "staff_press"]
Verb = Literal[Act, "read", "button", "no_button", "absent", "silence", "staff_read"]


@dataclass(frozen=True)
class Step:
    """One line of a script. ``read`` and ``staff_read``: the words occur in what came since the last action."""

    verb: Verb
    text: str = ""
    hours: float = 0


def say(text: str) -> Step:
    return Step("say", text)


def press(label: str) -> Step:
    return Step("press", label)


def read(text: str) -> Step:
    return Step("read", text)


def button(label: str) -> Step:
    return Step("button", label)


def no_button(label: str) -> Step:
    return Step("no_button", label)


def absent(text: str) -> Step:
    return Step("absent", text)


def silence() -> Step:
    return Step("silence")


def staff(text: str) -> Step:
    return Step("staff", text)


def staff_press(label: str) -> Step:
    return Step("staff_press", label)


def staff_read(text: str) -> Step:
    return Step("staff_read", text)


def wait(hours: float) -> Step:
    return Step("wait", hours=hours)


SCRIPTS: dict[str, tuple[Step, ...]] = {
    "a question is answered with its source, its day and a person one tap away": (
        say("商标公告后多久内可以提异议？"),
        read("三个月内。"),
        read("依据：《示例商标条例》第二十条之二（2020年1月31日版）"),
        read("截至2026年11月23日"),
        read("最近核对：2026年11月23日"),
        read("2027年起改为两个月。"),
        *(button("有帮助"), button("没帮助"), button("转人工"), button("商标续展多少钱？")),
        press("商标续展多少钱？"),
        read("示例：五百元。"),
        press("有帮助"),
        read("谢谢您的反馈"),
    ),
    "the privacy notice comes once, under the first reply": (
        say("商标续展多少钱？"),
        *(read("示例：五百元。"), read("个人信息告知"), button("同意"), button("不同意")),
        press("同意"),
        read("已记下您的同意"),
        say("商标续展多少钱？"),
        *(read("示例：五百元。"), absent("个人信息告知")),
    ),
    "asking back offers buttons, and a pressed one answers": (
        say("商标"),
        *(read("您想问哪一个"), button("商标续展多少钱？"), button("转人工")),
        press("商标续展多少钱？"),
        read("示例：五百元。"),
    ),
    "the only thing that may have been meant is told at once, and its button says yes to it": (
        say("续展怎么收"),
        *(read("您想问的可能是"), read("示例：五百元。"), button("对，就是问这个"), no_button("商标续展多少钱？")),
        press("对，就是问这个"),
        *(read("示例：五百元。"), read("依据：《示例商标条例》"), button("有帮助")),
    ),
    "what staff have to look up says what to do meanwhile": (
        say("灯会电话是多少"),
        *(read("由工作人员查实后答复"), read("先把灯的编号写下来"), read("GD-20261123-0001")),
        *(button("商标续展多少钱？"), no_button("转人工")),
    ),
    "one question in three short messages is answered by the last reply": (
        say("商标"),
        say("续展"),
        say("多少钱"),
        *(read("示例：五百元。"), read("依据：《示例商标条例》"), button("有帮助"), absent("工单")),
        say("我的咨询"),
        *(read("续展"), read("多少钱")),
    ),
    "messages an hour apart are questions of their own": (
        say("商标"),
        wait(1),
        say("续展"),
        *(absent("您想问续展的什么"), read("没有找到足够可靠的依据")),
    ),
    "we ask back at most once, then a person takes over": (
        say("商标"),
        read("您想问哪一个"),
        say("注册"),
        *(read("没能弄清"), read("GD-20261123-0001")),
    ),
    "weak evidence is handed over with number and time at once": (
        say("没有人知道的事"),
        *(read("没有找到足够可靠的依据"), read("GD-20261123-0001"), read("11月24日（星期二）09:30 前答复")),
        no_button("转人工"),
        *(staff_read("没有人知道的事"), staff_read("依据不足")),
    ),
    "a complaint and a personal case go to staff": (
        say("你们态度太差"),
        *(read("您的意见会由工作人员登记"), read("GD-20261123-0001"), staff_read("投诉建议")),
        say("我能打赢吗"),
        *(read("这要看您的具体情况"), read("GD-20261123-0001 已经受理"), staff_read("我能打赢吗")),
    ),
    "a person is there from the first word on": (
        say("转人工"),
        *(read("GD-20261123-0001"), read("请接着把您的问题发过来")),
        say("没有人知道的事"),
        *(read("GD-20261123-0001"), staff_read("没有人知道的事")),
        say("我的咨询"),
        read("没有人知道的事"),
    ),
    "pressing for a person twice gives the same ticket": (
        say("商标公告后多久内可以提异议？"),
        press("转人工"),
        *(read("已为您转人工"), read("GD-20261123-0001"), staff_read("商标公告后多久内可以提异议？")),
        say("转人工"),
        *(read("GD-20261123-0001 已经受理"), absent("GD-20261123-0002")),
    ),
    "while nobody has taken the ticket the assistant goes on answering": (
        say("没有人知道的事"),
        read("GD-20261123-0001"),
        say("商标续展多少钱？"),
        *(read("示例：五百元。"), read("补充进了工单 GD-20261123-0001"), staff_read("商标续展多少钱？")),
        say("商标"),
        read("已补充到工单 GD-20261123-0001"),
    ),
    "staff claim, reply and close; the next message starts clean": (
        say("没有人知道的事"),
        staff_press("接单"),
        staff_read("已由 示例甲 接单"),
        silence(),
        staff("示例答复：请带营业执照。"),
        *(staff_read("已答复"), read("工作人员答复（工单 GD-20261123-0001）"), read("示例答复：请带营业执照。")),
        say("商标续展多少钱？"),
        *(absent("示例：五百元。"), staff_read("商标续展多少钱？")),
        say("同意"),
        *(absent("已记下您的同意"), staff_read("同意")),
        staff_press("办结"),
        *(read("GD-20261123-0001 已办结"), staff_read("已由 示例甲 办结")),
        say("商标续展多少钱？"),
        read("示例：五百元。"),
    ),
    "the asker may end it": (
        say("没有人知道的事"),
        staff_press("接单"),
        staff("示例答复。"),
        press("问题已解决，结束人工"),
        *(read("已办结"), staff_read("表示问题已解决")),
        say("商标续展多少钱？"),
        read("示例：五百元。"),
    ),
    "outside working hours the next working time is told": (
        wait(10),
        say("没有人知道的事"),
        *(read("非工作时间"), read("11月24日（星期二）09:00"), read("11月24日（星期二）17:00 前答复")),
    ),
    "a survey comes after closing, with words if one likes": (
        say("没有人知道的事"),
        staff_press("接单"),
        staff("示例答复。"),
        staff_press("办结"),
        wait(0.1),
        *(read("您对这次服务满意吗"), button("非常满意"), button("很不满意")),
        press("满意"),
        *(read("谢谢您的评价"), read("您的问题解决了吗")),
        press("没解决"),
        read("抱歉还没解决"),
        press("写几句"),
        read("下一条消息会作为评价意见"),
        say("商标续展多少钱？"),
        *(read("您的意见已经记下"), absent("示例：五百元。")),
        say("商标续展多少钱？"),
        read("示例：五百元。"),
    ),
    "after the survey a question is a question": (
        say("没有人知道的事"),
        staff_press("接单"),
        staff_press("办结"),
        wait(0.1),
        press("一般"),
        press("解决了"),
        say("商标续展多少钱？"),
        read("示例：五百元。"),
    ),
    "a follow-up comes on its day and opens a new ticket when needed": (
        say("没有人知道的事"),
        staff_press("接单"),
        staff_press("办结"),
        wait(0.1),
        press("非常满意"),
        wait(7 * 24),
        *(read("这里回访一下"), read("11月23日办结"), button("都好，谢谢")),
        press("还需要帮助"),
        *(read("我们接着帮您"), read("GD-20261130-0001")),
    ),
    "a bad score brings a person back": (
        say("没有人知道的事"),
        staff_press("接单"),
        staff_press("办结"),
        wait(0.1),
        press("很不满意"),
        *(read("谢谢您的评价"), staff_read("二次回访"), staff_read("话术"), staff_read("11月24日（星期二）")),
        staff_press("还需要帮助"),
        *(staff_read("已记录"), staff_read("GD-20261123-0002")),
        press("没解决"),
        read("抱歉还没解决"),
    ),
    "a follow-up nobody answers ends on the phone": (
        say("没有人知道的事"),
        staff_press("接单"),
        staff_press("办结"),
        wait(0.1),
        press("满意"),
        wait(7 * 24),
        read("这里回访一下"),
        wait(24),
        *(silence(), staff_read("请打电话或上门（聊天里一天没有回应）")),
        press("都好，谢谢"),
        read("谢谢您告诉我们"),
        staff_press("顺利"),
        staff_read("已经有结果：顺利（服务对象本人）"),
    ),
    "a questionnaire asks one question after the other, skips what does not apply, and is answered once": (
        say("问卷"),
        *(read("现在可以填这些问卷"), button("灯具调查"), button("知识产权合规自查")),
        press("灯具调查"),
        *(read("示例：说说您的灯。"), read("第 1 题，最多 4 题"), read("您用什么灯？"), button("转人工")),
        press("吊灯"),
        *(read("够亮吗？"), absent("放在哪里"), button("太暗")),
        press("一般"),
        *(read("还想说什么？"), button("跳过")),
        say("示例：想要一盏新灯。"),
        *(read("示例：谢谢您说灯。"), absent("没有找到足够可靠的依据")),
        press("台灯"),
        read("您已经填过《灯具调查》"),
        say("商标续展多少钱？"),
        read("示例：五百元。"),
    ),
    "several options are chosen one by one, and typed numbers count as well": (
        say("/surveys"),
        press("灯具调查"),
        press("台灯"),
        *(read("放在哪里？"), read("选完点“选好了”")),
        press("选好了"),
        read("请至少选一项"),
        press("书房"),
        *(read("已选：书房。"), button("✓ 书房")),
        press("卧室"),
        read("已选：书房、卧室。"),
        press("选好了"),
        read("够亮吗？"),
        say("3"),
        read("还想说什么？"),
        press("跳过"),
        read("示例：谢谢您说灯。"),
    ),
    "a question in the middle of a questionnaire is answered, and the questionnaire can go on": (
        say("/surveys"),
        press("灯具调查"),
        say("商标续展多少钱？"),
        read("示例：五百元。"),
        press("吊灯"),
        read("够亮吗？"),
    ),
    "an anonymous questionnaire": (
        say("问卷"),
        press("匿名调查"),
        read("公平吗？"),
        press("不公平"),
        read("为什么不公平？"),
        say("示例：等太久。"),
        read("示例：匿名收到。"),
        say("问卷"),
        press("匿名调查"),
        read("您已经填过《匿名调查》"),
    ),
    "unsubscribing stops what nobody asked for": (
        say("没有人知道的事"),
        staff_press("接单"),
        staff_press("办结"),
        say("退订"),
        read("已经退订"),
        wait(0.1),
        silence(),
        wait(8 * 24),
        silence(),
        say("商标续展多少钱？"),
        read("示例：五百元。"),
    ),
    "the list of services leads to a guide": (
        say("服务清单"),
        *(read("B01"), read("V04"), read("征求意见稿")),
        press("B01"),
        *(read("知识产权政策宣贯服务"), read("以本网点公示为准"), read("办理流程"), button("转人工")),
    ),
    "commands and help": (
        say("/start"),
        *(read("知询"), button("服务清单"), button("转人工")),
        say("/help"),
        *(read("/services"), read("/privacy")),
        say("/ask 商标续展多少钱？"),
        read("示例：五百元。"),
        say("/nosuchcommand"),
        *(read("没有这个命令"), button("转人工")),
    ),
    "one's own data can be seen, taken along and erased": (
        say("商标续展多少钱？"),
        say("/privacy"),
        read("我们保存"),
        press("导出我的信息"),
        *(read("商标续展多少钱？"), read("咨询档案")),
        say("个人信息"),
        press("删除我的信息"),
        read("确定要删除吗"),
        press("确认删除"),
        read("已删除您的个人信息"),
        say("/my"),
        read("还没有咨询记录"),
    ),
    "a guide asks one question after the other and ends in an answer with its source": (
        say("帮我判断"),
        *(read("您想判断哪一件"), button("灯要不要登记？"), button("转人工")),
        press("灯要不要登记？"),
        *(read("是哪种灯？"), read("第 1 步，最多 2 步"), button("台灯"), button("退出"), button("转人工")),
        press("台灯"),
        *(read("有几盏？"), read("第 2 步，最多 2 步"), button("上一步"), button("重新开始"), button("转人工")),
        press("三盏以上"),
        *(
            read("示例：可以登记。"),
            read("依据：《示例商标条例》第三条（2020年1月31日版）"),
            read("截至2026年11月23日"),
        ),
        *(button("有帮助"), button("没帮助"), button("转人工"), button("上一步"), button("重新开始")),
        press("有帮助"),
        read("谢谢您的反馈"),
        say("/my"),
        read("引导《灯要不要登记？》"),
    ),
    "a guide takes typed numbers and words, goes back, begins anew and is left": (
        say("/guides"),
        press("灯要不要登记？"),
        say("台灯吧"),
        read("有几盏？"),
        say("上一步"),
        read("是哪种灯？"),
        say("1"),
        read("有几盏？"),
        press("重新开始"),
        *(read("是哪种灯？"), read("第 1 步")),
        say("重来"),
        read("是哪种灯？"),
        say("吊灯"),
        *(read("示例：看本地规定。"), read("本地规定由工作人员核对"), read("GD-20261123-0001")),
        *(staff_read("引导《灯要不要登记？》"), staff_read("1. 是哪种灯？ → 吊灯")),
        press("上一步"),
        press("退出"),
        read("已退出引导"),
    ),
    "a question in the middle of a guide is answered, and the guide can go on": (
        say("/guides"),
        press("灯要不要登记？"),
        press("台灯"),
        say("商标续展多少钱？"),
        *(read("示例：五百元。"), button("接着判断：灯要不要登记？")),
        press("接着判断：灯要不要登记？"),
        *(read("有几盏？"), read("第 2 步")),
        press("三盏以上"),
        read("示例：可以登记。"),
        say("2"),
        absent("示例：可以登记。"),
    ),
    "a person in the middle of a guide gets the way taken": (
        say("/guides"),
        press("灯要不要登记？"),
        press("台灯"),
        press("转人工"),
        *(read("GD-20261123-0001"), staff_read("1. 是哪种灯？ → 台灯"), staff_read("2. 有几盏？（还没有选）")),
        press("三盏以上"),
        *(read("示例：可以登记。"), read("也补充进了工单"), staff_read("助手给出的结论：可以登记")),
    ),
    "a typed wish for a person in a guide takes the way along too": (
        say("/guides"),
        press("灯要不要登记？"),
        say("转人工"),
        *(read("GD-20261123-0001"), staff_read("1. 是哪种灯？（还没有选）")),
    ),
    "a typed wish for a person after the end of a guide takes the way along": (
        say("/guides"),
        press("灯要不要登记？"),
        press("台灯"),
        press("三盏以上"),
        say("转人工"),
        *(read("GD-20261123-0001"), staff_read("2. 有几盏？ → 三盏以上")),
    ),
    "an ending for a person joins the ticket that is already open": (
        say("没有人知道的事"),
        say("/guides"),
        press("灯要不要登记？"),
        press("吊灯"),
        *(read("GD-20261123-0001 已经受理"), absent("GD-20261123-0002"), staff_read("1. 是哪种灯？ → 吊灯")),
    ),
    "a number that is no option is asked for again": (
        say("/guides"),
        press("灯要不要登记？"),
        say("第9个"),
        *(read("请在 1–2 之间选"), read("是哪种灯？"), absent("GD-")),
    ),
    "a question that fits a guide gets its button": (
        say("我的灯用不用登记呢"),
        *(read("示例：看情况。"), button("帮我判断：灯要不要登记？")),
        press("帮我判断：灯要不要登记？"),
        read("是哪种灯？"),
    ),
    "whoever asks how their ticket stands by its number sees it": (
        say("没有人知道的事"),
        say("查一下GD-20261123-0001处理得怎么样了？"),
        *(read("您的工单"), read("GD-20261123-0001 · 受理"), absent("没有这个编号的记录")),
    ),
    "a number with something else beside it is no question of how it stands": (
        say("没有人知道的事"),
        say("GD-20261123-0001补充：灯在北门"),
        read("GD-20261123-0001 已经受理"),
        say("没有" * 40 + "GD-20261123-0001x"),
        *(read("GD-20261123-0001 已经受理"), absent("没有这个编号的记录")),
    ),
    "a number that is not theirs is told of in the same words whether it exists or not": (
        say("没有人知道的事"),
        *(
            say("GD-20261123-0002 进度"),
            read("您在这里没有这个编号的记录"),
            read("GD-20261123-0001"),
            absent("GD-20261123-0002"),
        ),
        *(say("zx-20261123-9999到哪一步了"), read("您在这里没有这个编号的记录")),
    ),
    "what we cannot read gets a clear sentence": (
        say("😀😀"),
        *(read("看不懂表情"), button("转人工")),
        say("长" * 1001),
        read("有 1001 个字，我一次最多看 1000 个字"),
        say("../../etc/passwd"),
        read("没有找到足够可靠的依据"),
    ),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_conversation(name: str, driver: Driver, desk: Desk, room: StaffRoom, clock: Clock) -> None:
    stage = Stage(driver, desk, room, clock)
    for number, step in enumerate(SCRIPTS[name]):
        stage.play(step, f"{driver.name}: {name}, step {number} ({step.verb} {step.text})")


@dataclass
class Stage:
    """Plays steps and remembers what came since the last action, on both sides."""

    driver: Driver
    desk: Desk
    room: StaffRoom
    clock: Clock

    def __post_init__(self) -> None:
        self.shown: list[Shown] = []
        self.staff_shown: list[Shown] = []

    def play(self, step: Step, where: str) -> None:
        if step.verb in ("say", "press", "staff", "staff_press", "wait"):
            self._act(step)
            return
        self.shown += self.driver.received()
        self.staff_shown += self.room.read()
        self._check(step, where)

    def _act(self, step: Step) -> None:
        self.driver.received()
        self.shown, self.staff_shown = [], []
        if step.verb == "say":
            self.driver.say(step.text)
        elif step.verb == "press":
            self.driver.press(step.text)
        elif step.verb == "staff":
            self.staff_shown = self.room.say(step.text)
        elif step.verb == "staff_press":
            self.staff_shown = self.room.press(step.text)
        else:
            self.clock.advance(hours=step.hours)
            survey.send_due(self.desk)
            follow_up.send_due(self.desk)

    def _check(self, step: Step, where: str) -> None:
        said = "\n".join(each.text for each in self.shown)
        staff_said = "\n".join(each.text for each in self.staff_shown)
        if step.verb == "read":
            assert step.text in said, f"{where}\n{said}"
        elif step.verb == "absent":
            assert step.text not in said, f"{where}\n{said}"
        elif step.verb == "button":
            assert any(step.text in each.buttons for each in self.shown), f"{where}\n{self.shown}"
        elif step.verb == "no_button":
            assert not any(step.text in each.buttons for each in self.shown), f"{where}\n{self.shown}"
        elif step.verb == "silence":
            assert said == "", where
        else:
            assert step.text in staff_said, f"{where}\n{staff_said}"
