"""Pages of a table, whoever looks at them, whatever it has in its cells."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from chalicelib.domain.content.content import Visibility
from chalicelib.domain.errors import InvalidRequestError, NoContentError, NotFoundError, TooLargeError
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.results.cells import Group, Name
from chalicelib.domain.results.rows import InterviewRow, write_row
from chalicelib.domain.results.table_query import Rule
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.services.content.delete import delete
from chalicelib.services.content.sharing import share
from chalicelib.services.job_files.finished_rows import write_finished_rows
from chalicelib.services.tables import making
from chalicelib.services.tables.interview import interview
from chalicelib.services.tables.plot_maker import PlotKind
from chalicelib.services.tables.plots import plots
from chalicelib.services.tables.readable import named
from chalicelib.services.tables.table import AskedTable, Mark, NamedFilter, NamedSort, TablePage, table
from chalicelib.storage.columns import fragment
from tests.support.jobs import job
from tests.support.stage import Stage
from tests.support.walk import ran

HOSTILE = ['"', "'; DROP TABLE c0; --", "<script>alert(1)</script>", "=1+1", "\0", "a.b", "$v0", "{{ x }}"]


def rewritten(stage: Stage, done: Job, rows: Sequence[InterviewRow]) -> None:
    """Let a job have come to other rows."""
    files = JobKeys.of(done)
    write_finished_rows(files, done.run, map(write_row, rows))
    stage.deps.files.delete_under(files.table_folder(done.run))


def page(stage: Stage, done: Job, **asked: Any) -> TablePage:
    found = table(stage.account, done.results_id or "", AskedTable(**asked))
    assert found is not None
    return found


def texts(found: TablePage) -> list[list[str | None]]:
    return [[cell.text for cell in row.cells] for row in found.rows]


def answer(name: str) -> Name:
    return Name(Group.ANSWER, name)


def test_who_has_not_chosen_sees_answers_first(stage: Stage) -> None:
    done = ran(stage, job(agents=2, scenarios=2))
    found = page(stage, done)
    shown = [str(column.name) for column in found.shown]
    assert shown == ["answer.q0", "agent.number", "scenario.topic", "model.model"]
    assert (found.count, found.total, found.start, [row.index for row in found.rows]) == (
        4,
        4,
        0,
        [0, 1, 2, 3],
    )
    assert {str(column.name) for column in found.columns} > set(shown)


def test_failed_and_cached_cells_are_marked(stage: Stage) -> None:
    stage.engine.failing = {1}
    done = ran(stage, job(agents=3))
    failed = page(stage, done).rows[1].cells[0]
    assert (failed.mark, failed.problem is not None) == (Mark.FAILED, True)
    row = {"answer": {"q0": "a", "q1": "b"}, "cache_used_dict": {"q0": True, "q1": False}}
    rewritten(stage, done, [InterviewRow(0, row)])
    assert [cell.mark for cell in page(stage, done).rows[0].cells[:2]] == [Mark.CACHED, Mark.NONE]


def test_filters_sorting_and_pages(stage: Stage) -> None:
    done = ran(stage, job(agents=5, scenarios=3))
    number, topic = Name(Group.AGENT, "number"), Name(Group.SCENARIO, "topic")
    found = page(
        stage,
        done,
        columns=(number, topic),
        filters=(NamedFilter(topic, Rule.IS, "topic 1"), NamedFilter(number, Rule.AT_LEAST, "1")),
        sort=(NamedSort(number, descending=True),),
        start=1,
        limit=2,
    )
    assert texts(found) == [["3", "topic 1"], ["2", "topic 1"]]
    assert (found.count, found.total) == (4, 15)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_and_values_are_anybodys(stage: Stage, name: str) -> None:
    done = ran(stage, job(agents=2))
    rows = [
        InterviewRow(0, {"answer": {name: name}, "agent": {"traits": {name: name}}}),
        InterviewRow(1, {"answer": {name: "other"}, "agent": {"traits": {}}}),
    ]
    rewritten(stage, done, rows)
    for rule in Rule:
        page(stage, done, filters=(NamedFilter(answer(name), rule, name),))
    found = page(
        stage,
        done,
        columns=(answer(name), Name(Group.AGENT, name)),
        filters=(NamedFilter(answer(name), Rule.IS, name),),
        sort=(NamedSort(answer(name)), NamedSort(Name(Group.AGENT, name), descending=True)),
    )
    assert texts(found) == [[name, name]]
    drawn = plots(stage.account, done.results_id or "", split=Name(Group.AGENT, name))
    assert drawn is not None
    (told,) = (plot for plot in drawn.plots if plot.question == name)
    assert set(told.series) == {None, name}
    assert sum(map(sum, told.counts)) == 2


def test_a_long_text_is_cut_and_whole_in_its_interview(stage: Stage) -> None:
    done = ran(stage, job())
    rewritten(stage, done, [InterviewRow(0, {"answer": {"q0": "x" * 5000}})])
    cell = page(stage, done).rows[0].cells[0]
    assert (cell.cut, len(cell.text or "")) == (True, 1000)
    whole = interview(stage.account, done.results_id or "", 0)
    assert whole.questions[0].answer == "x" * 5000


@pytest.mark.parametrize(
    "asked",
    [
        AskedTable(columns=(answer("nothing"),)),
        AskedTable(sort=(NamedSort(answer("nothing")),)),
        AskedTable(filters=(NamedFilter(answer("x" * 10_000), Rule.IS),)),
        AskedTable(filters=(NamedFilter(answer("q0"), Rule.IS, "x" * 100_000),)),
        AskedTable(filters=(NamedFilter(answer("q0"), Rule.IS),) * 1000),
        AskedTable(sort=(NamedSort(answer("q0")),) * 1000),
        AskedTable(columns=(answer("q0"),) * 1000),
    ],
)
def test_what_cannot_be_asked_is_said_in_words(stage: Stage, asked: AskedTable) -> None:
    done = ran(stage, job())
    with pytest.raises(InvalidRequestError) as refused:
        table(stage.account, done.results_id or "", asked)
    assert len(refused.value.detail) < 300


def test_any_page_there_is_not_is_empty(stage: Stage) -> None:
    done = ran(stage, job(agents=2))
    for start in (2, 10**9, 2**62):
        assert page(stage, done, start=start).rows == ()
        assert page(stage, done, start=start, sort=(NamedSort(answer("q0")),)).rows == ()
    assert len(page(stage, done, start=-5, limit=-5).rows) == 1
    assert len(page(stage, done, limit=10**9).rows) == 2


@pytest.mark.parametrize("spelled", ["", "q0", "nothing.q0", "answer", "ANSWER.q0"])
def test_what_names_no_column(spelled: str) -> None:
    with pytest.raises(InvalidRequestError):
        named(spelled)
    assert named("answer.a.b") == answer("a.b")


def test_too_much_at_once_is_said_in_words(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    done = ran(stage, job())
    monkeypatch.setattr(fragment, "LARGEST_FRAGMENT", 1)
    with pytest.raises(TooLargeError, match="download"):
        page(stage, done)


LOOKS: list[Callable[[Any, str], Any]] = [
    lambda who, name: table(who, name, AskedTable()),
    plots,
    lambda who, name: interview(who, name, 0),
]


@pytest.mark.parametrize("look", LOOKS)
class TestReaders:
    def test_another_account_finds_nothing(self, stage: Stage, look: Callable[[Any, str], Any]) -> None:
        done = ran(stage, job())
        for name in (done.results_id or "", "never"):
            with pytest.raises(NoContentError):
                look(stage.stranger, name)

    def test_it_reads_what_is_shared_with_it(self, stage: Stage, look: Callable[[Any, str], Any]) -> None:
        done = ran(stage, job())
        share(stage.account, done.results_id or "", stage.stranger.email)
        assert look(stage.stranger, done.results_id or "").content.content_id == done.results_id

    def test_all_read_what_is_unlisted(self, stage: Stage, look: Callable[[Any, str], Any]) -> None:
        done = ran(stage, job(), results_visibility=Visibility.UNLISTED)
        assert look(stage.stranger, done.results_id or "").content.content_id == done.results_id

    def test_what_is_deleted_is_gone(self, stage: Stage, look: Callable[[Any, str], Any]) -> None:
        done = ran(stage, job())
        delete(stage.account, done.results_id or "")
        with pytest.raises(NoContentError):
            look(stage.account, done.results_id or "")


def test_while_it_is_made_there_is_none(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    done = ran(stage, job())
    stage.deps.files.delete_under(JobKeys.of(done).table_folder(done.run))
    monkeypatch.setattr(making, "MADE_AT_ONCE", 0)
    assert table(stage.account, done.results_id or "", AskedTable()) is None
    assert plots(stage.account, done.results_id or "") is None


class TestInterviews:
    def test_one_is_told_whole(self, stage: Stage) -> None:
        stage.engine.failing = {1}
        done = ran(stage, job(agents=3, questions=("q0", "q1")))
        good, failed = (interview(stage.account, done.results_id or "", place) for place in (0, 1))
        assert (good.index, good.place, good.total, good.agent["traits"]) == (0, 0, 3, {"number": 0})
        assert [question.name for question in good.questions] == ["q0", "q1"]
        assert [question.problems for question in good.questions] == [(), ()]
        assert good.questions[0].input_tokens == 10
        assert any(question.problems for question in failed.questions)

    @pytest.mark.parametrize("place", [-1, 3, 10**12])
    def test_one_that_there_is_not(self, stage: Stage, place: int) -> None:
        done = ran(stage, job(agents=3))
        with pytest.raises(NotFoundError, match="3 interviews"):
            interview(stage.account, done.results_id or "", place)

    def test_a_row_may_have_nothing_or_anything(self, stage: Stage) -> None:
        done = ran(stage, job())
        odd = {
            "answer": {"q0": {"a": 1}},
            "prompt": 3,
            "raw_model_response": [],
            "comments_dict": {"q0_comment": 7},
        }
        rewritten(stage, done, [InterviewRow(0, {}, {"q": [{}]}), InterviewRow(1, odd)])
        first, second = (interview(stage.account, done.results_id or "", place) for place in (0, 1))
        assert [(question.name, question.answer) for question in first.questions] == [("q", None)]
        assert (second.questions[0].answer, second.questions[0].comment) == ({"a": 1}, None)


class TestPlots:
    def drawn(self, stage: Stage, answers: Sequence[Any], **asked: Any) -> Any:
        done = ran(stage, job())
        rows = [
            InterviewRow(
                place,
                {"answer": {"q0": answer}, "agent": {"traits": {"group": "ab"[place % 2]}}},
                {} if answer is not None else {"q0": [{"exception": {"type": "E"}}]},
            )
            for place, answer in enumerate(answers)
        ]
        rewritten(stage, done, rows)
        found = plots(stage.account, done.results_id or "", **asked)
        assert found is not None
        (plot,) = found.plots
        return plot

    def test_few_values_are_bars(self, stage: Stage) -> None:
        plot = self.drawn(stage, ["x", "y", "x", None])
        assert (plot.kind, plot.values, plot.counts) == (PlotKind.BARS, ("x", "y"), ((2, 1),))
        assert (plot.present, plot.missing, plot.failed, plot.not_shown) == (3, 1, 1, 0)

    def test_they_are_split(self, stage: Stage) -> None:
        plot = self.drawn(stage, ["x", "y", "x", "x"], split=Name(Group.AGENT, "group"))
        assert dict(zip(plot.series, plot.counts, strict=True)) == {"a": (2, 0), "b": (1, 1)}

    def test_they_are_filtered(self, stage: Stage) -> None:
        group = NamedFilter(Name(Group.AGENT, "group"), Rule.IS, "b")
        plot = self.drawn(stage, ["x", "y", "x", None], filters=(group,))
        assert (plot.values, plot.counts, plot.missing, plot.failed) == (("y",), ((1,),), 1, 1)

    def test_numbers_are_a_histogram(self, stage: Stage) -> None:
        plot = self.drawn(stage, list(range(100)))
        assert plot.kind is PlotKind.HISTOGRAM
        assert (len(plot.values), sum(plot.counts[0]), min(plot.counts[0])) == (21, 100, 5)
        assert (plot.values[0], plot.values[-1]) == ("0", "99")

    def test_few_numbers_are_bars_by_size(self, stage: Stage) -> None:
        plot = self.drawn(stage, [10, 9, 10, 1.5])
        assert (plot.kind, plot.values, plot.counts) == (PlotKind.BARS, ("1.5", "9.0", "10.0"), ((1, 1, 2),))

    @pytest.mark.parametrize(
        "numbers",
        [
            [-1.7e308, 1.7e308, *range(20)],
            [5e-324 * n for n in range(30)],
            [1.0 + n * 2**-52 for n in range(30)],
        ],
    )
    def test_numbers_may_be_as_far_apart_or_near_as_they_like(
        self, stage: Stage, numbers: list[float]
    ) -> None:
        plot = self.drawn(stage, numbers)
        assert plot.present == len(numbers)
        assert sum(plot.counts[0]) <= len(numbers)

    def test_lists_are_bars_of_their_items(self, stage: Stage) -> None:
        plot = self.drawn(stage, [["x", "y"], ["x"], [], {"not": "a list"}])
        assert (plot.values, plot.counts) == (("x", "y"), ((2, 1),))

    def test_texts_are_words(self, stage: Stage) -> None:
        plot = self.drawn(stage, [f"I like tea, number {place} Straße" for place in range(30)])
        assert plot.kind is PlotKind.WORDS
        assert plot.values[:4] == ("like", "number", "straße", "tea")
        assert plot.counts[0][:4] == (30, 30, 30, 30)
