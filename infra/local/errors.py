"""What can keep the local stack from standing, as a sentence for the person who started it."""


class StackError(Exception):
    """The stack cannot start or go on; the message is one sentence that says what to do."""
