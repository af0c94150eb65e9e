"""Perch in a world where everything that can go wrong does, and that can be played again."""

import pytest

pytest.register_assert_rewrite("tests.simulation.promises")
