"""The embedded model's server: it answers whoever has its key."""

import pytest
import requests

from chalicelib.domain.providers.service import calls_at_once, longest_call, longest_interview
from infra.local.command_line.parser import DEFAULT_START_SECONDS
from infra.local.embedded_model import service as embedded_model
from infra.local.environment import base_environment
from infra.local.errors import StackError
from infra.local.parts import components
from infra.local.parts.held import kill_all
from infra.local.ports import free_port

QUESTION = {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 2}


def test_only_the_key_s_owner_is_answered(tmp_path_factory: pytest.TempPathFactory) -> None:
    try:
        embedded_model.model_file()
    except StackError as missing:
        pytest.skip(str(missing))
    folder = tmp_path_factory.mktemp("model")
    port = free_port()
    model = components.model(
        port, "a-key", base_environment(folder), folder / "model.log", start_seconds=DEFAULT_START_SECONDS
    )
    try:
        model.wait_until_it_answers()
        address = f"http://127.0.0.1:{port}/v1/chat/completions"
        origin = {"Origin": "http://evil.example.com"}
        for headers in ({}, {"Authorization": "Bearer another"}, origin):
            refused = requests.post(address, json=QUESTION, headers=headers, timeout=60)
            assert refused.status_code == 401
            assert refused.headers.get("Access-Control-Allow-Origin") not in {"*", origin["Origin"]}
        given = requests.post(
            address, json=QUESTION, headers={"Authorization": "Bearer a-key"}, timeout=60
        ).json()
        assert given["choices"]
    finally:
        kill_all([model.part])


def test_all_workers_share_its_room_and_no_call_is_cut_off_while_it_works_on_it() -> None:
    row = embedded_model.service(8123, "a-key")
    assert row.url == "http://127.0.0.1:8123/v1"
    assert calls_at_once([row], [row.name], most=250) == row.calls_in_flight
    assert row.calls_in_flight == embedded_model.servers() * embedded_model.SLOTS
    assert longest_call(row, usual=60.0) == embedded_model.CALL_SECONDS
    assert longest_interview([row], [row.name], usual=300.0) >= embedded_model.CALL_SECONDS
