"""A model that takes its time: ``python -m infra.bench.slow_model --seconds 2``.

Answers like OpenAI's chat completions, holds as many connections as come, and counts the prompts
and how many of them it had before it at once. Prints its address and serves until it is ended.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import urllib.request
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from infra.repository import ROOT

BACKLOG = 2048
ANSWER = "They are quiet and free."


class Prompts:
    """Answers prompts after some seconds and counts them."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._counts = {"prompts": 0, "in_flight": 0, "most_in_flight": 0}

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one prompt."""
        asked = await request.json()
        counts = self._counts
        counts["prompts"] += 1
        counts["in_flight"] += 1
        counts["most_in_flight"] = max(counts["most_in_flight"], counts["in_flight"])
        try:
            await asyncio.sleep(self._seconds)
        finally:
            counts["in_flight"] -= 1
        return web.json_response(completion(asked["model"]))

    async def tell(self, _: web.Request) -> web.Response:
        """Tell the counts since the last time somebody asked."""
        told = dict(self._counts)
        self._counts |= {"prompts": 0, "most_in_flight": self._counts["in_flight"]}
        return web.json_response(told)


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


async def _serve(seconds: float) -> None:
    prompts = Prompts(seconds)
    application = web.Application()
    application.router.add_post("/v1/chat/completions", prompts.answer)
    application.router.add_get("/counts", prompts.tell)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=BACKLOG)
    await site.start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


class SlowModel:
    """The server in a process of its own, as a context."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.address = ""
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "infra.bench.slow_model", "--seconds", str(self.seconds)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
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

    def counts(self) -> dict[str, int]:
        """Return what was counted since the last call: ``prompts`` and ``most_in_flight``."""
        with urllib.request.urlopen(f"{self.address}/counts", timeout=10) as answer:
            told: dict[str, int] = json.load(answer)
        return told


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, required=True)
    asyncio.run(_serve(parser.parse_args().seconds))


if __name__ == "__main__":
    main()
