"""Services and their models, as clients read them."""

from collections.abc import Mapping, Sequence

from chalicelib.domain.json_types import Document
from chalicelib.domain.prices.table import TOKEN_TYPES, PriceTable
from chalicelib.domain.providers.known import takes_images


def working_models(offer: Mapping[str, Sequence[str]], table: PriceTable) -> list[Document]:
    """Return what ``GET working-models`` answers, a row a model (client contract, section 2.2)."""
    return [
        {
            "service": service,
            "model": model,
            "works_with_text": True,
            "works_with_images": takes_images(service, model),
            "input_price_per_1M_tokens": table.price_of(service, model).per_million("input"),
            "output_price_per_1M_tokens": table.price_of(service, model).per_million("output"),
        }
        for service, models in offer.items()
        for model in models
    ]


def prices(table: PriceTable, offer: Mapping[str, Sequence[str]]) -> list[Document]:
    """Return what ``GET prices`` answers: all of the table, and the offered models that it has not."""
    return [price.stated(kind) for price in table.named(offer) for kind in TOKEN_TYPES]


def config_vars(limits: Mapping[str, tuple[int, int]]) -> Document:
    """Return what ``GET config-vars`` answers: names of edsl's variables, and numbers."""
    return {
        f"EDSL_SERVICE_{kind}_{service.upper()}": number
        for service, numbers in limits.items()
        for kind, number in zip(("RPM", "TPM"), numbers, strict=True)
    }
