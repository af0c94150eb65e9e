"""The embedded model's one address: ``python -m infra.local.embedded_model.front --port N``.

Two servers of one thread each do twice the work of one with two threads, which wait for each other a hundred
times a token (docs/performance.md, "The embedded model"). So there is a server for each processor, and each
request goes to the one that has the fewest.
"""

import argparse
import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from collections.abc import AsyncIterator, Sequence
from http import HTTPStatus

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from infra.local.embedded_model.server import THREADS, TOGETHER
from infra.local.embedded_model.service import SLOTS, servers
from infra.local.parts.lifeline import die_with_supervisor
from infra.local.ports import free_port

MOST_BYTES = 50_000_000
PASSED_ON = ("Authorization", "Content-Type")
"""Of a request's headers; of an answer's only the second, so that no page of another origin may read it."""


class Front:
    """Servers of the model, and how many requests each has."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._in_flight = dict.fromkeys(addresses, 0)

    async def connected(self, _: web.Application) -> AsyncIterator[None]:
        """Hold connections to the servers for as long as the application runs."""
        async with ClientSession(timeout=ClientTimeout(total=None)) as self._session:
            yield

    async def pass_on(self, request: web.Request) -> web.Response:
        """Ask the server that has the fewest requests; whoever hangs up ends that request, too."""
        address = min(self._in_flight, key=self._in_flight.__getitem__)
        self._in_flight[address] += 1
        try:
            return await self._asked(address, request)
        except ClientError as problem:
            raise web.HTTPBadGateway(text=f"The model's server does not answer: {problem}") from problem
        finally:
            self._in_flight[address] -= 1

    async def health(self, _: web.Request) -> web.Response:
        """Answer 200 when each of the servers does."""
        for address in self._in_flight:
            try:
                async with self._session.get(f"{address}/health") as answer:
                    ready = answer.status == HTTPStatus.OK
            except ClientError:
                ready = False
            if not ready:
                raise web.HTTPServiceUnavailable(text="The model is being loaded.")
        return web.Response(text="ok")

    async def _asked(self, address: str, request: web.Request) -> web.Response:
        headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
        body = await request.read()
        async with self._session.request(
            request.method, address + request.path, data=body, headers=headers
        ) as answer:
            return web.Response(
                status=answer.status,
                body=await answer.read(),
                headers={"Content-Type": answer.headers.get("Content-Type", "application/json")},
            )


async def serve(port: int, count: int, arguments: Sequence[str]) -> None:
    """Start the servers and give them one address, until one of them ends."""
    ports = [free_port() for _ in range(count)]
    started = [await _started(its_port, arguments) for its_port in ports]
    front = Front([f"http://127.0.0.1:{its_port}" for its_port in ports])
    application = web.Application(client_max_size=MOST_BYTES)
    application.cleanup_ctx.append(front.connected)
    application.router.add_get("/health", front.health)
    application.router.add_route("*", "/v1/{rest:.*}", front.pass_on)
    runner = web.AppRunner(application, handler_cancellation=True, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print(f"One address for {count} servers: http://127.0.0.1:{port}", flush=True)
    await asyncio.wait([asyncio.ensure_future(it.wait()) for it in started], return_when="FIRST_COMPLETED")
    sys.exit("A server of the model has ended: all are started again.")


async def _started(port: int, arguments: Sequence[str]) -> Process:
    module = "infra.local.embedded_model.server"
    # The pipe is what it lives for: see ``lifeline``.
    return await create_subprocess_exec(
        *(sys.executable, "-m", module, "--port", str(port), *arguments), stdin=PIPE, env=os.environ
    )


def main() -> None:
    """Serve the model on 127.0.0.1 until the supervisor is gone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--servers", type=int, default=servers())
    parser.add_argument("--slots", type=int, default=SLOTS)
    parser.add_argument("--threads", type=int, default=THREADS)
    parser.add_argument("--together", type=int, default=TOGETHER)
    given = parser.parse_args()
    die_with_supervisor()
    shape = ("--slots", given.slots, "--threads", given.threads, "--together", given.together)
    asyncio.run(serve(given.port, given.servers, [str(word) for word in shape]))


if __name__ == "__main__":
    main()
