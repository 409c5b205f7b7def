"""The committed vectors, the implementation in the documentation, and the schemas."""

import hashlib
import hmac
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from engine import draw as vrd
from engine.draw.drawing import draw_document

from . import instance, make_vectors

HOME = Path(__file__).resolve().parent
DOCS = HOME.parent.parent / "docs"


@pytest.fixture(scope="module")
def vectors():
    return json.loads((HOME / "vectors.json").read_text(encoding="utf-8"))


def test_the_committed_vectors_are_what_the_code_gives(vectors):
    again = json.loads(make_vectors.text())
    assert len(again) == len(vectors) >= 1000
    for mine, theirs in zip(again, vectors, strict=True):
        for name in ("pi", "calibrated"):
            for weight, text in mine.pop(name, {}).items():
                assert abs(float(text) - float(theirs[name][weight])) <= 1e-9
            theirs.pop(name, None)
        if mine["kind"] == "stages":
            # The commitment of a stage vector is taken as it is written: another machine may calibrate the last digit.
            continue
        assert mine == theirs


def test_every_kind_of_vector_is_there(vectors):
    counts = Counter(vector["kind"] for vector in vectors)
    kinds = {
        "hash",
        "merkle",
        "chain",
        "below",
        "canonical",
        "entropy",
        "allocate",
        "order",
        "pi",
        "lfa",
        "bounded",
        "stages",
    }
    assert set(counts) == kinds
    assert counts["lfa"] >= 300
    assert sum(vector["kind"] == "lfa" and vector["teams"] is None for vector in vectors) >= 50


def test_the_two_stage_vectors_follow_from_their_own_text(vectors):
    for case in [vector for vector in vectors if vector["kind"] == "stages"]:
        commit, name = case["commit"], case["commit"]["hash"]
        text = json.dumps(commit, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        assert hashlib.new(name, text).hexdigest() == case["commitment"]
        keys = []
        for step in case["steps"]:
            for code, chain in zip(step["codes"], commit["otc"]["chains"], strict=True):
                value = bytes.fromhex(code)
                for _ in range(step["index"]):
                    value = hashlib.new(name, value).digest()
                assert value.hex() == chain["anchor"]
            material = bytes.fromhex(case["commitment"]) + case["entropy"].encode()
            keys.append(hmac.digest(bytes.fromhex("".join(step["codes"])), material, name))
            assert keys[-1].hex() == step["prk"]
        targets = instance.pool().targets
        again = draw_document(commit, targets, keys[0])
        assert [row["id"] for row in again["targets"] if row["status"] == "drawn"] == case["drawn"]
        assert [step["index"] for step in case["steps"]] == [1, 2, 3]
        assert len(case["teams"]) == len(case["drawn"])


def test_every_refusal_of_the_code_is_listed_in_the_docs():
    text = (DOCS / "draw.md").read_text(encoding="utf-8")
    source = "".join(path.read_text(encoding="utf-8") for path in (HOME.parent.parent / "engine" / "draw").glob("*.py"))
    assert [
        code for code in set(re.findall(r'DrawRefused\(\s*"([a-z_0-9]+)"', source)) if f"`{code}`" not in text
    ] == []


def test_every_check_of_the_verifier_is_listed_in_the_docs(tmp_path):
    text = (DOCS / "draw.md").read_text(encoding="utf-8").split("## 12.")[1].split("## 13.")[0]
    vrd.write_bundle(tmp_path, *instance.tiny())
    for check in vrd.verify(tmp_path).checks:
        family, name = check.name.split(".", 1) if "." in check.name else (check.name, "")
        assert f"`{check.name}`" in text or f"`{family}." in text or f"`{family}`" in text, check.name
        assert f".{name}`" in text or family in ("file", "files", "form", "seal", "root"), check.name
        assert f"## {check.section}." in (DOCS / "draw.md").read_text(encoding="utf-8")


def programs():
    text = (DOCS / "draw.md").read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("profile", ["sha256", "sm3"])
def test_the_second_implementation_in_the_docs_draws_the_same_targets(tmp_path, profile):
    made, registers, drawn, assigned, log = instance.year(profile)
    vrd.write_bundle(tmp_path, made, registers, drawn, assigned, log)
    program = tmp_path.parent / f"second-{profile}.py"
    program.write_text(programs()[0], encoding="utf-8")
    run = [sys.executable, "-I", str(program), str(tmp_path)]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    assert done.stdout.split() == drawn.drawn


def test_the_ten_lines_of_the_docs_meet_the_order_vectors(vectors):
    namespace: dict = {}
    exec(programs()[1], namespace)
    cases = [vector for vector in vectors if vector["kind"] == "order"]
    for case in cases:
        found = namespace["order"](
            case["hash"], bytes.fromhex(case["key"]), case["stratum"], case["weights"], case["places"]
        )
        assert found == case["order"]
    assert len(cases) >= 250


KEYWORDS = {
    "$schema", "$id", "title", "description", "type", "const", "enum", "pattern", "properties", "required",
    "additionalProperties", "items", "anyOf", "minItems", "maxItems", "minimum", "maximum", "$ref", "$defs",
}  # fmt: skip


def mismatch(schema, value, top, place="$"):
    """The part of JSON Schema that our schemas use, as a list of complaints."""
    assert set(schema) <= KEYWORDS, sorted(set(schema) - KEYWORDS)
    if "$ref" in schema:
        return mismatch(top["$defs"][schema["$ref"].removeprefix("#/$defs/")], value, top, place)
    if "anyOf" in schema:
        return (
            [] if any(not mismatch(one, value, top, place) for one in schema["anyOf"]) else [f"{place}: none of anyOf"]
        )
    names = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}
    if "type" in schema and type(value) is not names[schema["type"]]:
        return [f"{place}: {type(value).__name__}"]
    found = []
    if ("const" in schema and value != schema["const"]) or ("enum" in schema and value not in schema["enum"]):
        found.append(f"{place}: {value!r}")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{place}: {value!r} is not {schema['pattern']}")
    if ("minimum" in schema and value < schema["minimum"]) or ("maximum" in schema and value > schema["maximum"]):
        found.append(f"{place}: {value}")
    if isinstance(value, dict):
        known = schema.get("properties", {})
        found += [f"{place}: no {key}" for key in schema.get("required", ()) if key not in value]
        for key, item in value.items():
            rest = schema.get("additionalProperties", True)
            if key not in known and rest is False:
                found.append(f"{place}: unknown {key}")
            elif key in known or isinstance(rest, dict):
                found += mismatch(known.get(key, rest), item, top, f"{place}.{key}")
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            found.append(f"{place}: {len(value)} items")
        for number, item in enumerate(value):
            found += mismatch(schema.get("items", {}), item, top, f"{place}[{number}]")
    return found


@pytest.mark.parametrize("make", [instance.year, instance.tiny])
def test_every_file_of_a_bundle_conforms_to_its_published_schema(make):
    files = vrd.bundle_files(*make(), internal=True)
    for name, data in files.items():
        if name.endswith("SUMS"):
            continue
        schema = json.loads((DOCS / "draw" / f"{name.split('.')[0]}.schema.json").read_text(encoding="utf-8"))
        for line in data.decode().splitlines():
            assert mismatch(schema, json.loads(line), schema) == []
