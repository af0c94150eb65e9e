"""Make the packaged template a stage's own: where its code lies, and what the stage decides."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.deploy.errors import DeployError
from infra.deploy.packaging.template import Template, functions_in
from infra.grants.environment import its_own
from infra.repository import ROOT

CONFIGURATION = ROOT / ".chalice" / "config.json"


def for_stage(
    template: Template, *, stage: str, bucket: str, keys: Mapping[str, str], variables: dict[str, str]
) -> Template:
    """Return a template whose functions run what was uploaded, with a stage's variables.

    ``keys`` tells for each zip that the template names under which key it lies in the bucket.
    """
    own = copy.deepcopy(template)
    for function, properties in functions_in(own):
        properties["CodeUri"] = {"Bucket": bucket, "Key": keys[properties["CodeUri"]]}
        # Chalice was asked for one stage; another's variables are not mixed into it.
        chosen = its_own(function, {**variables, "PERCH_STAGE": stage})
        named = {
            name: value
            for name, value in properties["Environment"]["Variables"].items()
            if not isinstance(value, str)
        }
        properties["Environment"] = {"Variables": {**named, **chosen}}
    return own


def known_to(template: Template, parameters: Mapping[str, str]) -> dict[str, str]:
    """Return what of a stack's parameters a template has: another version's may have had more."""
    return {name: value for name, value in parameters.items() if name in template["Parameters"]}


def variables_of(stage: str, file: Path = CONFIGURATION) -> dict[str, str]:
    """Return what ``.chalice/config.json`` says that a stage decides; nothing if it is not there.

    Raises DeployError.
    """
    try:
        said: dict[str, Any] = json.loads(file.read_text())
    except (OSError, ValueError) as problem:
        raise DeployError(f"{file} cannot be read: {problem}") from problem
    found = said.get("stages", {}).get(stage, {}).get("environment_variables", {})
    wrong = [
        name for name, value in found.items() if not (name.startswith("PERCH_") and isinstance(value, str))
    ]
    if wrong:
        raise DeployError(f"{file}: the stage {stage} has {wrong[0]}; its variables are PERCH_…, and texts.")
    return dict(found)
