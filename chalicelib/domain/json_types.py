"""JSON as Python has it."""

from typing import Any

Json = Any
"""Anything that JSON can say."""
Document = dict[str, Json]
"""An object of JSON whose fields a client or edsl decides; what Perch itself decides has a class."""
