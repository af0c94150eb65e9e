"""What a run made of its account's cache, counted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chalicelib.domain.credits.money import Usage, merge_usages, units


@dataclass(frozen=True)
class CacheUse:
    """Counts of answers, not of interviews: each question put to a model is one."""

    prompts: int = 0
    """Answers that a model gave, now or before."""
    cached: int = 0
    """Those that were given before, in this run or an earlier one: they cost nothing."""
    retrieved: int = 0
    """Of these, those that came from entries which the account's cache had before the run."""
    added: int = 0
    """Entries that the run put into the account's cache."""
    saved: tuple[Usage, ...] = ()
    """What the cached answers would have cost."""
    interviews: int = 0
    """Interviews that came out well with cached answers only. Counts of earlier Perches have none."""

    @property
    def saved_units(self) -> int:
        """Return what was saved, in hundredths of a credit."""
        return units(self.saved)


@dataclass(frozen=True)
class Deposits:
    """What interviews did to the cache beyond what their rows tell."""

    own: frozenset[str] = frozenset()
    """Keys of entries that the same run had put there: whoever is answered from them retrieves nothing."""
    added: Mapping[int, int] = field(default_factory=dict)
    """How many entries an interview, by its index, has put there."""


NO_DEPOSITS = Deposits()


def merge_uses(uses: Iterable[CacheUse]) -> CacheUse:
    """Add up what several made of the cache."""
    given = tuple(uses)
    return CacheUse(
        prompts=sum(use.prompts for use in given),
        cached=sum(use.cached for use in given),
        retrieved=sum(use.retrieved for use in given),
        added=sum(use.added for use in given),
        saved=merge_usages((), (usage for use in given for usage in use.saved)),
        interviews=sum(use.interviews for use in given),
    )
