"""A model whose provider takes so many requests a minute: ``python -m infra.bench.limited_model --rate 600``.

Beyond that it refuses, with a 429 and the time after which there is room again. Its room is a bucket of two
seconds' requests, which fills evenly. It tells at which second each request came, and whether it was taken.
"""

import argparse
import asyncio
import time

from aiohttp import web

from infra.bench.model_server import ModelServer, completion, serve

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


class LimitedModel(ModelServer):
    """The server in a process of its own, as a context."""

    def __init__(self, rate: int) -> None:
        super().__init__("infra.bench.limited_model", "--rate", str(rate))
        self.rate = rate

    def came(self) -> list[tuple[float, bool]]:
        """Return at which second each request came since the last call, and whether it was taken."""
        return [(second, taken) for second, taken in self.told()]


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=int, required=True)
    prompts = LimitedPrompts(parser.parse_args().rate)
    asyncio.run(serve(prompts.answer, prompts.tell))


if __name__ == "__main__":
    main()
