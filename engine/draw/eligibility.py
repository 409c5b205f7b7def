"""Who may inspect what: committed rules give reason codes per refused pair; the public sees yes or no (section 7).

Every refused pair is a salted leaf {person, reasons, target}; its target's row publishes the Merkle root of them, so a
reason can later be opened to the person concerned without opening any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import canonical, merkle
from .refusal import DrawRefused
from .seal import Record, salt_for

if TYPE_CHECKING:
    from .hashing import Profile

KINDS = ("inspectors", "experts")
DEFAULT_RULES: dict[str, Any] = {"same_county": "exclude", "employer": True, "window": None}


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The matrix of one kind of people: `reasons[target][person]` is there, and not empty, exactly for refused pairs."""

    kind: str
    people: tuple[str, ...]
    targets: tuple[str, ...]
    reasons: dict[str, dict[str, list[str]]]

    def allowed(self, target: str) -> list[str]:
        """Return who may go to `target`, ascending."""
        refused = self.reasons[target]
        return [name for name in self.people if name not in refused]

    def document(self, profile: Profile, secret: bytes) -> dict[str, Any]:
        """Return the public part: booleans as a string of 0 and 1 per target over `people`, and the roots of the reasons."""
        return {"people": list(self.people), "rows": [self.row(profile, secret, target) for target in self.targets]}

    def row(self, profile: Profile, secret: bytes, target: str) -> dict[str, Any]:
        """Return the public row of one target."""
        refused = self.reasons[target]
        leaves = [reason_leaf(profile, secret, target, name, refused[name]) for name in sorted(refused)]
        return {
            "allowed": "".join("0" if name in refused else "1" for name in self.people),
            "refused_root": merkle.root(profile, leaves).hex(),
            "target": target,
        }


def reason_leaf(profile: Profile, secret: bytes, target: str, person: str, reasons: Sequence[str]) -> bytes:
    """Return the salted leaf of one refused pair."""
    record = {"person": person, "reasons": sorted(reasons), "target": target}
    return merkle.leaf(profile, canonical.encode(record), salt_for(profile, secret, "eligibility", target, person))


def check_rules(rules: Mapping[str, Any]) -> None:
    """Raise unless `rules` are exactly the known ones."""
    if (
        set(rules) != set(DEFAULT_RULES)
        or rules["same_county"] not in ("exclude", "allow")
        or type(rules["employer"]) is not bool
    ):
        raise DrawRefused("bad_rules", rules=str(rules))
    window = rules["window"]
    if window is not None and not (isinstance(window, Mapping) and set(window) == {"from", "to"}):
        raise DrawRefused("bad_rules", rules=str(rules))


def decide(
    kind: str,
    rules: Mapping[str, Any],
    targets: Iterable[Record],
    people: Iterable[Record],
    recusals: Iterable[Record],
) -> Eligibility:
    """Return the matrix of `targets` by `people` under the committed rules and recusal table.

    `recusals` records are `{target, person, reason}`; the reason (declared interest, last team, ...) is kept as it is.
    """
    if kind not in KINDS:
        raise DrawRefused("unknown_kind", kind=kind)
    barred: dict[tuple[str, str], list[str]] = {}
    for record in recusals:
        barred.setdefault((str(record["target"]), str(record["person"])), []).append(
            canonical.check_code(record["reason"])
        )
    crowd = sorted(people, key=lambda record: str(record["id"]))
    own = {str(person["id"]): _own_reasons(rules, person) for person in crowd}
    found: dict[str, dict[str, list[str]]] = {}
    for target in sorted(targets, key=lambda record: str(record["id"])):
        name = str(target["id"])
        needs = needed(kind, target)
        row = found[name] = {}
        for person in crowd:
            who = str(person["id"])
            reasons = own[who] + _pair_reasons(rules, target, needs, person) + barred.get((name, who), [])
            if reasons:
                row[who] = sorted(set(reasons))
    return Eligibility(kind, tuple(own), tuple(found), found)


def needed(kind: str, target: Record) -> list[str]:
    """Return the qualifications a person must hold for `target`: its `needs`, else its type; experts: `expert_needs`."""
    if kind == "experts":
        return _texts(target.get("expert_needs", []))
    return _texts(target.get("needs", [target.get("type", target.get("stratum"))]))


def _own_reasons(rules: Mapping[str, Any], person: Record) -> list[str]:
    reasons = [] if person.get("available", True) is True else ["unavailable"]
    window = rules["window"]
    if isinstance(window, Mapping):
        start, end = str(window["from"]), str(window["to"])
        # ISO dates compare as text.
        if str(person.get("valid_from") or start) > start or str(person.get("valid_to") or end) < end:
            reasons.append("licence_not_valid")
    return reasons


def _pair_reasons(rules: Mapping[str, Any], target: Record, needs: list[str], person: Record) -> list[str]:
    reasons = []
    quals = _texts(person.get("quals", []))
    if any(need not in quals for need in needs):
        reasons.append("not_qualified")
    if rules["same_county"] == "exclude" and person.get("county") and person.get("county") == target.get("county"):
        reasons.append("same_county")
    if rules["employer"] and target["id"] in _texts(person.get("employers", [])):
        reasons.append("employer")
    return reasons


def _texts(value: object) -> list[str]:
    if not isinstance(value, (list, tuple)):
        raise DrawRefused("bad_list", value=str(value)[:40])
    return [str(item) for item in value]
