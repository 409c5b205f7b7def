"""Who may see what (R63, domain 4.6): `readers.csv`, one line per template, sheet and kind of reader.

A line gives a share of the rows and the columns of these rows. Several lines of one reader add up; without a line a reader
sees nothing of a sheet. The office that keeps the workspace sees all of its own and has no line.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from schemas import loader, table
from schemas.declare import Level, Privacy, SchemaError, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KINDS = {
    "province": "省厅版", "city": "市（州）版", "county": "县级版", "province_association": "省协会版", "city_association": "市协会版",
    "inspector": "检查人员版", "expert": "专家版", "target": "被检查对象版", "supervisor": "监督版", "public": "公众版",
}  # fmt: skip
"""Kind of reader -> name of its edition."""
SHARES = ("all", "inside", "ours", "own", "self", "mine", "decided", "consented", "public")
"""all rows; lying in or answered for by the reader's unit; inspected by it or its people; reported by the reader; the reader's own row; of visits the reader takes part in;
decided cases of the reader's trade; persons who consent; what may be public at all.

Results before publication (T10) go to who inspects; what has to be put right (T12) goes also to who answers for the target,
since it must see to it (谁管辖谁负责), whoever inspected. Published results are everybody's."""
TIERS = (Privacy.PUBLIC, Privacy.INTERNAL, Privacy.RESTRICTED, Privacy.PRIVATE)
_LEVELS = {Level.ZONE: "county", Level.CENTRE: "county"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line: `share` of the rows of a sheet, in these rows the columns `keys`."""

    template: str
    sheet: str
    reader: str
    share: str
    keys: frozenset[str]


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """Return the declared lines."""
    return read(table("readers.csv"))


def read(lines: Iterable[Mapping[str, str]]) -> tuple[Rule, ...]:
    """Return the rules of parsed lines; SchemaError for a reader, share, sheet or column nobody declared."""
    found = []
    for number, line in enumerate(lines, 2):
        where = f"schemas/readers.csv:{number}"
        if line["reader"] not in KINDS or line["rows"] not in SHARES:
            raise SchemaError(f"{where}: unknown reader or rows {line['reader']!r} {line['rows']!r}")
        try:
            sheet = loader.template(line["template"]).sheet(line["sheet"])
        except (KeyError, SchemaError) as error:
            raise SchemaError(f"{where}: no such sheet") from error
        keys = _columns(sheet, line["columns"], where)
        found.append(
            Rule(template=line["template"], sheet=sheet.name, reader=line["reader"], share=line["rows"], keys=keys)
        )
    return tuple(found)


def _columns(sheet: Sheet, given: str, where: str) -> frozenset[str]:
    """Return the columns up to a tier, then `+key` and `-key`."""
    tier, *changes = given.split()
    if tier not in TIERS:
        raise SchemaError(f"{where}: unknown tier {tier!r}")
    seen = TIERS[: TIERS.index(Privacy(tier)) + 1]
    keys = {one.key for one in sheet.fields if one.privacy in seen}
    known = {one.key for one in sheet.fields}
    for one in changes:
        if one[0] not in "+-" or one[1:] not in known:
            raise SchemaError(f"{where}: unknown column {one!r}")
        keys = keys | {one[1:]} if one[0] == "+" else keys - {one[1:]}
    return frozenset(keys)


def kind_of(level: Level) -> str:
    """Return the kind of reader an office or association is."""
    return _LEVELS.get(level, level.value)
