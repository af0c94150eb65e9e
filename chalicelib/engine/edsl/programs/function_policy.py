"""What a function's source may say, and what it finds: RestrictedPython's rules, made narrower.

Whatever edsl's own restricted functions can do with data, these can; P5 hangs on that. They cannot hold
on to an object that is not data, and they cannot catch what ends them.
"""

import ast
from types import MappingProxyType

from edsl.utilities import restricted_python
from RestrictedPython import RestrictingNodeTransformer, safe_builtins
from RestrictedPython.Guards import safer_getattr

from chalicelib.engine.edsl.programs.readable import is_attribute
from chalicelib.engine.edsl.programs.views import ForbiddenError, MappingView, View, as_data
from chalicelib.engine.edsl.types import EdslObject

Jump = ast.Return | ast.Break | ast.Continue
Scope = ast.FunctionDef | ast.Lambda

DATA_TYPES = (bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset, range, slice)
ATTRIBUTES = MappingProxyType(
    {kind: frozenset(name for name in dir(kind) if not name.startswith("_")) for kind in DATA_TYPES}
)
"""By type, what may be asked of its values: all that Python itself gives to plain data. RestrictedPython
refuses ``format`` and ``format_map`` of texts: they read attributes without a guard."""

NOT_FOR_FUNCTIONS = frozenset(
    {"BaseException", "GeneratorExit", "KeyboardInterrupt", "SystemExit", "_getattr_", "delattr", "setattr"}
)
"""By the first four a function would catch the alarm that ends it; the others are guards of their own."""

BUILTINS = MappingProxyType(
    {name: found for name, found in safe_builtins.items() if name not in NOT_FOR_FUNCTIONS}
    # What would have caught everything catches what functions may catch.
    | {"BaseException": Exception}
)


class FunctionPolicy(RestrictingNodeTransformer):  # type: ignore[misc]  # RestrictedPython has no types
    """What RestrictedPython lets through, without three things that it overlooks."""

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """Check each parameter's name: a positional-only one could else stand in for a guard."""
        self.check_name(node, node.arg)
        return self._contents(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:  # noqa: N802  # ast's name
        """Have a bare ``except`` catch what functions may catch."""
        if node.type is None:
            node.type = ast.copy_location(ast.Name("Exception", ast.Load()), node)
        self.check_name(node, node.name)
        return self._contents(node)

    def visit_Try(self, node: ast.Try | ast.TryStar) -> ast.AST:  # noqa: N802  # likewise
        """Refuse to leave a ``finally`` by a jump: that drops whatever was raised."""
        for jump in _jumps_out_of(node.finalbody):
            self.error(jump, "return, break and continue in a finally block are not allowed.")
        return self._contents(node)

    visit_TryStar = visit_Try  # noqa: N815  # likewise

    def _contents(self, node: ast.AST) -> ast.AST:
        found: ast.AST = self.node_contents_visit(node)
        return found


def guards() -> dict[str, EdslObject]:
    """Return the globals that a function is run with."""
    return {
        "__builtins__": dict(BUILTINS),
        "_getattr_": read_attribute,
        "_getitem_": read_item,
        "_getiter_": restricted_python.guarded_iter,
        "_iter_unpack_sequence_": restricted_python.guarded_iter_unpack_sequence,
    }


def read_attribute(owner: EdslObject, name: str) -> EdslObject:
    """Return ``owner.name`` as a function may have it; None where there is none, as edsl gives it."""
    if isinstance(owner, View):
        return owner.read(name)
    kind: EdslObject = owner if isinstance(owner, type) else type(owner)
    if isinstance(owner, Exception) and name == "args":
        return as_data(owner.args)
    if name in ATTRIBUTES.get(kind, ()):
        return safer_getattr(owner, name)
    if not is_attribute(owner, name):
        return None
    raise ForbiddenError(f"A function may not use '{name}' of a {kind.__name__}.")


def read_item(owner: EdslObject, key: EdslObject) -> EdslObject:
    """Return ``owner[key]`` as edsl's functions have it: what ``get`` gives, None without such a key."""
    if not isinstance(owner, dict | MappingView):
        raise AttributeError(f"'{type(owner).__name__}' object has no attribute 'get'")  # noqa: TRY004  # edsl's
    return restricted_python.default_guarded_getitem(owner, key)


def _jumps_out_of(body: list[ast.stmt], *, in_loop: bool = False) -> list[Jump]:
    """Return the statements by which one jumps out of a block."""
    found: list[Jump] = []
    for statement in body:
        if isinstance(statement, ast.Return) or (
            isinstance(statement, ast.Break | ast.Continue) and not in_loop
        ):
            found.append(statement)
        elif isinstance(statement, ast.For | ast.While):
            found += _jumps_out_of(statement.body, in_loop=True)
            found += _jumps_out_of(statement.orelse, in_loop=in_loop)
        elif not isinstance(statement, ast.FunctionDef):
            found += _jumps_out_of(_statements_in(statement), in_loop=in_loop)
    return found


def _statements_in(node: ast.AST) -> list[ast.stmt]:
    """Return the statements right below one, those of its handlers included."""
    found: list[ast.stmt] = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            found.append(child)
        elif not isinstance(child, ast.expr):
            found += _statements_in(child)
    return found
