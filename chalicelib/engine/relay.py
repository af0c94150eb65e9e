"""Between a slice's two children: carries calls from the jail to the caller, and their answers back."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.providers.service import ModelUse
from chalicelib.domain.runs.engine_port import Allowances, AskedCall, CallWatch, RecordedResponse
from chalicelib.engine.gate import Gate, Ways
from chalicelib.engine.sandbox.fork_server import Child
from chalicelib.engine.talk import hear, tell, tell_if_there
from chalicelib.engine.wire import calls
from chalicelib.engine.wire.call_checks import CallCheck
from chalicelib.engine.wire.failures import CUT_OFF_EARLY, EARLY, tries_of


@dataclass(frozen=True)
class Calls:
    """A slice's calls: what checks, allows and watches them, and the seconds in which they are made."""

    check: CallCheck
    allowances: Allowances
    watch: CallWatch
    seconds: float


class Relay:
    """Hears the caller in a thread of its own; whoever hears the jail hands on what that asks."""

    def __init__(
        self,
        jail: Child,
        caller: Child,
        made: Calls,
        *,
        paid: Callable[[RecordedResponse, calls.Answer], bool],
        file: Callable[[str], str | None],
    ) -> None:
        """``paid`` has an answer that was paid for kept; it tells whether the jail may be told it at once, or
        has it told then.

        ``file`` returns the content, in base64, that the account uploaded by an id, or None.
        """
        self.failure: BaseException | None = None
        self._jail = jail
        self._caller = caller
        self._check = made.check
        self._watch = made.watch
        self._paid = paid
        self._file = file
        self._ending = False
        ways = Ways(self._tell_caller, self._tell_jail, jail.kill, made.watch.made)
        self.gate = Gate(made.allowances, ways, made.seconds)
        """Where calls wait for their turn."""
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def carry(self, message: Document, deadline: float) -> bool:
        """Hand on a message of the jail's if it is about calls; tells whether it is. Raises EngineError."""
        if "ask" in message:
            questions = self._check.questions_of(message)
            tell(self._caller, calls.ask_message(questions), deadline)
            self._watch.asked(map(_asked, questions))
            self.gate.enter(questions)
            return True
        if "drop" in message:
            number = self._check.dropped_of(message)
            if number is None:
                return True
            self._watch.failed(number, EARLY, CUT_OFF_EARLY, tries=tries_of(EARLY))
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
        told = []
        answers = self._check.answers_of(message)
        self.gate.ended(answer for _, answer in answers if answer.again is None)
        for question, answer in answers:
            if answer.again is not None:
                self._watch.refused(answer.number, *(answer.problem or ("", "")))
                self.gate.refused(answer)
                continue
            self._note_end(answer)
            recorded = self._check.recorded(question, answer)
            if recorded is None or self._paid(recorded, answer):
                told.append(answer)
        if told:
            tell_if_there(self._jail, calls.answered_message(told))

    def _note_end(self, answer: calls.Answer) -> None:
        if answer.problem is None:
            self._watch.answered(answer.number)
        elif answer.problem[0] in (calls.CANCELLED, calls.LEFT):
            self._watch.dropped(answer.number)
        else:
            kind, message = answer.problem
            self._watch.failed(answer.number, kind, message, tries=tries_of(kind))


def _asked(question: calls.Question) -> AskedCall:
    use = ModelUse(question.model["inference_service"], question.model["model"])
    return AskedCall(question.number, question.index, question.key, use)
