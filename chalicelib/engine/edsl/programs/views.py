"""What functions are given: data, and views of edsl's objects that hand out nothing but data.

A function gets a copy: what it changes in that stays in its call.
"""

from collections import UserDict
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from edsl.agents import Agent
from edsl.agents.agent_traits import AgentTraits
from edsl.questions import QuestionBase
from edsl.scenarios import FileStore, Scenario

from chalicelib.engine.edsl.programs.readable import NUMBERS_AND_TEXTS, is_readable
from chalicelib.engine.edsl.types import EdslObject

Data = EdslObject
"""Numbers, texts, views, and lists, tuples, sets and dictionaries of them."""


class ForbiddenError(Exception):
    """A function asked for what functions may not have."""


class View:
    """Stands for one of edsl's objects. Guards let functions read it by ``read`` only."""

    METHODS: ClassVar[frozenset[str]] = frozenset()
    """The view's own, which may be called."""

    def __init__(self, original: EdslObject) -> None:
        self._original = original
        self._read: dict[str, Data] = {}

    def __str__(self) -> str:
        return str(self._original)

    def __repr__(self) -> str:
        return repr(self._original)

    def read(self, name: str) -> Data:
        """Return an attribute; None where there is none, as edsl gives it to functions."""
        if name in self.METHODS:
            return getattr(self, name)
        if name not in self._read:
            if not is_readable(self._original, name):
                kind = type(self._original).__name__
                raise ForbiddenError(
                    f"A function may not use '{name}' of this {kind}: it is given data only."
                )
            self._read[name] = as_data(getattr(self._original, name, None))
        return self._read[name]


class QuestionView(View):
    """A question, answered or not."""

    METHODS = frozenset({"to_dict"})

    def to_dict(self, add_edsl_version: bool = True) -> Data:
        """Return the question's own dictionary."""
        return as_data(self._original.to_dict(add_edsl_version=add_edsl_version))


class MappingView(UserDict[Data, Data], View):
    """A scenario, or the traits of an agent."""

    METHODS = frozenset(
        {"clear", "copy", "get", "items", "keys", "pop", "popitem", "setdefault", "update", "values"}
    )

    def __init__(self, original: EdslObject) -> None:
        View.__init__(self, original)
        self.data = {as_data(key): as_data(value) for key, value in original.items()}

    __str__ = View.__str__
    __repr__ = View.__repr__

    def __or__(self, other: Data) -> Data:
        return self.data | dict(other) if isinstance(other, Mapping) else NotImplemented

    def __ror__(self, other: Data) -> Data:
        return dict(other) | self.data if isinstance(other, Mapping) else NotImplemented

    def copy(self) -> Data:
        """Return a dictionary of the same content."""
        return dict(self.data)


class FileView(MappingView):
    """A file that came with the job: its content and what is known of it, and no path to open."""

    METHODS = MappingView.METHODS | {"extract_text", "is_image", "is_video"}

    def extract_text(self) -> Data:
        """Return the text that was found in the file when it was loaded."""
        return as_data(self._original.extracted_text)

    def is_image(self) -> bool:
        """Tell whether it is an image."""
        return bool(self._original.is_image())

    def is_video(self) -> bool:
        """Tell whether it is a video."""
        return bool(self._original.is_video())


VIEWS = MappingProxyType(
    {
        FileStore: FileView,
        Scenario: MappingView,
        AgentTraits: MappingView,
        Agent: View,
        QuestionBase: QuestionView,
    }
)
"""By kind, what functions are given instead. The first kind that fits counts."""


def as_data(value: EdslObject) -> Data:
    """Return what a function is given for a value; what is neither data nor known becomes its text."""
    if type(value) in NUMBERS_AND_TEXTS:
        return value
    for kind, view in VIEWS.items():
        if isinstance(value, kind):
            return view(value)
    if isinstance(value, dict):
        return {as_data(key): as_data(entry) for key, entry in value.items()}
    for container in (list, tuple, set, frozenset):
        if isinstance(value, container):
            return container(as_data(entry) for entry in value)
    return str(value)


def from_data(value: Data) -> EdslObject:
    """Return what edsl is given for what a function returned: data and files, no views, nothing to call."""
    if type(value) in NUMBERS_AND_TEXTS:
        return value
    if isinstance(value, FileView):
        return value._original
    if isinstance(value, dict | MappingView):
        return {from_data(key): from_data(entry) for key, entry in value.items()}
    for kind in (list, tuple, set, frozenset):
        if type(value) is kind:
            return kind(from_data(entry) for entry in value)
    return str(value)
