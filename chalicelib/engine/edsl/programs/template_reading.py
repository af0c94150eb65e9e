"""Templates read data of edsl's objects, as functions do.

edsl's own environment refuses calls, but not properties, and what a property returns may be anything: a
model of the job with the key it was given, a file's path, for which a file is written.
"""

import inspect
from collections.abc import Callable, Mapping
from types import FunctionType, MethodType

from edsl.agents import Agent
from edsl.utilities.jinja import EDSLSandboxedEnvironment
from jinja2 import Undefined

from chalicelib.engine.edsl.programs.readable import OBJECTS, is_data, is_readable
from chalicelib.engine.edsl.types import EdslObject

EXPECTED: tuple[tuple[EdslObject, str, tuple[str, ...]], ...] = (
    (EDSLSandboxedEnvironment, "getattr", ("self", "obj", "attribute")),
    (EDSLSandboxedEnvironment, "getitem", ("self", "obj", "argument")),
    (EDSLSandboxedEnvironment, "unsafe_undefined", ("self", "obj", "attribute")),
)
"""As ``seams.EXPECTED``."""


def install() -> None:
    """Have edsl's environments look before they read."""
    read_attribute, read_item = EDSLSandboxedEnvironment.getattr, EDSLSandboxedEnvironment.getitem

    def getattr_(self: EdslObject, obj: EdslObject, attribute: str) -> EdslObject:
        if not isinstance(obj, OBJECTS):
            return read_attribute(self, obj, attribute)
        return _checked(self, obj, attribute, read_attribute if _may_read(obj, attribute) else None)

    def getitem(self: EdslObject, obj: EdslObject, argument: EdslObject) -> EdslObject:
        if not isinstance(obj, OBJECTS):
            return read_item(self, obj, argument)
        may = isinstance(argument, str) and (_is_key(obj, argument) or _may_read(obj, argument))
        return _checked(self, obj, argument, read_item if may else None)

    EDSLSandboxedEnvironment.getattr = getattr_
    EDSLSandboxedEnvironment.getitem = getitem


def _checked(
    environment: EdslObject, owner: EdslObject, name: EdslObject, read: Callable[..., EdslObject] | None
) -> EdslObject:
    """Return what is read, if it may be read and is data; a method is shown as text, and not called."""
    if read is not None:
        value = read(environment, owner, name)
        if is_data(value) or isinstance(value, Undefined | MethodType | FunctionType):
            return value
    return environment.unsafe_undefined(owner, name)


def _may_read(owner: EdslObject, name: str) -> bool:
    found = inspect.getattr_static(owner, name, None)
    # A trait comes before what else has its name; what is no attribute is one, or a key.
    return (
        is_readable(owner, name)
        or isinstance(found, FunctionType | classmethod | staticmethod)
        or (isinstance(owner, Agent) and name in owner.traits)
    )


def _is_key(owner: EdslObject, name: str) -> bool:
    return isinstance(owner, Mapping) and name in owner
