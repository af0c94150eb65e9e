"""A report as tables for people."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from infra.bench.meters.samples import Measured
from infra.bench.plan import STACK
from infra.bench.reporting.report import Report
from infra.bench.runs.cached_run import CachedRuns
from infra.bench.runs.comparison import Line
from infra.bench.runs.latency import Latency
from infra.bench.runs.remote_run import WATCHED
from infra.bench.runs.sync_run import SyncRuns
from infra.bench.runs.table_looks import TableLooks
from infra.bench.runs.users_wait import UsersWait

VERDICTS = {True: "[green]met[/green]", False: "[red]not met[/red]", None: "—"}
LEAST_SHOWN = 0.005
SHOWN_DOLLARS = ("Lambda", "DynamoDB", "SQS", "S3", "API Gateway")


def show(report: Report, console: Console) -> None:
    """Print everything."""
    console.print(f"{heading(report)}.")
    for table in tables(report):
        console.print(table)


def heading(report: Report) -> str:
    """Return where and with what was measured."""
    machine = report.machine
    chosen = ", ".join(f"{name} {value}" for name, value in report.settings.items())
    return (
        f"{machine['cores']} cores, {machine['memory_gigabytes']:.0f} GB, {machine['architecture']}, "
        f"Python {machine['python']}, edsl {machine['packages']['edsl']}; "
        f"load before {machine['load_before']:.1f}; memory as {machine['memory_measured_as']}; {chosen}"
    )


def tables(report: Report) -> list[Table]:
    """Return what was measured, table by table."""
    found = [
        _waits(report.waits),
        _speeds(report.lines),
        _targets(report),
        _parts(report.lines),
        _memory(report),
        _costs(report.lines),
        _requests(report.lines),
        _cached(report.cached),
        _synced(report.synced),
        looks_table(report.results_table),
        _latencies(report.latencies),
        _cold_starts(report),
        _worker_sizes(report),
    ]
    return [table for table in found if table.row_count]


def seconds_text(taken: Measured) -> str:
    """Return a median with its noise, e.g. ``1.23 (1.20–1.31, 3 runs)``."""
    if taken.times == 1:
        return f"{taken.median:.2f} (1 run)"
    return f"{taken.median:.2f} ({taken.least:.2f}–{taken.most:.2f}, {taken.times} runs)"


def _waits(waits: Sequence[UsersWait]) -> Table:
    table = _table(
        "What users wait for, seconds: plain edsl, the server from queued to its end, the client",
        "job",
        "client",
        "plain edsl",
        "server",
        "run()",
        "beside",
        "its own CPU",
    )
    for wait in waits:
        table.add_row(
            f"{wait.interviews:,} × {wait.questions}",
            wait.release,
            seconds_text(wait.plain) if wait.plain else "",
            *(seconds_text(taken) for taken in (wait.server, wait.client)),
            f"+ {wait.beside_the_server.median:.2f}",
            f"{wait.own_work.median:.2f}",
        )
    return table


def _speeds(lines: Sequence[Line]) -> Table:
    table = _table("Two-question interviews", "interviews", "way", "seconds: median (least–most)", "a second")
    table.add_column("CPU ms each", justify="right", no_wrap=True)
    table.add_column("against plain", justify="right", no_wrap=True)
    plain = {line.interviews: line.seconds.median for line in lines if line.way == "plain edsl"}
    for line in lines:
        base = plain.get(line.interviews)
        table.add_row(
            f"{line.interviews:,}",
            line.way,
            seconds_text(line.seconds),
            f"{line.per_second:.0f}",
            f"{line.cpu_milliseconds:.1f}",
            f"{base / line.seconds.median:.1f} ×" if base else "",
        )
    return table


def _parts(lines: Sequence[Line]) -> Table:
    inside = [line for line in lines if line.parts]
    names = list(dict.fromkeys(name for line in inside for name in line.parts))
    shown = [name for name in names if any(line.parts.get(name, 0) >= LEAST_SHOWN for line in inside)]
    table = _table("Where the stack's processor time goes, ms for each interview", "interviews", *shown)
    for line in inside:
        table.add_row(f"{line.interviews:,}", *(f"{line.parts.get(name, 0):.2f}" for name in shown))
    return table


def _memory(report: Report) -> Table:
    table = _table("Peak memory, MB", "interviews", "plain", "indexed", *WATCHED)
    sizes = sorted({line.interviews for line in report.lines})
    for size in sizes:
        peaks = {line.way: line.peaks for line in report.lines if line.interviews == size}
        alone = [_whole(peak.get("process")) for way, peak in peaks.items() if way != STACK]
        inside = [_whole(peaks[STACK].get(name)) for name in WATCHED]
        table.add_row(f"{size:,}", *(["", *alone] if len(alone) == 1 else alone), *inside)
    slow = report.slow
    table.add_row(f"{slow.interviews:,} at {slow.call_seconds:g} s a call", "", "", _whole(slow.worker_peak))
    return table


def _costs(lines: Sequence[Line]) -> Table:
    table = _table("Dollars for 1,000 interviews (local busy time, AWS prices)", "interviews", *SHOWN_DOLLARS)
    table.add_column("all", justify="right")
    for line in lines:
        if line.costs is not None:
            dollars = [line.costs.dollars.get(name, 0.0) for name in SHOWN_DOLLARS]
            table.add_row(
                f"{line.interviews:,}",
                *(f"{amount:.6f}" for amount in dollars),
                f"{line.costs.total_dollars:.6f}",
            )
    return table


def _requests(lines: Sequence[Line]) -> Table:
    counted = [line for line in lines if line.costs is not None]
    table = _table(
        "AWS requests for 1,000 interviews", "request", *(f"{line.interviews:,}" for line in counted)
    )
    costs = [line.costs for line in counted if line.costs is not None]
    for name in sorted({name for cost in costs for name in cost.requests}):
        table.add_row(name, *(f"{cost.requests.get(name, 0):.1f}" for cost in costs))
    table.add_row("DynamoDB write units", *(f"{cost.write_units:.1f}" for cost in costs))
    table.add_row("DynamoDB read units", *(f"{cost.read_units:.1f}" for cost in costs))
    table.add_row("HTTP requests", *(f"{cost.http_requests:.1f}" for cost in costs))
    table.add_row("busy worker seconds", *(f"{cost.busy_seconds.get('worker', 0):.1f}" for cost in costs))
    return table


def _cached(cached: CachedRuns) -> Table:
    table = _table(
        f"The account's cache: {cached.interviews:,} interviews",
        "job",
        "",
        "seconds: median (least–most)",
        "model calls",
        "lookups for 100 prompts",
        "AWS requests for 1,000",
        "dollars for 1,000",
    )
    for line in cached.lines:
        table.add_row(
            line.job,
            line.way,
            seconds_text(line.seconds),
            "" if line.model_calls is None else f"{line.model_calls:,}",
            f"{line.lookups:.1f}",
            f"{sum(line.costs.requests.values()):,.0f}",
            f"{line.costs.total_dollars:.6f}",
        )
    return table


def _synced(synced: SyncRuns) -> Table:
    table = _table(
        f"Syncing a client's cache with an account's of {synced.entries:,} entries", "call", "seconds"
    )
    table.add_row("a thousand entries sent", seconds_text(synced.sending))
    table.add_row("the difference, one of fifty missing on either side", seconds_text(synced.difference))
    return table


def looks_table(found: TableLooks) -> Table:
    """Return what pages of a table of results take."""
    table = _table(
        f"A table of {found.interviews:,} results, {found.columns} columns: {found.megabytes:.1f} MB, made "
        f"in {found.making_seconds:.1f} s with {found.memory_megabytes:.0f} MB of memory",
        "look",
        "seconds",
        "requests",
        "MB read",
    )
    for look in found.looks:
        table.add_row(look.name, f"{look.seconds:.2f}", f"{look.requests}", f"{look.megabytes:.2f}")
    return table


def _latencies(latencies: Sequence[Latency]) -> Table:
    connections = sorted({latency.connections for latency in latencies})
    title = "API latency, ms: p50 / p99 (requests a second), by connections"
    table = _table(title, "route", *(str(number) for number in connections))
    for route in dict.fromkeys(latency.route for latency in latencies):
        cells = [
            f"{latency.p50:.1f} / {latency.p99:.1f} ({latency.per_second:.0f})"
            for latency in latencies
            if latency.route == route
        ]
        table.add_row(route, *cells)
    return table


def _cold_starts(report: Report) -> Table:
    table = _table("Process start to first answer, from the package", "function", "seconds", "note")
    for start in report.cold_starts:
        seconds = "not measured" if start.seconds is None else seconds_text(start.seconds)
        table.add_row(start.function, seconds, start.note)
    return table


def _worker_sizes(report: Report) -> Table:
    slow = report.slow
    table = _table(
        f"Worker's size: {slow.interviews:,} interviews, seconds and the workers' dollars for 1,000",
        "MB (share of a core)",
        f"one question, {slow.call_seconds:g} s a call",
        "dollars",
        "two questions, test model",
        "dollars",
    )
    for size in report.worker_sizes:
        table.add_row(
            f"{size.megabytes:,} ({size.share:.2f})",
            seconds_text(size.waiting),
            f"{size.waiting_dollars:.6f}",
            seconds_text(size.answering),
            f"{size.answering_dollars:.6f}",
        )
    return table


def _targets(report: Report) -> Table:
    table = _table("Reach", "what", "wanted", "reached", "verdict")
    for target in report.targets:
        table.add_row(target.name, target.wanted, target.reached, VERDICTS[target.met])
    return table


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _whole(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"
