"""Every file of every kind of bundle conforms to its published JSON Schema, and the schemas bind."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from . import bundles

HOME = Path(__file__).resolve().parents[2] / "docs" / "draw"


@pytest.fixture(scope="module")
def every():
    return bundles.every()


@pytest.fixture(scope="module")
def schemas():
    found = {path.name.split(".")[0]: json.loads(path.read_bytes()) for path in HOME.glob("*.schema.json")}
    for schema in found.values():
        Draft202012Validator.check_schema(schema)
    return {name: Draft202012Validator(schema) for name, schema in found.items()}


def records(files):
    for name, data in files.items():
        if not name.endswith("SUMS"):
            for line in data.decode().splitlines():
                yield name.split(".")[0], json.loads(line)


def test_every_bundle_of_both_profiles_and_all_modes_conforms(every, schemas):
    seen = set()
    for kind, files in every.items():
        for name, value in records(files):
            complaints = [
                f"{kind} {name} {error.json_path}: {error.message}"[:300] for error in schemas[name].iter_errors(value)
            ]
            assert complaints == []
            seen.add(name)
    assert seen == set(schemas)


def test_a_field_more_or_less_breaks_the_schema(every, schemas):
    for kind in ("quicknet", "ceremony sha256", "bounded sha256", "sha256"):
        for name, value in records(every[kind]):
            assert not schemas[name].is_valid({**value, "extra": 1}), name
            for key in value:
                assert not schemas[name].is_valid({k: v for k, v in value.items() if k != key}), (name, key)


def test_no_schema_names_a_supersedes_the_program_does_not_write(every, schemas):
    commit = dict(records(every["second"]))["commit"]
    assert set(commit["supersedes"]) == {"draw", "commitment"}
    for wrong in ({"root": "0" * 64, "commitment": "0" * 64}, {"draw": "D1"}, {}, "D1"):
        assert not schemas["commit"].is_valid({**commit, "supersedes": wrong})
