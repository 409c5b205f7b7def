"""One master, an edition for each reader: exactly the rows and cells that `schemas/readers.csv` gives to him (R63, R55).

A cell nobody granted stays empty, a row without any granted cell is left out. Pure: rows in, rows out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.checks.content import is_free
from engine.checks.content import masked as hidden
from engine.plan import FIELD_OF_TYPE
from engine.results import certificates
from engine.values import Row, by, text, yes
from schemas import loader, readers
from schemas.declare import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Key = tuple[str, str]
DOERS = ("unit_code", "inspecting_unit", "unit", "from_unit", "to_unit")
OWN_IDS = ("target_id", "certificate_no", "inspector_id", "expert_id", "licence_no")
SUBJECTS = ("target_id", "subject_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads: the kind, how it is named, the unit it sits in, the ids and names that mean it."""

    kind: str
    name: str
    unit: str = ""
    ids: frozenset[str] = frozenset()

    @property
    def edition(self) -> str:
        """The name of its edition."""
        return readers.KINDS[self.kind]


PUBLIC = Reader(kind="public", name="公众")
SUPERVISOR = Reader(kind="supervisor", name="监督")


class Editions:
    """Everything that can be handed out, and who stands in which row of it. `given`: (template, sheet) -> rows."""

    def __init__(self, given: Mapping[Key, Sequence[Row]]) -> None:
        """Index targets, officers and visits once."""
        self.given = given
        self.bodies = by((*given.get(("T02", "targets"), ()), *given.get(("T03", "practitioners"), ())), "target_id")
        self.officers = by(given.get(("T04", "inspectors"), ()), "certificate_no")
        self.experts = by(given.get(("T05", "experts"), ()), "expert_id")
        self.visits = by(given.get(("T09", "tasks"), ()), "task_id")
        for row in given.get(("T10", "results"), ()):
            self.visits.setdefault(text(row.get("task_id")), row)

    def reader(self, who: str) -> Reader | None:
        """Return the reader called by 公众, 监督, a unit's code, an officer's certificate, an expert's or target's id."""
        for one in (PUBLIC, SUPERVISOR):
            if who in (one.name, one.kind):
                return one
        if who in loader.units():
            unit = loader.units()[who]
            return Reader(kind=readers.kind_of(unit.level), name=unit.name, unit=who, ids=frozenset({who}))
        if who in self.bodies:
            return Reader(kind="target", name=text(self.bodies[who].get("name")), ids=frozenset({who}))
        for kind, known, keys in (
            ("inspector", self.officers.values(), ("certificate_no", "inspector_id")),
            ("expert", self.experts.values(), ("expert_id", "licence_no")),
        ):
            fitting = [row for row in known if who in {text(row.get(key)) for key in keys} and who]
            if len(fitting) == 1:
                ids = frozenset(text(fitting[0].get(key)) for key in keys) - {""}
                return Reader(kind=kind, name=text(fitting[0].get("name")), ids=ids)
        return None

    def of(self, reader: Reader) -> dict[Key, list[Row]]:
        """Return (template, sheet) -> rows with granted cells only, in the order of the master."""
        found: dict[Key, list[Row]] = {}
        for key, rows in self.given.items():
            rules = [one for one in readers.rules() if (one.template, one.sheet, one.reader) == (*key, reader.kind)]
            kept = []
            for row in rows:
                keys = frozenset().union(*(one.keys for one in rules if self._shares(one, row, reader)))
                if keys:
                    kept.append({name: value for name, value in row.items() if name in keys})
            if kept:
                found[key] = kept
        return found

    def _shares(self, rule: readers.Rule, row: Row, reader: Reader) -> bool:
        match rule.share:
            case "all":
                return True
            case "public":
                return is_public(rule.template, row)
            case "consented":
                return yes(row.get("consents_publication"))
            case "own":
                return text(row.get("_unit")) in reader.ids
            case "inside":
                return bool(self._places(rule.template, row) & loader.subtree(reader.unit))
            case "ours":
                return bool(self._doers(rule.template, row) & loader.subtree(reader.unit))
            case "self":
                return bool(self._ids(row) & reader.ids)
            case "mine":
                return self._takes_part(rule.template, row, reader)
        return bool(text(row.get("decided_on"))) and self._is_of_trade(row, reader)

    def _ids(self, row: Row) -> set[str]:
        return {text(row.get(key)) for key in OWN_IDS} - {""}

    def _visit(self, row: Row) -> Row:
        return self.visits.get(text(row.get("task_id") or row.get("reference")), {})

    def _body(self, row: Row) -> Row:
        return next((self.bodies[name] for key in SUBJECTS if (name := text(row.get(key))) in self.bodies), {})

    def _doers(self, template: str, row: Row) -> set[str]:
        """Return the units that inspect, file or decide what a row tells, and those whose people go along."""
        visit = self._visit(row)
        found = {text(one.get(key)) for one in (row, visit) for key in DOERS}
        for number in certificates(visit.get("inspectors")):
            found.add(text(self.officers.get(number, {}).get("unit_code")))
        # Who sent a file matters only where nothing else says whose the row is: a city passes on its counties' rows.
        if template == "T16" or not found - {""}:
            found.add(text(row.get("_unit")))
        return found - {""}

    def _places(self, template: str, row: Row) -> set[str]:
        """Return the doers, and the units where the target of a row lies or that supervise it."""
        found = self._doers(template, row)
        for one in (row, self._body(row), self._body(self._visit(row))):
            institution = self.bodies.get(text(one.get("institution_id")), {})
            found |= {text(one.get("division")), text(one.get("supervisor")), text(institution.get("division"))}
        return found - {""}

    def _takes_part(self, template: str, row: Row, reader: Reader) -> bool:
        if template == "T05":
            return bool(self._ids(row) & self._experts_met(reader))
        visit = self._visit(row) or row
        if reader.kind == "target":
            return bool({text(one.get(key)) for one in (row, visit) for key in SUBJECTS} & reader.ids)
        return bool({*certificates(visit.get("inspectors")), *_experts_of(visit)} & reader.ids)

    def _experts_met(self, reader: Reader) -> set[str]:
        """Return the experts of the visits a reader sees: of an officer's team, of a body's visits, within a county."""
        inside = loader.subtree(reader.unit) if reader.unit else frozenset()
        return {
            one
            for visit in self.visits.values()
            if (self._places("T09", visit) & inside if reader.unit else self._takes_part("T09", visit, reader))
            for one in _experts_of(visit)
        }

    def _is_of_trade(self, row: Row, reader: Reader) -> bool:
        unit = loader.units()[reader.unit]
        body = self._body(row)
        if FIELD_OF_TYPE.get(text(body.get("target_type"))) != unit.trade:
            return False
        return unit.level is Level.PROVINCE_ASSOCIATION or bool(self._places("T13", row) & loader.subtree(unit.parent))


def is_public(template: str, row: Row) -> bool:
    """Return whether a row may be shown to everybody: public items and officers, consenting experts, approved plans (R18, R37)."""
    if template in ("T01", "T04"):
        return yes(row.get("is_public"))
    if template == "T05":
        return yes(row.get("consents_publication"))
    return template != "T07" or bool(text(row.get("approved_by")))


def distribution(sheets: Iterable[Key]) -> list[tuple[str, str, str, str]]:
    """Return the distribution list of documents (R55): (template, sheet, edition, what share of it), as declared."""
    wanted = set(sheets)
    return [
        (one.template, one.sheet, readers.KINDS[one.reader], one.share)
        for one in readers.rules()
        if (one.template, one.sheet) in wanted
    ]


def masked(reader: Reader, found: Mapping[Key, Sequence[Row]], *, with_certificates: bool) -> dict[Key, list[Row]]:
    """Return an edition with what is held back from everybody outside: numbers of people in free text (D119), and by policy
    the certificate number in the roster. A public text keeps its words: the leak scan refuses it or a reviewer releases it.
    """
    if reader.kind != "public":
        found = {key: _without_numbers(key, rows) for key, rows in found.items()}
    if with_certificates or reader.kind not in (
        "public",
        "target",
        "expert",
        "province_association",
        "city_association",
    ):
        return {key: list(rows) for key, rows in found.items()}
    return {
        key: [{**row, "certificate_no": None} if key[0] == "T04" else row for row in rows]
        for key, rows in found.items()
    }


def _without_numbers(key: Key, rows: Sequence[Row]) -> list[Row]:
    free = [one.key for one in loader.template(key[0]).sheet(key[1]).fields if is_free(one)]
    return [{**row, **{name: hidden(row[name]) for name in free if isinstance(row.get(name), str)}} for row in rows]


def _experts_of(visit: Row) -> set[str]:
    return {text(one) for one in visit.get("expert_ids") or ()}
