"""How long the API's busiest routes take, over connections that are kept open."""

import http.client
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from infra.bench.client import VERSION, Caller
from infra.bench.meters.samples import percentile
from infra.bench.stack import BenchError, BenchStack

OK = 200
WARM_UP = 3


@dataclass(frozen=True)
class Route:
    """A request that can be made again and again."""

    name: str
    method: str
    path: str
    body: object = None


@dataclass(frozen=True)
class Latency:
    """Milliseconds of one route at so many connections."""

    route: str
    connections: int
    requests: int
    p50: float
    p99: float
    per_second: float


def busiest_routes(job_id: str, results_id: str) -> list[Route]:
    """Return what every client asks in each run, the poll most often; on a job that has ended."""
    start = "/api/v0/new-remote-inference"
    announcement = {"json_string": "offloaded", "iterations": 1, "version": VERSION, "status": "queued"}
    return [
        Route("GET remote-inference (poll)", "GET", f"/api/v0/remote-inference?job_uuid={job_id}"),
        Route("GET edsl-settings", "GET", "/api/v0/edsl-settings"),
        Route("POST new-remote-inference", "POST", start, announcement),
        # Said again, as clients do not: saying it first would start a job each time.
        Route(
            "POST …/uploaded (again)",
            "POST",
            f"{start}/uploaded",
            {"job_uuid": job_id, "message": "uploaded"},
        ),
        Route("POST object/pull", "POST", "/api/v0/object/pull", {"object_uuid": results_id}),
    ]


def routes_of(caller: Caller, payload: bytes) -> list[Route]:
    """Run a small job and return the routes that ask about it."""
    told, _ = caller.run(payload, seconds=60)
    return busiest_routes(told["job_uuid"], told["results_uuid"])


def measure(stack: BenchStack, route: Route, *, connections: int, requests: int) -> Latency:
    """Ask so often over so many connections at once. Raises BenchError for an answer that is not 200."""
    each = max(1, requests // connections)
    took: list[float] = []
    problems: list[str] = []
    ready = threading.Barrier(connections + 1)

    def work() -> None:
        try:
            with_connection(stack, ask_again_and_again)
        except (OSError, http.client.HTTPException, BenchError) as problem:
            problems.append(f"{route.name}: {problem}")
            ready.abort()

    def ask_again_and_again(connection: http.client.HTTPConnection) -> None:
        for _ in range(WARM_UP):
            _ask(connection, stack.key, route)
        ready.wait()
        took.extend([_ask(connection, stack.key, route) for _ in range(each)])

    threads = [threading.Thread(target=work, daemon=True) for _ in range(connections)]
    for thread in threads:
        thread.start()
    try:
        ready.wait()
    except threading.BrokenBarrierError:
        raise BenchError("; ".join(problems[:1])) from None
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    if problems:
        raise BenchError(problems[0])
    return Latency(
        route=route.name,
        connections=connections,
        requests=len(took),
        p50=1000 * percentile(took, 0.5),
        p99=1000 * percentile(took, 0.99),
        per_second=len(took) / seconds,
    )


def with_connection(stack: BenchStack, work: Callable[[http.client.HTTPConnection], None]) -> None:
    """Give a connection to the API to somebody and close it."""
    connection = http.client.HTTPConnection(urlsplit(stack.url).netloc, timeout=60)
    try:
        work(connection)
    finally:
        connection.close()


def _ask(connection: http.client.HTTPConnection, key: str, route: Route) -> float:
    body = None if route.body is None else json.dumps(route.body)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    started = time.perf_counter()
    connection.request(route.method, route.path, body, headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status != OK:
        raise BenchError(f"{route.method} {route.path} answered {answer.status}")
    return time.perf_counter() - started
