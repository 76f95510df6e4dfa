"""The files visitors of the window sent for their ticket, for staff to open on their own machine."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

from fastapi import APIRouter, Response

from consultations import audit, visitor_files
from handlers import file_wording
from handlers.whose import Meant, of_ticket_id
from handlers.wish import file_name, identity
from web.console.console import ROOT
from web.console.visits import Looking, RefusedError

router = APIRouter()


@router.get(f"{ROOT}/files/{{number}}")
def download(visit: Looking, number: str) -> Response:
    """One file as it came, always to be saved and never shown; taking it out stands in the audit trail."""
    with visit.desk.reading() as session:
        row = visitor_files.get(session, identity(number) or 0)
        place = of_ticket_id(session, row.ticket_id) if row else None
        sha256, contact_id, name = (row.sha256, row.contact_id, row.name) if row else ("", 0, "")
    with visit.looking("ticket.show", Meant("文件", number[:20], place)):
        pass
    path = visit.console.files.path_of(sha256) if visit.console.files is not None else None
    content = path.read_bytes() if path is not None and path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise RefusedError(visit, file_wording.gone(number), 404)
    with visit.desk.writing() as session:
        audit.note(session, "file", contact_id, visit.staff.key, visit.desk.now())
    saved = f"attachment; filename*=UTF-8''{quote(file_name(name), safe='')}"
    return Response(content, media_type="application/octet-stream", headers={"Content-Disposition": saved})
