"""Templates compiled once say what templates compiled anew say."""

from collections.abc import Iterator
from typing import Any

import pytest
from edsl.utilities.jinja import make_environment, make_native_environment
from jinja2 import Environment, StrictUndefined, Undefined
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from chalicelib.engine.edsl.templates import CompiledTemplates

SOURCES = [
    "How are you?",
    "{{ x }} and {{ y.z|default('none') }}",
    "{% for n in range(3) %}{{ n + x }},{% endfor %}",
    "{% set a = 1 %}{{ a }}{% if x > 1 %} more{% endif %}",
    "{{ 'abc'|upper ~ x }}",
    "[1, {{ x }}]",
    "{# nothing #}{{ missing }}",
    "{% macro m(a) %}<{{ a }}>{% endmacro %}{{ m(x) }}",
    "{% raw %}{{ x }}{% endraw %}",
]
ENVIRONMENTS = {
    "plain": Environment,
    "strict": lambda: Environment(undefined=StrictUndefined),
    "escaping": lambda: Environment(autoescape=True),
    "other marks": lambda: Environment(variable_start_string="[", variable_end_string="]"),
    "sandboxed": SandboxedEnvironment,
    "edsl's": make_environment,
    "edsl's native": make_native_environment,
    "edsl's native overlay": lambda: make_native_environment(make_environment()),
}


@pytest.fixture
def templates() -> Iterator[CompiledTemplates]:
    original = Environment.compile
    installed = CompiledTemplates(remembered=200)
    installed.install()
    yield installed
    Environment.compile = original  # type: ignore[method-assign]


def rendered(environment: Any, source: str) -> Any:
    try:
        return environment.from_string(source).render(x=2, y={"z": "<b>"})
    except Exception as error:  # noqa: BLE001  # whatever jinja raises, both must
        return type(error), str(error)


def everything() -> dict[tuple[str, str], Any]:
    return {
        (name, source): rendered(make(), source) for source in SOURCES for name, make in ENVIRONMENTS.items()
    }


def test_every_environment_renders_as_without(request: pytest.FixtureRequest) -> None:
    without = everything()
    templates = request.getfixturevalue("templates")
    for _ in range(2):  # compiled, then remembered
        assert everything() == without
    assert 0 < len(templates) <= len(without)
    before = len(templates)
    everything()
    assert len(templates) == before


def test_code_without_a_sandbox_never_runs_in_one(templates: CompiledTemplates) -> None:
    source = "{{ ''.__class__.__mro__ }}"
    assert "object" in Environment().from_string(source).render()
    for make in (SandboxedEnvironment, make_environment, make_native_environment):
        with pytest.raises(SecurityError):
            str(make().from_string(source).render())
    assert "object" in Environment().from_string(source).render()


def test_own_filters_are_not_mistaken_for_others(templates: CompiledTemplates) -> None:
    """Filters of constants run while a template is compiled."""
    own = Environment()
    own.filters["upper"] = lambda _: "mine"
    assert own.from_string("{{ 'a'|upper }}").render() == "mine"
    assert Environment().from_string("{{ 'a'|upper }}").render() == "A"
    assert own.from_string("{{ 'a'|upper }}").render() == "mine"


def test_draws_are_not_remembered(templates: CompiledTemplates) -> None:
    drawn = {Environment().from_string("{{ range(1000000)|list|random }}").render() for _ in range(3)}
    assert len(drawn) > 1


def test_what_does_not_compile_fails_each_time(templates: CompiledTemplates) -> None:
    for _ in range(2):
        with pytest.raises(TemplateSyntaxError):
            Environment().from_string("{{ x")
    assert len(templates) == 0


def test_the_least_recently_used_is_forgotten() -> None:
    original = Environment.compile
    few = CompiledTemplates(remembered=2)
    few.install()
    try:
        for source in ("a", "b", "a", "c", "d"):
            assert Environment(undefined=Undefined).from_string(source).render() == source
        assert len(few) == 2
    finally:
        Environment.compile = original  # type: ignore[method-assign]
