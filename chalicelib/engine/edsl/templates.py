"""Templates compiled once: edsl makes a new jinja environment and compiles anew for every use.

A question's text and options are compiled for each interview at least twice, which is a third of
what an interview costs. What jinja compiles a source to depends on the source and on the
environment's settings only; both are in the key here, so that code made for an environment
without a sandbox never runs in one with.
"""

from collections import OrderedDict
from collections.abc import Hashable
from operator import attrgetter
from types import CodeType

from jinja2 import Environment, nodes

from chalicelib.engine.edsl.types import EdslObject

REMEMBERED = 4096
"""Templates, of a few kilobytes each; a child ends with its slice in any case."""

PLAIN = Environment()
"""What an environment starts with: filters, tests and policies."""

SETTINGS = (
    "block_start_string",
    "block_end_string",
    "variable_start_string",
    "variable_end_string",
    "comment_start_string",
    "comment_end_string",
    "line_statement_prefix",
    "line_comment_prefix",
    "trim_blocks",
    "lstrip_blocks",
    "newline_sequence",
    "keep_trailing_newline",
    "optimized",
    "finalize",
    "autoescape",
    "undefined",
    "is_async",
    "sandboxed",
    "code_generator_class",
)
"""What of an environment its parser and its code generator look at."""


READ = attrgetter(*SETTINGS)


class CompiledTemplates:
    """The most recently used code objects, by source and by the environment's settings."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._found: OrderedDict[Hashable, CodeType] = OrderedDict()

    def __len__(self) -> int:
        return len(self._found)

    def install(self) -> None:
        """Have every jinja environment of this process look here before it compiles."""
        original = Environment.compile

        def compile_once(
            environment: Environment, source: str | nodes.Template, *where: EdslObject, **how: EdslObject
        ) -> EdslObject:
            # A name or a file would stand in the code; edsl's templates have neither.
            if where or how or not isinstance(source, str) or not _is_plain(environment):
                return original(environment, source, *where, **how)
            key: Hashable = (source, *_settings_of(environment))
            code = self._found.get(key)
            if code is None:
                code = original(environment, source)
                self._remember(key, code)
            else:
                self._found.move_to_end(key)
            return code

        Environment.compile = compile_once  # type: ignore[method-assign, assignment]

    def _remember(self, key: Hashable, code: CodeType) -> None:
        self._found[key] = code
        if len(self._found) > self._remembered:
            self._found.popitem(last=False)


def _settings_of(environment: Environment) -> tuple[EdslObject, ...]:
    intercepted = (
        frozenset(getattr(environment, "intercepted_binops", ())),
        frozenset(getattr(environment, "intercepted_unops", ())),
    )
    return (type(environment), READ(environment), *intercepted)


def _is_plain(environment: Environment) -> bool:
    """Tell whether an environment adds nothing of its own that the compiler would use.

    Constant parts of a template are computed while it is compiled, with the environment's filters.
    """
    return (
        not environment.extensions
        and environment.filters == PLAIN.filters
        and environment.tests == PLAIN.tests
        and environment.policies == PLAIN.policies
    )
