"""The one file that Chalice merges into the template it writes.

Chalice takes a single merge file; Perch has ``resources.yaml``, which the local stack creates too,
and ``patches/``, which only the packaged template needs, a file a subject. Chalice's rule holds
here as well: dictionaries merge deeply, everything else is replaced whole, nothing is removed. What
one patch says another does not say otherwise, so that their order is no matter.
"""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from infra.deploy.packaging.errors import PackagingError
from infra.local.environment import upper_snake
from infra.local.stage import API_FUNCTION

Template = dict[str, Any]
FUNCTION = "AWS::Serverless::Function"
PLAIN_TAGS = ("Ref", "Condition")


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms (``!Ref X``) as the long ones (``{"Ref": "X"}``)."""


def _long_form(loader: yaml.SafeLoader, name: str, node: yaml.Node) -> dict[str, Any]:
    value: object
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if name == "GetAtt" and isinstance(value, str):
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        raise PackagingError(f"!{name} stands before something that CloudFormation does not know.")
    return {name if name in PLAIN_TAGS else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _long_form)


def read_template(file: Path) -> Template:
    """Read a CloudFormation template, intrinsic functions in their long form."""
    document = yaml.load(file.read_text(), Loader=_Loader)
    if not isinstance(document, dict):
        raise PackagingError(f"{file.name} is not a template.")
    return document


def functions_in(template: Template) -> Iterator[tuple[str, Template]]:
    """Yield each function's name in ``app.py``, and its properties."""
    for resource in template["Resources"].values():
        if resource["Type"] == FUNCTION:
            yield function_of(resource["Properties"]), resource["Properties"]


def function_of(properties: Template) -> str:
    """Return a function's name in ``app.py``; that of all routes is the app itself."""
    handler = str(properties["Handler"]).rpartition(".")[2]
    return API_FUNCTION if handler == "app" else handler


def merged(below: Any, above: Any) -> Any:  # noqa: ANN401 - any part of a template
    """Return ``above`` laid over ``below`` by Chalice's rule."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return below | {name: merged(below.get(name), value) for name, value in above.items()}


def function_variables(outputs: Template) -> dict[str, Any]:
    """Return what every function finds in its environment: each output as ``PERCH_ITS_NAME``.

    The local stack names them by the same rule (``infra/local/environment.py``). Copies, because
    a value that stands in two places is written as a YAML alias, which not every reader takes.
    """
    return {f"PERCH_{upper_snake(name)}": copy.deepcopy(output["Value"]) for name, output in outputs.items()}


def compose(resources: Path, patches: Path) -> Template:
    """Return the merge file: the resources, the patches, and the variables of all functions.

    Raises PackagingError.
    """
    kept = read_template(resources)
    variables = function_variables(kept.get("Outputs", {}))
    everywhere = {"Globals": {"Function": {"Environment": {"Variables": variables}}}}
    composed: Template = merged(everywhere, kept)
    said: dict[tuple[str, ...], str] = {}
    for file in sorted(patches.glob("*.yaml")):
        patch = read_template(file)
        for place in _leaves(patch):
            if place in said:
                raise PackagingError(f"{said[place]} and {file.name} both say {'.'.join(place)}.")
            said[place] = file.name
        composed = merged(composed, patch)
    return composed


def _leaves(part: object, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield where a template says something that is not merged any deeper."""
    if isinstance(part, dict):
        for name, value in part.items():
            yield from _leaves(value, (*above, name))
    else:
        yield above
