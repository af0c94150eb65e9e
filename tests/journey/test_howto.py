"""What the documents tell users to type does what they say, in the order in which it stands there."""

import base64
import contextlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from infra.repository import ROOT
from tests.journey.notebook import Notebook
from tests.journey.stack import LocalStack
from tests.support.fake_openai import FakeOpenAI

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]

Happening = Callable[[], None]
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
WHAT_HOLDS: Mapping[str, tuple[str, ...]] = {
    "Run a survey": (
        "results.select('visits').to_list() == [7, 7, 7]",
        "results.select('place').to_list() == ['a public library', 'a city park', 'a street market']",
    ),
    "Run in the background": ("len(job_id) == 36",),
    "Watch a job": ("told['status'] == 'completed'", "len(results) == page['total_on_page'] == 3"),
    "Cancel a job": (
        "told['status'] == 'failed'",
        "'cancelled' in told['latest_job_run_details']['failure_reason']",
    ),
    "When something failed": (
        "told['status'] == 'partial_failed'",
        "len(results) == 3",
        "results.select('thought').to_list().count(None) == 1",
        "'/remote-inference/retry' in coop.get_error_report_markdown(job_id)",
    ),
    "Retry just what failed": (
        "told['status'] == 'completed'",
        "None not in results.select('thought').to_list()",
        "len(results) == 3",
    ),
    "Several models": ("len(results) == 6", "len(set(results.select('model').to_list())) == 2"),
    "Agents": ("len(results) == 6",),
    "Files": ("results.select('when').to_list() == ['A fine one.']",),
    "The cache: on, off, fresh": (
        "set(again.select('cache_used.thought_cache_used').to_list()) == {True}",
        "set(anew.select('cache_used.thought_cache_used').to_list()) == {False}",
        "set(uncached.select('cache_used.thought_cache_used').to_list()) == {False}",
        "coop.edsl_settings['remote_caching'] is True",
    ),
    "Months later": (
        "[one['description'] for one in found] == ['What people think of places']",
        "len(results) == 3",
        "job_as_it_was_sent.to_dict() == job.to_dict()",
    ),
    "After a server's restart": (
        "told['status'] == 'completed'",
        "results.select('place').to_list() == ['a railway station']",
    ),
}


def answer(prompt: str) -> str:
    return "7" if "How many" in prompt else "A fine one."


@pytest.fixture(scope="module")
def provider() -> Iterator[FakeOpenAI]:
    names = ("smollm2-135m-instruct", "gpt-4o")
    with FakeOpenAI(answer=answer, key="sk-house", models=names) as started:
        yield started


@pytest.fixture(scope="module")
def stack(provider: FakeOpenAI, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    with LocalStack(
        accounts=["ada@example.com=key-ada", "eve@example.com=key-eve"],
        services=[f"{name}={provider.url}=sk-house" for name in ("openai_compatible", "openai")],
        options=["--data", str(tmp_path_factory.mktemp("data"))],
    ) as started:
        yield started


def blocks_by_section(document: Path) -> dict[str, list[str]]:
    sections = document.read_text().split("\n## ")[1:]
    found = {section.partition("\n")[0]: BLOCK.findall(section) for section in sections}
    return {title: blocks for title, blocks in found.items() if blocks}


def test_the_howto_does_what_it_says(stack: LocalStack, provider: FakeOpenAI, tmp_path: Path) -> None:
    sections = blocks_by_section(ROOT / "docs/howto.md")
    assert list(sections) == list(WHAT_HOLDS)
    (tmp_path / "poster.png").write_bytes(base64.b64decode(PIXEL))
    with Notebook(tmp_path, stack.url, "key-ada") as notebook:
        for title, blocks in sections.items():
            with WORLDS.get(title, unchanged)(stack, provider) as after_the_first:
                for number, block in enumerate(blocks):
                    notebook.run(block)
                    if number == 0:
                        after_the_first()
            notebook.holds(*WHAT_HOLDS[title])
    asked = [request.prompt for request in provider.asked]
    assert [prompt for prompt in asked if "The library closes at six." in prompt]
    # Three halls, two questions: all at first, one when just that is retried, all when all is run again.
    assert sum(" hall" in prompt for prompt in asked) == 6 + 1 + 6


def test_the_tutorial_runs_from_top_to_bottom(
    stack: LocalStack, provider: FakeOpenAI, tmp_path: Path
) -> None:
    cells = json.loads((ROOT / "docs/tutorial.ipynb").read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell for cell in code if cell["outputs"] or cell["execution_count"]] == []
    before = len(provider.asked)
    with a_call_is_refused(stack, provider), Notebook(tmp_path, stack.url, "key-eve") as notebook:
        for cell in code:
            notebook.run("".join(cell["source"]))
        notebook.holds(
            "set(again.select('cache_used.thought_cache_used').to_list()) == {True}",
            "results.select('visits').to_list() == [7] * 6",
        )
    # Six interviews of two questions: all, the one call that was refused, none, all.
    assert len(provider.asked) - before == 12 + 1 + 0 + 12


def nothing_more() -> None:
    """Let things be."""


@contextlib.contextmanager
def unchanged(_stack: LocalStack, _provider: FakeOpenAI) -> Iterator[Happening]:
    yield nothing_more


@contextlib.contextmanager
def a_call_is_refused(_stack: LocalStack, provider: FakeOpenAI) -> Iterator[Happening]:
    refused = iter((401,))

    def fault(number: int) -> int | None:
        thought = "what do you think" in provider.requests[number - 1].prompt
        return next(refused, None) if thought else None

    provider.fault = fault
    try:
        yield nothing_more
    finally:
        provider.fault = lambda _: None


@contextlib.contextmanager
def calls_take_long(_stack: LocalStack, provider: FakeOpenAI) -> Iterator[Happening]:
    with provider.holding():
        yield nothing_more


@contextlib.contextmanager
def the_server_is_restarted(stack: LocalStack, provider: FakeOpenAI) -> Iterator[Happening]:
    with provider.holding() as over:

        def restart() -> None:
            stack.stop()
            over.set()
            stack.start()

        yield restart


WORLDS: Mapping[str, Callable[[LocalStack, FakeOpenAI], AbstractContextManager[Happening]]] = {
    "Cancel a job": calls_take_long,
    "When something failed": a_call_is_refused,
    "After a server's restart": the_server_is_restarted,
}
"""What is the case while a section is read, and what happens after its first block."""
