"""Ways to damage a finished bundle, each with the checks of which at least one must name the damage.

A careless forger leaves the sums as they were: the sums name the file. A careful one rewrites them: the published root
gives him away, and the check of whatever he touched must say so too, where anything public can.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.draw import bundle
from engine.draw.hashing import SHA256, SM3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Files = dict[str, bytes]
Path = tuple[object, ...]
LOG, SUMS, SM3_SUMS = bundle.LOG, bundle.SUMS, bundle.SM3_SUMS
DOCUMENTS = (*bundle.DOCUMENTS, LOG)
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Mutation:
    """What was done, the changed files (None: taken away), and the names of which one must be among the failed checks."""

    label: str
    change: dict[str, bytes | None]
    named: frozenset[str]


def mutations(files: Mapping[str, bytes], seed: int, count: int) -> Iterator[Mutation]:
    """Yield `count` different damages to the bundle: bytes, fields, rows and files in turn."""
    source, seen = random.Random(seed), set()
    makers = (_bytes, _field, _row, _field, _bytes, _field, _row, _file)
    number = 0
    while len(seen) < count:
        found = makers[number % len(makers)](files, source)
        number += 1
        if found is None:
            continue
        key = repr(sorted(found.change.items()))
        if key not in seen and any(files.get(name) != data for name, data in found.change.items()):
            seen.add(key)
            yield found


def applied(files: Mapping[str, bytes], mutation: Mutation) -> Files:
    """Return the damaged bundle."""
    after = {**files, **mutation.change}
    return {name: data for name, data in after.items() if data is not None}


def resummed(files: Mapping[str, bytes], change: Mapping[str, bytes | None]) -> dict[str, bytes | None]:
    """Return `change` with both sums files rewritten to fit, as a careful forger would."""
    after = {
        name: data for name, data in {**files, **change}.items() if data is not None and name not in (SUMS, SM3_SUMS)
    }
    sm3 = bundle.sums(after, SM3.digest)
    return {**change, SM3_SUMS: sm3, SUMS: bundle.sums({**after, SM3_SUMS: sm3}, SHA256.digest)}


def _bytes(files: Mapping[str, bytes], source: random.Random) -> Mutation:
    name = source.choice(sorted(files))
    data = bytearray(files[name])
    place = source.randrange(len(data))
    what = source.choice(("flip", "set", "insert", "delete", "cut", "append"))
    if what == "flip":
        data[place] ^= 1 << source.randrange(8)
    elif what == "set":
        data[place] = source.choice(b'0123456789abcdef",:{}[] \n')
    elif what == "insert":
        data.insert(place, source.choice(b'0a" ,\n'))
    elif what == "delete":
        del data[place]
    elif what == "cut":
        del data[place:]
    else:
        data += source.choice((b"\n", b" ", b"\0", b"{}"))
    named = f"form.{SUMS}" if name == SUMS else f"file.{name}"
    return Mutation(f"{what} byte {place} of {name}", {name: bytes(data)}, frozenset((named,)))


def _documents(files: Mapping[str, bytes], name: str) -> object:
    if name == LOG:
        return [json.loads(line) for line in files[name].splitlines()]
    return json.loads(files[name])


def _written(name: str, value: object) -> bytes:
    plain = lambda one: json.dumps(one, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"  # noqa: E731
    return ("".join(map(plain, value)) if name == LOG else plain(value)).encode("utf-8", "surrogatepass")


def _places(value: object, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, (dict, list)):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield (*path, key)
            yield from _places(value[key], (*path, key))


def _field(files: Mapping[str, bytes], source: random.Random) -> Mutation | None:
    name = source.choice([one for one in DOCUMENTS if files.get(one)])
    value = _documents(files, name)
    path = source.choice(list(_places(value)))
    holder = value
    for key in path[:-1]:
        holder = holder[key]
    last, old = path[-1], holder[path[-1]]
    if isinstance(holder, dict) and source.random() < 0.15:
        del holder[last]
        if source.random() < 0.5:
            holder[f"{last}x"] = old
        change, new = "key", None
    else:
        change, new = "value", _other(old, source)
        holder[last] = new
    data = _written(name, value)
    named = _named(name, path, change, old, new, files)
    return Mutation(
        f"{change} {name}:{'/'.join(map(str, path))} {str(old)[:40]} -> {str(new)[:40]}",
        resummed(files, {name: data}),
        named,
    )


def _other(old: object, source: random.Random) -> object:
    if isinstance(old, bool):
        return not old
    if source.random() < 0.1:
        return source.choice((None, "", "X", 0, 7, [], {}, [1], True))
    if isinstance(old, int):
        return source.choice((old + 1, old - 1, old * 10 + 1, -old - 1, str(old)))
    if isinstance(old, str) and old:
        place = source.randrange(len(old))
        change = source.choice("0123456789abcdefABXT甲")
        return source.choice(
            (old[:place] + change + old[place + 1 :], old[:place] + old[place + 1 :], old + change, old[::-1])
        )
    if old is None or old == "":
        return source.choice(("X", 1, [], "2026-05-22T10:00:00+08:00"))
    if isinstance(old, list):
        return source.choice((old[:-1], old[::-1] if len(old) > 1 else [], [*old, *old[:1], None]))
    return {**old, "extra": source.choice((1, "x", None))}


def _row(files: Mapping[str, bytes], source: random.Random) -> Mutation | None:
    name = source.choice([one for one in DOCUMENTS if files.get(one)])
    value = _documents(files, name)
    lists = [path for path in _places(value) if isinstance(_at(value, path), list) and _at(value, path)]
    if name == LOG:
        lists.append(())
    if not lists:
        return None
    path = source.choice(lists)
    rows = _at(value, path)
    before = list(rows)
    what, place = source.choice(("drop", "double", "swap", "move")), source.randrange(len(rows))
    if what == "drop":
        del rows[place]
    elif what == "double":
        rows.insert(place, rows[place])
    elif what == "swap":
        other = source.randrange(len(rows))
        rows[place], rows[other] = rows[other], rows[place]
    else:
        rows.append(rows.pop(place))
    if rows == before:
        return None
    named = _named(name, (*path, place), "row", before, rows, files)
    return Mutation(
        f"{what} row {place} of {name}:{'/'.join(map(str, path))}",
        resummed(files, {name: _written(name, value)}),
        named,
    )


def _at(value: object, path: Path) -> object:
    for key in path:
        value = value[key]
    return value


def _file(files: Mapping[str, bytes], source: random.Random) -> Mutation:
    name, other = source.sample(sorted(files), 2)
    what = source.choice(("remove", "rename", "add", "empty", "copy", "remove and sum", "add and sum", "swap"))
    if what == "remove":
        named = f"form.{SUMS}" if name == SUMS else "files.listed"
        return Mutation(f"remove {name}", {name: None}, frozenset((named,)))
    if what == "rename":
        return Mutation(f"rename {name}", {name: None, f"{name}.bak": files[name]}, frozenset(("files.listed",)))
    if what == "add":
        return Mutation(
            "add", {f"extra{source.randrange(10**6)}.txt": source.randbytes(9)}, frozenset(("files.listed",))
        )
    if what == "remove and sum" and name not in (SUMS, SM3_SUMS):
        return Mutation(
            f"remove {name}, sums rewritten", resummed(files, {name: None}), frozenset(("files.stages", "root"))
        )
    if what == "add and sum":
        return Mutation(
            "add, sums rewritten", resummed(files, {f"extra{source.randrange(10**6)}.txt": b"x"}), frozenset(("root",))
        )
    data = {"copy": files[other], "swap": files[other]}.get(what, source.randbytes(source.randrange(9)))
    named = {"swap": {"files.listed", f"form.{SUMS}"}, "other": {f"form.{SUMS}" if name == SUMS else f"file.{name}"}}
    return Mutation(
        f"{what} {name}",
        {name: data} | ({other: files[name]} if what == "swap" else {}),
        frozenset(named["swap" if what == "swap" else "other"]),
    )


def _named(name: str, path: Path, change: str, old: object, new: object, files: Mapping[str, bytes]) -> frozenset[str]:
    """Return the checks of which one must fail when `path` of the document is changed and all sums are rewritten."""
    only_root = frozenset(("root",))
    top = str(path[0]) if path else ""
    field = next((str(key) for key in reversed(path) if isinstance(key, str)), "")
    by_file: dict[str, Callable[[], set[str]]] = {
        "commit.json": lambda: {"commit.named"},
        "rosters.json": lambda: _rosters(top, field, change),
        "entropy.json": lambda: _entropy(path, change, old),
        "otc.json": lambda: {"commit.named"} if top in {"commitment", "v"} else _reveal(field, change),
        "draw.json": lambda: _draw(top, field, change, old, new),
        "eligibility.json": lambda: _eligibility(top, field, change),
        "assign.json": lambda: _assign(top, field, change),
        LOG: lambda: _log(path, files),
    }
    return frozenset(by_file[name]()) or only_root


def _rosters(top: str, field: str, change: str) -> set[str]:
    # The number of a recusal says nothing; what it stands for is in its salted leaf.
    if top == "recusals" and field == "id" and change == "value":
        return set()
    return {"commit.named" if top == "v" else f"seal.{top}", "rosters.people"}


def _entropy(path: Path, change: str, old: object) -> set[str]:
    if path[0] in {"commitment", "v"}:
        return {"commit.named"}
    # Notes and moments beside a number are told, not computed; only the root protects them.
    if change == "value" and len(path) > 1 and path[0] == "values" and (isinstance(old, dict) or path[-1] == "at"):
        return set()
    return {"entropy.string"}


def _reveal(field: str, change: str) -> set[str]:
    if field == "at" and change == "value":
        return set()
    return {"code.list", "code.draw", "code.assign"}


def _draw(top: str, field: str, change: str, old: object, new: object) -> set[str]:
    if top in {"commitment", "v", "index", "stage", "need_milli"}:
        return {"draw.rest"}
    if top == "prk":
        return {"code.draw"}
    if top == "types":
        return {"draw.sizes"}
    if isinstance(old, dict):
        return {"draw.rest", "draw.order"}
    if change == "value" and field == "pi" and _is_close(old, new):
        return set()
    columns = {
        "ticket": "draw.tickets",
        "weight": "draw.lambda",
        "lambda": "draw.lambda",
        "pi": "draw.pi",
        "type": "draw.rest",
    }
    return {columns.get(field, "draw.order")}


def _is_close(old: object, new: object) -> bool:
    try:
        return isinstance(new, str) and len(new) == 14 and abs(float(old) - float(new)) <= 2 * TOLERANCE
    except ValueError:
        return False


def _eligibility(top: str, field: str, change: str) -> set[str]:
    if top in {"commitment", "v"} and change != "row":
        return {"commit.named"}
    # What the public cannot recompute, salted roots and single marks, only the published root protects in this edition.
    is_mark = field in {"refused_root", "allowed"} and change == "value"
    is_late = top == "late" and (change == "value" or field != "late")
    if is_mark or is_late:
        return set()
    return {"eligibility.form"}


def _assign(top: str, field: str, change: str) -> set[str]:
    if top in {"commitment", "v"}:
        return {"commit.named"}
    if top in {"prk", "index"}:
        return {"code.assign"}
    if top == "after":
        return {"log.order", "log.replacements", "eligibility.form", "assign.teams"}
    return {"assign.teams"}


def _log(path: Path, files: Mapping[str, bytes]) -> set[str]:
    is_last = bool(path) and path[0] == len(files[LOG].splitlines()) - 1
    if len(path) <= 1:
        return {"log.chain", "log.replacements", "root"}
    if not is_last or path[1] in {"seq", "prev", "kind"}:
        return {"log.chain"}
    # Nothing follows the last line, so nothing repeats its hash.
    return {"log.chain", "log.order"} if path[1] == "at" else {"log.replacements", "log.flags", "root"}
