"""Functions that jobs bring along: compiled when the job is loaded, run when a question is asked.

edsl runs the module level of a function's source to get at the function, which is while the job is
loaded, and hands live objects to it.
"""

import inspect
from types import CodeType, FunctionType, ModuleType
from typing import Self

from edsl.agents import agent_direct_answering, agent_traits_manager
from edsl.questions import question_functional
from edsl.questions.exceptions import QuestionErrors
from edsl.questions.question_functional import QuestionFunctional
from edsl.utilities import restricted_python
from RestrictedPython import RestrictingNodeTransformer, compile_restricted

from chalicelib.engine.edsl.programs.function_policy import FunctionPolicy, guards
from chalicelib.engine.edsl.programs.views import ForbiddenError, as_data, from_data
from chalicelib.engine.edsl.types import EdslObject

USERS: tuple[ModuleType, ...] = (
    restricted_python,
    question_functional,
    agent_direct_answering,
    agent_traits_manager,
)
"""Modules of edsl that make functions by ``create_restricted_function``, each by a name of its own."""

EXPECTED: tuple[tuple[EdslObject, str, tuple[str, ...]], ...] = (
    *[(module, "create_restricted_function", ("function_name", "source_code")) for module in USERS],
    (restricted_python, "default_guarded_getitem", ("ob", "key")),
    (restricted_python, "guarded_iter", ("obj",)),
    (restricted_python, "guarded_iter_unpack_sequence", ("it", "spec", "_getiter_")),
    (QuestionFunctional, "answer_question_directly", ("self", "scenario", "agent_traits")),
    *[
        (RestrictingNodeTransformer, name, ("self", "node"))
        for name in ("visit_arg", "visit_ExceptHandler", "visit_Try", "visit_TryStar", "node_contents_visit")
    ],
    (RestrictingNodeTransformer, "check_name", ("self", "node", "name")),
    (RestrictingNodeTransformer, "error", ("self", "node", "info")),
)
"""As ``seams.EXPECTED``."""


class RestrictedFunction:
    """Stands where edsl has a function: it is given data, and what it returns is data."""

    def __init__(self, name: str, source: str) -> None:
        """Compile the source; raises SyntaxError, and KeyError where it defines no such function."""
        self.__name__ = name
        parts = source.split("def ")
        # As edsl does it: without decorators, up to where a second function begins.
        text = f"def {parts[1]}" if len(parts) > 1 else source
        self._module: CodeType = compile_restricted(text, "<string>", "exec", policy=FunctionPolicy)
        self.__signature__ = inspect.signature(_stand_in(self._module, name))
        self._function: FunctionType | None = None

    def __call__(self, *args: EdslObject, **kwargs: EdslObject) -> EdslObject:
        """Call the function with data made of the arguments."""
        if self._function is None:
            names: dict[str, EdslObject] = {}
            exec(self._module, guards(), names)
            self._function = names[self.__name__]
        given = {name: as_data(value) for name, value in kwargs.items()}
        return from_data(self._function(*[as_data(value) for value in args], **given))

    def __deepcopy__(self, _: dict[int, EdslObject]) -> Self:
        """Functions are copied by reference."""
        return self


def install() -> None:
    """Have edsl make these of the sources of functions, and say of a question why one was stopped."""
    for module in USERS:
        vars(module)["create_restricted_function"] = create
    original = QuestionFunctional.answer_question_directly

    def answer_question_directly(
        self: EdslObject, scenario: EdslObject, agent_traits: EdslObject = None
    ) -> EdslObject:
        try:
            return original(self, scenario, agent_traits)
        except QuestionErrors as error:
            # edsl says the same of all that goes wrong in functions; this could not be found by trying.
            if isinstance(error.__context__, ForbiddenError):
                raise error.__context__ from None
            raise

    QuestionFunctional.answer_question_directly = answer_question_directly


def create(function_name: str, source_code: str, loop_activated: bool = True) -> RestrictedFunction:  # noqa: ARG001  # edsl's
    """Stand in for edsl's ``create_restricted_function``."""
    return RestrictedFunction(function_name, source_code)


def _stand_in(module: CodeType, name: str) -> FunctionType:
    """Return a function that has the parameters of the one a module would define."""
    for constant in module.co_consts:
        if isinstance(constant, CodeType) and constant.co_name == name:
            return FunctionType(constant, {})
    raise KeyError(name)
