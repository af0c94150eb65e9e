"""The tables, the plot and the file that a run leaves."""

import json
from xml.etree import ElementTree

import pytest
from rich.console import Console

from infra.bench.meters.samples import measured
from infra.bench.plan import INDEXED, PLAIN, PLANS, STACK, rounds
from infra.bench.reporting.document import BEGIN, END, as_markdown, fill
from infra.bench.reporting.plot import axis_over, plot
from infra.bench.reporting.report import Report, machine
from infra.bench.reporting.table import seconds_text, show
from infra.bench.reporting.targets import targets
from infra.bench.runs.first_answers import ColdStart
from infra.bench.runs.latency import Latency
from infra.bench.runs.sizing import WorkerSize
from tests.unit.infra.bench.lines import cached, line, looks, slow, synced, waits

LINES = [
    line(PLAIN, 50, 1.0),
    line(INDEXED, 50, 0.5),
    line(STACK, 50, 2.0, 2.5, 3.0),
    line(STACK, 10000, 99.0),
]


@pytest.fixture
def report():
    return Report(
        size="small",
        date="2026-01-01T00:00:00+00:00",
        machine={**machine(), "memory_measured_as": "PSS"},
        settings={"slice_size": 250},
        waits=waits(),
        lines=LINES,
        slow=slow(),
        cached=cached(),
        synced=synced(),
        results_table=looks(),
        latencies=[Latency("GET health", 1, 100, 1.0, 2.0, 900.0)],
        cold_starts=[ColdStart("worker", None, "no package"), ColdStart("api_handler", measured([0.7]), "")],
        worker_sizes=[WorkerSize(512, 0.29, measured([9.0]), 0.0001, measured([7.0]), 0.0002)],
        targets=targets(
            LINES, slow(), cached(), synced(), waits=waits(), results_table=looks(), api_seconds=None
        ),
    )


def test_everything_measured_is_shown(report):
    console = Console(width=118, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    show(report, console)
    console.file.close()
    text = console.export_text()
    for words in (
        "2.50 (2.00–3.00, 3 runs)",
        "10,000",
        "1.0 / 2.0 (900)",
        "not measured",
        "0.70 (1 run)",
        "60 × 16",
        "+ 0.30",
        "met",
    ):
        assert words in text


def test_a_document_keeps_what_stands_around_its_tables(report, tmp_path):
    file = tmp_path / "performance.md"
    file.write_text(f"Before.\n\n{BEGIN}\nold\n{END}\n\nAfter.\n")
    fill(file, report)
    fill(file, report)
    text = file.read_text()
    assert text.startswith(f"Before.\n\n{BEGIN}\n\n2026-01-01, size *small*")
    assert text.endswith(f"{END}\n\nAfter.\n")
    assert "old" not in text
    assert text.count(as_markdown(report)) == 1
    assert "| 512 (0.29)" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all(row.endswith("|") for row in rows)


def test_what_is_written_can_be_read_and_names_no_machine(report, tmp_path):
    file = tmp_path / "benchmarks" / "latest.json"
    report.write(file)
    written = json.loads(file.read_text())
    assert written["lines"][2]["seconds"] == {"median": 2.5, "least": 2.0, "most": 3.0, "times": 3}
    assert set(written["machine"]) == {
        *("cores", "memory_gigabytes", "architecture", "system", "python", "packages", "load_before"),
        "memory_measured_as",
    }


def test_a_single_run_has_no_noise_to_show():
    assert seconds_text(measured([1.234])) == "1.23 (1 run)"


def test_the_plot_is_logarithmic_in_both_directions():
    axis = axis_over([50, 10000], 0.0, 300.0)
    assert axis.decades == [10.0, 100.0, 1000.0, 10000.0]
    assert [axis.place(value) for value in (10, 100, 10000)] == pytest.approx([0.0, 100.0, 300.0])


def test_the_plot_holds_a_curve_for_each_way():
    picture = ElementTree.fromstring(plot(LINES, "2 cores"))
    name = "{http://www.w3.org/2000/svg}"
    assert len(picture.findall(f"{name}polyline")) == 3
    assert len(picture.findall(f"{name}circle")) == len(LINES)


def test_the_ways_take_turns():
    order = rounds(PLANS["small"])
    assert order[:3] == [(50, PLAIN), (50, INDEXED), (50, STACK)]
    for plan in PLANS.values():
        wanted = {
            (size, way): times for size, ways in plan.repetitions.items() for way, times in ways.items()
        }
        assert {turn: rounds(plan).count(turn) for turn in wanted} == wanted
