"""The package gives the bytes and hashes that derive_vectors.py derives from the specification without it."""

from __future__ import annotations

import ast
import json
import struct
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import derive_vectors
import pytest

from kejin.errors import InputError
from kejin.journal import Record, RuleUse, value_hash
from kejin.journal.canonical import decode, encode
from kejin.journal.chain import entry_hash, genesis_hash, read_anchor, read_settings
from kejin.journal.entry import body_bytes, read_entry

VECTORS = json.loads(derive_vectors.TARGET.read_text("ascii"))
OTHERS = {"bytes": b"a", "set": {1}, "complex": 1j}


def build(description: list[Any]) -> Any:
    """The Python value that a vector describes."""
    kind, *rest = description
    match kind:
        case "missing":
            return None
        case "truth" | "text":
            return rest[0]
        case "integer":
            return int(rest[0])
        case "decimal":
            return Decimal(rest[0])
        case "float":
            return struct.unpack(">d", bytes.fromhex(rest[0]))[0]
        case "day":
            return date.fromisoformat(rest[0])
        case "time":
            return datetime.fromisoformat(rest[0])
        case "list":
            return [build(item) for item in rest]
        case "object":
            return {key: build(item) for key, item in rest}
        case "other":
            return OTHERS[rest[0]]
    raise ValueError(kind)


def named(group: str) -> Any:
    return pytest.mark.parametrize("vector", VECTORS[group], ids=lambda vector: vector["name"].replace(" ", "-"))


def test_file_is_what_the_derivation_gives() -> None:
    assert derive_vectors.TARGET.read_text("ascii") == derive_vectors.text()
    assert len(VECTORS["values"]) >= 20


def test_derivation_does_not_know_the_package() -> None:
    tree = ast.parse(Path(derive_vectors.__file__).read_text("utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not [name for name in names if name.startswith("kejin")]
    assert "hashlib" in names  # the walk does see imports


@named("values")
def test_bytes_and_hashes_of_values(vector: dict[str, Any]) -> None:
    value, expected = build(vector["value"]), bytes.fromhex(vector["bytes_hex"])
    assert encode(value) == expected
    assert encode(decode(expected)) == expected
    assert value_hash(value) == vector["value_hash_sha256"]
    assert value_hash(value, "sm3") == vector["value_hash_sm3"]


@named("refused_values")
def test_refused_values(vector: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        encode(["x", {"a": build(vector["value"])}] if "deep" not in vector["name"] else build(vector["value"]))
    assert caught.value.code == vector["code"]
    if "deep" not in vector["name"]:
        assert str(caught.value.details["place"]).startswith("[1].a")
    for lang in ("en", "zh"):
        assert "{" not in caught.value.text(lang), "a place in the sentence was not filled"


@named("refused_bytes")
def test_refused_bytes(vector: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        decode(bytes.fromhex(vector["bytes_hex"]))
    assert caught.value.code == vector["code"]


RECORDS = (
    Record(act="load_facts", actor="importer", role="system", inputs={}, result={}),
    Record(
        act="assess_loan",
        actor="李四",
        role="loan_officer",
        subject="91440300MA5TEST000",
        as_of=date(2026, 2, 28),
        known_on=date(2026, 3, 31),
        refers_to=(1, 1),
        inputs={"term_months": 12, "purpose": "研发", "amount_cny": Decimal("3000000.00")},
        result={
            "reasons": ["credit.debt_high", {"years": Decimal("1.50"), "code": "credit.age_short"}],
            "limit_cny": None,
            "default_probability_1y": 0.0425,
            "decision": "refuse",
        },
        result_hash="sha256:" + "c" * 64,
        rows_hash="a" * 64,
        row_counts={"company": 1, "annual_report": 3},
        rule_edition="e" * 64,
        model_versions={"default": "1.2.0"},
        rules_used=(
            RuleUse(
                name="credit/debt_ratio_max",
                value=Decimal("0.70"),
                from_=None,
                document=None,
                confidence="unverified",
                overridden=True,
            ),
            RuleUse(
                name="credit/age_years_min",
                value=Decimal(2),
                from_=date(2022, 1, 1),
                document="深府〔2022〕1号",
                confidence="text_seen",
            ),
        ),
    ),
)
TIMES = (datetime(2026, 3, 31, 8, 0, 0, 1, tzinfo=UTC), datetime(2026, 3, 31, 8, 0, 1, tzinfo=UTC))


@pytest.mark.parametrize("chain", VECTORS["chains"], ids=lambda chain: chain["algorithm"])
def test_chain_of_two_entries(chain: dict[str, Any]) -> None:
    algorithm, settings = chain["algorithm"], bytes.fromhex(chain["settings_hex"])
    assert read_settings(settings).encoded() == settings
    before = genesis_hash(algorithm, settings)
    assert before == chain["genesis_hash"]
    for sequence, (record, time, expected) in enumerate(zip(RECORDS, TIMES, chain["entries"], strict=True), start=1):
        body = body_bytes(
            record,
            sequence=sequence,
            algorithm=algorithm,
            time=time,
            program="kejin 0.1.0",
            result_hash=record.result_hash or value_hash(record.result, algorithm),
        )
        assert body.hex() == expected["body_hex"]
        sealed = entry_hash(algorithm, before, body)
        assert sealed == expected["entry_hash"]
        entry = read_entry(body, before, sealed)
        assert (entry.sequence, entry.act, entry.time) == (sequence, record.act, time)
        assert entry.inputs == record.inputs
        assert entry.result == record.result
        before = sealed


@pytest.mark.parametrize("chain", VECTORS["chains"], ids=lambda chain: chain["algorithm"])
def test_anchor(chain: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "anchor.json"
    line = bytes.fromhex(chain["anchor_hex"])
    path.write_bytes(line + b"\n")
    anchor = read_anchor(path)
    assert anchor.encoded() == line
    assert (anchor.sequence, anchor.entry_hash) == (2, chain["entries"][1]["entry_hash"])


@pytest.mark.parametrize("hurt", [b"", b"{}", b"x", b"1", b"[]"])
def test_anchor_that_is_none(hurt: bytes, tmp_path: Path) -> None:
    path = tmp_path / "anchor.json"
    path.write_bytes(hurt)
    with pytest.raises(InputError, match="anchor_unreadable"):
        read_anchor(path)
    with pytest.raises(InputError, match="anchor_unreadable"):
        read_anchor(tmp_path / "nowhere")
