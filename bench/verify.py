"""Three implementations, ten thousand damages, and the seconds a citizen waits: `python -m bench verify`."""

from __future__ import annotations

import hashlib
import random
import re
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

from bench.figure import Figure
from engine import draw as vrd
from portal.verifier import page
from tests.crosscheck import browser, cases, judge, mutations, perl, years
from tests.draw import instance

if TYPE_CHECKING:
    from collections.abc import Iterator

FUZZED = 20_000
DAMAGES = 10_000
YEARS = 400
TARGETS, TEAMS, PEOPLE, CITIES = 3_500, 180, 200, 17
SHARE = 0.99


def figures() -> list[Figure]:
    """Measure agreement on fuzzed draws, damages seen and named, and the page on a bundle of a province."""
    return [*agreement(FUZZED), procedures(YEARS), *damages(DAMAGES), waiting()]


def agreement(count: int) -> Iterator[Figure]:
    """Yield how many of the vectors and of `count` fuzzed draws and assignments the page and Perl answer otherwise."""
    questions = [*cases.vectors(), *cases.fuzz(seed=1, count=count)]
    halves = [questions[::2], questions[1::2]]
    with ProcessPoolExecutor(2) as workers:
        written = [*workers.map(_wrong_in_perl, halves)]
    for name, wrong in (("page (JavaScript)", _wrong(questions, browser.answers(questions))), ("Perl", sum(written))):
        yield Figure(
            room="verify", name=f"{name}: answers other than ours", value=wrong, unit="cases",
            baseline=f"{len(cases.vectors())} vectors and {count} fuzzed draws and assignments", aim="0",
            reached=wrong == 0, detail="bit for bit; probabilities to 1e-9",
        )  # fmt: skip


def procedures(count: int) -> Figure:
    """Return how many random procedures, whole bundles, the three programs judge differently."""
    wrong = judge.compare_years([years.year(random.Random(seed)) for seed in range(count)])
    return Figure(
        room="verify", name="whole procedures judged differently", value=len(wrong), unit="bundles",
        baseline=f"{count} random years: Python, page, Perl", aim="0", reached=not wrong, detail="; ".join(wrong[:2])[:160],
    )  # fmt: skip


def damages(count: int) -> Iterator[Figure]:
    """Yield the shares of damages seen, rightly named and judged alike by Python and by the page."""
    jobs = [(profile, seed, count // 4) for profile, seed in (("sha256", 1), ("sha256", 2), ("sm3", 3), ("sm3", 4))]
    with ProcessPoolExecutor(2) as workers:
        found = [*workers.map(_judge, jobs)]
    total = sum(one.judged for one in found)
    for name, field, aim in (
        ("damages seen by Python and by the page", "unseen", 1.0),
        ("damages named by the right check in both", "unnamed", SHARE),
        ("damages with the same status of every check in both", "different", SHARE),
    ):
        missed = [label for one in found for label in getattr(one, field)]
        share = 1 - len(missed) / total
        yield Figure(
            room="verify", name=name, value=round(100 * share, 2), unit="%", baseline=f"{total} mutations of bytes, fields, rows, files",
            aim=f"{100 * aim:g} %", reached=share >= aim, detail="; ".join(missed[:2]).replace("|", "/")[:160],
        )  # fmt: skip


def waiting() -> Figure:
    """Return the milliseconds between files and verdict on the bundle of a province, in headless Chromium."""
    files = province()
    text = page(files).decode()
    taken = []
    for _ in range(3):
        dumped = browser.dump(text)
        assert 'class="pass"' in dumped
        taken.append(int(re.search(r'data-milliseconds="(\d+)"', dumped).group(1)))
    middle = sorted(taken)[1]
    return Figure(
        room="verify", name="page checks a province", value=middle, unit="ms",
        baseline=f"{TARGETS} targets, {TEAMS} teams of {PEOPLE} people, {sum(map(len, files.values())) // 1000} kB", aim="<= 2000 ms",
        reached=middle <= 2000, detail="performance.now inside the page, median of three starts",
    )  # fmt: skip


def province() -> dict[str, bytes]:
    """Return the bundle of a synthetic province: weighted targets in two types over seventeen cities."""
    source, secret = random.Random(17), hashlib.sha256(b"province").digest()
    cities = [f"42{number:02d}00" for number in range(1, CITIES + 1)]
    targets = []
    for number in range(TARGETS):
        kind, city = ("NOTARY_OFFICE", "FORENSIC")[number % 2], source.choice(cities)
        targets.append(
            {"county": city, "credit": source.choice("AABBBCD"), "id": f"T-{number:05d}", "name": f"第{number}家机构",
             "risk": source.choice("LLMH"), "stratum": f"{kind}-{city}", "type": kind}
        )  # fmt: skip
    people = [
        {
            "county": cities[number % CITIES],
            "id": f"P-{number:03d}",
            "load": number % 3,
            "quals": ["NOTARY_OFFICE", "FORENSIC"],
        }
        for number in range(PEOPLE)
    ]
    experts = [{"id": f"E-{number:02d}", "quals": []} for number in range(30)]
    pool = vrd.Pool(targets=targets, inspectors=people, experts=experts, recusals=(), salt_secret=secret)
    types = [{"type": kind, "size": TEAMS // 2, "team": 2, "experts": 1} for kind in ("NOTARY_OFFICE", "FORENSIC")]
    weights = {"credit": {"A": 1, "B": 2, "C": 3, "D": 4}, "risk": {"L": 1, "M": 2, "H": 3}}
    made = instance.commit(pool, types=types, weights=weights)
    drawn = vrd.draw(made, pool, instance.values(), instance.codes(1), instance.at(10))
    assigned = vrd.assign(made, pool, drawn, instance.codes(2), instance.at(20))
    return vrd.bundle_files(made, pool, drawn, assigned)


def _wrong(questions: list, answers: list) -> int:
    pairs = zip(questions, answers, strict=True)
    return sum("error" in found or not cases.agree(case, found) for case, found in pairs)


def _wrong_in_perl(questions: list) -> int:
    return _wrong(questions, perl.answers(questions))


def _judge(job: tuple[str, int, int]) -> judge.Verdicts:
    profile, seed, count = job
    files = vrd.bundle_files(*instance.year(profile))
    return judge.judge(files, list(mutations.mutations(files, seed, count)))
