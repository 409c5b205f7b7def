"""Everything the end of the year reads: registers, tasks, results, problems, transfers, publications, as rows with references."""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from engine import changes as differences
from engine import (
    counted,
    differentiate,
    figures,
    leak,
    levels,
    outstanding,
    publication,
    publish,
    readers,
    rectify,
    rollover,
    timeliness,
    transfer,
)
from engine import results as outcomes
from engine import tasks as tasking
from engine.pool import type_code
from engine.values import Row, by, rows, text
from engine.workflow import below, doubting
from engine.workflow.registers import Registers
from engine.workflow.stage import Stage
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.counted import Ref
    from engine.publication import Publication

PERSONAL = (("T02", "targets"), ("T03", "practitioners"), ("T04", "inspectors"), ("T05", "experts"), ("T10", "results"),
            ("T12", "rectifications"), ("T13", "transfers"), ("T16", "requests"), ("T17", "institutions"))  # fmt: skip


NUMBERS = ("numbers", "transfers")
"""The document that keeps which transfer got which number."""


class Findings(Registers):
    """The registers and what grew out of them this year."""

    def rows(self, template: str, sheet: str) -> list[Row]:
        """Return the rows of a register, each with the reference `_ref` that leads back to it."""
        found = super().rows(template, sheet)
        for row in found:
            row.setdefault("_ref", (template, sheet, text(row.get("_key"))))
        return found

    @cached_property
    def tasks(self) -> dict[str, Row]:
        """Every task dispatched here, by id."""
        return {name: {**body, "_ref": ("task", "", name)} for name, body in self.ws.store.documents("task").items()}

    def standing_tasks(self) -> list[Row]:
        """Return the tasks of draws that stand, by id: what a void draw sent out never was a duty (R57)."""
        void = {name for name in self.ws.store.documents("freeze") if Stage(self.ws, name).is_void}
        return [row for _, row in sorted(self.tasks.items()) if row.get("draw_id") not in void]

    @cached_property
    def results(self) -> list[Row]:
        """The results (T10) that this office may count: its own and what came up from below."""
        return self.rows("T10", "results")

    @cached_property
    def checklist(self) -> list[Row]:
        """The checklist lines of the results."""
        return self.rows("T10", "checklist")

    @cached_property
    def transfers(self) -> list[Row]:
        """The transfers (T13) of this year."""
        return transfer.lawful(self._transfers_filed, self._inspecting)

    @cached_property
    def foreign_transfers(self) -> list[Row]:
        """The transfers of this year by an office that neither made the visit nor stands above it: they count for nothing."""
        return [row for row in self._transfers_filed if row not in self.transfers]

    @cached_property
    def _transfers_filed(self) -> list[Row]:
        earlier = self.carried.open("transfers")
        return [row for row in self.rows("T13", "transfers") if text(row.get("transfer_id")) not in earlier]

    @cached_property
    def transfer_numbers(self) -> dict[str, str]:
        """The number each transfer of this office was given, by task; whatever was filed under one keeps it."""
        return self.ws.store.document(*NUMBERS) or {}

    def own_transfers(self, on: date) -> list[Row]:
        """Return the T13 rows this office still has to file or to bring to an end, numbered for good."""
        unit = self.ws.unit.code
        own = [row for row in self.results if text(row.get("inspecting_unit")) == unit]
        filed = [row for row in self.transfers if text(row.get("from_unit")) == unit]
        carried = [{"task_id": "", "transfer_id": name} for name in self.carried.open("transfers")]
        numbers = transfer.numbered(own, [*carried, *filed], self.transfer_numbers, self.ws.year)
        return transfer.propose(own, self.problems(on), numbers, filed, self.ws.policy)

    def matters(self, on: date) -> dict[str, list[Row]]:
        """Return what earlier years left unfinished, each row with `is_closed` on the day `on` (R65)."""
        return rollover.matters(
            self.carried,
            rectifications=self.rows("T12", "rectifications"),
            transfers=self.rows("T13", "transfers"),
            results=self.results,
            requests=self.requests(),
            on=on,
        )

    def known_visits(self) -> dict[str, Row]:
        """Return when each target was last visited by lot, as far as this office knows today (docs/architecture.md, Roll-over)."""
        targets = [*self.targets(), *self.practitioners()]
        return rollover.visits(self.carried.visits, targets, self.results, self.ws.year)

    def uncovered(self, k: int) -> list[Row]:
        """Return the practising targets that nobody inspected in `k` years, this one included (R12)."""
        practising = [
            row for row in (*self.targets(), *self.practitioners()) if text(row.get("practice_state")) == "正常执业"
        ]
        return rollover.uncovered(practising, self.known_visits(), self.ws.year, k)

    def repeats(self, on: date) -> list[Row]:
        """Return the problems of this year that the same target had on the same item in an earlier year (R47)."""
        parents = {text(row.get("item_code")): text(row.get("parent_item_code")) for row in self.items()}
        return rectify.repeats(self.problems(on), self.carried.problems, parents)

    def own_matters(self, on: date) -> dict[str, list[Row]]:
        """Return the unfinished matters that this office itself has to end."""
        unit = self.ws.unit.code
        return {
            kind: [row for row in found if text(row.get(rollover.OWNER[kind])) == unit]
            for kind, found in self.matters(on).items()
        }

    def waiving(self) -> list[Row]:
        """Return the requests (T16) by which this office grants leave from a rule, also those still valid from earlier."""
        own = (row for row in self.rows("T16", "requests") if text(row.get("_unit")) == self.ws.unit.code)
        return [*self.carried.waivers, *own]

    def problems(self, on: date) -> list[Row]:
        """Return the catalogue of problems with what T12 says of them; `_unit` is who found it, `task_kind` by what kind of visit."""
        heads = by(self.results, "task_id")
        lines = {
            (text(r.get("task_id")), text(r.get("item_code")), text(r.get("problem"))): r["_ref"]
            for r in self.checklist
        }
        found = []
        for row in rectify.follow(
            rectify.problems(self.results, self.checklist), self.rows("T12", "rectifications"), on
        ):
            ref = row["_origin"].get("_ref") or lines[row["task_id"], row["item_code"], row["problem"]]
            found.append(
                {
                    **row,
                    "_unit": text(heads[row["task_id"]].get("inspecting_unit")),
                    "task_kind": text(heads[row["task_id"]].get("task_kind")),
                    "_ref": ref,
                    "target_type": row["_target_type"],
                }
            )
        return found

    def entries(self, on: date) -> list[publish.Entry]:
        """Return every finished result with its state of publication."""
        followed: dict[str, list[Row]] = {}
        for row in self.problems(on):
            followed.setdefault(row["task_id"], []).append(row)
        return publish.entries(
            self.results,
            self.described_tasks(),
            [*self.requests(), *self.withheld_below()],
            followed,
            self._editions(),
            self.ws.policy,
            on,
            bodies=publish.bodies_of(self.targets(), self.practitioners()),
            barred=doubting.barred(self),
        )

    def described_tasks(self) -> dict[str, Row]:
        """Return the tasks, and for results from below what their checklist says of the items."""
        found = dict(self.tasks)
        names: dict[str, dict[str, None]] = {}
        for row in self.checklist:
            names.setdefault(text(row.get("task_id")), {})[text(row.get("item_name"))] = None
        for name, items in names.items():
            found.setdefault(name, {"plan_name": "", "item_names": "；".join(items)})
        return found

    @cached_property
    def told_below(self) -> list[below.Told]:
        """What the newest packages of the offices below say besides their rows."""
        return below.told(self.ws.store)

    def withheld_below(self) -> list[Row]:
        """Return the approved exceptions from publication (T16) that the offices below reported."""
        found = ((one.unit, row) for one in self.told_below for row in one.withheld)
        return [row for unit, row in found if self._is_of(unit, text(row.get("reference")))]

    def drawn_below(self) -> list[Row]:
        """Return what the offices below drew or had left from the year before, each task once, with its place in the package."""
        found = (
            {**row, "_ref": ("package", "drawn", f"{one.package}/{text(row.get('task_id'))}")}
            for one in self.told_below
            for row in one.drawn
            if text(row.get("unit")) in loader.subtree(one.unit)
        )
        return list(by(found, "task_id").values())

    @cached_property
    def _inspecting(self) -> dict[str, str]:
        return {text(row.get("task_id")): text(row.get("inspecting_unit")) for row in self.results}

    def _is_of(self, unit: str, task: str) -> bool:
        """Return whether a result is that of `unit` or of an office below it: nobody speaks for another's inspections."""
        return self._inspecting.get(task) in loader.subtree(unit)

    def _editions(self) -> dict[str, Row]:
        return publish.earlier_of(self.ws.store.documents("publication"))

    def published(self) -> dict[str, Publication]:
        """Return task id -> publication: by this office, as the offices below reported with their packages, and as those
        without this program typed it into their results (T10).
        """
        speaking = {self.ws.unit.code}.union(*(loader.subtree(one.unit) for one in self.told_below))
        typed = (row for row in self.results if text(row.get("inspecting_unit")) not in speaking)
        found: dict[str, Publication] = publication.of_results(typed)
        for one in self.told_below:
            said = publication.of_package(one.package, one.published)
            found |= {name: standing for name, standing in said.items() if self._is_of(one.unit, name)}
        return found | publication.of_editions(self.ws.store.documents("publication"))

    def private(self) -> leak.Private:
        """Return every value that must not appear in anything public."""
        tables = [(loader.template(code).sheet(name), self.rows(code, name)) for code, name in PERSONAL]
        covers = [text(one["cover"].get("phone")) for one in self.ws.store.submissions()]
        return leak.private_values(tables, extra=[one for one in covers if one])

    def public_source(self, template: str, sheet: str) -> list[Row]:
        """Return the rows a public edition may show at all: of items, plans and people what is public, of plans the own ones."""
        own = {"T01": self.items, "T07": self.plans}.get(template)
        found = own() if own else self.rows(template, sheet)
        return [row for row in found if readers.is_public(template, row)]

    def doubts(self, on: date) -> list[outcomes.Doubt]:
        """Return everything about results, rectifications and transfers that does not fit (`engine.workflow.doubting`)."""
        return doubting.doubts(self, on)

    # ---- editions of the registers ---------------------------------------------------------------------------------

    def edition(self, template: str, sheet: str, version: int) -> list[Row]:
        """Return one edition of a register; nothing for version 0."""
        return rows(self.ws.store.register(template, sheet, version)) if version else []

    def edition_range(self, template: str, sheet: str) -> tuple[int, int]:
        """Return the first and the newest edition of a register, 0 and 0 when there is none."""
        newest = self.ws.store.register(template, sheet)
        last = int(newest["_version"].iloc[0]) if len(newest) else 0
        return (1 if last else 0), last

    def within_year(self, on: date) -> date:
        """Return `on`, or the last day of this office's year once that is over: what came later belongs to the next."""
        return min(on, date(self.ws.year, 12, 31))

    def filed(self) -> Row:
        """Return the computation that this year's accepted change filing (T14) of this office rests on, {} for none (R54)."""
        accepted = [
            one["at"] for one in self.ws.store.submissions("T14", "accepted") if one["unit"] == self.ws.unit.code
        ]
        kept = self.ws.store.document("filing", f"{self.ws.unit.code}-{self.ws.year}")
        declared = [row for row in self.rows("T14", "changes") if text(row.get("_unit")) == self.ws.unit.code]
        return differences.filed(kept, accepted, declared)

    def sides(
        self, template: str, sheet: str, on: date, since: Mapping[str, int] | None = None
    ) -> tuple[list[Row], list[Row]]:
        """Return a register as the year found it, which is as it was last filed (or in edition `since`), and on the day `on`.

        Both as approved one-line changes make it (T16 名录变更; decisions 23): before, those that the last filing named already.
        """
        first, last = self.edition_range(template, sheet)
        base = since or {}
        before, after = self.edition(template, sheet, base.get(template, first)), self.edition(template, sheet, last)
        asked = [row for row in self.requests() if text(row.get("request_type")) == outstanding.KIND]
        if not asked:
            return before, after
        filed = [row for row in asked if row.get(rollover.FILED)]
        return (
            outstanding.applied(template, before, filed, on)[0],
            outstanding.applied(template, after, asked, on)[0],
        )

    def unshown(self, on: date) -> list[Row]:
        """Return the approved one-line changes that the registers of this office do not show yet (`outstanding.unshown`)."""
        registers = {
            template: self.edition(template, sheet, self.edition_range(template, sheet)[1])
            for template, sheet, _ in differences.REGISTERS
        }
        return outstanding.unshown(self.requests(), registers, on)

    def computed_changes(self, on: date) -> list[Row]:
        """Return the changes of this year as the filing computes them."""
        found = []
        for template, sheet, register in differences.REGISTERS:
            before, after = self.sides(template, sheet, on)
            changed = differences.compare(
                before, after, template=template, sheet=sheet, register=register, divisions=loader.divisions()
            )
            rows = {text(row.get(differences.IDENTITY[template])): row for row in (*before, *after)}
            keys = {name: text(row.get("_key")) for name, row in rows.items()}
            found += [
                {
                    **row,
                    "_ref": (template, sheet, keys.get(row["subject_id"], row["subject_id"])),
                    "_unit": text(rows.get(row["subject_id"], {}).get("_unit")) or self.ws.unit.code,
                }
                for row in changed
            ]
        return differences.with_requests(found, self.requests())

    def touched(self) -> dict[str, str]:
        """Return what this year's inspections had to do with a target or a person."""
        done = {text(row.get("target_id")) for row in self.results}
        found = {}
        for task in self.tasks.values():
            found[task["target_id"]] = "已检查" if task["target_id"] in done else "已派发"
            for person in (*task["team"], *task["expert_ids"]):
                found[person] = "已派发"
        return found

    # ---- what the ledger counts ------------------------------------------------------------------------------------

    def source(self, at: datetime) -> figures.Source:
        """Return everything the ledger counts on the day of `at`."""
        on = at.date()
        tasks, problems = list(self.tasks.values()), self.problems(on)
        bodies = by(self.targets(), "target_id")
        practitioners = [
            {**row, "division": bodies.get(text(row.get("institution_id")), {}).get("division")}
            for row in self.practitioners()
        ]
        return figures.Source(
            unit=self.ws.unit,
            year=self.ws.year,
            on=on,
            items=[{"_ref": ("schemas", "provincial", text(row["item_code"])), **row} for row in self.items()],
            targets=self.targets(),
            practitioners=practitioners,
            inspectors=self.inspectors(),
            experts=self.experts(),
            plans=self.rows("T07", "plans"),
            tasks=tasks,
            tasks_below=self.drawn_below(),
            results=self.results,
            checklist=self.checklist,
            problems=problems,
            transfers=self.transfers,
            activities=self.rows("T18", "activities"),
            changes=differences.with_filings(
                self.computed_changes(self.within_year(on)), self.rows("T14", "changes"), apart=self.ws.unit.code
            ),
            board=self._board(at),
            draws=self._draws(),
            entries=self.entries(on),
            published=self.published(),
            ends=outcomes.end_states(tasks, self.results, self.requests()),
            followed=self._followed(problems),
            closings=self._closings(problems),
            judgements=self._judged(),
            replaced=self._replaced(),
            matters=self.matters(on) if self.carried.year else {},
            told=[
                levels.Stated(unit=one.unit, made_at=one.made_at, package=one.package, figures=levels.read(one.figures))
                for one in self.told_below
            ],
        )

    def _board(self, at: datetime) -> list[Row]:
        excuses = timeliness.excused(self.ws.store.documents("excuse"))
        owed = timeliness.owed_to(self.ws.policy, self.ws.unit, excuses)
        found = timeliness.board(owed, self.ws.store.submissions(), at)
        return [{**row, "_ref": ("报送", "", f"{row['unit']}/{row['template']}")} for row in found]

    def _draws(self) -> list[dict[str, Any]]:
        labels = {type_code(one.label): one.label for one in loader.code_lists()["C02"].entries}
        found = []
        for name in self.ws.store.documents("freeze"):
            stage = Stage(self.ws, name)
            if stage.drawn is None:
                continue
            base: dict[str, list[str]] = {}
            for target in stage.registers.targets:
                base.setdefault(labels[target["type"]], []).append(target["id"])
            found.append(
                {
                    "draw_id": name,
                    "plan_id": stage.plan.id,
                    "task_kind": stage.plan.task_kind,
                    "drawn_at": stage.drawn.reveal["at"],
                    "base": base,
                    "base_size": len(stage.registers.targets),
                    "sample_size": len(stage.drawn.drawn),
                    "drawn": list(stage.drawn.drawn),
                    "commitment": stage.frozen["commitment"],
                    "result_sha256": stage.root(),
                    "is_void": stage.is_void,
                }
            )
        return found

    def _followed(self, problems: list[Row]) -> dict[str, str]:
        """Return task id -> the state the visit has reached by what followed from it, whoever made it (as T09 says of own tasks)."""
        passed = by(self.transfers, "task_id")
        left = Counter(row["task_id"] for row in problems if not row["is_closed"])
        return {
            name: tasking.status_after(row, left[name], passed.get(name), tasking.TO_REVIEW)
            for name, row in by(self.results, "task_id").items()
        }

    def _closings(self, problems: list[Row]) -> dict[str, list[Ref]]:
        """Return task id -> the re-checks (T12) and the transfer (T13) by which it is over or not: what `_followed` rests on."""
        found: dict[str, list[Ref]] = {}
        for row in problems:
            if "_ref" in row["_origin"]:
                found.setdefault(row["task_id"], []).append(row["_origin"]["_ref"])
        for row in self.transfers:
            found.setdefault(text(row.get("task_id")), []).append(row["_ref"])
        return found

    def _judged(self) -> list[Row]:
        table = self.ws.policy.value("weights", self.ws.unit.code)
        made: dict[str, list[Row]] = {}
        for row in figures.visits(self.results):
            made.setdefault(text(row.get("target_id")), []).append(row)
        judged, filed = self.judgements(), by(self.evidence(), "target_id")
        found = []
        for row in self.targets():
            name = text(row.get("target_id"))
            last = text(row.get("last_inspected_on"))[:4]
            since = self.ws.year - int(last) if last.isdigit() else None
            found.append(
                {
                    "target_id": name,
                    "target_name": row.get("name"),
                    "judgement": judged[name].value,
                    "reason": judged[name].reason,
                    "weight": differentiate.weight(judged[name].value, judged[name].credit or "N", since, table),
                    "inspections_this_year": len(made.get(name, ())),
                    "_refs": [row["_ref"], *([filed[name]["_ref"]] if name in filed else [])],
                    "_cells": {"inspections_this_year": counted.of(made.get(name, ()))},
                }
            )
        return found

    def _replaced(self) -> dict[str, list[Ref]]:
        """Return certificate number -> the record of the draw, once for each time the person was replaced."""
        found: dict[str, list[Ref]] = {}
        for name, log in self.ws.store.documents("log").items():
            people = self.ws.store.document("freeze", name)["frozen"]["people"]
            for line in log:
                if line["kind"] == "vacancy" and line["person"]:
                    number = people[line["person"]]["certificate"]
                    found.setdefault(number, []).append(("log", "", name))
        return found
