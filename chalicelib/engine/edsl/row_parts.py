"""Models and scenarios of rows, made once and not once a row.

edsl's service makes both anew of what is stored of them for each row, which takes longer than the row. Rows
only read them, and many have the same.
"""

from edsl.runner import service

from chalicelib.engine.edsl.types import EdslObject

MODELS, SCENARIOS = 64, 8
"""How many are remembered; a scenario may hold files, and what is asked about one comes together."""


class Remembering:
    """Stands where edsl's service looks for a class, of which it uses ``from_dict`` or makes an empty one."""

    def __init__(self, kind: EdslObject, most: int) -> None:
        self._kind = kind
        self._most = most
        self._made: dict[int, tuple[EdslObject, EdslObject]] = {}
        """By address: data, held so that nothing else comes to lie there, and what was made of them."""

    def __call__(self) -> EdslObject:
        """Return an empty one, which is nobody else's."""
        return self._kind()

    def __len__(self) -> int:
        return len(self._made)

    def from_dict(self, data: EdslObject) -> EdslObject:
        """Return what is made of these very data: the same again, while it is remembered."""
        known = self._made.get(id(data))
        if known is not None:
            return known[1]
        made = self._kind.from_dict(data)
        if len(self._made) == self._most:
            del self._made[next(iter(self._made))]
        self._made[id(data)] = data, made
        return made


def install() -> None:
    """Have edsl's service make models and scenarios here."""
    service.LanguageModel = Remembering(service.LanguageModel, MODELS)
    service.Scenario = Remembering(service.Scenario, SCENARIOS)
