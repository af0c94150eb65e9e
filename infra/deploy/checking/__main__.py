"""Check the template as CloudFormation gets it: ``python -m infra.deploy.checking CHECKOV``.

Transformed by AWS's own library, it is read by checkov, which has an environment of its own: it brings two
hundred libraries. Nothing is asked of any network.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from infra.deploy.checking.findings import findings_in, read_exceptions, troubles
from infra.deploy.checking.transformation import transformed
from infra.deploy.packaging.chalice_package import ENGINE_ZIP, LIGHT_ZIP, chalice_package
from infra.deploy.packaging.template import read_template
from infra.deploy.steps.template import for_stage

ZIPS = {f"./{name}": name for name in (LIGHT_ZIP, ENGINE_ZIP)}


def main(checkov: str) -> int:
    """Print what is wrong with the template; return the process's exit code."""
    with tempfile.TemporaryDirectory(prefix="perch-template-") as name:
        folder = Path(name)
        chalice_package(folder, "arm64", with_libraries=False)
        packaged = read_template(folder / "sam.yaml")
        own = for_stage(packaged, stage="check", bucket="perch-artifacts", keys=ZIPS, variables={})
        (folder / "template.json").write_text(json.dumps(transformed(own)))
        found = list(troubles(findings_in(_report(folder, checkov)), read_exceptions()))
    print("\n".join(found) or "checkov finds nothing in the template that is not meant so.")
    return 1 if found else 0


def _report(folder: Path, checkov: str) -> dict[str, Any]:
    said = subprocess.run(
        [
            *(str(Path(checkov).absolute()), "--framework", "cloudformation", "--file", "template.json"),
            *("--compact", "--quiet", "--skip-download", "--output", "json"),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    report: dict[str, Any] = json.loads(said.stdout)
    summary = report.get("summary", {})
    # Where it reads nothing it finds nothing.
    if summary.get("parsing_errors") or not summary.get("passed"):
        raise SystemExit(f"checkov did not read the template:\n{said.stdout}\n{said.stderr}")
    return report


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
