"""The draw of the targets: codes and public numbers in, an order for every stratum out (sections 4 to 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import allocate, canonical, entropy, inclusion, sample
from .commit import chain_salt, check_commit, check_targets, commitment, weights_by_stratum
from .hashing import profile as profile_named
from .refusal import DrawRefused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .pool import Pool
    from .seal import Record

INDEX = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawResult:
    """What the draw leaves behind: the values used, the revealed codes, and the document `draw.json`."""

    values: tuple[dict[str, Any], ...]
    reveal: dict[str, Any]
    document: dict[str, Any]

    @property
    def drawn(self) -> list[str]:
        """Return the ids drawn, by type, stratum and rank."""
        return [row["id"] for row in self.document["targets"] if row["status"] == "drawn"]

    @property
    def alternates(self) -> dict[str, list[str]]:
        """Return the ordered reserve of every stratum."""
        found: dict[str, list[str]] = {row["stratum"]: [] for row in self.document["targets"]}
        for row in self.document["targets"]:
            if row["status"] == "alternate":
                found[row["stratum"]].append(row["id"])
        return found


def draw(
    commit: Mapping[str, Any], pool: Pool, values: Sequence[Mapping[str, Any]], revealed: Sequence[str], at: str
) -> DrawResult:
    """Return the draw of `pool` under `commit` from the entropy `values` and the codes of step 1, revealed `at`.

    Raises `DrawRefused`: a roster whose seal is not the committed one, a value or code that is missing, wrong, weak or
    out of time.
    """
    check_commit(commit)
    check_seals(commit, pool)
    check_targets(commit, pool.targets)
    text, _ = entropy.gather(commit["entropy"], values, "draw", str(commit["created_at"]))
    check_order(values, at)
    key = stage_key(commit, text, INDEX, revealed)
    reveal = {"at": at, "codes": list(revealed), "index": INDEX, "stage": "draw"}
    return DrawResult(
        values=entropy.in_order(commit["entropy"], values),
        reveal=reveal,
        document=draw_document(commit, pool.targets, key),
    )


def check_seals(commit: Mapping[str, Any], pool: Pool) -> None:
    """Refuse a pool that is not the one sealed in `commit`."""
    found = pool.seals(str(commit["hash"]))
    for roster, seal in sorted(found.items()):
        if seal != commit["rosters"].get(roster):
            raise DrawRefused("roster_changed", roster=roster, expected=commit["rosters"].get(roster), found=seal)


def check_order(values: Sequence[Mapping[str, Any]], at: str) -> None:
    """Refuse a code revealed before the last public number was recorded: its holder could have chosen the number."""
    moment = canonical.instant(at)
    for value in values:
        if canonical.instant(value["at"]) > moment:
            raise DrawRefused("code_before_entropy", source=value["source"])


def stage_key(commit: Mapping[str, Any], text: str, index: int, revealed: Sequence[str]) -> bytes:
    """Return PRK = HKDF-Extract(salt = codes, IKM = C || entropy string) of one step (section 4)."""
    salt = chain_salt(commit, index, revealed)
    return profile_named(commit["hash"]).extract(salt, bytes.fromhex(commitment(commit)) + text.encode())


def draw_document(commit: Mapping[str, Any], targets: Sequence[Record], key: bytes) -> dict[str, Any]:
    """Return draw.json for the derived key: allocation per type and every target with ticket, lambda, pi and rank."""
    profile = profile_named(commit["hash"])
    weights = weights_by_stratum(commit, targets)
    types, rows = [], []
    for one in commit["types"]:
        counts = {row["stratum"]: row["count"] for row in one["strata"]}
        start, sizes = allocate.allocate(profile, key, one["type"], counts, one["n"])
        strata = [{"count": counts[code], "n": sizes[code], "stratum": code} for code in sizes]
        types.append({"count": one["count"], "n": one["n"], "start": start, "strata": strata, "type": one["type"]})
        for code, places in sizes.items():
            table = commit["lambda"].get(code, {}).get(str(places))
            rows += _rows(one["type"], code, sample.order(profile, key, code, weights[code], places, table), places)
    need = entropy.need_milli(sum(one["count"] for one in types), sum(one["n"] for one in types))
    return {
        "commitment": commitment(commit),
        "index": INDEX,
        "need_milli": need,
        "prk": key.hex(),
        "stage": "draw",
        "targets": rows,
        "types": types,
        "v": "vrd1",
    }


def _rows(label: str, stratum: str, lots: Sequence[sample.Lot], places: int) -> list[dict[str, Any]]:
    lambdas = {lot.weight: (lot.numerator, lot.denominator, lot.is_sure) for lot in lots}
    chances = inclusion.published(sample.count_weights(lot.weight for lot in lots), places, lambdas)
    return [
        {
            "id": lot.id,
            "lambda": f"{lot.numerator}/{lot.denominator}",
            "pi": chances[lot.weight],
            "rank": rank,
            "status": "drawn" if rank <= places else "alternate",
            "stratum": stratum,
            "ticket": f"{lot.ticket:064x}",
            "type": label,
            "weight": lot.weight,
        }
        for rank, lot in enumerate(lots, 1)
    ]


def chances_by_class(
    document: Mapping[str, Any], targets: Sequence[Record], factor: str
) -> dict[str, dict[str, str | int]]:
    """Return for each class of a field of the targets (credit, say) how many there are and the least and greatest pi.

    This is what graded ratios of a plan become once weights decide; a better class must not have the greater chance.
    """
    classes = {target["id"]: str(target.get(factor)) for target in targets}
    found: dict[str, list[str]] = {}
    for row in document["targets"]:
        found.setdefault(classes[row["id"]], []).append(row["pi"])
    # Decimal strings of one length compare like numbers.
    return {one: {"count": len(pis), "least": min(pis), "most": max(pis)} for one, pis in sorted(found.items())}
