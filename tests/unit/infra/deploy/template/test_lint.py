"""What CloudFormation gets is what its schemas say."""

import json
import subprocess
import sys
from pathlib import Path

from tests.unit.infra.deploy.template.conftest import Template


def test_the_linter_finds_nothing_in_the_transformed_template(template: Template, tmp_path: Path) -> None:
    (tmp_path / "template.json").write_text(json.dumps(template))
    said = subprocess.run(
        [str(Path(sys.executable).parent / "cfn-lint"), str(tmp_path / "template.json")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout
