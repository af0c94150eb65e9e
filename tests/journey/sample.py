"""The options that make a stack run the sample application instead of Perch."""

from pathlib import Path

_HERE = Path(__file__).parent

SAMPLE = (
    *("--app", "tests.journey.sample_app"),
    *("--config", str(_HERE / "sample_config.json")),
    *("--template", str(_HERE / "sample_resources.yaml")),
)
