"""Units named in passing: in the name of a file, in the title over a table (D011, D022).

Running text is no field: a name counts only where it cannot be part of a longer one (通城县 but not 通城县人民医院), and what
means two units means none. So a text may say too little, never too much.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from engine import resolve
from schemas import loader
from schemas.declare import Level

if TYPE_CHECKING:
    from schemas.declare import Unit

_ORGAN = re.compile(r"司法|协会|中心|发展局|事务局")
_HAN = re.compile(r"[\u3400-\u9fff]")
# What may follow the name of a place in the title of a list; else the place is part of somebody else's name.
_AFTER = re.compile(
    r"司法(?!鉴定(?:中心|所))|公证(?!处)|律师(?!事务所)|法律(?!服务所|援助中心)|鉴定(?!中心|所)|推荐|人员|执法|检查|抽查|双随机|专家|名[录单]|"
    r"对象|事项|清单|台账|计划|结果|公示|移送|市场主体|上?报|填报|补报|汇总|更正|修改|最?终|初|定稿|表|县级|市级|区级|[年第的和与及]|关于"
)
_BEFORE = "年度的报送"
_OTHER_MEANING = frozenset(("公安",))  # 公安县, but also the police
# 421222, 421200-NA; but not the 421202 of a task number, 421202-2026-P01-D1-001.
_CODE = re.compile(r"(?<![0-9A-Za-z])(?<![0-9A-Za-z]-)[0-9]{6}(?:-[A-Z]{2,3})?(?!-?[0-9A-Za-z])")
_REPORTER = re.compile(r"(?:报送|填报|推荐)单位(?:名称)?[:：]\s*([^\s(（]+)")
_YEAR = re.compile(r"年度\s*[:：]\s*(20[0-9]{2})")
_LIST = re.compile(
    r"(?:附[件表]?[0-9一二三四五六七八九十]*[:：、.]?)?(?:20[0-9]{2}年?度?)?(?P<named>.{2,40}?)(?:表|名录库?|名单|清单|台账|情况|汇总)"
    r"(?:[(（][^()（）]*[)）])?"
)


def in_file_name(name: str, own: Unit) -> Unit | None:
    """Return the unit a file is named after if that is neither `own` nor one above it, nor `own` is named as well."""
    stem = re.split(r"[/\\]", name)[-1].rpartition(".")[0]
    return _other(_named(stem), own, with_own_tree=True)


def in_title(text: str, own: Unit) -> Unit | None:
    """Return the unit in whose name a line over a table speaks, if it is another one than `own`.

    报送单位：… is taken at its word. The title of a list speaks for a unit only if it begins with it, and a unit may list
    what belongs to those below it, an association what belongs to those of its region.
    """
    plain = text.strip()
    said = _REPORTER.search(plain)
    if said:
        code = resolve.unit(said[1], own.code)
        if code is not None:
            return loader.units()[code] if code != own.code else None
        return _other(_named(said[1]), own, with_own_tree=True)
    title = _LIST.fullmatch(resolve.folded(plain))
    found = _named(title["named"] + "表") if title else ()
    return _other(found, own, with_own_tree=False) if found and found[0][0] == 0 else None


def year_in_title(text: str) -> int | None:
    """Return the year in 年度：… of a line over a table."""
    found = _YEAR.search(text)
    return int(found[1]) if found else None


def _other(found: tuple[tuple[int, frozenset[str]], ...], own: Unit, *, with_own_tree: bool) -> Unit | None:
    fine = {own.code, *_above(own)} | (set() if with_own_tree else set(loader.subtree(_organ(own))))
    if any(own.code in codes for _, codes in found):
        return None
    others = [next(iter(codes)) for _, codes in found if len(codes) == 1 and not codes & fine]
    return loader.units()[others[0]] if others else None


def _organ(own: Unit) -> str:
    """Return the unit whose people and bodies `own` lists: an association those of the organ it belongs to."""
    return own.parent if own.parent and own.level not in (Level.PROVINCE, Level.CITY, Level.COUNTY) else own.code


def _above(own: Unit) -> set[str]:
    units, found = loader.units(), set()
    while own.parent and own.parent in units and own.parent not in found:
        found.add(own.parent)
        own = units[own.parent]
    return found


@lru_cache(maxsize=4096)
def _named(text: str) -> tuple[tuple[int, frozenset[str]], ...]:
    """Return (place in the text, codes meant) of every name of a unit, the longest name first at each place."""
    names, longest = resolve.names_of_units()
    plain = resolve.folded(text)
    found = [(match.start(), frozenset((match[0],))) for match in _CODE.finditer(plain) if match[0] in loader.units()]
    at, end = 0, -1
    while at < len(plain):
        size = next((size for size in range(min(longest, len(plain) - at), 1, -1) if plain[at : at + size] in names), 0)
        name = plain[at : at + size]
        if size and _HAN.match(name) and name not in _OTHER_MEANING and _stands_alone(plain, at, name, end):
            found.append((at, names[name]))
            end = at + size
        at += size or 1
    return tuple(sorted(found, key=lambda one: one[0]))


def _stands_alone(plain: str, at: int, name: str, end: int) -> bool:
    """Say whether a name is no part of a longer one; `end` is where the name before it ended."""
    if _ORGAN.search(name):
        return True
    rest = plain[at + len(name) :]
    if rest and _HAN.match(rest) and not _AFTER.match(rest) and not _begins_with_name(rest):
        return False
    is_full = name[-1] in "县市区州"
    return is_full or at in (0, end) or not _HAN.match(plain[at - 1]) or plain[at - 1] in _BEFORE


def _begins_with_name(rest: str) -> bool:
    names, longest = resolve.names_of_units()
    return any(rest[:size] in names for size in range(min(longest, len(rest)), 1, -1))
