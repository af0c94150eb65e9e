"""Services and their models, as clients read them."""

from collections.abc import Mapping, Sequence

from chalicelib.domain.json_types import Document
from chalicelib.domain.providers.known import takes_images


def working_models(offer: Mapping[str, Sequence[str]]) -> list[Document]:
    """Return what ``GET working-models`` answers, a row a model (client contract, section 2.2)."""
    return [
        {
            "service": service,
            "model": model,
            "works_with_text": True,
            "works_with_images": takes_images(service, model),
            "input_price_per_1M_tokens": None,
            "output_price_per_1M_tokens": None,
        }
        for service, models in offer.items()
        for model in models
    ]
