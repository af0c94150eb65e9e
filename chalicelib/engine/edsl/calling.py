"""edsl's own models, made of plain data where the keys are, and files made of their content."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from edsl.language_models import LanguageModel
from edsl.scenarios import FileStore

from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.providers.service import Service
from chalicelib.engine.edsl import seams
from chalicelib.engine.edsl.connecting import Connector
from chalicelib.engine.edsl.counting import tokens_of
from chalicelib.engine.edsl.providers import no_answer
from chalicelib.engine.edsl.providers.failing import NoAnswerError
from chalicelib.engine.edsl.providers.told import REQUESTS, TOKENS, Told, listening
from chalicelib.engine.edsl.rows import plain
from chalicelib.engine.edsl.scrubbing import Scrubber
from chalicelib.engine.edsl.types import EdslObject
from chalicelib.engine.wire import calls
from chalicelib.engine.wire.failures import Failure

TEXTS_OF_A_FILE = ("base64_string", "mime_type", "suffix", "extracted_text")
"""All that is known of a file. Not its path, nor where else it is said to lie."""
NO_CONTENT = (
    "A file of the question is not here: it was not uploaded, or it is too large. Send the job again."
)
SUFFIX = re.compile(r"[A-Za-z0-9]{1,16}")


@dataclass(frozen=True)
class Response:
    """What a model has sent, why it is no answer (None: it is one), and how many tokens went in and out."""

    content: Json
    problem: NoAnswerError | None
    tokens: list[int]


class ConnectedModels:
    """Models of these services, made once for all calls that ask them alike."""

    def __init__(self, services: Iterable[Service]) -> None:
        services = tuple(services)
        seams.ADMISSION.open_for(service.name for service in services)
        self._connector = Connector(services, lift_test_model_limit=True)
        self._scrubber = Scrubber(services)
        self._models: dict[str, EdslObject] = {}
        self._files: dict[str, dict[str, list[str]]] = {}
        self._told: dict[tuple[str, str], Told] = {}
        self._news: dict[tuple[str, str], Told] = {}

    def bring(self, digest: str, name: str, piece: str) -> None:
        """Take a piece of one of the texts of a file that calls are going to name."""
        self._files.setdefault(digest, {}).setdefault(name, []).append(piece)

    async def ask(self, model: Document, asked: Document, files: Iterable[str]) -> Response:
        """Return a model's response, the operator's keys and addresses removed; raises what edsl raises."""
        stores = [_file(self._files[digest]) for digest in files]
        connected = self._model(model)
        with listening() as told:
            try:
                response = await connected.async_execute_model_call(**asked, files_list=stores or None)
            finally:
                self._note(model, told)
        answered = self._scrubber.scrub(plain(response))
        problem = None
        if model["inference_service"] != seams.TEST_SERVICE:
            problem = no_answer.problem_of(answered)
        return Response(answered, problem, tokens_of(connected, answered))

    def news(self) -> list[Json]:
        """Return what providers take that they have not told before: service, model, requests, tokens."""
        news, self._news = self._news, {}
        return [[*model, told.get(REQUESTS, 0), told.get(TOKENS, 0)] for model, told in news.items()]

    def _note(self, model: Document, told: Told) -> None:
        name = (model["inference_service"], model["model"])
        if told and self._told.get(name) != told:
            self._told[name] = self._news[name] = told

    def clean(self, text: str) -> str:
        """Return a text without the operator's keys and addresses."""
        return str(self._scrubber.scrub(text))

    def _model(self, data: Document) -> EdslObject:
        key = json.dumps(data, sort_keys=True)
        if key not in self._models:
            model = LanguageModel.from_dict(data)
            self._connector.give_keys([model])
            self._connector.connect(model)
            self._models[key] = model
        return self._models[key]


def _file(pieces: Mapping[str, Iterable[str]]) -> EdslObject:
    """Return a file of some bytes; where it has to lie on disk, edsl names it in this process's directory."""
    if calls.MISSING in pieces:
        raise NoAnswerError(Failure.NOT_TAKEN, NO_CONTENT)
    texts = {name: "".join(pieces.get(name, ())) for name in TEXTS_OF_A_FILE}
    if not SUFFIX.fullmatch(texts["suffix"]):
        texts["suffix"] = "bin"
    return FileStore(**texts, binary=calls.YES in pieces.get(calls.BINARY, ()))
