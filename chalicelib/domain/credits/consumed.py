"""What responses of models consumed, and how much of that no row tells.

A row tells what its answers used. A response that was refused, cut off or empty is in no row, and of a
question that was asked again only the last answer is: their provider is paid for all of them.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.domain.credits.money import Usage
from chalicelib.domain.prices.table import Price, TokenType

Prices = Callable[[str, str], Price]
"""What a service's model costs in a run."""
MOST_TOKENS = 10**9
"""Of one response; no model has room for as many, and a provider's number is a stranger's."""


@dataclass(frozen=True)
class Consumed:
    """The tokens of one response, as edsl counts them; what a model thinks is output."""

    service: str
    model: str
    input: int
    output: int


def beyond(told: Iterable[Usage], consumed: Iterable[Consumed], price_of: Prices) -> list[Usage]:
    """Return what an interview's responses consumed beyond what its row tells of them."""
    left: Counter[tuple[str, str, TokenType]] = Counter()
    for each in consumed:
        left[each.service, each.model, "input"] += each.input
        left[each.service, each.model, "output"] += each.output
    nameless: Counter[TokenType] = Counter()
    for usage in told:
        token_type: TokenType = "input" if usage.token_type == "input" else "output"
        if usage.service:
            left[usage.service, usage.model, token_type] -= usage.tokens
        else:
            nameless[token_type] += usage.tokens
    # Of a question whose model is not named in full, a row does not tell whose tokens they are.
    for place in left:
        known = max(0, min(left[place], nameless[place[2]]))
        left[place] -= known
        nameless[place[2]] -= known
    return [
        Usage(service, model, token_type, _price(price_of(service, model), token_type), tokens)
        for (service, model, token_type), tokens in left.items()
        if tokens > 0
    ]


def _price(price: Price, token_type: TokenType) -> str:
    """Write a price as it stands in usages that rows tell, so that both are one line."""
    return str(Decimal(str(price.per_million(token_type) or 0)))
