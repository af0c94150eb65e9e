"""What of edsl is overridden at run time, all of it here, and nothing on disk.

Every seam names the attribute it replaces and the parameters it counts on. ``install`` checks
them all first, so that a new edsl release which moves one stops the engine at its start, loudly,
instead of quietly calling home or sending a key where a job says.
"""

import inspect
import os
import tempfile
from collections.abc import Iterable
from typing import NoReturn

from edsl.caching import CacheEntry
from edsl.coop import Coop
from edsl.inference_services.inference_service_registry import InferenceServiceRegistry
from edsl.jobs.check_survey_scenario_compatibility import CheckSurveyScenarioCompatibility
from edsl.jobs.interview_tuple_filter import InterviewTupleFilter
from edsl.language_models import LanguageModel
from edsl.questions import QuestionBase, QuestionMultipleChoice
from edsl.runner import Runner
from edsl.runner.coordinator import ExecutionCoordinator
from edsl.runner.direct_answer import DirectAnswerRegistry
from edsl.runner.executor import ExecutionWorker, ExecutionWorkerPool
from edsl.runner.queues import TokenBucket
from edsl.runner.render import RenderService, RenderWorker
from edsl.runner.service import JobService
from edsl.scenarios import FileStore
from jinja2 import Environment

from chalicelib.domain.errors import NotAnEdslJobError, UnknownServiceError
from chalicelib.domain.json_types import Document, Json
from chalicelib.engine.edsl import certificates, pricing, response_models, row_parts
from chalicelib.engine.edsl.pricing import PRICES
from chalicelib.engine.edsl.programs import answer_objects, functions, template_reading
from chalicelib.engine.edsl.templates import CompiledTemplates
from chalicelib.engine.edsl.types import EdslObject

EXPECTED: tuple[tuple[EdslObject, str, tuple[str, ...]], ...] = (
    (Coop, "__init__", ("self",)),
    (Coop, "_send_server_request", ("self", "uri", "method")),
    (Coop, "report_error", ("self", "error")),
    (Coop, "fetch_prices", ("self",)),
    (Coop, "fetch_models", ("self",)),
    (Coop, "remote_async_execute_model_call", ("self",)),
    (CheckSurveyScenarioCompatibility, "check", ("self",)),
    (LanguageModel, "from_dict", ("data",)),
    (
        LanguageModel,
        "_async_get_intended_model_call_outcome",
        ("self", "user_prompt", "system_prompt", "cache", "iteration", "files_list"),
    ),
    (LanguageModel, "_compute_timeout", ("self", "files_list")),
    (InterviewTupleFilter, "_evaluate_expression", ("self", "agent", "scenario", "model")),
    (LanguageModel, "_infer_service_from_serialized_model_name", ("model_name",)),
    (FileStore, "__init__", ("self", "path")),
    (FileStore, "from_url", ("url",)),
    (FileStore, "encode_file_to_base64_string", ("self", "file_path")),
    (FileStore, "extract_text", ("self",)),
    (FileStore, "_restore_from_gcs", ("self",)),
    (DirectAnswerRegistry, "execute", ("self", "task_id")),
    (ExecutionWorker, "_execute", ("self", "assignment")),
    (ExecutionWorker, "_classify_error", ("self", "error")),
    (CacheEntry, "gen_key", ("model", "parameters", "system_prompt", "user_prompt", "iteration")),
    (JobService, "get_model_for_task", ("self", "job_id", "model_id")),
    (JobService, "on_task_completed", ("self", "job_id", "task_id")),
    (JobService, "on_task_failed", ("self", "error_type", "error_message", "force_permanent")),
    (JobService, "_get_or_create_id", ("self", "obj")),
    (JobService, "_resolve_question_options", ("options", "answer_dict", "scenario")),
    (RenderService, "_render_with_objects", ("self",)),
    (JobService, "_shuffle_pinned", ("items", "pinned_values", "rng")),
    (Runner, "_execute_job_async", ("self", "job_id", "cache")),
    (Runner, "_execute_ready_direct_answers", ("self", "job_id")),
    (RenderWorker, "render_ready_tasks", ("self", "job_id", "max_tasks")),
    (
        ExecutionWorkerPool,
        "__init__",
        ("self", "coordinator", "job_service", "min_workers", "max_workers", "cache"),
    ),
    (ExecutionCoordinator, "_wake_workers", ("self",)),
    (ExecutionCoordinator, "enqueue", ("self", "rendered")),
    (ExecutionCoordinator, "get_stats", ("self",)),
    (TokenBucket, "reconcile", ("self", "estimated", "actual")),
    (JobService, "on_task_skipped", ("self", "job_id", "interview_id", "task_id")),
    (JobService, "get_progress", ("self", "job_id")),
    (ExecutionWorker, "_validate_answer", ("self", "task", "answer", "comment", "generated_tokens")),
    (QuestionBase, "from_dict", ("data",)),
    (QuestionMultipleChoice, "create_response_model", ("self",)),
    (JobService, "register_interview_callback", ("self", "job_id", "callback")),
    (Environment, "compile", ("self", "source", "name", "filename", "raw", "defer_init")),
    (JobService, "build_edsl_result", ("self", "job_id", "interview_id", "job_def", "survey")),
    *answer_objects.EXPECTED,
    *certificates.EXPECTED,
    *functions.EXPECTED,
    *pricing.EXPECTED,
    *template_reading.EXPECTED,
)
"""(owner, attribute, parameters it must have): what the seams here and in ``running`` build upon."""

CALL_SECONDS = LanguageModel._compute_timeout
"""edsl's own, however often the seams are put in place."""
TEST_SERVICE = "test"
MODEL_KEYS = frozenset(
    {"model", "parameters", "inference_service", "prompt_plan", "edsl_version", "edsl_class_name"}
)
"""All that a model in a job may say. ``connection`` names an address and the environment variable
to send there as key; any other key would become an attribute of the model (``base_url``,
``remote``, ``rpm`` …)."""


class SeamError(Exception):
    """The installed edsl has not the attribute that a seam replaces."""


class ModelAdmission:
    """The one way by which models come out of documents, wherever in a job they stand."""

    def __init__(self) -> None:
        self._services: frozenset[str] = frozenset()

    def open_for(self, services: Iterable[str]) -> None:
        """Let in models of these services, besides edsl's own test service."""
        self._services = frozenset(services) - {TEST_SERVICE}

    def admit(self, data: Json) -> Document:
        """Return what of a model's dictionary may be loaded; raises UnknownServiceError."""
        if not isinstance(data, dict) or not isinstance(data.get("model"), str):
            raise NotAnEdslJobError("A model of the job has no name.")
        service = self._service_of(data)
        known = InferenceServiceRegistry._default_service_module_map
        if service != TEST_SERVICE and (service not in self._services or service not in known):
            raise UnknownServiceError(self._refusal(data["model"], service))
        admitted = {key: value for key, value in data.items() if key in MODEL_KEYS}
        return {**admitted, "inference_service": service}

    @staticmethod
    def _service_of(data: Document) -> str:
        service = data.get("inference_service")
        if service is None:
            # edsl would silently answer with its test model where this finds nothing.
            service = LanguageModel._infer_service_from_serialized_model_name(data["model"])
        if not isinstance(service, str):
            raise UnknownServiceError(
                f"The job's model '{data['model']}' does not say which inference service it belongs to. "
                "Choose it with its service_name."
            )
        return service

    def _refusal(self, model: str, service: str) -> str:
        offered = ", ".join(sorted(self._services | {TEST_SERVICE}))
        return (
            f"The job asks for the model '{model}' of the service '{service}', which this server does not "
            f"offer. It offers: {offered}. Give a key of your own for it, ask its operator to "
            "add the service, or choose another model."
        )


ADMISSION = ModelAdmission()


def verify() -> None:
    """Raise SeamError naming every attribute that this edsl has not, or has differently."""
    missing = []
    for owner, name, parameters in EXPECTED:
        found = getattr(owner, name, None)
        known = inspect.signature(found).parameters if callable(found) else {}
        if not callable(found) or not set(parameters) <= set(known):
            missing.append(f"{owner.__name__}.{name}({', '.join(parameters)})")
    if missing:
        raise SeamError(f"this edsl release has moved what Perch overrides: {'; '.join(missing)}")


def install() -> None:
    """Check every seam, then put the process-wide ones in place. Only ever in the engine."""
    verify()
    _stay_at_home()
    _load_models_through_the_door()
    _wait_for_answers()
    _keep_files_to_themselves()
    _accept_scenarios_nobody_asks_about()
    answer_objects.install()
    certificates.install()
    functions.install()
    pricing.install()
    template_reading.install()
    CompiledTemplates().install()
    response_models.install()
    row_parts.install()


def _stay_at_home() -> None:
    """Close edsl's ways to its own server: errors, prices, models, files, remote calls."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise ConnectionError("The survey engine does not call Expected Parrot.")

    async def refuse_later(*_: object, **__: object) -> NoReturn:
        refuse()

    async def keep_to_oneself(*_: object, **__: object) -> None:
        return None

    Coop._send_server_request = refuse
    Coop.fetch_models = refuse
    Coop.fetch_prices = PRICES.lookup
    Coop.report_error = keep_to_oneself
    Coop.remote_async_execute_model_call = refuse_later


def _load_models_through_the_door() -> None:
    original = LanguageModel.from_dict.__func__

    def from_dict(cls: EdslObject, data: Json) -> EdslObject:
        return original(cls, ADMISSION.admit(data))

    LanguageModel.from_dict = classmethod(from_dict)


def call_seconds(model: EdslObject, files: EdslObject) -> float:
    """Return how long edsl lets one call take: a minute, and more for large files."""
    return float(CALL_SECONDS(model, files))


def _wait_for_answers() -> None:
    """Have edsl wait for any answer: the time in which a call waits for its turn is not the call's.

    What a call may take is counted from when it is made (``engine/run/calls.py``).
    """
    LanguageModel._compute_timeout = lambda *_: None


def _keep_files_to_themselves() -> None:
    """Let a FileStore be made of its own content only, never of this machine's files or of the web."""
    original_init = FileStore.__init__
    original_encode = FileStore.encode_file_to_base64_string
    original_extract = FileStore.extract_text

    def forget_path(self: EdslObject) -> None:
        if self._path and not _is_temporary(self._path):
            self._path = None

    def init(self: EdslObject, *args: EdslObject, **kwargs: EdslObject) -> None:
        original_init(self, *args, **kwargs)
        forget_path(self)

    def extract_text(self: EdslObject) -> EdslObject:
        # Called in the midst of __init__: a database, say, would be read from where the path leads.
        forget_path(self)
        return original_extract(self)

    def encode(self: EdslObject, file_path: str) -> str:
        return original_encode(self, file_path) if _is_temporary(file_path) else ""

    def from_url(*_: object, **__: object) -> NoReturn:
        raise NotAnEdslJobError("A file of the job lies on the web; files must come with the job.")

    def restore(_: EdslObject) -> NoReturn:
        raise ValueError("The content of a file has not come with the job.")

    FileStore.__init__ = init
    FileStore.encode_file_to_base64_string = encode
    FileStore.extract_text = extract_text
    FileStore.from_url = classmethod(from_url)
    FileStore._restore_from_gcs = restore


def _accept_scenarios_nobody_asks_about() -> None:
    """Load jobs whose scenario keys stand in no question.

    The newest client refuses such jobs itself, older ones run them (client contract, section 7);
    and a slice may hold only those scenarios of a sound job that have other keys.
    """

    def check(*_: object, **__: object) -> None:
        return None

    CheckSurveyScenarioCompatibility.check = check


def _is_temporary(path: str) -> bool:
    folder = os.path.realpath(tempfile.gettempdir())
    return os.path.realpath(path).startswith(folder + os.sep)
