"""Scale XL: the load of a nation, played as 31 independent provincial years side by side.

Only the divisions of Hubei are embedded, so the 31 provincial-level units are honestly 31 plays of the province, each with
people, bodies and manners of its own from its own seed: 31 x 103 counties where the nation has about 2,850. What a nation
would do beyond that - one level more, other divisions - is not played and not claimed.

Provinces are played in a pool of processes, each in a folder of its own. A finished province leaves its summary beside the
folder and is not played again; an interrupted one is played anew. Only summaries are kept in memory.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.files import write_atomic
from engine.model import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

PROVINCES = 31
SEED_STEP = 1000
SUMMED = ("units", "workbooks", "figures", "drawn", "differences", "bytes")
PLAN = "全国演示.json"


def play(
    directory: Path | str,
    *,
    seed: int = 2026,
    year: int = 2026,
    provinces: int = PROVINCES,
    scale: str = "M",
    workers: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Play `provinces` provincial years of `scale` below `directory`; go on where an earlier call stopped.

    workers: processes, by default one per processor, four at most; 0 plays in this process. Returns {scale: "XL", seed,
    year, provinces: [{province, seed, folder, units, workbooks, figures, drawn, differences, bytes, seconds, must_act}],
    total: {the same sums, seconds: of all processes together}, lines, must_act}. Raises Refused for a folder that holds
    something else or a play begun with other arguments.
    """
    root, plan = Path(directory).resolve(), {"seed": seed, "year": year, "provinces": provinces, "scale": scale}
    _begin(root, plan)
    say = progress or (lambda _line: None)
    known = {number: found for number in range(1, provinces + 1) if (found := _finished(root, number))}
    for number in known:
        say(f"第 {number:02d} 个省级单位此前已演完，不再重演。")
    waiting = [number for number in range(1, provinces + 1) if number not in known]
    for one in _played(root, plan, waiting, min(os.cpu_count() or 1, 4) if workers is None else workers):
        known[one["province"]] = one
        say(_line(one))
    played = [known[number] for number in sorted(known)]
    total = {name: sum(one[name] for one in played) for name in (*SUMMED, "seconds")}
    lines = [
        f"演示 {year} 年：全国规模的工作量，由 {provinces} 个省级单位各自独立的一年组成（均用湖北省的区划，各有种子）。",
        *(_line(one) for one in played),
        f"合计　单位 {total['units']} 个，工作簿 {total['workbooks']} 个，数字 {total['figures']} 个，"
        f"抽中 {total['drawn']} 个对象；与独立重算不符 {total['differences']} 处。",
    ]
    return {
        "scale": "XL",
        "seed": seed,
        "year": year,
        "provinces": played,
        "total": total,
        "lines": lines,
        "must_act": bool(total["differences"]) or any(one["must_act"] for one in played),
    }


def _begin(root: Path, plan: dict[str, Any]) -> None:
    """Take a new folder, or one where the same play was begun before."""
    mark = root / PLAN
    if mark.is_file():
        if json.loads(mark.read_text(encoding="utf-8")) != plan:
            raise Refused(f"“{root}”里是另一次全国演示。", "请用同样的参数继续，或换一个文件夹。")
    elif root.is_dir() and any(root.iterdir()):
        raise Refused(f"“{root}”里已有别的文件。", "请指定一个新的或空的文件夹。")
    else:
        root.mkdir(parents=True, exist_ok=True)
        write_atomic(mark, _json(plan))


def _played(root: Path, plan: dict[str, Any], waiting: list[int], workers: int) -> Any:
    """Yield the summary of each province as it is finished."""
    if workers == 0:
        yield from (province(root, number, plan) for number in waiting)
        return
    # A fresh process per province: what one play kept in memory goes with it.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        for done in as_completed([pool.submit(province, root, number, plan) for number in waiting]):
            yield done.result()


def province(root: Path, number: int, plan: dict[str, Any]) -> dict[str, Any]:
    """Play one province anew, count it again without the engine, keep and return its summary."""
    from simulate import year
    from simulate.recount import differences

    folder = root / f"{number:02d}"
    shutil.rmtree(folder, ignore_errors=True)
    begun, seed = time.monotonic(), plan["seed"] + SEED_STEP * number
    found = year.play(folder, plan["scale"], seed=seed, year=plan["year"])
    summary = {
        "province": number,
        "seed": seed,
        "folder": str(folder),
        "units": len({one["unit"] for one in found["units"]} | set(found["workspaces"])),
        "workbooks": sum(1 for _ in (folder / "往来文件").rglob("*.xlsx")),
        "figures": len(found["figures"]),
        "drawn": sum(len(one["drawn"]) for one in found["draws"].values()),
        "differences": len(differences(found)),
        "bytes": sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        "ledger": found["ledger"],
        "must_act": found["must_act"],
        "seconds": round(time.monotonic() - begun, 1),
    }
    write_atomic(_summary(root, number), _json(summary))
    return summary


def _finished(root: Path, number: int) -> dict[str, Any] | None:
    path = _summary(root, number)
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _summary(root: Path, number: int) -> Path:
    return root / f"{number:02d}.json"


def _line(one: dict[str, Any]) -> str:
    return (
        f"第 {one['province']:02d} 个省级单位　单位 {one['units']} 个，工作簿 {one['workbooks']} 个，"
        f"数字 {one['figures']} 个，与独立重算不符 {one['differences']} 处，用时 {one['seconds']:.0f} 秒"
    )


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode()
