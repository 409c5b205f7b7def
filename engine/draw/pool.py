"""The frozen registers of one draw: everything that is sealed before the first number falls (section 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import canonical
from .refusal import DrawRefused
from .seal import Record, Seal, by_id, record_leaf, seal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .hashing import Profile

SALTED = ("inspectors", "experts", "recusals")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Targets, inspectors, experts and recusals as frozen, plus the secret behind the salts of personal records.

    target: `{id, type, stratum?, county?, needs?, expert_needs?, <weight factors>, ...}` and whatever may be public.
    inspector, expert: `{id, quals, county?, employers?, valid_from?, valid_to?, available?, load?, cap?, may_lead?, ...}`.
    recusal: `{id, target, person, reason}`.  `salt_secret` has at least 32 random bytes and stays with the office.
    """

    targets: Sequence[Record]
    inspectors: Sequence[Record] = ()
    experts: Sequence[Record] = ()
    recusals: Sequence[Record] = ()
    salt_secret: bytes

    def capacity(self) -> list[dict[str, Any]]:
        """Return the public table of people: base load, highest total load (or null) and who may lead."""
        rows = []
        for kind, people in (("inspector", self.inspectors), ("expert", self.experts)):
            for person in people:
                load, cap = person.get("load", 0), person.get("cap")
                if type(load) is not int or load < 0 or not (cap is None or (type(cap) is int and cap >= 0)):
                    raise DrawRefused("bad_capacity", id=person.get("id"))
                may_lead = kind == "inspector" and person.get("may_lead", True) is True
                rows.append({"cap": cap, "id": person["id"], "kind": kind, "load": load, "may_lead": may_lead})
        return [dict(row) for row in by_id(rows)]

    def seals(self, profile: str) -> dict[str, dict[str, Any]]:
        """Return the seals of all registers as they stand in the commitment."""
        found = {
            "targets": seal(self.targets, profile),
            "capacity": seal(self.capacity(), profile),
        }
        for roster in SALTED:
            found[roster] = self._salted(roster, profile)
        return {name: one.document() for name, one in sorted(found.items())}

    def document(self, profile: Profile) -> dict[str, Any]:
        """Return `rosters.json`: targets and capacity in full, personal registers as leaves only."""
        hidden = {
            roster: [
                {"id": record["id"], "leaf": record_leaf(profile, record, self.salt_secret, roster).hex()}
                for record in by_id(getattr(self, roster))
            ]
            for roster in SALTED
        }
        plain = {"capacity": self.capacity(), "targets": [dict(record) for record in by_id(self.targets)]}
        return {"v": "vrd1", **plain, **hidden}

    def internal(self) -> dict[str, Any]:
        """Return what only the office and its auditors see."""
        personal = {roster: [dict(record) for record in by_id(getattr(self, roster))] for roster in SALTED}
        return {"v": "vrd1", "salt_secret": self.salt_secret.hex(), **personal}

    def _salted(self, roster: str, profile: str) -> Seal:
        return seal(getattr(self, roster), profile, salt_secret=self.salt_secret, roster=roster)


def stratum_of(target: Record) -> str:
    """Return the stratum of a target: its own, else its type."""
    return canonical.check_code(target.get("stratum", target.get("type")))
