"""A model that takes its time: ``python -m infra.bench.slow_model --seconds 2``.

Answers like OpenAI's chat completions, holds as many connections as come, and counts the prompts
and how many of them it had before it at once. Prints its address and serves until it is ended.
"""

import argparse
import asyncio

from aiohttp import web

from infra.bench.model_server import ModelServer, completion, serve


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


class SlowModel(ModelServer):
    """The server in a process of its own, as a context."""

    def __init__(self, seconds: float) -> None:
        super().__init__("infra.bench.slow_model", "--seconds", str(seconds))
        self.seconds = seconds

    def counts(self) -> dict[str, int]:
        """Return what was counted since the last call: ``prompts`` and ``most_in_flight``."""
        told: dict[str, int] = self.told()
        return told


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, required=True)
    prompts = Prompts(parser.parse_args().seconds)
    asyncio.run(serve(prompts.answer, prompts.tell))


if __name__ == "__main__":
    main()
