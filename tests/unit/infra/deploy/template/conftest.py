"""The template as CloudFormation gets it: packaged, a stage's own, transformed by AWS's library."""

from collections.abc import Callable
from typing import Any

import pytest

from infra.deploy.checking.__main__ import ZIPS
from infra.deploy.checking.transformation import transformed
from infra.deploy.packaging.chalice_package import chalice_package
from infra.deploy.packaging.template import read_template
from infra.deploy.steps.template import for_stage

Template = dict[str, Any]
OfType = Callable[[str], dict[str, Template]]


@pytest.fixture(scope="package")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    folder = tmp_path_factory.mktemp("package")
    chalice_package(folder, "arm64", with_libraries=False)
    packaged = read_template(folder / "sam.yaml")
    return transformed(for_stage(packaged, stage="prod", bucket="perch-artifacts", keys=ZIPS, variables={}))


@pytest.fixture(scope="package")
def of_type(template: Template) -> OfType:
    """Return the properties of all resources of a type, by name."""

    def chosen(kind: str) -> dict[str, Template]:
        return {
            name: each.get("Properties", {})
            for name, each in template["Resources"].items()
            if each["Type"] == kind
        }

    return chosen
