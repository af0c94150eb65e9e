"""One small interview run before any child is forked, so that no child imports and compiles anew.

A child that is the first to use a part of edsl pays for it: some thirty modules, the templates of
prompts, pydantic's classes. That is twice what a small slice costs. It is also the engine's own
check at its start that edsl still runs under all that is overridden in it.
"""

import json
import threading
from collections.abc import Iterable, Mapping

from edsl import Agent, Model, QuestionFreeText, QuestionMultipleChoice, Scenario, Survey

from chalicelib.domain.json_types import Json
from chalicelib.domain.plans.subset import excerpt_of_document
from chalicelib.domain.providers.service import Service
from chalicelib.domain.runs.engine_port import SliceOrder
from chalicelib.engine.edsl.calling import ConnectedModels
from chalicelib.engine.edsl.types import EdslObject
from chalicelib.engine.run.asking import Clock, Place, plain_asked, plain_model
from chalicelib.engine.run.calls import CALL
from chalicelib.engine.run.deadlines import Deadlines
from chalicelib.engine.run.slice_run import SliceRun

SECONDS = 30.0


class RehearsalError(Exception):
    """The engine cannot run an interview, or would leave something behind that children inherit."""


class Listener:
    """Takes what a child would send; no thread, for the fork server must have none when it forks."""

    def __init__(self) -> None:
        self.said: list[Json] = []

    def send(self, message: Json) -> None:
        """Keep a message."""
        self.said.append(message)


class ModelsAtHand:
    """Asks models right here, with no caller between; edsl's test model needs no service."""

    def __init__(self, services: Iterable[Service] = ()) -> None:
        self._models = ConnectedModels(services)

    async def ask(self, _: Place, model: EdslObject, asked: Mapping[str, EdslObject], __: Clock) -> Json:
        """Ask a model as the caller does."""
        token = CALL.set(None)  # this is the call itself, not one to be watched
        try:
            response = await self._models.ask(plain_model(model), plain_asked(asked), ())
        finally:
            CALL.reset(token)
        return response.content


def rehearse() -> None:
    """Run two questions with edsl's test model; raises RehearsalError if that does not work."""
    free = QuestionFreeText(question_name="free", question_text="{{ scenario.a }} of {{ agent.b }}?")
    choice = QuestionMultipleChoice(
        question_name="choice", question_text="Which?", question_options=["yes", "no"]
    )
    job = Survey([free, choice]).by(Scenario({"a": "x"})).by(Agent(traits={"b": "y"}))
    job = job.by(Model("test", canned_response="yes"))
    subset = excerpt_of_document(job.to_dict(), [0], iterations=1)
    order = SliceOrder(subset, seed="rehearsal", lift_test_model_limit=True)
    listener = Listener()
    SliceRun(order, Deadlines(SECONDS, SECONDS), listener, ModelsAtHand()).run()
    rows = [json.loads(message) for message in listener.said if isinstance(message, bytes)]
    if [row["exceptions"] for row in rows] != [{}]:
        raise RehearsalError(f"the engine's rehearsal came out as {listener.said}")
    if threading.active_count() != 1:
        raise RehearsalError(f"the rehearsal left threads behind: {threading.enumerate()}")
