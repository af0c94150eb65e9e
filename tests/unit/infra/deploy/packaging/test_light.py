"""What is left out of the zip that most functions run."""

from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.deploy.packaging import light
from infra.deploy.packaging.errors import PackagingError
from infra.repository import ROOT

CODE = ("app.py", "chalicelib")


def install(whole: Path, name: str, *requires: str, module: str | None = None) -> None:
    """Lay a distribution there as an installer does; ``module`` is a single file instead of a folder."""
    known = whole / f"{name}-1.0.dist-info"
    known.mkdir(parents=True)
    file = Path(module) if module else Path(name, "__init__.py")
    (whole / file).parent.mkdir(exist_ok=True)
    (whole / file).write_text("")
    asked = "".join(f"Requires-Dist: {line}\n" for line in requires)
    (known / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{asked}")
    (known / "RECORD").write_text(f"{file},,\n{known.name}/METADATA,,\n{known.name}/RECORD,,\n")


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    made = tmp_path / "whole"
    install(made, "jinja2", "markupsafe>=2", 'babel ; extra == "i18n"')
    install(made, "markupsafe")
    install(made, "edsl", "shared", "deep")
    install(made, "deep", "six")
    install(made, "shared")
    install(made, "boto3", "shared", "six")
    install(made, "six", module="six.py")
    install(made, "simpleeval", module="simpleeval.py")
    (made / "app.py").write_text("")
    (made / "chalicelib").mkdir()
    (made / "chalicelib" / "settings.py").write_text("")
    (made / "__pycache__").mkdir()
    for name in ("app", "six", "simpleeval"):
        (made / "__pycache__" / f"{name}.cpython-311.pyc").write_text("")
    return made


def test_what_only_the_engine_needs_goes_with_all_that_only_that_needs(whole: Path, tmp_path: Path) -> None:
    made = tmp_path / "light"
    light.link_light(whole, made, ["edsl==1.0", "Jinja2", "boto3>=1"], CODE)
    there = {entry.name for entry in made.iterdir() if not entry.name.endswith(".dist-info")}
    assert there == {*CODE, "__pycache__", "boto3", "jinja2", "markupsafe", "shared", "six.py"}
    assert {entry.name.partition(".")[0] for entry in (made / "__pycache__").iterdir()} == {"app", "six"}
    assert (made / "chalicelib" / "settings.py").exists()
    # Only edsl's version is told, by functions that have no edsl.
    assert (made / "edsl-1.0.dist-info").is_dir()
    assert not (made / "deep-1.0.dist-info").exists()


def test_it_is_laid_out_anew_each_time(whole: Path, tmp_path: Path) -> None:
    made = tmp_path / "light"
    light.link_light(whole, made, ["jinja2", "boto3"], CODE)
    light.link_light(whole, made, ["jinja2"], CODE)
    assert not (made / "boto3").exists()
    assert (whole / "boto3" / "__init__.py").exists()


def test_a_library_that_is_not_there_stops_the_build(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(PackagingError, match="duckdb is not in the package"):
        light.link_light(whole, tmp_path / "light", ["duckdb"], CODE)


def test_what_is_left_out_is_what_is_required() -> None:
    required = light.requirements_in(ROOT / light.REQUIRED)
    assert {str(canonicalize_name(Requirement(line).name)) for line in required} >= light.ENGINES
