"""Templates read data of edsl's objects, as functions do.

edsl's own environment refuses calls, but not properties, and what a property returns may be anything: a
model of the job with the key it was given, a file's path, for which a file is written.
"""

import inspect
from collections.abc import Mapping
from types import FunctionType, MethodType

from edsl.agents import Agent
from edsl.utilities.jinja import EDSLSandboxedEnvironment
from jinja2 import Undefined

from chalicelib.engine.edsl.readable import OBJECTS, is_data, is_readable
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

    def guarded(environment: EdslObject, owner: EdslObject, name: EdslObject, read: EdslObject) -> EdslObject:
        if not isinstance(owner, OBJECTS):
            return read(environment, owner, name)
        if isinstance(name, str) and _may_read(owner, name):
            value = read(environment, owner, name)
            if is_data(value) or isinstance(value, Undefined | MethodType | FunctionType):
                return value
        return environment.unsafe_undefined(owner, name)

    def getattr_(self: EdslObject, obj: EdslObject, attribute: str) -> EdslObject:
        return guarded(self, obj, attribute, read_attribute)

    def getitem(self: EdslObject, obj: EdslObject, argument: EdslObject) -> EdslObject:
        return guarded(self, obj, argument, read_item)

    EDSLSandboxedEnvironment.getattr = getattr_
    EDSLSandboxedEnvironment.getitem = getitem


def _may_read(owner: EdslObject, name: str) -> bool:
    # A template may name a method, which is shown as it is without edsl, and which edsl does not call.
    return is_readable(owner, name) or _is_method(owner, name) or _is_key(owner, name)


def _is_method(owner: EdslObject, name: str) -> bool:
    return isinstance(inspect.getattr_static(owner, name, None), FunctionType | classmethod | staticmethod)


def _is_key(owner: EdslObject, name: str) -> bool:
    """Tell whether it is a key of a scenario or a trait: edsl prefers those to attributes of the name."""
    if isinstance(owner, Agent):
        return name in owner.traits
    return isinstance(owner, Mapping) and name in owner
