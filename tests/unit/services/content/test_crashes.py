"""A process may die after any request: an object's value stays whole, and its lists say what it says."""

import contextlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.domain.content.content import ContentChanges, NewContent, Visibility
from chalicelib.domain.errors import PerchError
from chalicelib.services.content import change, create, upload
from tests.support.fakes.aws.faults import CrashError, Fault
from tests.support.fakes.aws.stage import FakeStage
from tests.support.people import ADA, agent, put

NEW = NewContent("agent", "1.0.9", alias="mine", visibility=Visibility.PUBLIC)


def dying(stage: FakeStage, act: Callable[[], object], check: Callable[[], None]) -> int:
    """Let an act die after ever more requests, and check each time what is left; return how often it died."""
    deaths = 0
    while True:
        stage.aws.faults.plan(Fault.CRASH_AFTER, skip=deaths)
        try:
            act()
        except CrashError:
            deaths += 1
        else:
            return deaths
        finally:
            stage.aws.faults.forget()
            check()


def consistent(stage: FakeStage) -> None:
    """Check that lists have just what can be read, and say of it what its records say."""
    listed = ADA.listed("page_size=100")
    assert len({one["uuid"] for one in listed}) == len(listed)
    for one in listed:
        told = ADA.told("GET", f"/object/metadata?uuid={one['uuid']}")
        assert {name: told[name] for name in one} == one
        assert ADA.pull(one["uuid"])["edsl_class_name"] == "Agent"
        if one["alias"]:
            found = stage.deps.content_index.with_alias(stage.account.account_id, one["alias"])
            assert found == one["uuid"]


class TestDying:
    def test_while_it_is_made(self, stage: FakeStage) -> None:
        def make() -> None:
            with contextlib.suppress(PerchError):
                create.create(stage.account, NEW, json.dumps(agent()))

        assert dying(stage, make, lambda: consistent(stage)) > 3
        assert len(ADA.listed()) == 1

    def test_while_its_upload_is_confirmed(self, stage: FakeStage) -> None:
        made = ADA.push(agent("old"), alias="mine")

        def check() -> None:
            consistent(stage)
            assert ADA.pull(made)["name"] in ("old", "new")

        put(made, agent("new"))
        assert dying(stage, lambda: upload.confirm(stage.account, made), check) > 4
        assert ADA.pull(made) == ADA.get(made) == agent("new")

    def test_while_it_is_changed(self, stage: FakeStage) -> None:
        made = ADA.push(agent("old"), alias="mine")
        changes = ContentChanges("new", "another", Visibility.PUBLIC, json.dumps(agent("new")))

        def check() -> None:
            consistent(stage)
            told = ADA.told("GET", f"/object/metadata?uuid={made}")
            seen = (told["description"], told["alias"], told["visibility"], ADA.pull(made)["name"])
            assert seen in {(None, "mine", "private", "old"), ("new", "another", "public", "new")}

        assert dying(stage, lambda: change.patch(stage.account, made, changes), check) > 4
        assert ADA.pull(made) == agent("new")


@pytest.mark.parametrize("fault", [Fault.CONFLICT, Fault.STALE])
def test_where_others_are_in_the_way_it_is_tried_again(stage: FakeStage, fault: Fault) -> None:
    made = ADA.push(agent("old"))
    stage.aws.faults.plan(fault)
    ADA.told("PATCH", f"/object?uuid={made}", {"description": "x"})
    stage.aws.faults.forget()
    consistent(stage)
    assert ADA.listed()[0]["description"] == "x"


def test_many_changes_at_once_are_all_made(stage: FakeStage) -> None:
    made = ADA.push(agent("old"))

    def patch(number: int) -> int:
        changes = ContentChanges(f"number {number}", f"alias-{number}", list(Visibility)[number % 3])
        try:
            return change.patch(stage.account, made, changes).changes
        except PerchError:
            return 0

    with ThreadPoolExecutor(8) as pool:
        done = [number for number in pool.map(patch, range(100)) if number]
    assert len(set(done)) == len(done) > 50
    consistent(stage)
    content = stage.deps.contents.get(made)
    assert content is not None
    assert content.changes == max(done)
