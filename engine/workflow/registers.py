"""The registers of a level as rows: what plans, draws, results and the ledger read."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from engine import differentiate, outstanding, pool, rollover
from engine import plan as planning
from engine import tasks as tasking
from engine.consent import may_decide
from engine.model import NotFound
from engine.results import certificates
from engine.values import Row, by, rows, text
from schemas import loader
from schemas.declare import Level

if TYPE_CHECKING:
    from datetime import date

    from engine.workspace import Workspace

PROVINCE = next(one.code for one in loader.units().values() if one.level is Level.PROVINCE)


class Registers:
    """The registers of this level as rows, each read once; the newest edition, else what this office accepted itself."""

    def __init__(self, ws: Workspace, on: date | None = None) -> None:
        """Read lazily from the store of `ws`; with `on` bodies and people are as the changes approved by that day make them."""
        self.ws, self.on = ws, on
        self.applied: dict[str, list[tuple[str, str]]] = {}
        self._kept: dict[tuple[str, str], list[Row]] = {}

    def rows(self, template: str, sheet: str) -> list[Row]:
        """Return the rows of one register: consolidated if there is an edition, else as accepted.

        What accumulates during the year (results, rectifications, transfers, requests) is always read as accepted: an edition
        made in spring would hide the summer.
        """
        if (template, sheet) not in self._kept:
            grows = loader.template(template).accumulates
            found = [] if grows else rows(self.ws.store.register(template, sheet))
            found = found or rows(self.ws.store.accepted(template, sheet))
            self._kept[template, sheet] = sorted(found, key=lambda row: text(row.get("_key"))) if grows else found
        return self._kept[template, sheet]

    def plans(self) -> list[Row]:
        """Return the plans of this office itself, by id, as it reported them last: they wait for nobody's merge."""
        own = [row for row in rows(self.ws.store.accepted("T07", "plans")) if text(row["_unit"]) == self.ws.unit.code]
        return sorted(own, key=lambda row: text(row.get("plan_id")))

    def plan(self, plan_id: str) -> planning.Plan:
        """Return the plan called `plan_id`; NotFound otherwise."""
        row = by(self.plans(), "plan_id").get(plan_id)
        if row is None:
            raise NotFound(f"没有编号为“{plan_id}”的已接收计划。", "运行 taizhang plan 查看计划。")
        return planning.read_plan(row, self.ws.unit.code)

    def items(self) -> list[Row]:
        """Return the items in force: what this office and those below refined over the provincial list (R16, R17)."""
        local = (row for row in self.rows("T01", "items") if text(row.get("_unit")) != PROVINCE)
        return list({**by(self.provincial_items(), "item_code"), **by(local, "item_code")}.values())

    def provincial_items(self) -> list[Row]:
        """Return the provincial list: as the province reported it here (T01, as a whole), else the one that comes with the program.

        The province reports to itself; the offices below receive its workbook like any other.
        """
        said = (row for row in rows(self.ws.store.accepted("T01", "items")) if text(row["_unit"]) == PROVINCE)
        found = [{**row, "_ref": ("T01", "items", text(row["_key"]))} for row in said]
        found = found or [row for row in self.rows("T01", "items") if text(row.get("_unit")) == PROVINCE]
        return found or [{**row} for row in loader.provincial_items(self.ws.year)]

    @cached_property
    def carried(self) -> rollover.Carried:
        """What this year took over from the one before."""
        return rollover.carried(self.ws.store)

    def targets(self) -> list[Row]:
        """Return the institutions, with the day of the last visit as far as anybody knows it."""
        return rollover.dated(self._changed("T02", "targets"), self.carried)

    def practitioners(self) -> list[Row]:
        """Return notaries and appraisers, with the day of the last visit."""
        return rollover.dated(self._changed("T03", "practitioners"), self.carried)

    def inspectors(self) -> list[Row]:
        """Return the officers."""
        return self._changed("T04", "inspectors")

    def experts(self) -> list[Row]:
        """Return the experts."""
        return self._changed("T05", "experts")

    def _changed(self, template: str, sheet: str) -> list[Row]:
        """Return a register as approved one-line changes make it by the day asked about (T16 名录变更; decisions 23)."""
        if self.on is None:
            return self.rows(template, sheet)
        found, self.applied[template] = outstanding.applied(
            template, self.rows(template, sheet), self.requests(), self.on
        )
        return found

    def counts(self) -> dict[str, int]:
        """Return how many targets of each type are in practice, for a first plan."""
        found: dict[str, int] = {}
        for row in (*self.targets(), *self.practitioners()):
            if text(row.get("practice_state")) == "正常执业":
                kind = text(row.get("target_type"))
                found[kind] = found.get(kind, 0) + 1
        return found

    def counts_for(self, one: planning.Plan) -> dict[str, int]:
        """Return how many targets of each type the plan could draw now."""
        frozen = pool.freeze(
            one,
            targets=self.targets(),
            practitioners=self.practitioners(),
            inspectors=(),
            experts=(),
            items=self.items(),
            judgements={},
            visits=self.visits(),
            loads={},
            policy=self.ws.policy,
        )
        found: dict[str, int] = {}
        for row in frozen.bodies.values():
            found[row["type"]] = found.get(row["type"], 0) + 1
        return found

    def judgements(self) -> dict[str, differentiate.Judgement]:
        """Return 减少/正常/重点 of every institution."""
        return differentiate.judge_all(self.targets(), self.evidence(), self.ws.policy, self.ws.unit.code)

    def evidence(self) -> list[Row]:
        """Return what was filed about institutions (T17) by the office that supervises them or one above it (X07)."""
        places = {text(row.get("target_id")): pool.target_unit(row) for row in self.targets()}
        found = self.rows("T17", "institutions")
        return [row for row in found if may_decide(row, places.get(text(row.get("target_id")), ""))]

    def visits(self, apart: str = "") -> dict[str, int]:
        """Return target id -> visits of this year by tasks that were not called off, those of the draw `apart` left out."""
        found: dict[str, int] = {}
        for body in self.ws.store.documents("task").values():
            if body["task_status"] != tasking.ENDED and body["draw_id"] != apart:
                found[body["target_id"]] = found.get(body["target_id"], 0) + 1
        return found

    def loads(self) -> dict[str, int]:
        """Return certificate number -> tasks of this year."""
        found: dict[str, int] = {}
        for body in self.ws.store.documents("task").values():
            if body["task_status"] != tasking.ENDED:
                for number in certificates(body["inspectors"]):
                    found[number] = found.get(number, 0) + 1
        return found

    def requests(self) -> list[Row]:
        """Return the change requests (T16), also those carried for what was unfinished."""
        return [*self.carried.unfinished.get("requests", ()), *self.rows("T16", "requests")]
