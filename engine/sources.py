"""Public numbers in an office's words: 双色球 with its issue becomes committed sources, typed balls become values (draw.md 4).

What may be committed and what counts as a value is decided by `engine.draw`; this module translates and nothing else.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.calendar import spoken
from engine.draw import DrawRefused, beacon
from engine.files import sha256
from engine.model import Refused
from engine.values import text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Source = dict[str, Any]

BEIJING = timezone(timedelta(hours=8))
WELFARE, SPORT, LEAGUE = "中国福利彩票", "中国体育彩票", "drand（League of Entropy）"
DRAND = "DRAND"
WITNESS_DIGITS = 15
"""The most a whole number of the canonical form holds."""
_LONGEST_NAME = 4
UNAVAILABLE = ("unavailable", "无法取得")


@dataclass(frozen=True, slots=True, kw_only=True)
class Game:
    """A lottery: who runs it, and the sources one issue of it gives (a special ball is a source of its own)."""

    code: str
    operator: str
    parts: tuple[tuple[str, str, dict[str, Any]], ...]


GAMES = {
    "双色球": Game(
        code="SSQ",
        operator=WELFARE,
        parts=(
            ("SSQ-RED", "双色球红球", {"kind": "numbers", "pick": 6, "of": 33}),
            ("SSQ-BLUE", "双色球蓝球", {"kind": "numbers", "pick": 1, "of": 16}),
        ),
    ),
    "3D": Game(code="FC3D", operator=WELFARE, parts=(("FC3D", "福彩3D", {"kind": "number", "below": 10**3}),)),
    "大乐透": Game(
        code="DLT",
        operator=SPORT,
        parts=(
            ("DLT-FRONT", "大乐透前区", {"kind": "numbers", "pick": 5, "of": 35}),
            ("DLT-BACK", "大乐透后区", {"kind": "numbers", "pick": 2, "of": 12}),
        ),
    ),
    "七星彩": Game(
        code="QXC",
        operator=SPORT,
        parts=(
            ("QXC-SIX", "七星彩前六位", {"kind": "number", "below": 10**6}),
            ("QXC-LAST", "七星彩末位", {"kind": "number", "below": 15}),
        ),
    ),
    "排列5": Game(code="PL5", operator=SPORT, parts=(("PL5", "排列5", {"kind": "number", "below": 10**5}),)),
}


def committed(sources: Sequence[str], reserves: Sequence[str] = ()) -> list[Source]:
    """Return the sources of `双色球,期号,开奖时间`, `drand,轮次或时间` and `现场,姓名,时间`, in the order given.

    reserves: sources of the same writing that stand in for drand when it cannot be had for a day; without any, drand has
    no fall-back. Raises Refused for an unknown game or a date that cannot be read.
    """
    found = [one for number, line in enumerate(sources, 1) for one in _sources(line, number)]
    spare = [
        {**one, "id": f"RESERVE-{one['id']}", "reserve_for": DRAND}
        for number, line in enumerate(reserves, 1)
        for one in _sources(line, number)
    ]
    if spare and not any(one["id"] == DRAND for one in found):
        raise Refused("后备来源只用于 drand 取不到的时候，但没有写 drand。", "请同时写 --source drand,时间。")
    return [one | ({"fallback": "unavailable"} if one["id"] == DRAND and spare else {}) for one in found] + spare


def _sources(line: str, number: int) -> list[Source]:
    name, *rest = [part.strip() for part in line.replace("，", ",").split(",")]
    if name in ("drand", "drand-default") and len(rest) == 1:
        return [_drand(beacon.DEFAULT if name.endswith("default") else beacon.QUICKNET, rest[0])]
    if name == "现场" and len(rest) == 2:
        return [
            {
                "id": f"ONSITE-{number}", "kind": "number", "below": 10**WITNESS_DIGITS, "operator": rest[0],
                "event": "ONSITE", "time": _moment(rest[1]), "title": "现场号码",
            }
        ]  # fmt: skip
    game = GAMES.get(name)
    if game is None or len(rest) != 2 or not re.fullmatch("[0-9]{5,7}", rest[0]):
        raise Refused(
            f"看不懂号码来源“{line}”。",
            f"请写成 {'、'.join(GAMES)} 之一加期号和开奖时间，如 双色球,2026058,2026-05-28T21:15；"
            "或 drand,2026-05-28T21:30；或 现场,姓名,2026-05-29T10:00。",
        )
    issue = {"operator": game.operator, "event": rest[0], "time": _moment(rest[1]), "fallback": "next_issue"}
    return [{"id": code, "title": title, **shape, **issue} for code, title, shape in game.parts]


def _drand(chain: beacon.Chain, wanted: str) -> Source:
    number = int(wanted) if wanted.isascii() and wanted.isdigit() else beacon.round_at(chain, _datetime(wanted))
    moment = beacon.moment_of(chain, number).astimezone(BEIJING)
    return {
        "id": DRAND, "kind": "hex", "bytes": beacon.BYTES, "chain": chain.hash, "operator": LEAGUE, "event": str(number),
        "time": moment.isoformat(timespec="seconds"), "title": f"drand {chain.name}",
    }  # fmt: skip


def _moment(written: str) -> str:
    return _datetime(written).isoformat(timespec="seconds")


def _datetime(written: str) -> datetime:
    try:
        found = datetime.fromisoformat(written)
    except ValueError as error:
        raise Refused(f"看不懂时间“{written}”。", "请写成 2026-05-28T21:15（北京时间）。") from error
    return (found if found.tzinfo else found.replace(tzinfo=BEIJING)).astimezone(BEIJING)


def named(source: Mapping[str, Any]) -> str:
    """Return a committed source as an announcement names it: who gives which number, when."""
    if source["event"] == "ONSITE":
        return f"{source['operator']}（{source['id']}）"
    turn = "轮" if source["kind"] == "hex" else "期"
    role = "，drand 取不到时启用" if source.get("reserve_for") else ""
    return f"{source.get('title', source['operator'])}第 {source['event']} {turn}（{source['id']}，{source['time']}{role}）"


def announced(source: Mapping[str, Any]) -> str:
    """Return a committed source as the public reads it: a witness by role and name, an event with its time in words."""
    if source["event"] == "ONSITE":
        name = str(source["operator"])
        # A bare name has two to four characters; a longer one says already who he is (人大代表…).
        return name if len(name) > _LONGEST_NAME else f"见证人{name}"
    return named({**source, "time": spoken(str(source["time"]))})


def values_of(
    commit: Mapping[str, Any],
    given: Mapping[str, str],
    at: str,
    postponed: Sequence[Mapping[str, str]] = (),
) -> list[dict[str, Any]]:
    """Return the entropy values as the protocol wants them from what was typed: source id -> numbers, or drand's answer.

    Numbers are separated by blanks, commas or 、; a number keeps its value, not its leading zeros. drand: its JSON as
    published, or the signature (and the one before), or 无法取得. postponed: `{source, event, note}` of a lottery whose
    issue was cancelled; `source` may be the game (SSQ for both SSQ-RED and SSQ-BLUE). A witness may be called by name.
    """
    sources = {source["id"]: source for source in commit["entropy"]["sources"]}
    operators = [str(source.get("operator")) for source in sources.values()]
    by_name = {
        str(one.get("operator")): key for key, one in sources.items() if operators.count(str(one.get("operator"))) == 1
    }
    given = {by_name.get(name, name): typed for name, typed in given.items()}
    moved = {
        name: row
        for row in postponed
        for name in sources
        if name == row["source"] or name.startswith(f"{row['source']}-")
    }
    unknown = sorted(set(given) - set(sources)) + [row["source"] for row in postponed if row not in moved.values()]
    if unknown:
        raise DrawRefused("uncommitted_source", source=unknown[0])
    found = []
    for name, source in sources.items():
        typed = text(given.get(name))
        if not typed:
            continue
        value: dict[str, Any] = {"source": name, "event": source["event"], "at": at}
        if name in moved:
            value |= {"event": moved[name]["event"], "note": moved[name]["note"]}
        found.append(
            value | (_beacon(source, typed) if source["kind"] == "hex" else {"values": _numbers(source, typed)})
        )
    return found


def with_evidence(values: Sequence[dict[str, Any]], photos: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the values with the SHA-256 of the photo (a path) of each source; the photo itself stays with the office."""
    unknown = sorted(set(photos) - {str(value["source"]) for value in values})
    if unknown:
        raise DrawRefused("uncommitted_source", source=unknown[0])
    hashes = {name: sha256(Path(path).read_bytes()) for name, path in photos.items()}
    return [value | ({"evidence": hashes[value["source"]]} if value["source"] in hashes else {}) for value in values]


def _numbers(source: Mapping[str, Any], typed: str) -> list[int]:
    parts = typed.replace("、", " ").replace(",", " ").replace("，", " ").split()
    if source["kind"] == "number":
        parts = ["".join(parts)]
    return [int(part) if part.isascii() and part.isdigit() and len(part) <= WITNESS_DIGITS else -1 for part in parts]


def _beacon(source: Mapping[str, Any], typed: str) -> dict[str, Any]:
    if typed in UNAVAILABLE:
        return {"text": UNAVAILABLE[0]}
    if source.get("chain") is None:
        return {"text": typed}
    body = _answer(typed)
    if body.get("round") is not None and str(body["round"]) != source["event"]:
        raise DrawRefused("wrong_event", source=source["id"], expected=source["event"], found=str(body["round"]))
    signature, before = text(body.get("signature")).lower(), text(body.get("previous_signature")).lower()
    if not re.fullmatch("([0-9a-f]{2})+", signature):
        raise DrawRefused("bad_signature_form", source=source["id"])
    randomness = text(body.get("randomness")).lower() or sha256(bytes.fromhex(signature))
    return {"text": randomness, "signature": signature} | ({"previous": before} if before else {})


def _answer(typed: str) -> dict[str, Any]:
    if typed.startswith("{"):
        try:
            return dict(json.loads(typed))
        except ValueError as error:
            raise Refused(
                "drand 的回答不是完整的 JSON。", "请把网站给出的一行原样粘贴，或只粘贴 signature。"
            ) from error
    signature, _, before = typed.partition(" ")
    return {"signature": signature, "previous_signature": before.strip()}


def unsigned(commit: Mapping[str, Any], values: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a sentence for each drand round whose signature could not be checked here; Refused when one is forged."""
    from engine import drand

    check, found = drand.checker(), []
    sources = {source["id"]: source for source in commit["entropy"]["sources"] if source.get("chain") is not None}
    for value in values:
        source = sources.get(value["source"])
        if source is None or value["text"] == UNAVAILABLE[0]:
            continue
        beacon.check_value(source, value)
        chain = beacon.chain_of(source)
        if check is None:
            found.append(f"drand 第 {source['event']} 轮的签名未核对：没有安装 drand 扩展。")
        elif not check(
            chain.scheme,
            bytes.fromhex(chain.public_key),
            beacon.message(source, value),
            bytes.fromhex(value["signature"]),
        ):
            raise Refused(f"drand 第 {source['event']} 轮的签名不是该网络的签名。", "请从 drand 网站重新取这一轮。")
    return found
