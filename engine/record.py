"""The draw record for people (T08): generated from the documents of the bundle, never their source (draw.md 4.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine import prefilled
from engine.draw.batches import type_of
from engine.values import Row, text
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.draw import AssignResult, DrawResult
    from schemas.declare import Unit

OUTCOMES = {"drawn": "抽中", "alternate": "候补"}


def rows_of(
    name: str,
    kept: Mapping[str, Any],
    drawn: DrawResult,
    assigned: AssignResult | None,
    log: Sequence[Mapping[str, Any]],
    *,
    conducted: Mapping[str, Any] | None = None,
    asked: Mapping[int, Row] | None = None,
    root: str | None = None,
) -> dict[str, list[Row]]:
    """Return the rows of the four sheets of T08 for one draw.

    conducted: `{operator, supervisor, witnesses, place}` of the ceremony, which no public file holds. asked: number of a
    vacancy in the log -> `{request, applicant}` it rests on, likewise. root: the bundle's.
    """
    bodies, people, types = kept["frozen"]["bodies"], kept["frozen"]["people"], _types()
    return {
        "parameters": [_parameters(name, kept, drawn, log, conducted or {}) | {"result_sha256": root}],
        "drawn_targets": [_drawn(name, row, bodies, types) for row in _by_rank(drawn.document["targets"])],
        "teams": []
        if assigned is None
        else [
            _team(name, number, row, bodies, people) | {"match_mode": _mode(row, (assigned.document or {})["direct"])}
            for number, row in enumerate(assigned.teams, 1)
        ],
        "replacements": _replacements(name, log, bodies, people, asked or {}),
    }


def workbook(unit: Unit, year: int, rows: Mapping[str, Sequence[Row]]) -> bytes:
    """Return the T08 workbook."""
    return prefilled.form("T08", rows, unit, year)[1]


def _parameters(
    name: str,
    kept: Mapping[str, Any],
    drawn: DrawResult,
    log: Sequence[Mapping[str, Any]],
    conducted: Mapping[str, Any],
) -> Row:
    commit, plan = kept["commit"], kept["plan"]
    # On site whoever wrote a number down is a witness; lotteries and beacons are not.
    wrote = [text(one["operator"]) for one in commit["entropy"]["sources"] if one["event"] == "ONSITE"]
    voided = next((line for line in log if line["kind"] == "void"), None)
    types = _types()
    county = commit["rules"]["inspectors"]["same_county"]
    return {
        "draw_id": name,
        "plan_id": plan["id"],
        "protocol": f"VRD-1（{commit['hash']}）",
        "frozen_at": commit["created_at"],
        "drawn_at": drawn.reveal["at"],
        "place": conducted.get("place"),
        "operator": conducted.get("operator"),
        "supervisor": conducted.get("supervisor"),
        "witnesses": "；".join(dict.fromkeys([*wrote, *conducted.get("witnesses", ())])),
        "targets_root": commit["rosters"]["targets"]["root"],
        "inspectors_root": commit["rosters"]["inspectors"]["root"],
        "experts_root": commit["rosters"]["experts"]["root"],
        "commitment": kept["commitment"],
        "anchors": "；".join(f"{one['holder']} {one['anchor']}" for one in commit["otc"]["chains"]),
        "entropy": "；".join(_value(one) for one in drawn.values),
        "seed": drawn.document["prk"],
        "base": sum(one["count"] for one in commit["types"]),
        "ratio": None if plan["ratio"] is None else _percent(plan["ratio"]),
        "sample_size": sum(one["n"] for one in commit["types"]),
        "strata": "；".join(
            f"{types.get(type_of(one['type']), one['type'])} {one['count']} 抽 {one['n']}" for one in commit["types"]
        ),
        "recusal_policy": "回避本县" if county == "exclude" else "不强制回避本县",
        "is_void": voided is not None,
        "void_reason": None if voided is None else voided["reason"],
        "void_approved_by": None if voided is None else voided["approver"],
    }


def _drawn(name: str, row: Mapping[str, Any], bodies: Mapping[str, Row], types: Mapping[str, str]) -> Row:
    is_drawn = row["status"] == "drawn"
    return {
        "draw_id": name,
        "rank": row["rank"],
        "target_id": row["id"],
        "target_name": bodies[row["id"]]["name"],
        "target_type": types.get(type_of(row["type"]), row["type"]),
        "stratum": row["stratum"],
        "weight": row["weight"],
        "ticket": row["ticket"][:16],
        "outcome": OUTCOMES[row["status"]],
        "alternate_rank": None if is_drawn else row["rank"],
    }


def _team(name: str, number: int, team: Mapping[str, Any], bodies: Mapping[str, Row], people: Mapping[str, Row]) -> Row:
    def shown(ids: Sequence[str]) -> str:
        return "；".join(text(people[one]["name"]) for one in ids)

    return {
        "draw_id": name,
        "target_id": team["target"],
        "target_name": bodies[team["target"]]["name"],
        "lead": shown([team["lead"]] if team["lead"] else []),
        "members": shown([one for one in team["inspectors"] if one != team["lead"]]),
        "experts": shown(team["experts"]) or None,
        "match_order": number,
        "lead_rule": "组内签号最小者",
    }


def _mode(team: Mapping[str, Any], direct: Sequence[Mapping[str, Any]]) -> str:
    return "直接委派" if any(row["target"] == team["target"] for row in direct) else "随机"


def _replacements(
    name: str,
    log: Sequence[Mapping[str, Any]],
    bodies: Mapping[str, Row],
    people: Mapping[str, Row],
    asked: Mapping[int, Row],
) -> list[Row]:
    """Return one row per vacancy, with what the replacement that answers it brought."""
    found = []
    answers = {number: line for line in log if line["kind"] == "replacement" for number in line["vacancies"]}
    for line in log:
        if line["kind"] != "vacancy":
            continue
        answer = answers.get(line["seq"])
        is_person = line["person"] is not None
        subject = text(people[line["person"]]["name"]) if is_person else text(bodies[line["target"]]["name"])
        found.append(
            {
                "replacement_id": f"{name}-R{line['seq']:02d}",
                "draw_id": name,
                "subject_kind": "人员" if is_person else "对象",
                "old_subject": subject,
                "new_subject": _answered(line, answer, bodies, people),
                "replacement_mode": "重新随机" if is_person else "候补递补",
                "reason": line["reason"],
                "request_id": text(asked.get(line["seq"], {}).get("request")) or None,
                "applicant": text(asked.get(line["seq"], {}).get("applicant")) or None,
                "approved_by": line["approver"],
                "replaced_at": (answer or line)["at"],
            }
        )
    return found


def _answered(
    line: Mapping[str, Any], answer: Mapping[str, Any] | None, bodies: Mapping[str, Row], people: Mapping[str, Row]
) -> str:
    if answer is None:
        return "（待补）"
    if line["person"] is None:
        new = next((one["new"] for one in answer["targets"] if one["old"] == line["target"]), None)
        return text(bodies[new]["name"]) if new else "无候补，核减"
    teams = [one for one in answer["teams"] if line["target"] in (None, one["target"])]
    return "；".join(
        f"{bodies[one['target']]['name']}：{'、'.join(text(people[p]['name']) for p in one['inspectors'])}"
        for one in teams
    )


def _value(value: Mapping[str, Any]) -> str:
    shown = " ".join(str(number) for number in value["values"]) if "values" in value else value["text"]
    return f"{value['source']} {shown}"


def _by_rank(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return drawn before alternates, each by type, stratum and rank."""
    return sorted(rows, key=lambda row: (row["status"] != "drawn", row["type"], row["stratum"], row["rank"]))


def _types() -> dict[str, str]:
    return {one.code: one.label for one in loader.code_lists()["C02"].entries}


def _percent(ratio: str) -> str:
    from fractions import Fraction

    hundred = Fraction(ratio) * 100
    return str(hundred.numerator) if hundred.denominator == 1 else f"{float(hundred):.2f}"
