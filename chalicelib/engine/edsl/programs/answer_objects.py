"""Objects of edsl's that an answer describes are made of their data, and of nothing they name.

A question of type ``edsl_object`` has its answer loaded as whichever of edsl's classes its sender wants. A
macro's description names modules, which edsl imports; a notebook's code is given to another program.
"""

from edsl.macros.macro_serialization import MacroSerialization
from edsl.notebooks import Notebook

from chalicelib.domain.json_types import Document, Json
from chalicelib.engine.edsl.types import EdslObject

EXPECTED: tuple[tuple[EdslObject, str, tuple[str, ...]], ...] = (
    (MacroSerialization, "from_dict", ("macro_cls", "data")),
    (Notebook, "_lint_code", ("code",)),
)
"""As ``seams.EXPECTED``."""

PARAMETERS = "fixed_params"


def install() -> None:
    """Have macros loaded without what they name, and notebooks without being formatted."""
    original = MacroSerialization.from_dict

    def from_dict(macro_cls: EdslObject, data: Document) -> EdslObject:
        return original(macro_cls, {**data, PARAMETERS: _plain_parameters(data.get(PARAMETERS))})

    MacroSerialization.from_dict = staticmethod(from_dict)
    Notebook._lint_code = staticmethod(lambda code: code)


def _plain_parameters(given: Json) -> Json:
    """Return a macro's parameters without those that name a class: edsl drops the macro in any case."""
    if not isinstance(given, dict):
        return None
    return {name: value for name, value in given.items() if not isinstance(value, dict)}
