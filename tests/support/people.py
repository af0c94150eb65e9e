"""Objects as clients send them, and what clients do with them, over the routes."""

import json
from dataclasses import dataclass, field
from typing import Any

from chalice.test import Client, HTTPResponse

from app import app
from chalicelib.domain.object_keys import ContentKeys
from chalicelib.services.deps import deps

PREFIX = "/api/v0"


def agent(name: str = "Ada") -> dict[str, Any]:
    """Return an agent as 1.0.9 writes it."""
    return {
        "name": name,
        "traits": {"age": 22},
        "edsl_version": "1.0.9",
        "edsl_class_name": "Agent",
    }


@dataclass(frozen=True)
class Person:
    """Somebody with a key, who asks as a client would."""

    key: str
    headers: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        said = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        object.__setattr__(self, "headers", said)

    def ask(self, method: str, path: str, body: Any = None) -> HTTPResponse:
        data = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
        with Client(app, stage_name="unit") as client:
            return client.http.request(method, f"{PREFIX}{path}", headers=self.headers, body=data)

    def told(self, method: str, path: str, body: Any = None) -> Any:
        """Ask for what is given; return what is answered."""
        answer = self.ask(method, path, body)
        assert answer.status_code == 200, answer.json_body
        return answer.json_body

    def announce(self, **said: Any) -> dict[str, Any]:
        body = {"object_type": "agent", "description": None, "alias": None, "visibility": "private"}
        answer: dict[str, Any] = self.told(
            "POST", "/object/push", {**body, "object_hash": "12", "version": "1.0.9", **said}
        )
        return answer

    def push(self, value: Any = None, **said: Any) -> str:
        """Announce an object, put its value there, confirm it; return its id."""
        made = self.announce(**said)
        put(made["object_uuid"], agent() if value is None else value)
        self.told("POST", "/object/confirm-upload", {"object_uuid": made["object_uuid"]})
        return str(made["object_uuid"])

    def replace(self, content_id: str, value: Any) -> HTTPResponse:
        """Upload another value of an object."""
        self.told("POST", "/object/upload-url", {"object_uuid": content_id})
        put(content_id, value)
        return self.ask("POST", "/object/confirm-upload", {"object_uuid": content_id})

    def pull(self, content_id: str) -> Any:
        """Return an object's value as a client pulls it."""
        address = self.told("POST", "/object/pull", {"object_uuid": content_id})["signed_url"]
        return json.loads(deps().files.read(place(address)))

    def get(self, content_id: str) -> Any:
        """Return an object's value as an old client gets it."""
        answer = self.ask("GET", f"/object?uuid={content_id}")
        if answer.status_code == 303:
            body = json.loads(deps().files.read(place(answer.headers["Location"])))
        else:
            assert answer.status_code == 200, answer.json_body
            body = answer.json_body
        return json.loads(body["json_string"])

    def listed(self, query: str = "") -> list[dict[str, Any]]:
        """Return what a list has, for whichever release asks."""
        told = self.told("GET", f"/object/list?{query}")
        found: list[dict[str, Any]] = told if isinstance(told, list) else told["objects"]
        return found


def put(content_id: str, value: Any, *, silent: bool = False) -> None:
    """Put a value where a client would by its signed address."""
    content = deps().contents.get(content_id)
    assert content is not None
    keys = ContentKeys.of(content)
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    deps().files.write(keys.silent_upload if silent else keys.upload, data)


def place(address: str) -> str:
    """Return the name of the file that a signed address leads to."""
    path = address.partition("?")[0]
    return path[min(at for at in (path.find("/account/"), path.find("/passing/")) if at >= 0) + 1 :]


ADA, EVE = Person("key-ada"), Person("key-eve")
