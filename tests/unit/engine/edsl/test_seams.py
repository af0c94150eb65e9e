"""Says loudly when a new edsl release moves what Perch overrides at run time."""

import json

import pytest
from edsl.coop import Coop
from edsl.language_models import LanguageModel
from edsl.runner.storage import InMemoryStorage

from chalicelib.engine.edsl import indexed_storage, seams
from chalicelib.engine.edsl.rows import plain, without_baseless_costs
from chalicelib.engine.wire.shares import FREE, SERVICES_OF_NAMES


@pytest.mark.parametrize("expected", seams.EXPECTED, ids=lambda seam: f"{seam[0].__name__}.{seam[1]}")
def test_edsl_has_what_the_seam_replaces(
    expected: tuple[object, str, tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seams, "EXPECTED", (expected,))
    seams.verify()


def test_a_moved_seam_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seams, "EXPECTED", ((LanguageModel, "from_dict", ("other",)), (Coop, "gone", ())))
    with pytest.raises(seams.SeamError, match=r"LanguageModel\.from_dict\(other\); Coop\.gone\(\)"):
        seams.verify()


def test_the_door_lets_in_only_what_makes_a_model() -> None:
    admission = seams.ModelAdmission()
    admission.open_for(["openai"])
    sent = {
        "model": "gpt-4o",
        "parameters": {"temperature": 1},
        "connection": {"base_url": "http://x"},
        "rpm": 1e9,
        "remote": True,
    }
    assert admission.admit(sent) == {
        "model": "gpt-4o",
        "parameters": {"temperature": 1},
        "inference_service": "openai",
    }
    assert "connection" in sent


def test_the_storages_index_finds_what_a_walk_finds() -> None:
    indexed, plain_storage = indexed_storage.IndexedStorage(), InMemoryStorage()
    for storage in (indexed, plain_storage):
        storage.write_volatile("task:1:attempts:error", 1)
        storage.batch_write_volatile({"task:1:attempts:other": 2, "task:2:attempts:error": 3})
        storage.increment_volatile("task:1:attempts:third")
        storage.batch_increment_volatile({"task:1:status": 1})
        storage.delete_volatile("task:1:attempts:other")
    for pattern in ("task:1:attempts:*", "task:2:attempts:*", "task:3:attempts:*", "task:*:status"):
        assert sorted(indexed.scan_keys_volatile(pattern)) == sorted(
            plain_storage.scan_keys_volatile(pattern)
        )


def test_costs_without_a_price_are_null() -> None:
    raw = {
        "a_cost": 0,
        "a_input_price_per_million_tokens": None,
        "a_output_price_per_million_tokens": 1.0,
        "b_cost": 2,
        "b_input_price_per_million_tokens": 1.0,
        "b_output_price_per_million_tokens": 1.0,
    }
    assert without_baseless_costs(raw) == {**raw, "a_cost": None}


def test_rows_are_json_whatever_a_function_returns() -> None:
    returned = {"a": {1}, ("b", 2): b"x", "c": (1, None, True), float("nan"): 10**5000, 2: 10**3000}
    assert json.loads(json.dumps(plain(returned), allow_nan=False)) == {
        "a": [1],
        "('b', 2)": "b'x'",
        "c": [1, None, True],
        "nan": "a number of 16,610 bits",
        "2": 10**3000,
    }


def test_a_models_service_is_found_out_as_edsl_does() -> None:
    """The worker does it too, without edsl, or a caller would get keys that nobody needs."""
    infer = LanguageModel._infer_service_from_serialized_model_name
    assert SERVICES_OF_NAMES in infer.__code__.co_consts
    assert infer("test") == FREE
