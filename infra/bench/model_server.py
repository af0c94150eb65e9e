"""What the bench's models have in common: OpenAI's chat completions, in a process of their own."""

import asyncio
import json
import subprocess
import sys
import urllib.request
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from infra.repository import ROOT

BACKLOG = 2048
ANSWER = "They are quiet and free."
TOLD = "/told"
Handler = Callable[[web.Request], Awaitable[web.Response]]


def completion(model: str) -> dict[str, Any]:
    """Return an answer in OpenAI's form."""
    message = {"role": "assistant", "content": ANSWER}
    return {
        "id": "chatcmpl-bench",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 40, "completion_tokens": 6, "total_tokens": 46},
    }


async def serve(answer: Handler, tell: Handler) -> None:
    """Answer prompts, and tell what was noted of them; prints the address and serves until it is ended."""
    application = web.Application()
    application.router.add_post("/v1/chat/completions", answer)
    application.router.add_get(TOLD, tell)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=BACKLOG)
    await site.start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


class ModelServer:
    """Such a server in a process of its own, as a context."""

    def __init__(self, module: str, *arguments: str) -> None:
        self.address = ""
        self._command = [sys.executable, "-m", module, *arguments]
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()

    def told(self) -> Any:  # noqa: ANN401  # any JSON
        """Return what the server has noted since the last call."""
        with urllib.request.urlopen(f"{self.address}{TOLD}", timeout=10) as answer:
            return json.load(answer)
