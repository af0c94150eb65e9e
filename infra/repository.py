"""Where the checkout is, and what says what there is to be in AWS."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESOURCES = ROOT / "infra" / "deploy" / "resources.yaml"
PATCHES = ROOT / "infra" / "deploy" / "patches"
