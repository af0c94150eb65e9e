"""What a list of objects is asked for."""

from dataclasses import dataclass

from chalicelib.domain.content.content import Content, Visibility

SEARCHED_CHARACTERS = 1000
"""Of a description."""


@dataclass(frozen=True)
class ContentQuery:
    """Which objects, and in which order."""

    object_types: frozenset[str] = frozenset()
    """None: any."""
    visibilities: frozenset[Visibility] = frozenset()
    """None: any."""
    words: str = ""
    """Which an object's id, alias or description has, in capitals or not."""
    ascending: bool = False
    """Oldest first."""
    community: bool = False
    """Those that others have made public, instead of one's own."""

    @property
    def everything(self) -> bool:
        """Tell whether no object is left out."""
        return not (self.object_types or self.visibilities or self.words or self.community)


def searched_words(content: Content) -> str:
    """Return what an object is searched by."""
    said = (content.description or "")[:SEARCHED_CHARACTERS]
    return f"{content.content_id} {content.alias or ''} {said}".casefold()
