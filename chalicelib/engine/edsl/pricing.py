"""Where edsl looks for prices: those of the run, as its table has them, and no others."""

from collections.abc import Callable, Iterable

from edsl.language_models.price_manager import PriceManager, PriceRetriever

from chalicelib.domain.json_types import Document
from chalicelib.domain.prices.table import TOKEN_TYPES, Price
from chalicelib.engine.edsl.types import EdslObject

EXPECTED: tuple[tuple[EdslObject, str, tuple[str, ...]], ...] = (
    (PriceManager, "get_instance", ()),
    (PriceManager, "refresh_prices", ("self",)),
    (PriceManager, "get_price", ("self", "inference_service", "model")),
    (PriceRetriever, "_get_fallback_price", ("self", "inference_service")),
)


class Prices:
    """The prices of this process's one request."""

    def __init__(self) -> None:
        self._lookup: dict[tuple[str, str], Document] = {}
        self._fallbacks: dict[str, Document] = {}

    def put(self, prices: Iterable[Price]) -> None:
        """Have edsl compute with these from now on."""
        self._lookup = {
            (price.service, price.model): {kind: price.stated(kind) for kind in TOKEN_TYPES}
            for price in prices
        }
        self._fallbacks.clear()
        PriceManager.get_instance().refresh_prices()

    def lookup(self, *_: object, **__: object) -> dict[tuple[str, str], Document]:
        """Return what edsl would have from its own server."""
        return self._lookup

    def fallback(self, service: str, make: Callable[[], Document]) -> Document:
        """Return what edsl takes for a service's models without a price, made at first use."""
        if service not in self._fallbacks:
            self._fallbacks[service] = make()
        return self._fallbacks[service]


PRICES = Prices()


def install() -> None:
    """Have edsl look for what it takes where a model has no price once a table: it would for each answer."""
    original = PriceRetriever._get_fallback_price
    PriceRetriever._get_fallback_price = lambda self, service: PRICES.fallback(
        service, lambda: original(self, service)
    )
