"""Between a slice's two children: carries calls from the jail to the caller, and their answers back."""

import threading
from collections.abc import Callable

from chalicelib.domain.json_types import Document
from chalicelib.domain.runs.engine_port import RecordedResponse
from chalicelib.engine.sandbox.fork_server import Child
from chalicelib.engine.talk import hear, tell, tell_if_there
from chalicelib.engine.wire import calls
from chalicelib.engine.wire.call_checks import CallCheck

Kept = tuple[RecordedResponse, calls.Answer]
"""What is to be kept of an answer, and the answer: the jail is told it then."""


class Relay:
    """Hears the caller in a thread of its own; whoever hears the jail hands on what that asks."""

    def __init__(
        self,
        jail: Child,
        caller: Child,
        check: CallCheck,
        *,
        keep: Callable[[Kept], None],
        file: Callable[[str], str | None],
    ) -> None:
        """``keep`` has an answer that was paid for kept, and then told to the jail.

        ``file`` returns the content, in base64, that the account uploaded by an id, or None.
        """
        self.failure: BaseException | None = None
        self._jail = jail
        self._caller = caller
        self._check = check
        self._keep = keep
        self._file = file
        self._ending = False
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def carry(self, message: Document, deadline: float) -> bool:
        """Hand on a message of the jail's if it is about calls; tells whether it is. Raises EngineError."""
        if "ask" in message:
            handed = calls.ask_message(self._check.questions_of(message))
        elif "drop" in message:
            number = self._check.dropped_of(message)
            if number is None:
                return True
            handed = calls.drop_message(number)
        elif "file" in message:
            self._bring(message, deadline)
            return True
        else:
            return False
        tell(self._caller, handed, deadline)
        return True

    def _bring(self, message: Document, deadline: float) -> None:
        """Hand on a piece of a file; where the jail has only its id, all of its content."""
        digest, name, piece = self._check.file_of(message)
        if name != calls.STORED:
            tell(self._caller, calls.file_message(digest, name, piece), deadline)
            return
        content = self._file(piece)
        if content is None:
            tell(self._caller, calls.file_message(digest, calls.MISSING, ""), deadline)
            return
        for said in calls.file_messages(digest, {calls.CONTENT: content}):
            tell(self._caller, calls.file_message(*self._check.file_of(said)), deadline)

    def end(self) -> None:
        """Kill both, and wait until all that the caller has said is heard."""
        self._ending = True
        self._jail.kill()
        self._caller.kill()
        self._thread.join()

    def _work(self) -> None:
        try:
            while True:
                self._hand_back(hear(self._caller, None))
        except BaseException as error:  # noqa: BLE001  # the thread's border: raised again at the end
            if not self._ending:
                self.failure = error
                self._jail.kill()  # whoever listens to it wakes up

    def _hand_back(self, message: Document) -> None:
        free = []
        for question, answer in self._check.answers_of(message):
            recorded = self._check.recorded(question, answer)
            if recorded is None:
                free.append(answer)
            else:
                self._keep((recorded, answer))
        if free:
            tell_if_there(self._jail, calls.answered_message(free))
