"""Rules about inspectors, experts and practitioners (X07, X13, X14, X15, X17, X19)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.values import several

if TYPE_CHECKING:
    from engine.checks.table import Hit, Merged

EXPERTISE = {"N": "公证", "F": "司法鉴定"}
"""First letter of a code of C26 专业领域 -> the trade it belongs to."""
UNCERTIFIED = "未持证"
SUPERVISORS = "从事日常监管工作的人员"


def officer_certificate(table: Merged) -> list[Hit]:
    """The first two classes hold a certificate; who holds none has no number (X13)."""
    none = table.equals("qualification", UNCERTIFIED)
    officer = table.filled("inspector_class") & ~table.equals("inspector_class", SUPERVISORS)
    found = table.hit(
        "DR-V022", none & officer, "qualification", value=table.text("inspector_class"), expected=UNCERTIFIED
    )
    found += table.hit("DR-V023", none & ~officer & table.filled("certificate_no"), "certificate_no")
    if (
        table.template.period == "NOM"
        and len(table)
        and table.template.direction == "up"
        and table.template.code == "T06"
    ):
        counts = table.frame.groupby("_file", sort=False)["qualification"]
        alone = counts.transform(lambda column: bool((column == UNCERTIFIED).all()) and len(column) > 1).to_numpy(
            dtype=bool
        )
        first = ~table.frame.duplicated("_file").to_numpy()
        sizes = counts.transform("size").to_numpy()
        found += table.hit("DR-V026", alone & first & none, "qualification", value=sizes)
    return found


def certificate_in_season(table: Merged) -> list[Hit]:
    """A certificate that has run out is an error, one that ends before the season a hint (X13, X19)."""
    return _expiry(table, "certificate_valid_to")


def licence_in_season(table: Merged) -> list[Hit]:
    """The same for practice licences; an institution whose licence has run out may still stand in the register."""
    ends = table.text("licence_valid_to")
    season = f"{table.year}-{table.policy.value('certificate_valid_until')}"
    start = f"{table.year}-{table.policy.value('season_start')}"
    past = (ends != "") & (ends < max(start, table.today or start))
    soon = (ends != "") & (ends < season) & ~past
    return table.hit("DR-V027", past, "licence_valid_to") + table.hit(
        "DR-V025", soon, "licence_valid_to", expected=season
    )


def _expiry(table: Merged, name: str) -> list[Hit]:
    ends = table.text(name)
    season = f"{table.year}-{table.policy.value('certificate_valid_until')}"
    start = f"{table.year}-{table.policy.value('season_start')}"
    past = (ends != "") & (ends < max(start, table.today or start))
    soon = (ends != "") & (ends < season) & ~past
    return table.hit("DR-V024", past, name) + table.hit("DR-V025", soon, name, expected=season)


def expert_admissible(table: Merged) -> list[Hit]:
    """No disciplinary measure in three years, and the pledge given (X14)."""
    return table.hit("DR-V080", table.equals("was_disciplined_3y", "是"), "was_disciplined_3y") + table.hit(
        "DR-V080", table.equals("pledges_compliance", "否"), "pledges_compliance"
    )


def expert_of_trade(table: Merged) -> list[Hit]:
    """An association puts forward experts of its own trade; what an expert can do tells the trade (R05, R53, X14)."""
    from schemas.loader import code_lists, units

    trades = {one.label: EXPERTISE[one.code[0]] for one in code_lists()["C26"].entries}
    own = [units()[unit].trade if unit in units() else "" for unit in table.units]
    expected = [own[file] for file in table.frame["_file"]]
    foreign = [
        bool(wanted) and bool({trades[one] for one in several(given) if one in trades} - {wanted})
        for given, wanted in zip(table.text("expertise"), expected, strict=True)
    ]
    return table.hit("DR-V086", np.array(foreign, dtype=bool), "expertise", expected=expected)


def unit_in_subtree(table: Merged) -> list[Hit]:
    """Every row belongs to the reporting unit or below it (X07): who works there, was inspected or passed on by it."""
    key = next(one for one in ("unit_code", "inspecting_unit", "from_unit") if table.has(one))
    return table.hit("DR-U005", ~_is_inside(table, key), key)


def _is_inside(table: Merged, key: str) -> np.ndarray:
    from schemas.loader import subtree, units

    inside = [
        not code or table.units[file] not in units() or code in subtree(table.units[file])
        for code, file in zip(table.text(key), table.frame["_file"], strict=True)
    ]
    return np.array(inside, dtype=bool)


def supervisor_of_division(table: Merged) -> list[Hit]:
    """The organ that supervises an institution is that of its division or of one above it (X07); other organs say nothing."""
    from schemas.loader import divisions, units

    def above(place: str) -> set[str]:
        found = set()
        while place in divisions() and place not in found:
            found.add(place)
            place = divisions()[place].parent
        return found

    pairs = zip(table.text("division"), table.text("supervisor"), strict=True)
    fits = [
        place not in divisions() or organ not in units() or units()[organ].division in above(place)
        for place, organ in pairs
    ]
    return table.hit("DR-U012", ~np.array(fits, dtype=bool), "supervisor", expected=table.text("division"))


def institution_once(table: Merged) -> list[Hit]:
    """One institution has one number of its own (X05, X06): neither its licence nor, of a notary office, its credit code twice.

    A forensic institution may share the credit code of the hospital that runs it.
    """
    is_notary = table.equals("target_type", "公证机构")
    found: list[Hit] = []
    for key, mask in (("licence_no", table.filled("licence_no")), ("uscc", table.filled("uscc") & is_notary)):
        frame = table.frame[mask]
        columns = ["_file", "target_type", key]
        again = np.zeros(len(table), dtype=bool)
        again[mask] = frame.duplicated(columns, keep="first").to_numpy()
        first = np.zeros(len(table), dtype=int)
        first[mask] = frame.groupby(columns, dropna=False, sort=False)["_row"].transform("first").to_numpy()
        # A row that repeats the whole identifier is told once, by `unique`.
        again &= ~table.frame.duplicated(["_file", "target_id"], keep="first").to_numpy() | table.empty("target_id")
        for hit in found:
            again[hit.rows] = False
        found += table.hit("DR-K001", again, key, other=first)
    return found


def unit_as_named(table: Merged) -> list[Hit]:
    """The code of the unit is that of the unit named beside it (X07): the code decides who is recused at home."""
    from engine.resolve import unit_named
    from schemas.loader import units

    codes = table.text("unit_code")
    named = [unit_named(one) for one in table.text("unit_name")]
    differs = np.array([bool(one and code and one != code) for one, code in zip(named, codes, strict=True)], dtype=bool)
    expected = [f"{units()[one].name}（{one}）" if one else "" for one in named]
    return table.hit("DR-U013", differs & _is_inside(table, "unit_code"), "unit_code", expected=expected)


def age_limit(table: Merged) -> list[Hit]:
    """A notary who reaches 65 in the year (公证法 24)."""
    born = table.numbers("birth_year")
    mask = table.equals("target_type", "公证员") & (
        table.year - born >= float(str(table.policy.value("notary_age_limit")))
    )
    return table.hit("DR-V081", mask, "birth_year")


def roster_year_current(table: Merged) -> list[Hit]:
    """The register is of this year or of the last (X17)."""
    years = table.numbers("roster_year")
    mask = ~np.isnan(years) & ~np.isin(years, (table.year, table.year - 1))
    return table.hit("DR-V082", mask, "roster_year", expected=str(table.year))
