"""Registers held against each other: people and institutions, items and those they refine, a list and its earlier editions.

Pure functions of merged rows: only when everything has come can be said what does not fit, so the order of arrival cannot
matter (decision 19; X16, X23; D115, D124). What does not fit is told and kept; nothing is dropped from a register for it.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.values import several, text, whole
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from engine.consolidate import Entry
    from schemas.declare import Policy

HOME_OF = {"公证员": "公证机构", "司法鉴定人": "司法鉴定机构"}
ACTIVE = "正常执业"
_POINT = re.compile(r"(?<![0-9.])[0-9]{1,2}\s*[.．、）)](?![0-9])|[（(][0-9]{1,2}[）)]|[①-⑳]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """One row that does not fit what another register says: code, the row, the field to look at, gaps of the sentence."""

    code: str
    entry: Entry
    field: str
    params: Mapping[str, str] = dataclasses.field(default_factory=dict)


def _clash(code: str, entry: Entry, name: str, **params: object) -> Clash:
    told = {"name": text(entry.values.get("name") or entry.values.get("item_name")) or entry.key, "value": text(entry.values.get(name))}  # fmt: skip
    return Clash(code=code, entry=entry, field=name, params={**told, **{key: str(one) for key, one in params.items()}})


def institution_in_roster(people: Sequence[Entry], targets: Sequence[Entry]) -> list[Clash]:
    """Everybody belongs to one institution of the roster, of the kind that fits (X16)."""
    known = _targets(targets)
    found = []
    for one in people if known else ():
        home = known.get(text(one.values.get("institution_id")))
        if home is None:
            found.append(_clash("DR-X001", one, "institution_id"))
            continue
        said, name = text(one.values.get("institution_name")), text(home.values.get("name"))
        if said and name and _plain(said) != _plain(name):
            found.append(_clash("DR-X008", one, "institution_id", other=said, expected=name))
        wanted = HOME_OF.get(text(one.values.get("target_type")))
        kind = text(home.values.get("target_type"))
        if wanted and kind != wanted:
            found.append(_clash("DR-X002", one, "target_type", other=text(home.values.get("name")), expected=kind))
    return found + _in_two_places(people)


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())


def _in_two_places(people: Sequence[Entry]) -> list[Clash]:
    places: dict[tuple[str, str], set[str]] = {}
    for one in people:
        places.setdefault(_person(one), set()).add(text(one.values.get("institution_id")))
    found = []
    for one in people:
        others = places[_person(one)] - {text(one.values.get("institution_id"))}
        if others and text(one.values.get("licence_no")):
            found.append(_clash("DR-X003", one, "licence_no", other="、".join(sorted(others))))
    return found


def _person(one: Entry) -> tuple[str, str]:
    return text(one.values.get("target_type")), text(one.values.get("licence_no"))


def kinds_within_scope(people: Sequence[Entry], targets: Sequence[Entry]) -> list[Clash]:
    """Nobody practises what the institution may not do (X16); an institution without a scope says nothing."""
    known = _targets(targets)
    found = []
    for one in people:
        home = known.get(text(one.values.get("institution_id")))
        scope = several(home.values.get("scope")) if home else ()
        beyond = [kind for kind in several(one.values.get("practice_kinds")) if scope and kind not in scope]
        if home and beyond:
            name = text(home.values.get("name"))
            found.append(_clash("DR-X004", one, "practice_kinds", value="；".join(beyond), other=name))
    return found


GONE = ("注销", "撤销或吊销", "迁出")
"""States of practice (执业状态) of those who stay in the list of people and are none of the institution's people any more."""


def roster_counts(people: Sequence[Entry], targets: Sequence[Entry], policy: Policy) -> list[Clash]:
    """The number of people fits the list of people, and a notary office has its notaries (X16, 公证法 8).

    An institution of which nobody is listed is judged only where somebody of its kind is: the list may still be to come.
    """
    listed = Counter(
        text(one.values.get("institution_id")) for one in people if text(one.values.get("practice_state")) not in GONE
    )
    active = Counter(
        text(one.values.get("institution_id")) for one in people if text(one.values.get("practice_state")) == ACTIVE
    )
    senders = {(one.unit, HOME_OF.get(text(one.values.get("target_type")))) for one in people}
    least = int(str(policy.value("notary_minimum")))
    found = []
    for one in targets:
        name, kind = text(one.values.get("target_id")), text(one.values.get("target_type"))
        if (one.unit, kind) not in senders:
            continue
        declared = whole(one.values.get("staff_count"))
        if declared is not None and declared != listed[name]:
            found.append(_clash("DR-X005", one, "staff_count", expected=listed[name]))
        if kind == "公证机构" and text(one.values.get("practice_state")) == ACTIVE and active[name] < least:
            found.append(_clash("DR-X006", one, "staff_count", value=active[name], expected=least))
    return found


def same_name(people: Sequence[Entry], number: str) -> list[Clash]:
    """One name with two numbers in two units is a hint to both: two people, or one with a number mistyped (X06, D109)."""
    by_name: dict[str, list[Entry]] = {}
    for one in people:
        by_name.setdefault(text(one.values.get("name")), []).append(one)
    found = []
    for one in people:
        others = {other.unit for other in by_name[text(one.values.get("name"))]} - {one.unit}
        if others:
            names = "、".join(loader.units()[unit].name for unit in sorted(others))
            found.append(_clash("DR-X007", one, number, other=names))
    return found


def _targets(targets: Iterable[Entry]) -> dict[str, Entry]:
    return {text(one.values.get("target_id")): one for one in targets}


def refines_parent(items: Sequence[Entry], above: Iterable[Mapping[str, Any]]) -> list[Clash]:
    """A local item has the item it refines above it: of the same field, no point of it left out (X23, R17)."""
    known = {text(one.get("item_code")): one for one in above}
    known |= {text(one.values.get("item_code")): one.values for one in items}
    found = []
    for one in items:
        name = text(one.values.get("parent_item_code"))
        parent = known.get(name)
        if not name:
            continue
        if parent is None or name == text(one.values.get("item_code")):
            found.append(_clash("DR-X011", one, "parent_item_code"))
            continue
        if text(parent.get("field")) != text(one.values.get("field")):
            found.append(_clash("DR-X012", one, "field", expected=text(parent.get("field"))))
        own, asked = points(text(one.values.get("content"))), points(text(parent.get("content")))
        if own < asked:
            found.append(_clash("DR-X013", one, "content", value=own, expected=asked))
    return found


def fields_covered(items: Sequence[Entry], above: Iterable[Mapping[str, Any]]) -> list[Clash]:
    """The list in force has items of all four fields (R16); a field left without any is told at its last row that was stopped."""
    known = {text(one.get("item_code")): one for one in above}
    known |= {text(one.values.get("item_code")): one.values for one in items}
    served = {text(one.get("field")) for one in known.values() if text(one.get("status")) in ("", "有效")}
    found = []
    for name in loader.code_lists()["C01"].labels:
        stopped = [one for one in items if text(one.values.get("field")) == name]
        if name not in served and stopped:
            found.append(_clash("DR-X014", stopped[-1], "status", value=name))
    return found


def points(content: str) -> int:
    """Return how many points a content has: numbered ones, else the parts between semicolons.

    >>> points("1.场所；2.标识；3.窗口"), points("场所；标识"), points("")
    (3, 2, 0)
    """
    return len(_POINT.findall(content)) or len([part for part in re.split("[；;\n]", content) if part.strip("。 ")])


def vanished(earlier: Iterable[Entry], now: Iterable[Entry], explained: Collection[str]) -> list[Clash]:
    """Return the rows of earlier editions that the list no longer has, unless a change names them (D124)."""
    here = {one.key for one in now}
    gone = {one.key: one for one in earlier if one.key not in here and one.key not in explained}
    return [_clash("DR-L001", one, "name", value=one.key) for _, one in sorted(gone.items())]


CHECKS = (institution_in_roster, kinds_within_scope, roster_counts, refines_parent, fields_covered)
