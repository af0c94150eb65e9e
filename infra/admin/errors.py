"""What keeps an operator's command from its work."""


class AdminError(Exception):
    """A sentence for the operator: which Perch cannot be reached, and what to give instead."""
