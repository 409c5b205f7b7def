"""A stranger needs none of our code: the page and Perl give our numbers, see our damages, and say so plainly."""

from __future__ import annotations

import base64
import html
import json
import random
import re
import subprocess
from collections import Counter

import pytest

from engine import draw as vrd
from engine.draw import modes
from engine.draw.assign import crowd, demand
from engine.draw.hashing import SHA256
from portal.verifier import page
from tests.crosscheck import browser, cases, judge, mutations, perl, years
from tests.draw import instance

MOMENT = "2026-05-22T10:30:00+08:00"


@pytest.fixture(scope="module")
def year() -> dict[str, bytes]:
    return vrd.bundle_files(*instance.year())


@pytest.fixture(scope="module")
def questions() -> list[cases.Case]:
    return [*cases.vectors(), *cases.fuzz(seed=20261123, count=400)]


def disagreements(questions: list[cases.Case], answers: list[dict[str, object]]) -> Counter[str]:
    assert len(answers) == len(questions)
    pairs = zip(questions, answers, strict=True)
    return Counter(str(one["kind"]) for one, found in pairs if "error" in found or not cases.agree(one, found))


def test_the_page_gives_our_numbers(questions: list[cases.Case]) -> None:
    assert disagreements(questions, browser.answers(questions)) == Counter()


def test_perl_gives_our_numbers(questions: list[cases.Case]) -> None:
    assert disagreements(questions, perl.answers(questions)) == Counter()


def test_a_wrong_answer_would_be_noticed(questions: list[cases.Case]) -> None:
    for case in questions:
        answer = cases.answer(case)
        assert cases.agree(case, answer)
        name = min(answer)
        assert not cases.agree(case, {**answer, name: "?"} if case["kind"] != "pi" else {"pi": {}})


def choice_of(commit: dict, pool: vrd.Pool, drawn: vrd.DrawResult, mode: str) -> dict[str, object] | None:
    if mode != "bounded":
        return None
    from engine.draw.eligibility import decide

    records = [record for record in pool.targets if record["id"] in drawn.drawn]
    matrix = decide("inspectors", commit["rules"]["inspectors"], records, pool.inspectors, pool.recusals)
    allowed = {target: matrix.allowed(target) for target in matrix.targets}
    need = demand(commit, pool.targets, allowed, "inspectors")
    shares = modes.marginals(need, allowed, *crowd(pool.capacity(), "inspectors"), 1000)
    rows: dict[str, dict[str, int]] = {}
    for (target, name), share in shares.items():
        rows.setdefault(target, {})[name] = share
    return {"denominator": 1000, "rows": [{"target": target, "shares": row} for target, row in sorted(rows.items())]}


def procedures() -> dict[str, dict[str, bytes]]:
    """Return finished and unfinished bundles of every kind."""
    found = {}
    for profile in ("sha256", "sm3"):
        found[profile] = vrd.bundle_files(*instance.year(profile))
    made, pool, drawn, assigned, log = instance.year()
    found["internal"] = vrd.bundle_files(made, pool, drawn, assigned, log, internal=True)
    found["void"] = vrd.bundle_files(
        made, pool, drawn, assigned, vrd.void(made, log, at=MOMENT, reason="号码抄错", approver="监督")
    )
    found["with attachments"] = vrd.bundle_files(
        made, pool, drawn, assigned, log, attachments={"verify.html": page(), "commit.tsr": bytes(range(256))}
    )
    found["committed"] = vrd.bundle_files(made)
    given_up = vrd.void(made, (), at=MOMENT, reason="保管人文件遗失", approver="监督")
    found["given up"] = vrd.bundle_files(made, log=given_up)
    found["given up with rosters"] = vrd.bundle_files(made, pool, log=given_up)
    found["sealed"] = vrd.bundle_files(made, pool)
    found["drawn"] = vrd.bundle_files(made, pool, drawn)
    for mode in ("ceremony", "bounded"):
        made = instance.commit(pool, mode=mode)
        drawn = vrd.draw(made, pool, instance.values(), instance.codes(1), instance.at(10))
        choice = choice_of(made, pool, drawn, mode)
        assigned = vrd.assign(made, pool, drawn, instance.codes(2), instance.at(20), choice=choice)
        if mode == "ceremony":
            found["tables"] = vrd.bundle_files(made, pool, drawn, assigned)
            assigned = vrd.choose(made, pool, assigned, [0, 4, 2], instance.at(25))
        found[mode] = vrd.bundle_files(made, pool, drawn, assigned)
    plain = instance.commit(pool, weights={}, calibrate=False)
    drawn = vrd.draw(plain, pool, instance.values(3), instance.codes(1), instance.at(10))
    found["equal weights"] = vrd.bundle_files(plain, pool, drawn)
    return found


def test_the_page_and_python_report_the_same_on_every_kind_of_bundle(tmp_path) -> None:
    bundles = procedures()
    seen = browser.reports(
        [{**dict.fromkeys(bundles["sha256"]), **files} for files in bundles.values()], bundles["sha256"], None
    )
    for name, files in bundles.items():
        folder = tmp_path / f"{name} perl"
        folder.mkdir()
        for file, data in files.items():
            (folder / file).write_bytes(data)
        told = subprocess.run(perl.command("verify.pl", str(folder)), check=True, capture_output=True).stdout
        assert json.loads(told)["wrong"] == [], name
        assert (json.loads(told)["void"] is not None) == (
            "replacements.jsonl" in files and b'"void"' in files["replacements.jsonl"]
        )
    for (name, files), theirs in zip(bundles.items(), seen, strict=True):
        folder = tmp_path / name
        folder.mkdir()
        for file, data in files.items():
            (folder / file).write_bytes(data)
        ours = judge.statuses(folder)
        assert "fail" not in ours.values(), name
        assert theirs == ours, name


def test_all_three_agree_on_random_procedures() -> None:
    assert judge.compare_years([years.year(random.Random(seed)) for seed in range(12)]) == []


def test_perl_recomputes_whole_folders(tmp_path) -> None:
    for profile in ("sha256", "sm3"):
        made, pool, drawn, assigned, log = instance.year(profile)
        root = vrd.write_bundle(tmp_path / profile, made, pool, drawn, assigned, log)
        found = json.loads(
            subprocess.run(perl.command("verify.pl", str(tmp_path / profile)), check=True, capture_output=True).stdout
        )
        assert found == {
            "commitment": vrd.commitment(made), "drawn": drawn.drawn, "root": root, "teams": assigned.teams, "void": None,
            "wrong": [],
        }  # fmt: skip
        path = tmp_path / profile / "draw.json"
        path.write_bytes(path.read_bytes().replace(b'"alternate"', b'"drawn"', 1))
        found = json.loads(
            subprocess.run(perl.command("verify.pl", str(tmp_path / profile)), check=True, capture_output=True).stdout
        )
        assert "draw.order" in found["wrong"]


def test_every_damage_is_seen_and_named_by_python_and_by_the_page(year: dict[str, bytes]) -> None:
    found = judge.judge(year, list(mutations.mutations(year, seed=1, count=300)))
    assert found.judged == 300
    assert found.unseen == []
    assert len(found.unnamed) <= 3, found.unnamed
    assert len(found.different) <= 3, found.different


def test_a_careful_forger_is_caught_by_the_published_root(year: dict[str, bytes]) -> None:
    changed = year["draw.json"].replace(b'"alternate"', b'"drawn"', 1)
    forged = {**year, **mutations.resummed(year, {"draw.json": changed})}
    root = SHA256.digest(year["SHA256SUMS"]).hex()
    (seen,) = browser.reports([forged], year, root)
    assert seen["root"] == "fail"
    assert seen["draw.order"] == "fail"
    assert seen["file.draw.json"] == "pass"


def shown(files: dict[str, bytes], roster: list[dict[str, object]] | None = None) -> str:
    """Return the text a citizen sees below the heading."""
    text = browser.dump(page(files, roster).decode())
    body = text[text.index("<main>") : text.index("</main>")]
    return html.unescape(re.sub(r"<[^>]+>", "\n", body))


def test_an_embedded_bundle_gives_one_plain_verdict(year: dict[str, bytes]) -> None:
    text = shown(year)
    assert "复核通过" in text
    assert "20 家中抽出 7 家，编成 7 个检查组" in text
    broken = {**year, "assign.json": year["assign.json"].replace(b"INS-02", b"INS-03", 1)}
    assert "复核不通过" in shown(broken)


def picked(files: dict[str, bytes], extra: str = "") -> str:
    """Return what the empty page shows after the files were chosen, and after the script `extra`."""
    packed = {name: base64.b64encode(data).decode() for name, data in files.items()}
    script = f"""<script>
      const data = {json.dumps(packed)}, chosen = new DataTransfer();
      for (const name of Object.keys(data)) chosen.items.add(new File([], name));
      // Reading a file takes real time, which the browser's virtual clock does not wait for.
      File.prototype.arrayBuffer = function () {{
        return Promise.resolve(Uint8Array.from(atob(data[this.name]), (char) => char.charCodeAt(0)).buffer);
      }};
      const picker = document.getElementById('many');
      picker.files = chosen.files;
      picker.dispatchEvent(new Event('change'));
      setTimeout(() => {{ {extra} }}, 2000);
    </script></body>"""
    dumped = browser.dump(page().decode().replace("</body>", script), wait_milliseconds=9000)
    return html.unescape(re.sub(r"<[^>]+>", "\n", dumped[dumped.index("<main>") : dumped.index("</main>")]))


def test_chosen_files_are_checked_against_the_announced_values(year: dict[str, bytes]) -> None:
    litter = {".DS_Store": b"x", "Thumbs.db": b"x"}
    type_in = (
        "const field = document.getElementById('root'); field.value = '{}'; field.dispatchEvent(new Event('change'));"
    )
    text = picked({**year, **litter})
    assert "复核通过" in text
    assert "已读入 10 个文件" in text
    assert "还差一步" in text
    root = SHA256.digest(year["SHA256SUMS"]).hex()
    text = picked(year, type_in.format(f" {root.upper()} "))
    assert "复核通过" in text
    assert "还差一步" not in text
    assert "复核不通过" in picked(year, type_in.format("0" * 64))


def test_an_institution_finds_itself(year: dict[str, bytes]) -> None:
    find = (
        "const query = document.getElementById('query'); query.value = '{}'; query.dispatchEvent(new Event('input'));"
    )
    drawn = json.loads(year["draw.json"])["targets"]
    log = [json.loads(line) for line in year["replacements.jsonl"].splitlines()]
    called = next(swap for line in log if line["kind"] == "replacement" for swap in line["targets"])
    row = next(row for row in drawn if row["id"] == called["new"])
    text = picked(year, find.format(called["new"].lower()))
    assert "候补递补，现已入选" in text
    assert row["ticket"] in text
    assert row["pi"] in text
    assert f"第 {row['rank']} 位" in text
    assert "抽中后退出" in picked(year, find.format(called["old"]))
    assert "封存的名单里没有这一家" in picked(year, find.format("OFF-999"))


def test_an_institution_left_out_of_the_pool_fails_the_page(year: dict[str, bytes]) -> None:
    everybody = [{"id": row["id"]} for row in json.loads(year["rosters.json"])["targets"]]
    assert "复核通过" in shown(year, everybody)
    text = shown(year, [*everybody, {"id": "OFF-999"}])
    assert "复核不通过" in text
    assert "没有漏掉应查的机构" in text
    assert "复核通过" in shown(year, [*everybody, {"id": "OFF-999", "excluded": "已注销"}])


def test_nothing_in_a_bundle_becomes_markup(year: dict[str, bytes]) -> None:
    evil = {**year, "note.txt": b"</script><script>document.title='broken'</script><!--"}
    text = page(evil, [{"id": "</script><b>"}]).decode()
    assert text.count("</script>") == page().decode().count("</script>")
    assert "复核不通过" in shown(evil)


def test_the_page_fetches_nothing() -> None:
    text = page().decode()
    assert "default-src 'none'" in text
    for word in (
        "http:",
        "https:",
        "fetch(",
        "XMLHttpRequest",
        "import(",
        "innerHTML",
        "eval(",
        "localStorage",
        "<link",
        "src=",
    ):
        assert word not in text, word


def test_a_roster_is_read_from_csv_and_json() -> None:
    script = "const work = (text) => window.parseRoster(text);"
    wanted = [{"id": "A-1", "excluded": None}, {"id": "A-2", "excluded": "已注销, 公告"}]
    texts = [
        '\ufeff编号,名称,未纳入原因\r\nA-1,"甲, 所",\r\nA-2,乙,"已注销, 公告"\r\n',
        'id,excluded\nA-1,\nA-2,"已注销, 公告"\n',
        json.dumps(wanted),
    ]
    assert browser.run(script, texts) == [wanted] * 3
    assert "error" in browser.run(script, ["名称\n甲\n"])[0]
