"""Compare what checkov finds with what is meant so."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

EXCEPTIONS = Path(__file__).parent / "exceptions.yaml"


@dataclass(frozen=True)
class Finding:
    """A check that a resource does not pass."""

    check: str
    resource: str
    says: str


@dataclass(frozen=True)
class Accepted:
    """A check that some resources need not pass, and why."""

    check: str
    resources: str
    why: str

    def covers(self, finding: Finding) -> bool:
        """Tell whether this is about a finding."""
        return self.check == finding.check and fnmatchcase(finding.resource, self.resources)


def read_exceptions(file: Path = EXCEPTIONS) -> list[Accepted]:
    """Return what is meant so; each has a reason."""
    return [Accepted(**each) for each in yaml.safe_load(file.read_text())]


def findings_in(report: Mapping[str, Any]) -> list[Finding]:
    """Return what checkov's report says that failed."""
    failed = report["results"]["failed_checks"]
    return [Finding(each["check_id"], each["resource"], each["check_name"]) for each in failed]


def troubles(findings: Sequence[Finding], accepted: Iterable[Accepted]) -> Iterator[str]:
    """Yield a sentence for each finding without a reason, and for each reason without a finding."""
    known = list(accepted)
    for finding in findings:
        if not any(each.covers(finding) for each in known):
            yield f"{finding.resource}: {finding.says} ({finding.check})."
    for each in known:
        if not any(each.covers(finding) for finding in findings):
            yield f"exceptions.yaml: {each.check} finds nothing at {each.resources} any more; take it out."
