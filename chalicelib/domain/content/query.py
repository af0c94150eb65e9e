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
    shared: bool = False
    """Those that others have shared with the account, instead of its own."""

    @property
    def everything(self) -> bool:
        """Tell whether no object is left out."""
        return not (self.object_types or self.visibilities or self.words or self.community)

    def matches(self, content: Content) -> bool:
        """Tell whether an object is of the types and visibilities, and has the words, that are asked for."""
        return (
            (not self.object_types or content.object_type in self.object_types)
            and (not self.visibilities or content.visibility in self.visibilities)
            and self.words.casefold() in searched_words(content)
        )


def searched_words(content: Content) -> str:
    """Return what an object is searched by."""
    said = (content.description or "")[:SEARCHED_CHARACTERS]
    return f"{content.content_id} {content.alias or ''} {said}".casefold()
