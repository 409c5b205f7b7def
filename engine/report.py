"""What a verb returned, as Chinese text for a terminal or JSON for a program, and the exit status that follows from it."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

from engine.calendar import spoken
from engine.receipt import OUTCOMES, issue_line

DONE, MUST_ACT, USAGE, REFUSED = 0, 1, 2, 3
_VERDICTS = {"accepted": "接收", "returned": "退回", "refused": "拒收"}
_SHOWN_ISSUES = 8
_SHOWN_FILES = 60
_SHOWN_KEYS = 5


def plain(value: Any) -> Any:
    """Return `value` made of what JSON knows."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | Path):
        return value.isoformat() if isinstance(value, date) else str(value)
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if isinstance(value, Iterable):
        return [plain(one) for one in value]
    return str(value)


def to_json(value: Any) -> str:
    """Return the value of `--json`: the same facts as the text; sentences made for the terminal are left out."""
    found = plain(value)
    if isinstance(found, dict):
        found = {key: one for key, one in found.items() if key != "lines"}
        if set(found) == {"templates", "written"}:
            found = found["templates"]  # programs ask for the forms, people for the files (decisions 26)
    return json.dumps(found, ensure_ascii=False, indent=2)


def status(value: Any) -> int:
    """Return the exit status: the worst file wins; a failed check is 1, so is whatever people must act upon (decisions 25)."""
    found = value if isinstance(value, Mapping) else {}
    files = found.get("files")
    verdicts = {one.get("verdict") for one in files if isinstance(one, Mapping)} if isinstance(files, list) else set()
    if "refused" in verdicts:
        return REFUSED
    if "returned" in verdicts or found.get("ok") is False or found.get("must_act"):
        return MUST_ACT
    return DONE


def text(value: Any) -> str:
    """Return a verb's value as people read it: its `lines` when it has them, a board, receipts, else name and value."""
    found = plain(value)
    if not isinstance(found, dict):
        return str(found)
    if "lines" in found:
        return "\n".join(found["lines"])
    if "totals" in found and "units" in found:
        return board_text(found)
    if "expects" in found:
        return init_text(found)
    if "written" in found and "templates" in found:
        return written_text(found)
    if isinstance(found.get("files"), list) and all(
        isinstance(one, dict) and "verdict" in one for one in found["files"]
    ):
        return "\n".join((files_text(found["files"]), *(f"  ！{one}" for one in found.get("doubts", ()))))
    return "\n".join(f"{key}：{_brief(one)}" for key, one in found.items())


def files_text(files: Sequence[dict[str, Any]]) -> str:
    """Return one paragraph per file that people must look at, and a closing count."""
    lines: list[str] = []
    for one in files[:_SHOWN_FILES]:
        who = one.get("unit_name") or one.get("unit") or "未识别单位"
        outcome = OUTCOMES[one["outcome"]] if "outcome" in one else _VERDICTS[one["verdict"]]
        number = f"{one['number']} " if one.get("number") else ""
        if not one.get("template") and one["verdict"] == "accepted":
            lines.append(f"{number}{_named(one)}：{outcome}")  # a paper beside the tables: nothing was read from it
            continue
        lines.append(
            f"{number}{_named(one)}：{who} {one['template'] or ''} {one['rows']} 行，{outcome}".replace("  ", " ")
        )
        issues = [issue for issue in one["issues"] if issue["severity"] != "fixed"]
        lines += [f"    {issue_line(issue, place)}" for place, issue in enumerate(issues[:_SHOWN_ISSUES], 1)]
        if len(issues) > _SHOWN_ISSUES:
            lines.append(f"    ……另有 {len(issues) - _SHOWN_ISSUES} 处，见退回件或回执")
        if one.get("returned"):
            lines.append(f"    退回件：{one['returned']}")
    if len(files) > _SHOWN_FILES:
        lines.append(f"……另有 {len(files) - _SHOWN_FILES} 个文件，见“回执”文件夹或 --json")
    counts = [(title, sum(one["verdict"] == verdict for one in files)) for verdict, title in _VERDICTS.items()]
    lines.append(f"共 {len(files)} 个文件：" + "，".join(f"{title} {count}" for title, count in counts))
    return "\n".join(lines)


def _named(one: dict[str, Any]) -> str:
    """Return the name a file came under this time; the same bytes may have come before under another."""
    name = one.get("sent_as") or one["file"]
    return name if name == one["file"] else f"{name}（与 {one['file']} 是同一文件）"


def board_text(board: dict[str, Any]) -> str:
    """Return the board: one line per unit, the five numbers, whom to ring, what to send."""
    heads = ("单位", "表号", "期限", "收到", "按时", "通过", "退回", "情况")
    keys = ("unit_name", "template", "deadline", "received", "on_time", "accepted", "returned", "state")
    lines = [f"{board['unit_name']} {board['year']} 年报送情况（截至 {board['at'][:16].replace('T', ' ')}）", ""]
    lines += table(
        heads,
        [
            [_mark(one[key]) if key in ("received", "on_time", "accepted") else one[key] for key in keys]
            for one in board["units"]
        ],
    )
    lines.append("")
    for one in board["totals"]:
        lines.append(
            f"{one['template']}：应报 {one['expected']}，已报 {one['received']}，按时 {one['on_time']}，"
            f"通过 {one['accepted']}，按时通过 {one['accepted_on_time']}，未报 {one['missing']}"
        )
    lines += [f"{name} 已于 {spoken(at)} 锁定，来件不再采用。" for name, at in board.get("locked", {}).items()]
    if board.get("stale"):
        lines += ["", f"汇总已过时：{len(board['stale'])} 个单位有新内容，请重新 consolidate。", *_effect(board)]
    if board.get("conflicts"):
        lines += ["", f"待裁决冲突 {len(board['conflicts'])} 件，见 汇总/冲突表.xlsx。"]
    lines += _calls([one for one in board["calls"] if one["is_current"]])
    due = [one["text"] for one in board["reminders"] if one["is_due_today"]]
    if due:
        lines += ["", "今日催报短信（可直接复制）：", *(f"  {one}" for one in due)]
    if board["escalation"]:
        lines += ["", board["escalation"]]
    if board.get("xlsx"):
        lines += ["", f"已写出：{board['xlsx']}"]
    return "\n".join(lines)


def _effect(board: dict[str, Any]) -> list[str]:
    """Return which units brought something new and what the next merge would change, a line for each register."""
    from schemas import loader

    words = (("added", "新增"), ("removed", "减少"), ("changed", "修改"))
    changes = [
        f"  {one['template']} {one['title']}：" + "；".join(_keys(one[name], word) for name, word in words if one[name])
        for one in board.get("effect", ())
    ]
    names = [loader.units()[one].short_name for one in board["stale"]]
    shown = "、".join(names[:_SHOWN_KEYS]) + ("等" if len(names) > _SHOWN_KEYS else "")
    return [f"  有新内容的单位：{shown}", *(["  重新汇总后的变化："] if changes else []), *changes]


def _keys(keys: list[str], word: str) -> str:
    shown = "、".join(keys[:_SHOWN_KEYS])
    return f"{word} {len(keys)}（{shown}{'等' if len(keys) > _SHOWN_KEYS else ''}）"


def _calls(calls: list[dict[str, Any]]) -> list[str]:
    """Return whom to ring with which number; the units without one in a single line."""
    known = [one for one in calls if one["phone"]]
    lines = [
        f"  {one['unit_name']} {one['template']} {one['person']} {one['phone']}（{one['state']}）" for one in known
    ]
    mute = dict.fromkeys(one["unit_name"] for one in calls if not one["phone"])
    if mute:
        lines.append(f"  无电话：{'、'.join(mute)}（用 taizhang status --contacts 导入通讯录）")
    return ["", "催报电话：", *lines] if lines else []


def init_text(found: dict[str, Any]) -> str:
    """Return what a new workspace is and what it will receive."""
    lines = [f"已建立工作文件夹：{found['path']}（{found['unit_name']}，{found['year']} 年）"]
    if found["expects"]:
        owed: dict[str, int] = {}
        for one in found["expects"]:
            owed[one["template"]] = owed.get(one["template"], 0) + 1
        lines.append("应收：" + "，".join(f"{code} {count} 份" for code, count in sorted(owed.items())))
    lines.append("下一步：taizhang templates -o 下发 生成模板；收到文件后用 receive。")
    return "\n".join(lines)


def written_text(found: dict[str, Any]) -> str:
    """Return which templates were written."""
    shown = found["written"][:40]
    more = [f"……另有 {len(found['written']) - 40} 份"] if len(found["written"]) > 40 else []
    return "\n".join([*shown, *more, f"共写出 {len(found['written'])} 份模板"])


def table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    """Return lines in columns; a Chinese character takes two."""
    cells = [list(heads), *([_brief(one) for one in row] for row in rows)]
    widths = [max(_width(row[place]) for row in cells) for place in range(len(heads))]
    return [
        "  ".join(cell + " " * (widths[place] - _width(cell)) for place, cell in enumerate(row)).rstrip()
        for row in cells
    ]


def _mark(value: Any) -> str:
    return "✓" if value else "—"


def _brief(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict | list):
        shown = json.dumps(value, ensure_ascii=False)
        return shown if len(shown) <= 160 else f"{shown[:160]}…"
    return str(value)


def _width(shown: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in shown)
