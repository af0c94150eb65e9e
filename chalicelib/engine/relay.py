"""Between a slice's two children: carries calls from the jail to the caller, and their answers back."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.runs.engine_port import Allowances, RecordedResponse
from chalicelib.engine.gate import Gate, Ways
from chalicelib.engine.sandbox.fork_server import Child
from chalicelib.engine.talk import hear, tell, tell_if_there
from chalicelib.engine.wire import calls
from chalicelib.engine.wire.call_checks import CallCheck

Kept = tuple[RecordedResponse, calls.Answer]
"""What is to be kept of an answer, and the answer: the jail is told it then."""


@dataclass(frozen=True)
class Calls:
    """A slice's calls: what checks them, what allows them, and the seconds in which they are made."""

    check: CallCheck
    allowances: Allowances
    seconds: float


class Relay:
    """Hears the caller in a thread of its own; whoever hears the jail hands on what that asks."""

    def __init__(
        self,
        jail: Child,
        caller: Child,
        made: Calls,
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
        self._check = made.check
        self._keep = keep
        self._file = file
        self._ending = False
        self.gate = Gate(made.allowances, Ways(self._tell_caller, self._tell_jail, jail.kill), made.seconds)
        """Where calls wait for their turn."""
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def carry(self, message: Document, deadline: float) -> bool:
        """Hand on a message of the jail's if it is about calls; tells whether it is. Raises EngineError."""
        if "ask" in message:
            questions = self._check.questions_of(message)
            tell(self._caller, calls.ask_message(questions), deadline)
            self.gate.enter(questions)
            return True
        if "drop" in message:
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
        self.gate.end()
        self._thread.join()
        self.failure = self.failure or self.gate.failure

    def _tell_caller(self, message: Json) -> None:
        tell_if_there(self._caller, message)

    def _tell_jail(self, message: Json) -> None:
        tell_if_there(self._jail, message)

    def _work(self) -> None:
        try:
            while True:
                self._hand_back(hear(self._caller, None))
        except BaseException as error:  # noqa: BLE001  # the thread's border: raised again at the end
            if not self._ending:
                self.failure = error
                self._jail.kill()  # whoever listens to it wakes up

    def _hand_back(self, message: Document) -> None:
        if "limit" in message:
            self.gate.learn(*self._check.limit_of(message))
            return
        free = []
        answers = self._check.answers_of(message)
        self.gate.ended(answer for _, answer in answers if answer.again is None)
        for question, answer in answers:
            if answer.again is not None:
                self.gate.refused(answer)
                continue
            recorded = self._check.recorded(question, answer)
            if recorded is None:
                free.append(answer)
            else:
                self._keep((recorded, answer))
        if free:
            tell_if_there(self._jail, calls.answered_message(free))
