"""What an application's processes share: everything that its own module imports."""

import ast
import importlib.util
import traceback
from collections.abc import Iterable, Iterator
from importlib.abc import InspectLoader


def preload(application: str) -> None:
    """Import what the application's module imports, also where that depends, and do nothing else in it.

    Its own statements are for each process to run, as on Lambda: they may look which function it is going
    to be. What cannot be imported is left to them too, who say so where it is heard.
    """
    try:
        spec = importlib.util.find_spec(application)
        loader = spec.loader if spec else None
        source = loader.get_source(application) if isinstance(loader, InspectLoader) else None
        module = ast.parse(source or "")
        module.body = [*_imports(module.body)]
        package = application.rpartition(".")[0]
        exec(compile(module, application, "exec"), {"__name__": application, "__package__": package})
    except Exception:  # noqa: BLE001  # whatever it is: the function's process meets it again and says it
        traceback.print_exc()


def _imports(statements: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the imports among statements; of conditions both sides, since each process has another answer."""
    for statement in statements:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield statement
        elif isinstance(statement, ast.If):
            yield from _imports([*statement.body, *statement.orelse])
