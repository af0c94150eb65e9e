"""What a model is asked, put as the cache entry that would answer it: under the key that edsl will use."""

import hashlib
from collections.abc import Mapping

from chalicelib.domain.cache.entry import CacheEntry
from chalicelib.domain.plans.subset import OFFLOADED
from chalicelib.engine.edsl.seams import TEST_SERVICE
from chalicelib.engine.edsl.types import EdslObject
from chalicelib.engine.edsl.uploads import upload_of

CANNED = "Hello, world X"
"""What edsl's test model says when a job says nothing."""


def asked_of(model: EdslObject, asked: Mapping[str, EdslObject]) -> CacheEntry:
    """Return what is asked, without an output; ``asked`` are edsl's own parameters of a call.

    As edsl's ``LanguageModel._async_get_intended_model_call_outcome`` has it for its cache.
    """
    prompt = asked["user_prompt"]
    if files := asked.get("files_list"):
        prompt += " " + "+".join(sorted(str(hash(file)) for file in files))
    parameters = dict(model.parameters)
    if model.model == "test":
        parameters.pop("canned_response", None)
    return CacheEntry(
        model=str(model.model),
        parameters=parameters,
        system_prompt=asked["system_prompt"],
        user_prompt=prompt,
        output="",
        iteration=asked.get("iteration", 0),
        timestamp=0,
        service=str(model._inference_service_),
        variant=_variant(model, asked),
    )


def _variant(model: EdslObject, asked: Mapping[str, EdslObject]) -> str:
    """Return a digest of what files hold and of what the test model is to say; empty without either."""
    decisive = sorted(map(_content_of, asked.get("files_list") or ()))
    if model._inference_service_ == TEST_SERVICE:
        decisive.append(_canned(model, asked))
    if not decisive:
        return ""
    joined = "\0".join(decisive).encode(errors="surrogatepass")
    return hashlib.sha256(joined).hexdigest()


def _content_of(file: EdslObject) -> str:
    upload = upload_of(file)
    return str(file.base64_string) if upload is None else f"{OFFLOADED} {upload.content_hash}"


def _canned(model: EdslObject, asked: Mapping[str, EdslObject]) -> str:
    said = getattr(model, "canned_response", CANNED)
    name = _question_name(asked) if model.model == "test" else None
    if isinstance(said, dict) and name:
        said = said.get(name, f"No canned response for '{name}'")
    return str(said)


def _question_name(asked: Mapping[str, EdslObject]) -> str | None:
    if (invigilator := asked.get("invigilator")) is not None:
        return str(invigilator.question.question_name)
    name: str | None = asked.get("question_name")
    return name
