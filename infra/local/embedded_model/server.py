"""One server of the embedded model: ``python -m infra.local.embedded_model.server --port N``.

llama.cpp's own, with the interface that edsl knows as service ``openai_compatible``. It answers whoever has
the key that the stack made at its start, so that neither other programs nor web pages can use it.
"""

import argparse
import os
import threading

from infra.local.embedded_model.service import ALIAS, MODEL_KEY, SLOTS, model_file
from infra.local.parts.lifeline import die_with_supervisor

# What measured best on two cores that it shares with everything else (make bench-embedded): its threads, and
# the tokens of prompts that it reads at once.
THREADS = 1
TOGETHER = 512
# Several threads meet some hundred times a token. Where they spin while they wait for each other, and another
# process has the other core, a token takes ten times the processor time.
WAITING, ASLEEP = "OMP_WAIT_POLICY", "PASSIVE"
# Room for a prompt of some 2,000 tokens and its answer, for each of the parallel requests.
TOKENS_EACH = 3072
# So small a model often does not find an end, and an answer that is cut off at its limit of tokens is none:
# it answers in two lines at the most, an answer of up to eighty characters and a comment of up to forty.
SHORT = 'root ::= [^\\n]{1,80} ("\\n" [^\\n]{1,40})?'


def main() -> None:
    """Serve the model on 127.0.0.1 until whoever started it is gone."""
    os.environ.setdefault(WAITING, ASLEEP)  # read when the library is loaded
    from xllamacpp import CommonGrammar, CommonParams, Server, common_grammar_type  # noqa: PLC0415  # a stack without a model needs none

    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--slots", type=int, default=SLOTS)
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
