"""Where edsl looks for prices: those of the run, as its table has them, and no others."""

from collections.abc import Iterable

from edsl.language_models.price_manager import PriceManager

from chalicelib.domain.json_types import Document
from chalicelib.domain.prices.table import TOKEN_TYPES, Price
from chalicelib.engine.edsl.types import EdslObject

EXPECTED: tuple[tuple[EdslObject, str, tuple[str, ...]], ...] = (
    (PriceManager, "get_instance", ()),
    (PriceManager, "refresh_prices", ("self",)),
    (PriceManager, "get_price", ("self", "inference_service", "model")),
)


class Prices:
    """The prices of this process's one request."""

    def __init__(self) -> None:
        self._lookup: dict[tuple[str, str], Document] = {}

    def put(self, prices: Iterable[Price]) -> None:
        """Have edsl compute with these from now on."""
        self._lookup = {
            (price.service, price.model): {kind: price.stated(kind) for kind in TOKEN_TYPES}
            for price in prices
        }
        PriceManager.get_instance().refresh_prices()

    def lookup(self, *_: object, **__: object) -> dict[tuple[str, str], Document]:
        """Return what edsl would have from its own server."""
        return self._lookup


PRICES = Prices()
