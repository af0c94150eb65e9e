"""Messages for the function that works on large objects, each as its owner's.

One that is lost with the process that was to send it is sent by whoever asks again, or by the remover.
"""

from chalicelib.domain.content.content import Content
from chalicelib.services.deps import deps

CHECK, RENDER = "check", "render"
"""What a message may ask for."""


def send_check(content: Content) -> None:
    """Have the upload of an object checked that waits for it."""
    message = {"kind": CHECK, "content_id": content.content_id, "version": content.checking}
    deps().content_queue.send([message], group=content.account_id)


def send_rendering(content: Content, release_name: str) -> None:
    """Have results rendered for a release."""
    message = {"kind": RENDER, "content_id": content.content_id, "release": release_name}
    deps().content_queue.send([message], group=content.account_id)
