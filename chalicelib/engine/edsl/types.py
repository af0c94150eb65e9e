"""A name for edsl's objects, which carry no types."""

from typing import Any

EdslObject = Any
"""An object of edsl's, or one passed on between two parts of edsl."""
