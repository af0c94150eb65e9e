"""Run shapes of jobs with edsl 1.0.9, pull their results and stream them too; print what differs, as JSON."""

import contextlib
import io
import json

from tests.clients.programs.streaming import difference, send, streamed
from tests.support.shapes import shapes

CHOSEN = (
    *("multiple_choice_of_numbers", "matrix_with_labels", "extract", "compute", "functional"),
    *("skip_rule", "answer_piping", "option_piping", "grid_with_iterations", "agents_with_everything"),
    *("assigned_pairs", "weights_and_parameters", "image_file", "unicode_everywhere", "large_text"),
    "model_that_throws",
)


def main():
    found = {}
    for name in CHOSEN:
        shape = shapes()[name]
        with contextlib.redirect_stdout(io.StringIO()):
            handler, sent = send(shape.build(), shape.iterations)
            pulled, _ = handler.poll_remote_inference_job(sent)
            found[name] = difference(pulled, streamed(handler, sent))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
