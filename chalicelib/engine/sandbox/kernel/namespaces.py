"""A network and message queues of its own: there is nothing in either."""

from chalicelib.engine.sandbox.kernel.linux import unshare

USER, MESSAGES, NETWORK = 0x10000000, 0x08000000, 0x40000000


def leave_network() -> tuple[bool, bool]:
    """Leave the machine's network; returns whether that is done, and whether it took a user namespace.

    The machine's administrator can do so at once, others only in a namespace of users; where the
    machine grants neither, as on Lambda, nothing happens.
    """
    for extra in (0, USER):
        try:
            unshare(NETWORK | MESSAGES | extra)
        except OSError:
            continue
        return True, bool(extra)
    return False, False
