"""How many tokens a response took, counted as edsl counts them for a row."""

from edsl.language_models.price_manager import PriceManager

from chalicelib.domain.credits.consumed import MOST_TOKENS
from chalicelib.domain.json_types import Document
from chalicelib.engine.edsl.types import EdslObject

THOUGHTS_ARE_OUTPUT = ("openai", "openai_v2")
"""Services whose output has the thoughts in it; edsl takes them out of it there, and rows tell both apart."""


def tokens_of(model: EdslObject, response: Document) -> list[int]:
    """Return how many tokens went into a model and came out of it, thoughts with them.

    As edsl's ``PriceManager.calculate_cost`` has it: nothing where the response does not tell both.
    """
    try:
        usage = model.get_usage_dict(response)
        into, out = int(usage[model.input_token_name]), int(usage[model.output_token_name])
        if model._inference_service_ not in THOUGHTS_ARE_OUTPUT:
            where = getattr(model, "thinking_token_sequence", None)
            out += PriceManager._extract_thinking_tokens(usage, where) or 0
    except Exception:  # noqa: BLE001  # a provider sends what it likes, and edsl's own reading raises anything
        return [0, 0]
    return [min(max(0, tokens), MOST_TOKENS) for tokens in (into, out)]
