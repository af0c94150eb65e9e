"""``python -m infra.deploy.packaging.described``: build for this machine, for the local stack to run."""

import sys
from pathlib import Path
from typing import Any

from infra.deploy.packaging.errors import PackagingError
from infra.deploy.packaging.interpreter import empty_interpreter, runtime_folder
from infra.deploy.packaging.package import FOLDER, Package, build
from infra.deploy.packaging.template import functions_in, read_template
from infra.local.packaged.description import FILE, Description, Refusal

JSON = "application/json"
NOT_SAID = 502
"""Of DEFAULT_5XX the template says no status: API Gateway gives this one for a function that failed."""


def describe(package: Package, file: Path = FILE) -> Path:
    """Leave the description of a package; return where."""
    template = read_template(package.template)
    api = template["Resources"]["RestAPI"]["Properties"]
    Description(
        python=empty_interpreter(FOLDER / "interpreter"),
        runtime=runtime_folder(FOLDER / "runtime"),
        contents={function: package.of(function).contents for function, _ in functions_in(template)},
        routes={path: sorted(methods) for path, methods in api["DefinitionBody"]["paths"].items()},
        binary_types=api["DefinitionBody"]["x-amazon-apigateway-binary-media-types"],
        refusals={name: _refusal(told) for name, told in api["GatewayResponses"].items()},
    ).write(file)
    return file


def _refusal(told: dict[str, Any]) -> Refusal:
    return Refusal(int(told.get("StatusCode", NOT_SAID)), told["ResponseTemplates"][JSON])


def main() -> int:
    """Build and describe; return the exit code."""
    try:
        describe(build())
    except PackagingError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
