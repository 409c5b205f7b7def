"""Keys that several units claim: the conflict sheet, what each unit is told, and how it ended (X06; intake 5.7; decisions 23)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.contention import decider, judge, told
from engine.prepared import issue
from engine.values import text
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.consolidate import Entry, Merged
    from engine.contention import Ruling
    from engine.workspace import Workspace

Row = dict[str, Any]
SHEET = "汇总/冲突表.xlsx"
_COLUMNS = [
    "状态",
    "名录",
    "编号（证号）",
    "姓名（名称）",
    "报送单位",
    "文件",
    "位置",
    "与别家不同的栏目",
    "由谁裁决、结果",
]
_MADE_HERE = {"source", "nominated_on"}


def conflicts(merged: Iterable[Merged], rulings: Mapping[str, Sequence[Ruling]]) -> list[Row]:
    """Return the keys nobody has won: {template, sheet, key, claims, decider, set_aside}.

    decider: the lowest unit above all claimants. set_aside: why requests about this key decide nothing, in Chinese.
    """
    found = []
    for one in merged:
        for group in one.conflicts:
            units = [entry.unit for entry in group]
            office = decider(units)
            _, set_aside = judge(units, rulings.get(group[0].key, ()))
            found.append({**claimed(one, group), "decider": office, "set_aside": set_aside})
    return found


def decided(merged: Iterable[Merged]) -> list[Row]:
    """Return the keys that a decision gave to one of its claimants: {template, sheet, key, claims, request, winner, told}."""
    return [
        {
            **claimed(one, group),
            "request": ruling.request,
            "winner": ruling.winner,
            "told": told(group[0].key, ruling),
        }
        for one in merged
        for group, ruling in one.decided
    ]


def claimed(merged: Merged, group: list[Entry]) -> Row:
    """Return who claims a key: unit, place in which file, name, and the columns in which the claims differ."""
    fields = loader.template(merged.template).sheet(merged.sheet).fields
    differing = [
        one
        for one in fields
        if one.key not in _MADE_HERE and len({text(entry.values.get(one.key)) for entry in group}) > 1
    ]
    return {
        "template": merged.template,
        "sheet": merged.sheet,
        "key": group[0].key,
        "claims": [
            {
                "unit": one.unit,
                "unit_name": loader.units()[one.unit].name,
                "file": one.file,
                "sha256": one.sha256,
                "grid": one.grid,
                "row": one.row,
                "name": text(one.values.get("name") or one.values.get("target_name")),
                "differs": {field.title: text(one.values.get(field.key)) for field in differing},
            }
            for one in group
        ],
    }


def without_people(case: Row) -> Row:
    """Return a case as the store keeps it: where the claims stand, nothing of what they say (decisions 31)."""
    claims = [{key: value for key, value in one.items() if key not in ("name", "differs")} for one in case["claims"]]
    return {**case, "claims": claims}


def notify(workspace: Workspace, open_: list[Row], closed: list[Row], before: list[Row]) -> None:
    """Write the conflict sheet and one notice to each unit that has, or last time had, a part in a conflict; remove nothing.

    before: what was open after the last merge. A sheet or a notice that says “open” about what is settled would mislead.
    """
    from workbooks import register

    if not (open_ or closed or before):
        return
    rows = [*_rows(open_), *_rows(closed)]
    workspace.store.promise(
        SHEET,
        register.write(
            [
                register.Table(
                    name="冲突",
                    title=f"{workspace.unit.name}{workspace.year}年冲突和裁决表",
                    columns=_COLUMNS,
                    rows=rows,
                    notes=[
                        f"待裁决 {len(open_)} 件，已裁决 {len(closed)} 件。待裁决的各方都暂不采用。",
                        "由共同上级以变更申请表（T16）裁决：申请类型填“冲突裁决”，原对象或人员填本表编号，变更后填采用哪个单位。",
                    ],
                )
            ]
        ),
    )
    for unit in sorted({claim["unit"] for one in (*open_, *before) for claim in one["claims"]}):
        workspace.store.promise(f"退回/冲突_{unit}.txt", _notice(workspace, unit, open_, closed, before))


def _rows(cases: list[Row]) -> list[list[str]]:
    return [
        [
            "已裁决" if "told" in one else "待裁决",
            one["template"],
            one["key"],
            claim["name"],
            claim["unit_name"],
            claim["file"],
            f"{claim['grid']} 第{claim['row']}行",
            "；".join(f"{title}：{value or '（空）'}" for title, value in claim["differs"].items()),
            one["told"] if "told" in one else "".join([f"{_office(one)}。", *one["set_aside"]]),
        ]
        for one in cases
        for claim in one["claims"]
    ]


def _office(one: Row) -> str:
    units = loader.units()
    return units[one["decider"]].name if one["decider"] in units else "共同上级"


def _notice(workspace: Workspace, unit: str, open_: list[Row], closed: list[Row], before: list[Row]) -> bytes:
    """Return what one unit is told: its open cases, then how those of last time ended."""

    def its_own(cases: list[Row]) -> list[Row]:
        return [one for one in cases if unit in [claim["unit"] for claim in one["claims"]]]

    texts = []
    for one in its_own(open_):
        found = issue("DR-A111", key=one["key"], units="、".join(claim["unit_name"] for claim in one["claims"]))
        texts.append(f"{found['message']}{found['fix']}（{found['code']}）")
    decisions = {(one["template"], one["key"]): one["told"] for one in closed}
    waiting = {(one["template"], one["key"]) for one in open_}
    for one in its_own(before):
        name = (one["template"], one["key"])
        if name not in waiting:
            texts.append(decisions.get(name, f"“{one['key']}”现在只有一家报送，冲突已经消除，不用再办。"))
    title = "退回通知" if its_own(open_) else "冲突处理结果"
    body = "\n".join(f"{place}. {one}" for place, one in enumerate(texts, 1))
    return f"{workspace.unit.name}{title}\n\n{loader.units()[unit].name}：\n{body}\n".encode("utf-8-sig")


def lines(open_: list[Row], closed: list[Row], before: list[Row]) -> list[str]:
    """Return in Chinese what is open, by whom it is to be decided, and what was decided since the last merge."""
    found = []
    for one in open_:
        names = "、".join(claim["unit_name"] for claim in one["claims"])
        who = next((f"（{claim['name']}）" for claim in one["claims"] if claim["name"]), "")
        found.append(f"冲突：{one['key']}{who} 同时出现在{names}，各方都暂不采用，由{_office(one)}裁决，见 {SHEET}")
        found += [f"  {reason}" for reason in one["set_aside"]]
    known = {(one["template"], one["key"]) for one in before}
    return [*found, *(f"裁决：{one['told']}" for one in closed if (one["template"], one["key"]) in known)]
