"""A workspace whose registers stand, filled with the synthetic people of 咸宁, and the short way through a whole draw."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from sqlalchemy import insert

from engine.campaign import Secrets
from engine.tables import editions, submissions, tables
from engine.workflow import conduct
from engine.workspace import Workspace
from schemas import loader
from simulate.offices import expert_row, inspector_row, nominee_row, practitioner_row, provincial_expert_row, target_row
from simulate.population import population

XIANNING = "421200"
WITNESSES = ("见证人甲", "见证人乙", "见证人丙", "见证人丁")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


def secret(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def put_register(ws, template, sheet, rows, *, version=1, key=None, unit=XIANNING, at="2026-05-24T09:00:00+08:00"):
    """Insert one edition of a register as `consolidate` leaves it."""
    names = loader.template(template).sheet(sheet).key
    body = [
        {
            "key": "/".join(str(row.get(one, "")) for one in (key or names)),
            "unit": row.get("_unit", unit),
            "submission": 1,
            "grid": loader.template(template).sheet(sheet).title,
            "row": number,
            "template": template,
            "sha256": "0" * 64,
            "file": f"{template}.xlsx",
            "values": {name: value for name, value in row.items() if not name.startswith("_")},
        }
        for number, row in enumerate(rows, 5)
    ]
    with ws.store.transaction() as connection:
        connection.execute(
            insert(editions).values(
                template=template,
                sheet=sheet,
                version=version,
                at=at,
                digest="",
                body=json.dumps(body, ensure_ascii=False),
            )
        )


def put_accepted(ws, template, sheets, *, unit=XIANNING, at="2026-06-01T09:00:00+08:00", number=None):
    """Insert one accepted submission: sheet name -> rows."""
    form = loader.template(template)
    with ws.store.transaction() as connection:
        known = len(ws.store.submissions())
        number = number or known + 1
        subjects = [str(row.get(form.sheets[0].key[0])) for row in sheets.get(form.sheets[0].name, [])]
        connection.execute(
            insert(submissions).values(
                id=number, arrival=number, at=at, template=template, template_version="1.0", unit=unit, year=ws.year,
                period=form.period, declared="", digest=str(number), sha256=hashlib.sha256(str(number).encode()).hexdigest(),
                file=f"{template}_{number}.xlsx", rows=sum(map(len, sheets.values())), is_zero=0, is_late=0, verdict="accepted",
                cover="{}", subjects=json.dumps(subjects), package="", state="accepted", version=1, kind="首报",
            )
        )  # fmt: skip
        for name, rows in sheets.items():
            sheet = form.sheet(name)
            body = [
                [line, "/".join(str(row.get(one, "")) for one in sheet.key), row] for line, row in enumerate(rows, 5)
            ]
            letters = {one.key: chr(ord("B") + place) if place < 25 else "Z" for place, one in enumerate(sheet.fields)}
            connection.execute(
                insert(tables).values(
                    submission=number, sheet=name, grid=sheet.title, columns=json.dumps(letters),
                    body=json.dumps(body, ensure_ascii=False, default=str),
                )
            )  # fmt: skip
    return number


def registers(scale="S", seed=2026, year=2026):
    """Return the rows of T02-T05 of the synthetic population."""
    people = population(scale, seed=seed, year=year)
    names = {one.id: one.name for one in people.bodies}
    officers = []
    for one in people.inspectors:
        unit = loader.units()[one.unit]
        row = inspector_row(one, year) if one.unit.endswith("00") else {**nominee_row(one), "availability": "在岗可用"}
        officers.append({**row, "unit_code": one.unit, "unit_name": unit.name, "_unit": one.unit})
    experts = []
    for one in people.experts:
        row = provincial_expert_row(one) if one.association.startswith("420000") else expert_row(one)
        experts.append({**row, "_unit": one.association})
    return {
        "T02": [target_row(one, year, one.supervisor) for one in people.bodies],
        "T03": [practitioner_row(one, year, names[one.body]) for one in people.practitioners],
        "T04": officers,
        "T05": experts,
    }


SHEETS = {"T02": "targets", "T03": "practitioners", "T04": "inspectors", "T05": "experts"}


def workspace(folder, unit=XIANNING, scale="S", approved_on="2026-03-20"):
    """Return a workspace of `unit` with registers and its proposed plans accepted and approved on that day."""
    ws = Workspace.create(folder, unit, 2026, at=moment("2026-01-05T09:00:00"))
    for template, rows in registers(scale).items():
        put_register(ws, template, SHEETS[template], rows, unit=unit)
    put_plans(ws, approved_on)
    return ws


def put_plans(ws, approved_on="2026-03-20"):
    from datetime import date

    from engine import proposal
    from engine.workflow.registers import Registers

    known = Registers(ws)
    proposed = proposal.propose(
        ws.unit, ws.year, known.items(), known.counts(), ws.policy, start=date(2026, 6, 1), end=date(2026, 10, 31)
    )
    approved = [
        {**row, "lead_unit": "公共法律服务管理科", "approved_by": "吴示例", "approved_on": approved_on}
        for row in proposed
    ]
    put_accepted(ws, "T07", {"plans": approved}, unit=ws.unit.code, at="2026-03-25T09:00:00+08:00")


def secrets():
    return Secrets(holders=(secret("A"), secret("B")), salt=secret("salt"))


def freeze(ws, plan_id, holders, at="2026-05-26T09:00:00", batch=None):
    return conduct.freeze(
        ws, plan_id, at=moment(at), secrets=secrets(), holders=holders, witnesses=WITNESSES, batch=batch
    )


def numbers(seed=1):
    return {f"WITNESS-{k}": str(int.from_bytes(secret(f"{seed}-{k}")[:8]) % 10**10) for k in range(1, 5)}


def through(ws, plan_id, holders):
    """Freeze, draw and assign; return the answer of each."""
    frozen = freeze(ws, plan_id, holders)
    files = frozen["holders"]
    drawn = conduct.draw(ws, plan_id, at=moment("2026-05-28T09:30:00"), numbers=numbers(), holders=files)
    teams = conduct.assign(ws, plan_id, at=moment("2026-05-28T10:00:00"), holders=files)
    return frozen, drawn, teams
