"""Scale XL in small: provinces side by side, each counted again, a finished one never played twice."""

import json
from pathlib import Path

import pytest

from engine.model import Refused
from simulate import demo, nation


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """Two provinces of scale S: one by a process of the pool, the other by a second call that goes on with the play."""
    folder = tmp_path_factory.mktemp("nation") / "XL"
    plan = {"seed": 7, "year": 2026, "provinces": 2, "scale": "S"}
    nation._begin(folder, plan)
    (first,) = nation._played(folder, plan, [1], 1)
    half_done = folder / "02" / "往来文件"
    half_done.mkdir(parents=True)
    half_done.joinpath("半途.xlsx").write_bytes(b"torn")
    said = []
    found = nation.play(folder, seed=7, provinces=2, scale="S", workers=0, progress=said.append)
    return {"folder": folder, "first": first, "found": found, "said": said}


def test_both_provinces_agree_with_their_recount(played):
    assert [one["differences"] for one in played["found"]["provinces"]] == [0, 0]
    assert played["found"]["total"]["differences"] == 0
    assert not played["found"]["must_act"]


def test_a_finished_province_is_not_played_again(played):
    assert played["found"]["provinces"][0] == played["first"]
    assert played["said"][0] == "第 01 个省级单位此前已演完，不再重演。"


def test_an_interrupted_province_is_played_anew(played):
    assert not (played["folder"] / "02" / "往来文件" / "半途.xlsx").exists()
    assert played["found"]["provinces"][1]["workbooks"] > 100


def test_the_total_is_the_sum_of_the_provinces(played):
    one, other = played["found"]["provinces"]
    for name in ("units", "workbooks", "figures", "drawn", "bytes"):
        assert played["found"]["total"][name] == one[name] + other[name] > 0, name


def test_provinces_differ_from_each_other(played):
    one, other = (json.loads((played["folder"] / name).read_text(encoding="utf-8")) for name in ("01.json", "02.json"))
    assert one["seed"] != other["seed"]
    ledgers = [Path(p["ledger"]).read_bytes() for p in (one, other)]
    assert ledgers[0] != ledgers[1]


def test_another_play_in_the_same_folder_is_refused(played, tmp_path):
    with pytest.raises(Refused, match="另一次全国演示"):
        nation.play(played["folder"], seed=8, provinces=2, scale="S", workers=0)
    (tmp_path / "somebody.txt").write_text("else", encoding="utf-8")
    with pytest.raises(Refused, match="已有别的文件"):
        nation.play(tmp_path, provinces=2, scale="S", workers=0)


def test_the_nation_plays_one_year_only(tmp_path):
    with pytest.raises(Refused, match="只演示一年"):
        demo.play(tmp_path / "XL", "XL", seed=7, years=2)
