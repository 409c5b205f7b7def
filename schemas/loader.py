"""Reads the declarations and refuses a typo: unknown keys, dangling references, doubled keys (architecture §5).

Every function returns frozen records and caches them; the files are part of the installed package.
"""

from __future__ import annotations

import tomllib
from dataclasses import fields as dataclass_fields
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from schemas import HOME, table
from schemas.declare import (
    Code,
    CodeList,
    Division,
    Duty,
    Field,
    FieldType,
    IssueText,
    Level,
    Policy,
    Privacy,
    SchemaError,
    Shape,
    Sheet,
    SwitchedOff,
    Template,
    Unit,
)

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def _toml(path: Traversable) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SchemaError(f"{path}: {error}") from error


def _record(kind: type, given: dict[str, Any], where: str) -> dict[str, Any]:
    """Return `given` if every key is declared by `kind`; a typo is refused with the keys that would fit."""
    known = {one.name for one in dataclass_fields(kind)}
    unknown = sorted(set(given) - known)
    if unknown:
        raise SchemaError(f"{where}: unknown key {unknown[0]!r}, expected one of {', '.join(sorted(known))}")
    return given


def _enum(kind: type, value: str, where: str) -> Any:
    try:
        return kind(value)
    except ValueError as error:
        raise SchemaError(f"{where}: {error}") from error


def parse_field(given: dict[str, Any], where: str) -> Field:
    """Return the `Field` of one `[[sheet.field]]` table; SchemaError names the place."""
    where = f"{where}: field {given.get('key', '?')!r}"
    data = dict(_record(Field, given, where))
    if "key" not in data or "title" not in data:
        raise SchemaError(f"{where}: key and title are needed")
    data["type"] = _enum(FieldType, data.get("type", "text"), where)
    data["privacy"] = _enum(Privacy, data.get("privacy", "internal"), where)
    if "shape" in data:
        data["shape"] = _enum(Shape, data["shape"], where)
    data["required_if"] = tuple((key, tuple(values)) for key, values in data.get("required_if", {}).items())
    data["aliases"] = tuple(data.get("aliases", ()))
    if data["type"] in (FieldType.CODE, FieldType.CODES) and "codes" not in data:
        raise SchemaError(f"{where}: type {data['type']} needs a code list")
    if "codes" in data and data["codes"] not in code_lists():
        raise SchemaError(f"{where}: no code list {data['codes']!r}")
    return Field(**data)


def parse_sheet(given: dict[str, Any], where: str) -> Sheet:
    """Return the `Sheet` of one `[[sheet]]` table; keys and conditions must name fields that exist."""
    where = f"{where}: sheet {given.get('name', '?')!r}"
    data = dict(given)
    parsed = tuple(parse_field(one, where) for one in data.pop("field", ()))
    data = dict(_record(Sheet, data, where))
    keys = [one.key for one in parsed]
    doubled = sorted({key for key in keys if keys.count(key) > 1})
    if doubled:
        raise SchemaError(f"{where}: field {doubled[0]!r} is declared twice")
    named = [*data.get("key", ()), *(key for one in parsed for key, _ in one.required_if)]
    missing = [key for key in named if key not in keys]
    if missing:
        raise SchemaError(f"{where}: {missing[0]!r} is not a field of this sheet")
    data["key"], data["checks"] = tuple(data.get("key", ())), tuple(data.get("checks", ()))
    strange = [name for name in data["checks"] if name not in check_rules()]
    if strange:
        raise SchemaError(f"{where}: no check {strange[0]!r}, see schemas/checks.csv")
    return Sheet(fields=parsed, **data)


def parse_template(given: dict[str, Any], where: str) -> Template:
    """Return the `Template` of one file of `sheets/`."""
    data = dict(given)
    sheets = tuple(parse_sheet(one, where) for one in data.pop("sheet", ()))
    data = dict(_record(Template, data, where))
    data["reporters"] = tuple(_enum(Level, one, where) for one in data.get("reporters", ()))
    data["accepts"] = tuple(data.get("accepts", (data.get("version", ""),)))
    data["notes"] = tuple(data.get("notes", ()))
    try:
        return Template(sheets=sheets, **data)
    except TypeError as error:
        raise SchemaError(f"{where}: {error}") from error


def read_templates(folder: Traversable) -> dict[str, Template]:
    """Return every template declared in `folder` by code, in order of code."""
    found = {}
    for path in sorted(folder.iterdir(), key=lambda one: one.name):
        if path.name.endswith(".toml"):
            one = parse_template(_toml(path), f"schemas/sheets/{path.name}")
            if one.code in found:
                raise SchemaError(f"schemas/sheets/{path.name}: {one.code} is declared twice")
            found[one.code] = one
    for one in found.values():
        if one.consolidates_to and one.consolidates_to not in found:
            raise SchemaError(f"schemas/sheets/{one.code}.toml: consolidates_to: no template {one.consolidates_to!r}")
    return found


@lru_cache(maxsize=1)
def templates() -> dict[str, Template]:
    """Return the standard templates T00-T18 by code."""
    return read_templates(HOME / "sheets")


def template(code: str) -> Template:
    """Return the template called `code` (T06, T06b, ...); SchemaError when there is none."""
    try:
        return templates()[code]
    except KeyError as error:
        raise SchemaError(f"no template {code!r}, there are {', '.join(templates())}") from error


@lru_cache(maxsize=1)
def check_rules() -> dict[str, str]:
    """Return the cross-field checks a sheet may name and what each asserts; `checks.csv` also names the X-rules."""
    return {row["name"]: row["meaning"] for row in table("checks.csv")}


def codes_of(field: Field) -> CodeList | None:
    """Return the code list of `field`, None when it has none."""
    return code_lists()[field.codes] if field.codes else None


@lru_cache(maxsize=1)
def code_lists() -> dict[str, CodeList]:
    """Return the code lists C01-C52 by code; `codes/index.csv` holds title and openness."""
    found = {}
    for row in table("codes", "index.csv"):
        entries = tuple(
            Code(one["code"], one["label"], tuple(filter(None, one.get("aliases", "").split("|"))))
            for one in table("codes", f"{row['list']}.csv")
        )
        labels = [entry.label for entry in entries]
        if len(set(labels)) != len(labels):
            raise SchemaError(f"schemas/codes/{row['list']}.csv: a label stands twice")
        found[row["list"]] = CodeList(row["list"], row["title"], entries, row["open"] == "1")
    return found


@lru_cache(maxsize=1)
def divisions() -> dict[str, Division]:
    """Return the GB/T 2260 divisions by code, abolished ones included (they carry `valid_to`)."""
    return {
        row["code"]: Division(
            row["code"],
            row["name"],
            row["level"],
            row["parent"],
            row["valid_from"],
            row["valid_to"],
            row["successor"],
            tuple(filter(None, row["aliases"].split("|"))),
        )
        for row in table("divisions.csv")
    }


@lru_cache(maxsize=1)
def units() -> dict[str, Unit]:
    """Return the reporting units by code: divisions, associations, functional zones, the legal-aid centre (R02, R08)."""
    found = {}
    for row in table("units.csv"):
        found[row["code"]] = Unit(
            code=row["code"],
            name=row["name"],
            level=_enum(Level, row["level"], f"schemas/units.csv: {row['code']}"),
            parent=row["parent"],
            division=row["division"],
            short_name=row["short_name"],
            aliases=tuple(filter(None, row["aliases"].split("|"))),
            sector=row["sector"],
        )
    for one in found.values():
        if one.parent and one.parent not in found:
            raise SchemaError(f"schemas/units.csv: {one.code}: no parent {one.parent!r}")
    return found


@lru_cache(maxsize=1_000)
def children(unit: str) -> tuple[Unit, ...]:
    """Return the units directly below `unit`, by code."""
    return tuple(sorted((one for one in units().values() if one.parent == unit), key=lambda one: one.code))


@lru_cache(maxsize=1_000)
def subtree(unit: str) -> frozenset[str]:
    """Return the codes of `unit` and everything below it."""
    inside = {unit}
    for one in children(unit):
        inside |= subtree(one.code)
    return frozenset(inside)


def upward(unit: str) -> list[str]:
    """Return the codes of `unit` and all that stand above it, lowest first; nothing for a code nobody has."""
    chain: list[str] = []
    while unit in units() and unit not in chain:
        chain.append(unit)
        unit = units()[unit].parent
    return chain


def comes_from_above(form: str, unit: str, receiver: str) -> bool:
    """Return whether the template `form` of `unit` is one that an office above sends down to `receiver` (R16-R18)."""
    return template(form).sent_down and unit in upward(receiver)[1:]


def _parse_duty(given: dict[str, Any], year: int) -> Duty:
    where = f"schemas/policy: duty {given.get('template')}"
    _record(Duty, given, where)
    if given.get("template") not in templates():
        raise SchemaError(f"{where}: no such template")
    try:
        month, day = (int(part) for part in given["deadline"].split("-"))
        return Duty(
            template=given["template"],
            period=given["period"],
            reporters=tuple(_enum(Level, level, where) for level in given["reporters"]),
            deadline=date(year, month, day),
            quota=given.get("quota"),
        )
    except (KeyError, ValueError) as error:
        raise SchemaError(f"{where}: {error}") from error


def _overlay(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Return `below` with every single value of `above` over it; tables are overlaid key by key."""
    merged = dict(below)
    for key, value in above.items():
        own = merged.get(key)
        merged[key] = _overlay(own, value) if isinstance(own, dict) and isinstance(value, dict) else value
    return merged


def read_policy(year: int, base: dict[str, Any], own: dict[str, Any]) -> Policy:
    """Return the policy of `year` from parsed `base` and `own`; a duty of `own` replaces that of the same reporters."""
    for given in (base, own):
        unknown = sorted(set(given) - {"duty", "values", "unit", "switched_off"})
        if unknown:
            raise SchemaError(f"schemas/policy: unknown table {unknown[0]!r}")
    unnamed = sorted(set(own.get("values", {})) - set(base.get("values", {})))
    if unnamed:
        raise SchemaError(f"schemas/policy/{year}.toml: unknown value {unnamed[0]!r}, base.toml declares them all")
    duties: dict[tuple[str, tuple[Level, ...]], Duty] = {}
    for given in (*base.get("duty", ()), *own.get("duty", ())):
        one = _parse_duty(given, year)
        duties[one.template, one.reporters] = one
    values = _overlay(base.get("values", {}), own.get("values", {}))
    overrides = _overlay(base.get("unit", {}), own.get("unit", {}))
    for code, given in overrides.items():
        where = f"schemas/policy: unit {code}"
        if code not in units():
            raise SchemaError(f"{where}: no such unit")
        for name in given:
            kind, _, template_code = name.partition("_")
            if name not in values and not (kind in ("quota", "deadline") and template_code in templates()):
                raise SchemaError(f"{where}: unknown value {name!r}")
    for given in (values, *overrides.values()):
        _check_weights(_overlay(values.get("weights", {}), given.get("weights", {})))
    off = tuple(_parse_switch(one, year) for given in (base, own) for one in given.get("switched_off", ()))
    return Policy(year=year, duties=tuple(duties.values()), values=values, overrides=overrides, switched_off=off)


def _check_weights(weights: dict[str, dict[str, int]]) -> None:
    """Raise SchemaError where worse would weigh less: D ≥ C ≥ B ≥ A, 重点 ≥ 正常 ≥ 减少, a longer gap ≥ a shorter one (decisions 5)."""
    rising = {"credit": "ABCD", "judgement": ("减少", "正常", "重点"), "years_since_inspection": None}
    for factor, classes in weights.items():
        order = rising.get(factor) or sorted(classes, key=int)
        shares = [classes[name] for name in order if name in classes]
        if shares != sorted(shares):
            raise SchemaError(f"schemas/policy: weights.{factor}: a worse class must not weigh less than a better one")


def _parse_switch(given: dict[str, Any], year: int) -> SwitchedOff:
    where = f"schemas/policy/{year}.toml: switched_off {given.get('code')}"
    if set(given) != {"code", "from", "reason"} or not str(given.get("reason", "")).strip():
        raise SchemaError(f"{where}: needs code, from and a reason")
    if given["code"] not in issue_texts():
        raise SchemaError(f"{where}: no such code")
    try:
        since = date.fromisoformat(str(given["from"])).isoformat()
    except ValueError as error:
        raise SchemaError(f"{where}: from is not a day") from error
    return SwitchedOff(code=given["code"], since=since, reason=given["reason"])


@lru_cache(maxsize=32)
def policy(year: int, own: tuple[tuple[str, str, object], ...] = ()) -> Policy:
    """Return the policy of `year`: policy/base.toml, policy/<year>.toml over it, over both what an office set of its own (R01, R03).

    own: (unit, name, value); without a unit the value holds for the office whose policy this is.
    """
    path = HOME / "policy" / f"{year}.toml"
    given = _toml(path) if path.is_file() else {}
    office: dict[str, dict[str, Any]] = {"values": {}, "unit": {}}
    for unit, name, value in own:
        (office["unit"].setdefault(unit, {}) if unit else office["values"])[name] = value
    return read_policy(year, _toml(HOME / "policy" / "base.toml"), _overlay(given, office) if own else given)


@lru_cache(maxsize=4)
def provincial_items(year: int) -> tuple[dict[str, str], ...]:
    """Return the provincial list of items of `year` as T01 rows, all values text; an earlier list holds until replaced."""
    names = sorted(one.name for one in (HOME / "items").iterdir() if one.name.endswith(".csv"))
    fitting = [name for name in names if name <= f"provincial-{year}.csv"] or names[:1]
    known = {one.key for one in template("T01").sheet("items").fields}
    rows = table("items", fitting[-1])
    if rows and set(rows[0]) != known:
        raise SchemaError(f"schemas/items/{fitting[-1]}: columns differ from T01: {sorted(set(rows[0]) ^ known)}")
    return tuple(rows)


@lru_cache(maxsize=1)
def holidays() -> dict[str, tuple[str, str]]:
    """Return ISO date -> (kind `off` or `work`, source) of every day that differs from Monday-Friday (R61)."""
    return {row["date"]: (row["kind"], row["source"]) for row in table("calendar", "days.csv")}


@lru_cache(maxsize=1)
def calendar_years() -> frozenset[int]:
    """Return the years whose official calendar is known; any other year must be refused loudly."""
    return frozenset(int(row["year"]) for row in table("calendar", "years.csv"))


@lru_cache(maxsize=1)
def issue_texts() -> dict[str, IssueText]:
    """Return the issue catalogue by code (DR-<area><nnn>): every file of issues/, a code stands in one of them."""
    found: dict[str, IssueText] = {}
    for path in sorted((HOME / "issues").iterdir(), key=lambda one: one.name):
        for code, given in _toml(path).items() if path.name.endswith(".toml") else ():
            where = f"schemas/issues/{path.name}: {code}"
            if code in found:
                raise SchemaError(f"{where}: declared twice")
            data = _record(IssueText, {"code": code, **given}, where)
            if data["severity"] not in ("error", "explain", "fixed", "note"):
                raise SchemaError(f"{where}: severity {data['severity']!r}")
            found[code] = IssueText(**data)
    return found
