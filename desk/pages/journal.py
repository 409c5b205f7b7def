"""日志: every line of the hash-chained journal, and the audit of everything kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from desk import words
from engine.workflow import evidence

if TYPE_CHECKING:
    from starlette.responses import Response

    from desk.office import Visit

PAGE = 60
_LABELS = {
    "number": "回执号",
    "outcome": "结果",
    "kind": "文书",
    "name": "名称",
    "draw": "抽取",
    "plan": "计划",
    "template": "表号",
    "templates": "表号",
    "sheet": "工作表",
    "version": "版本",
    "edition": "期次",
    "rows": "行数",
    "tasks": "任务数",
    "to": "报送",
    "missing": "未报",
    "reason": "事由",
    "approver": "批准人",
}


def listing(visit: Visit) -> Response:
    """Show the journal, newest first, and the audit just made."""
    with visit.office.reading() as workspace:
        lines, page = list(reversed(workspace.store.lines())), max(visit.number("page", 1), 1)
        return visit.show(
            "journal",
            workspace,
            lines=[(one, _brief(one.body)) for one in lines[(page - 1) * PAGE : page * PAGE]],
            count=len(lines),
            page=page,
            pages=max(1, -(-len(lines) // PAGE)),
            done=visit.result(),
        )


def audit(visit: Visit) -> Response:
    """Verify originals, database, journal and draws."""
    with visit.office.reading() as workspace:
        found = evidence.audit(workspace)
    return visit.go("/journal", {**found, "at": visit.at})


def _brief(body: str) -> list[tuple[str, str]]:
    """Return what of a line says something to people, as (label, value); the whole of it can be unfolded beside."""
    found = json.loads(body)
    shown = {name: "、".join(map(str, one)) if isinstance(one, list) else one for name, one in found.items()}
    shown |= {"outcome": words.outcome(found["outcome"]).text} if found.get("outcome") else {}
    return [(label, str(shown[name])) for name, label in _LABELS.items() if shown.get(name) not in (None, "", [], {})]
