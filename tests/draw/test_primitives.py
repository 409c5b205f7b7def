"""The published numbers every other implementation must meet, bit for bit."""

import hashlib

import pytest

from engine import draw as vrd
from engine.draw import allocate, canonical, codes, eligibility, hashing, lfa, merkle, sample
from engine.draw.refusal import DrawRefused
from engine.draw.teams import ticket_of

H = hashing.SHA256
CREDITS = "BAACBDBABBCA"
COUNTIES = ("420102", "420502", "420602")
TARGETS = [
    {
        "id": f"HB-{'GZ' if k <= 7 else 'SJ'}-{k:04d}",
        "stratum": "GZ" if k <= 7 else "SJ",
        "county": COUNTIES[k % 3],
        "credit": CREDITS[k - 1],
    }
    for k in range(1, 13)
]
INSPECTORS = [
    {
        "id": f"INS-{k:02d}",
        "county": (*COUNTIES, "420100")[k % 4],
        "quals": ["GZ", "SJ"] if k % 2 else ["GZ"],
        "load": 0,
    }
    for k in range(1, 7)
]
TARGETS_ROOT = "a08580d5bd7371ff8f2e68e7e63e2b4ca04421e1de9d197b06dc35d70b6e0249"
INSPECTORS_ROOT = "11521580277c3642055ebc864a9b61d6cede670daf19ec02f5603e4c781877c7"
SECRET = b"draw ceremony secret (test vector)"
ANCHOR = "f07570dafedab892014d1eeb323160edf29436f11549a9747df638a63580566e"
C9 = "7dbbc747c3f52723650a2deda5df6ce32cf02470ab09e35a9ac191d8671e79c9"
C = "6193cd929682618af82f1f84a56a8203aad9ef0311e172dc6b848c7a277b37b6"
E = "3.7.12.18.25.31./9./fb8f7bc29bf24db51871ec8c79f3a1e4bd0557bc0dfcee9ed1d924e69d1c60dc./"
PRK = "98c8eb5535dda28d1670b9c73ecfd47bec2e79a557a1a236ed0a51e259be6b9a"
WEIGHTS = {"A": 1, "B": 2, "C": 3, "D": 4}


def order(stratum, places):
    weights = {target["id"]: WEIGHTS[target["credit"]] for target in TARGETS if target["stratum"] == stratum}
    return sample.order(H, bytes.fromhex(PRK), stratum, weights, places)


def test_hkdf_case_one_of_rfc_5869():
    key = H.extract(bytes(range(13)), b"\x0b" * 22)
    assert key.hex() == "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"
    okm = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    assert H.expand(key, bytes(range(0xF0, 0xFA)), 42).hex() == okm


@pytest.mark.parametrize("digest", [hashing.sm3, hashing.SM3.digest])
def test_sm3_examples_of_the_standard(digest):
    assert digest(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert digest(b"abcd" * 16).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


def test_written_out_sm3_and_hmac_equal_the_library_for_every_padding_length():
    mac = hashing.written_out_mac(hashing.sm3)
    for length in range(131):
        text = bytes(range(length % 251)) * 1
        assert hashing.sm3(text) == hashing.SM3.digest(text)
        assert mac(text, b"message" * length) == hashing.SM3.mac(text, b"message" * length)


def test_written_out_hmac_over_sha256_equals_the_library():
    mac = hashing.written_out_mac(lambda data: hashlib.sha256(data).digest())
    for length in (0, 1, 63, 64, 65, 200):
        assert mac(b"k" * length, b"m") == H.mac(b"k" * length, b"m")


def test_profile_falls_back_to_the_written_out_sm3(monkeypatch):
    def unknown(name, data=b""):
        raise ValueError(name)

    monkeypatch.setattr(hashlib, "new", unknown)
    profile = hashing._sm3_profile()
    assert profile.digest is hashing.sm3
    assert profile.mac(b"k", b"m") == hashing.SM3.mac(b"k", b"m")


def test_merkle_leaves_of_rfc_6962():
    one, two = merkle.leaf(H, b""), merkle.leaf(H, b"\0")
    assert one.hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert merkle.root(H, [one, two]).hex() == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert merkle.root(H, []).hex() == hashlib.sha256(b"").hexdigest()


def split_root(leaves):
    """RFC 6962 as it is written: split at the largest power of two below the length."""
    if len(leaves) == 1:
        return leaves[0]
    cut = 1 << (len(leaves) - 1).bit_length() - 1
    return merkle.node(H, split_root(leaves[:cut]), split_root(leaves[cut:]))


def test_the_merkle_tree_agrees_with_the_recursive_definition():
    for count in range(1, 40):
        leaves = [merkle.leaf(H, bytes([k])) for k in range(count)]
        assert merkle.root(H, leaves) == split_root(leaves)


def test_first_record_of_the_example_and_both_roots():
    text = '{"county":"420502","credit":"B","id":"HB-GZ-0001","stratum":"GZ"}'
    assert canonical.encode(TARGETS[0]).decode() == text
    leaf = "0a4d1b31a05008c7cf334a7274871672a21f2f107ba0838a0955e6de673f38d6"
    assert merkle.leaf(H, text.encode()).hex() == leaf
    assert vrd.seal(TARGETS) == vrd.Seal(TARGETS_ROOT, 12)
    assert vrd.seal(reversed(INSPECTORS)) == vrd.Seal(INSPECTORS_ROOT, 6)


def test_code_chain_of_the_example():
    assert vrd.new_chain(SECRET, 10) == ANCHOR
    assert vrd.reveal(SECRET, 10, 1) == C9
    chains = [{"holder": "A", "anchor": ANCHOR, "n": 10}]
    assert codes.check(H, chains, 1, [C9]).hex() == C9


def test_commitment_and_key_of_the_example():
    commit = {
        "entropy": ["ssq-red:2026001", "ssq-blue:2026001", "drand-quicknet:123"],
        "n": 4,
        "otc": {"anchor": ANCHOR, "n": 10},
        "plan": "HB-2026-TEST",
        "roster": {"inspectors": INSPECTORS_ROOT, "objects": TARGETS_ROOT},
        "team": 2,
        "v": "vrd1",
        "weights": WEIGHTS,
    }
    assert H.digest(canonical.encode(commit)).hex() == C
    assert H.extract(bytes.fromhex(C9), bytes.fromhex(C) + E.encode()).hex() == PRK


def test_allocation_tickets_and_orders_of_the_example():
    start, sizes = allocate.allocate(H, bytes.fromhex(PRK), "main", {"SJ": 5, "GZ": 7}, 4)
    assert (start, sizes) == (4, {"GZ": 2, "SJ": 2})
    lots = {lot.id: lot for lot in order("GZ", 2)}
    assert f"{lots['HB-GZ-0001'].ticket:064x}" == "a40ada0dbfd864c64d55ae8a5531f2e4c96edfa3536f6aa35d20b4f6256ba10f"
    assert f"{lots['HB-GZ-0003'].ticket:064x}" == "03f6ea3c1178967148d9df4a924b6d538922fb424d2a3b6763f766635631342d"
    assert f"{lots['HB-GZ-0006'].ticket:064x}".startswith("7760")
    assert f"{lots['HB-GZ-0002'].ticket:064x}".startswith("65eb")
    assert [lot.id[-4:] for lot in order("GZ", 2)] == ["0003", "0006", "0002", "0004", "0001", "0005", "0007"]
    assert [lot.id[-4:] for lot in order("SJ", 2)] == ["0011", "0008", "0012", "0009", "0010"]


def test_teams_of_the_example_with_the_key_of_the_draw():
    drawn = [target for target in TARGETS if target["id"][-4:] in ("0003", "0006", "0011", "0008")]
    matrix = eligibility.decide("inspectors", eligibility.DEFAULT_RULES, drawn, INSPECTORS, [])
    allowed = {target: matrix.allowed(target) for target in matrix.targets}
    base = {person["id"]: 0 for person in INSPECTORS}
    found = lfa.solve(dict.fromkeys(allowed, 2), allowed, ticket_of(H, bytes.fromhex(PRK), "inspectors"), base, {})
    assert found.teams == {
        "HB-GZ-0003": ["INS-03", "INS-06"],
        "HB-GZ-0006": ["INS-02", "INS-05"],
        "HB-SJ-0008": ["INS-01", "INS-03"],
        "HB-SJ-0011": ["INS-01", "INS-05"],
    }
    assert list(found.loads.values()) == [2, 1, 2, 0, 2, 1]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (1.0, "bad_value_type"),
        (2**53, "integer_too_large"),
        (-(2**53), "integer_too_large"),
        ({"ключ": 1}, "bad_key"),
        ({1: 1}, "bad_key"),
        ("a\u0000", "bad_character"),
        ("\ufeffa", "bad_character"),
        ("a\u200b", "bad_character"),
        ("\ud800", "bad_character"),
        ("\U000e0080", "bad_character"),
        ("e\u0301", "not_nfc"),
        (b"a", "bad_value_type"),
        ({"a": {1, 2}}, "bad_value_type"),
    ],
)
def test_what_cannot_be_written_canonically_is_refused(value, code):
    with pytest.raises(DrawRefused) as refused:
        canonical.encode(value)
    assert refused.value.code == code


def test_what_two_readers_could_read_differently_is_refused():
    for data, code in (
        (b'{"a":1,"a":1}', "duplicate_key"),
        (b"[1.0]", "float_refused"),
        (b"[1e3]", "float_refused"),
        (b"[NaN]", "float_refused"),
        (b"[1, 2]", "not_canonical"),
        (b'{"b":1,"a":2}', "not_canonical"),
        (b'"\\u0041"', "not_canonical"),
        (b"[", "not_json"),
        (b"\xff", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"[" * 40 + b"]" * 40, "too_deep"),
    ):
        with pytest.raises(DrawRefused) as refused:
            canonical.decode(data)
        assert refused.value.code == code, data[:20]


def test_canonical_text_keeps_chinese_and_the_newest_ideographs():
    value = {"b": "公证处（一）", "a": [True, None, -5, '𰻞"\\/', "\U000323b0"]}
    data = canonical.encode(value)
    assert data.decode() == '{"a":[true,null,-5,"𰻞\\"\\\\/","\U000323b0"],"b":"公证处（一）"}'
    assert canonical.decode(data) == value


def test_ids_are_plain_and_unique():
    for bad in ("", "a", "-A", "A/B", "A" * 33, "Ａ", "A\n", None, 5):
        with pytest.raises(DrawRefused, match="bad_id"):
            vrd.seal([{"id": bad}])
    with pytest.raises(DrawRefused, match="duplicate_id"):
        vrd.seal([{"id": "A", "x": 1}, {"id": "A", "x": 2}])


def test_any_edit_of_the_pool_changes_the_seal():
    seen = {vrd.seal(TARGETS).root}
    for place in range(len(TARGETS)):
        for field in TARGETS[place]:
            edited = [dict(target) for target in TARGETS]
            edited[place][field] += "X"
            seen.add(vrd.seal(edited).root)
        seen.add(vrd.seal(TARGETS[:place] + TARGETS[place + 1 :]).root)
    assert len(seen) == 1 + 12 * 5
