"""A model whose provider takes so many requests a minute: ``python -m infra.bench.limited_model --rate 600``.

Beyond that it refuses, with a 429 and the time after which there is room again. Its room is a bucket of two
seconds' requests, which fills evenly. It tells at which second each request came, and whether it was taken.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from types import TracebackType
from typing import Self

from aiohttp import web

from infra.bench.slow_model import BACKLOG, completion
from infra.repository import ROOT

BURST_SECONDS = 2.0
CALL_SECONDS = 1.0


class LimitedPrompts:
    """Answers prompts within a rate."""

    def __init__(self, rate: int) -> None:
        self._a_second = rate / 60
        self._room = self._most = self._a_second * BURST_SECONDS
        self._at = self._began = time.monotonic()
        self._came: list[tuple[float, bool]] = []

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one prompt, or refuse it."""
        asked = await request.json()
        now = time.monotonic()
        self._room = min(self._most, self._room + (now - self._at) * self._a_second)
        self._at = now
        taken = self._room >= 1
        self._came.append((now - self._began, taken))
        if not taken:
            said = {
                "error": {"message": "Rate limit reached.", "type": "requests", "code": "rate_limit_exceeded"}
            }
            wait = (1 - self._room) / self._a_second
            return web.json_response(said, status=429, headers={"retry-after-ms": str(int(wait * 1000) + 1)})
        self._room -= 1
        await asyncio.sleep(CALL_SECONDS)
        return web.json_response(completion(asked["model"]))

    async def tell(self, _: web.Request) -> web.Response:
        """Tell when requests have come since somebody asked last."""
        came, self._came = self._came, []
        return web.json_response(came)


async def _serve(rate: int) -> None:
    prompts = LimitedPrompts(rate)
    application = web.Application()
    application.router.add_post("/v1/chat/completions", prompts.answer)
    application.router.add_get("/came", prompts.tell)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=BACKLOG)
    await site.start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


class LimitedModel:
    """The server in a process of its own, as a context."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.address = ""
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "infra.bench.limited_model", "--rate", str(self.rate)]
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

    def came(self) -> list[tuple[float, bool]]:
        """Return at which second each request came since the last call, and whether it was taken."""
        with urllib.request.urlopen(f"{self.address}/came", timeout=10) as answer:
            return [(second, taken) for second, taken in json.load(answer)]


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=int, required=True)
    asyncio.run(_serve(parser.parse_args().rate))


if __name__ == "__main__":
    main()
