"""Takes edsl's sandbox, and Perch's in its place, away: what a job brings runs as ordinary Python.

Python imports this by itself in each process that finds it on its path. So a fork server is started whose
jails have nothing but their walls: each test with it begins where a stranger has broken out of the sandbox.
"""

import inspect
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

FUNCTIONS = "chalicelib.engine.edsl.programs.functions"


class Unrestricted:
    """Stands where ``RestrictedFunction`` does; its source may import and do whatever it likes."""

    def __init__(self, name: str, source: str) -> None:
        self.__name__ = name
        self._source = source
        self.__signature__ = inspect.signature(lambda scenario, agent_traits: (scenario, agent_traits))

    def __call__(self, *args: object, **kwargs: object) -> str:
        names: dict[str, object] = {}
        exec(self._source, names)
        function = names[self.__name__]
        assert callable(function)
        return str(function(*args, **kwargs))

    def __deepcopy__(self, _: dict[int, object]) -> "Unrestricted":
        return self


class Unlocking(Loader):
    """Loads the module as it is, then puts the other class in."""

    def __init__(self, own: Loader) -> None:
        self._own = own

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._own.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._own.exec_module(module)
        vars(module)["RestrictedFunction"] = Unrestricted


class Finder(MetaPathFinder):
    """Finds the one module whose loading is changed."""

    def find_spec(self, name: str, path: object, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != FUNCTIONS:
            return None
        found = PathFinder.find_spec(name, path, target)  # type: ignore[arg-type]
        assert found is not None
        assert found.loader is not None
        found.loader = Unlocking(found.loader)
        return found


sys.meta_path.insert(0, Finder())
