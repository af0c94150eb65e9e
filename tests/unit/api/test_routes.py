"""Every route there is: none is open that need not be."""

import json

import pytest
from chalice.test import Client

from app import app
from chalicelib.api.blueprints import BLUEPRINTS
from tests.support.routes import routes_of

PUBLIC = {
    ("GET", "/health"): 200,
    ("GET", "/api/v0/edsl-settings"): 200,
    ("POST", "/api/v0/get-api-key"): 400,
    ("POST", "/inference"): 404,
    ("POST", "/embeddings"): 404,
}
"""And what each answers to a request that says nothing."""
ROUTES = routes_of("chalicelib.api")


def test_each_route_hangs_below_its_blueprints_prefix() -> None:
    assert all(any(path.startswith(routes.prefix) for routes in BLUEPRINTS) for _, path in ROUTES)
    assert ROUTES


def test_each_level_of_a_path_has_one_variable_name() -> None:
    """API Gateway takes no two for one place; Chalice's local server does not mind, nor does it mind both a
    name and a variable there, which API Gateway tells apart."""
    names: dict[tuple[str, ...], set[str]] = {}
    for path in app.routes:
        parts = path.strip("/").split("/")
        for level, part in enumerate(parts):
            if part.startswith("{"):
                names.setdefault(tuple(parts[:level]), set()).add(part)
    assert {place: found for place, found in names.items() if len(found) > 1} == {}
    assert len(names) > 5


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=" ".join)
@pytest.mark.parametrize("key", [None, "Bearer None", "Bearer nobody's-key", "Basic bm9ib2R5"])
@pytest.mark.usefixtures("stage")
def test_whoever_has_no_key_is_told_so(method: str, path: str, key: str | None) -> None:
    address = path.replace("{", "").replace("}", "")
    with Client(app) as client:
        headers = {"Authorization": key} if key else {}
        answer = client.http.request(method, address, headers=headers, body=b"{}")
    if (method, path) in PUBLIC:
        assert answer.status_code == PUBLIC[method, path]
    else:
        assert answer.status_code == 401
        assert set(json.loads(answer.body)) == {"detail"}
