"""A model that answers the study's questions as people might: the same to the same prompt, always."""

import hashlib
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from infra.screenshots.questions import (
    BETTER,
    EVENING_BUS,
    LIKED,
    LIKES,
    MINUTES,
    NIGHT_TRAIN,
    OFTEN_ASKED,
    WANTED,
    WAY,
    WAYS,
)

NAMES = ("gpt-4o", "gpt-4o-mini", "gpt-4.1")
CHARACTERS_PER_TOKEN = 4
REFUSED_PLACE, MISREAD_PLACE = "the swimming pool", "the street market"
"""What the third model will not talk of, and what it is asked of and answers something else."""
FIRST_TRAINS = 9
"""So many answers come of the study that is still running when its page is looked at."""
Answer = Callable[[str, int], str]


def _way(_: str, seed: int) -> str:
    return f"{WAYS[min(seed % 7, 6) // 2]}\nIt is the easiest way from where I live."


def _often(_: str, seed: int) -> str:
    return f"{(1, 2, 3, 3, 4, 4, 5)[seed % 7]}\nThat is about right for my week."


def _minutes(_: str, seed: int) -> str:
    return f"{15 * (1 + (seed % 5) + (seed // 5) % 4)}\nIt depends on the weather."


def _liked(_: str, seed: int) -> str:
    said = [LIKES[place] for place in sorted({seed % 5, seed // 5 % 5, seed // 25 % 3})]
    return f"{json.dumps(said)}\nThese matter most to me."


def _better(prompt: str, seed: int) -> str:
    wanted = next(said for word, said in WANTED.items() if word in prompt)
    return wanted[seed % len(wanted)]


ANSWERS: dict[str, Answer] = {
    WAY: _way,
    OFTEN_ASKED: _often,
    MINUTES: _minutes,
    LIKED: _liked,
    BETTER: _better,
    EVENING_BUS: lambda _, seed: f"{22 + seed % 2}\nThe last film ends before that.",
    NIGHT_TRAIN: lambda _, seed: f"{('Yes', 'No')[seed % 3 == 0]}\nI would sleep well on it.",
}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a caller that has gone before its answer came."""


class StudyModel:
    """The server, as a context, in a thread; ``url`` is its address as a table of services gives it."""

    def __init__(self) -> None:
        self.over = threading.Event()
        """Set, it keeps nothing back any more."""
        self._trains = 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()

    def reply(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return status and body of an answer."""
        prompt = "\n".join(str(said["content"]) for said in asked["messages"])
        if EVENING_BUS in prompt:
            return 401, _failure("Incorrect API key provided.", "invalid_api_key")
        if asked["model"] == NAMES[2] and REFUSED_PLACE in prompt and WAY in prompt:
            return 400, _failure("The response was filtered by the content management policy.", "filtered")
        if asked["model"] == NAMES[2] and MISREAD_PLACE in prompt and MINUTES in prompt:
            return 200, _completion(asked["model"], prompt, "As long as the weather is fine.")
        if NIGHT_TRAIN in prompt:
            self._hold()
        found = next((answer for words, answer in ANSWERS.items() if words in prompt), None)
        if found is None:
            return 400, _failure("There is no answer to this.", "unknown")
        seed = int.from_bytes(hashlib.sha256(f"{asked['model']} {prompt}".encode()).digest()[:4])
        return 200, _completion(asked["model"], prompt, found(prompt, seed))

    def _hold(self) -> None:
        with self._lock:
            self._trains += 1
            number = self._trains
        if number > FIRST_TRAINS:
            self.over.wait()


def _completion(model: str, prompt: str, text: str) -> dict[str, Any]:
    asked, said = len(prompt) // CHARACTERS_PER_TOKEN + 1, len(text) // CHARACTERS_PER_TOKEN + 1
    return {
        "id": "chatcmpl-study",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said},
    }


def _failure(message: str, code: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "code": code, "param": None}}


def _handler(model: StudyModel) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            listed = [{"id": name, "object": "model"} for name in NAMES]
            self._answer(200, {"object": "list", "data": listed})

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            self._answer(*model.reply(json.loads(self.rfile.read(length))))

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

        def _answer(self, status: int, said: dict[str, Any]) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
