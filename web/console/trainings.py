"""培训: every training; a new one, shown before it is stored; one with its form, people, sign-in code and file."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from consultations import attendances, audit, trainings
from consultations.trainings import ALIVE, RECORD, STATE_NAMES, Training, TrainingRefusedError
from handlers import organise_training, report_files, training_lines, training_wording
from handlers.discuss_trainings import training_buttons
from handlers.talk import StaffTalk
from handlers.training_papers import ENDINGS, file_pieces, roster
from handlers.training_wording import FIELDS
from handlers.whose import Meant, Place, in_sight, of_training, sees
from web.console import credentials
from web.console.acting import replies_to
from web.console.console import ROOT, Entry
from web.console.papers import MEDIA
from web.console.visits import Looking, Posting, RefusedError, Visit

ENTRY = Entry(f"{ROOT}/trainings", "培训", "training.list")
LONG = ("plan", "notice", "needs")  # fields of several lines
HOW: Mapping[str, str] = {
    "when": "写成 2026-12-05 14:00-16:00",
    "capacity": "不填或写 0 就是不限",
    "audience": "谁来听",
    "courseware": "课件的名称",
    "needs": "参加的人说到的后续需求，举办以后填",
}
NEW_NEXT = "没有问题就保存；保存以后是草稿，还没有公开。"
router = APIRouter()
Names = Annotated[list[str] | None, Form(max_length=40)]
Short = Annotated[str, Form(max_length=20)]


@router.get(ENTRY.path)
def show_list(visit: Looking, said: str = "") -> HTMLResponse:
    """Every training, the last to be held first, and the form for a new one."""
    return _list(visit, said=said)


@router.post(ENTRY.path)
def make(visit: Posting, name: Names = None, value: Names = None, seen: Short = "") -> Response:
    """First what it would be; stored once it was `seen`."""
    with visit.looking("training.manage"):
        pass
    written = _written(name, value)
    try:
        outlet = _outlet(visit, written.get("outlet", ""))
        fields = training_lines.fields_of(visit.desk, written, is_new=True)
    except TrainingRefusedError as refused:
        return _list(visit, 422, told=str(refused), given=written)
    made = organise_training.draft(visit.desk, fields, outlet, visit.staff)
    if seen != "yes":
        return _list(visit, preview=_facts(visit, made), given=written)
    with visit.desk.writing() as session:
        number = organise_training.create(session, visit.desk, made, visit.staff).number
    return RedirectResponse(f"{ENTRY.path}/{number}?made=yes", status_code=303)  # read again, it is not made again


@router.get(f"{ENTRY.path}/{{number}}")
def show(visit: Looking, number: str, said: str = "", made: str = "") -> HTMLResponse:
    """One training; `made` is set when it was stored just now."""
    return _page(visit, number, said=said, was_made=bool(made))


@router.post(f"{ENTRY.path}/{{number}}")
def edit(visit: Posting, number: str, name: Names = None, value: Names = None, revision: Short = "") -> HTMLResponse:
    """What was changed, as one change; how many were told of it."""
    with visit.looking("training.manage", _meant(visit, number)):
        pass
    written = _written(name, value)
    seen = int(revision) if revision.isdecimal() and len(revision) < 10 else 0
    try:
        with visit.desk.writing() as session:
            training = _found(session, number)
            before = training_lines.lines_of(visit.desk, training)
            changed = {each: text for each, text in written.items() if each != "outlet" and text != before[each]}
            fields = training_lines.fields_of(visit.desk, changed, is_new=False)
            heard = organise_training.edit(session, visit.desk, training, seen, fields, visit.staff)
    except TrainingRefusedError as refused:
        return _page(visit, number, 422, told=str(refused), given=written)
    visit.console.on_work()
    n = heard.n_told + heard.n_untold
    return _page(visit, number, told=training_wording.told(heard.n_told, heard.n_untold) if n else "已保存。")


@router.get(f"{ENTRY.path}/{{number}}/{{ending}}")
def download(visit: Looking, number: str, ending: str) -> Response:
    """The training file as Word or Excel, and a line in the audit trail that it left."""
    with visit.looking(ENTRY.action, _meant(visit, number)) as talk:
        training = _found(talk.session, number)
        if f".{ending}" not in ENDINGS:
            raise RefusedError(visit, training_wording.NO_SUCH, 404)
        is_named = sees(talk, "training.manage", of_training(training))
        pieces, name = file_pieces(talk.session, visit.desk, training, is_named=is_named), training.number
    with tempfile.TemporaryDirectory(prefix="zhixun-") as folder:
        file = Path(folder) / f"training.{ending}"
        report_files.write(file, pieces)
        content = io.BytesIO(file.read_bytes())
    with visit.desk.writing() as session:
        audit.note(session, "training_file", 0, visit.staff.key, visit.desk.now())
    attached = {"Content-Disposition": f'attachment; filename="{name}.{ending}"'}
    return Response(content.getvalue(), media_type=MEDIA[f".{ending}"], headers=attached)


# --- pages


def _list(visit: Visit, status: int = 200, *, said: str = "", **shown: Any) -> HTMLResponse:  # noqa: ANN401
    zone = ZoneInfo(visit.desk.settings.time_zone)
    with visit.looking(ENTRY.action) as talk:
        found = in_sight(talk, ENTRY.action, trainings.in_states(talk.session, STATE_NAMES), of_training)
        lines = [
            (
                each,
                STATE_NAMES[each.state],
                training_wording.when(each, zone),
                training_wording.counted(each, attendances.count(talk.session, each.key)),
            )
            for each in found
        ]
        values: dict[str, Any] = {"preview": (), "told": "", "given": {}} | shown
        return visit.page(
            "trainings.html",
            status,
            lines=lines,
            may_manage=visit.may("training.manage"),
            fields=_form(visit, talk, [each for each in FIELDS if each != "needs"]),
            next=NEW_NEXT,
            said=replies_to(talk.session, visit, said),
            **values,
        )


def _page(  # noqa: PLR0913  what is shown above it
    visit: Visit,
    number: str,
    status: int = 200,
    *,
    said: str = "",
    told: str = "",
    given: Mapping[str, str] | None = None,
    was_made: bool = False,
) -> HTMLResponse:
    with visit.looking(ENTRY.action, _meant(visit, number)) as talk:
        training = _found(talk.session, number)
        told = training_wording.SAVED if was_made and not said and training.state == "draft" else told
        may_manage = sees(talk, "training.manage", of_training(training))
        is_coded = may_manage and training.code and training.state in ("open", "held")
        return visit.page(
            "training.html",
            status,
            training=training,
            state=STATE_NAMES[training.state],
            facts=_facts(visit, training),
            counted=training_wording.counted(training, attendances.count(talk.session, training.key)),
            choices=_choices(visit, training, may_manage=may_manage),
            roster=roster(talk.session, visit.desk, training, is_named=may_manage),
            people=attendances.of_training(talk.session, training.key),
            code=training.code if is_coded else "",
            picture=credentials.text_code(f"签到 {training.code}") if is_coded else "",
            may_sign_in=may_manage and training.state in ("open", "held"),
            may_cancel=may_manage and training.state in ("draft", "open"),
            may_edit=may_manage and training.state in ALIVE,
            fields=_form(visit, talk, _editable(training)),
            given=training_lines.lines_of(visit.desk, training) | dict(given or {}),
            history=trainings.history_of(talk.session, training.key),
            states=STATE_NAMES,
            told=told,
            said=replies_to(talk.session, visit, said),
        )


def _choices(visit: Visit, training: Training, *, may_manage: bool) -> list[tuple[str, str]]:
    """The buttons of the chat, without what stands on the page anyway: each ``(label, action)``."""
    every = [(each.label, each.action) for line in training_buttons(training) for each in line]
    mine = [pair for pair in every if not pair[1].endswith((":roster", ":code"))]
    may_invite = visit.may("training.invite")
    return [pair for pair in mine if (may_invite if pair[1].endswith(":invite") else may_manage)]


def _editable(training: Training) -> list[str]:
    """The fields that may be written now; the outlet stays what it is."""
    return [each for each in FIELDS if each != "outlet" and (training.state != "held" or each in RECORD)]


def _form(visit: Visit, talk: StaffTalk, names: list[str]) -> list[dict[str, Any]]:
    """One entry for each field: what it is called, how it is written, what one may choose."""
    outlets = [
        each.name for key, each in visit.desk.duty.book.outlets.items() if sees(talk, "training.manage", Place(key))
    ]
    options = {"topic": list(visit.desk.pushes.value.options["topic"]), "outlet": ["", *outlets]}
    return [
        {
            "name": each,
            "label": FIELDS[each],
            "is_long": each in LONG,
            "how": HOW.get(each, ""),
            "longest": training_wording.LONGEST.get(each, training_wording.LONGEST_OTHER),
            "options": options.get(each, []),
            "is_needed": each in training_lines.NEEDED,
            "default": {"topic": trainings.TOPIC, "service_item": trainings.SERVICE_ITEM}.get(each, ""),
        }
        for each in names
        if each != "outlet" or len(outlets) > 1
    ]


def _facts(visit: Visit, training: Training) -> list[str]:
    zone = ZoneInfo(visit.desk.settings.time_zone)
    outlet = training_lines.outlet_name(visit.desk, training.outlet)
    return training_wording.staff_facts(training, outlet, zone, training.confirmed_at)


def _written(names: list[str] | None, values: list[str] | None) -> dict[str, str]:
    pairs = zip(names or [], values or [], strict=False)
    return {each: text.replace("\r\n", "\n").strip() for each, text in pairs if each in FIELDS}


def _outlet(visit: Visit, name: str) -> str:
    """Where it belongs: the outlet chosen, or that of whoever writes."""
    outlet = training_lines.outlet_of(visit.desk, name) if name else visit.person.outlet
    with visit.looking("training.manage", Meant("网点", name, Place(outlet))):
        return outlet


def _meant(visit: Visit, number: str) -> Meant:
    with visit.desk.reading() as session:
        found = trainings.by_number(session, number[:30])
        place = of_training(found) if found else None
    return Meant("培训", number[:30], place)


def _found(session: Session, number: str) -> Training:
    found = trainings.by_number(session, number)
    if found is None:
        raise TrainingRefusedError(training_wording.NO_SUCH)
    return found
