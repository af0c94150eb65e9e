"""One job's whole story, with times: what was sent, what happened, who worked on it, what it cost."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence

from chalicelib.domain.credits.money import credits_number
from chalicelib.domain.jobs.job import RetryScope
from chalicelib.domain.runs.calls_now import CallsNow, merge_calls
from chalicelib.domain.runs.paid_by import costs
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.slice import RecordedSlice, Slice
from chalicelib.domain.times import iso
from chalicelib.services.reports.job_story import JobStory, RunStory, story_of
from infra.admin.command import Command, print_table

MOST_SLICES = 100
SCOPES = {
    None: "the first run",
    RetryScope.FAILED: "again what failed or is missing",
    RetryScope.ALL: "everything again",
}
Part = Slice | RecordedSlice
Rows = Sequence[Sequence[str]]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("job", metavar="UUID", help="the job's id")
    parser.add_argument(
        "--slices", type=int, default=MOST_SLICES, help="of each run so many at the most (%(default)d)"
    )


def _job(given: Namespace) -> None:
    story = story_of(given.job)
    _section("JOB", ("", ""), _sent(story))
    _section("HISTORY", ("TIME", "WHAT", "TOLD"), _history(story))
    for run in story.runs:
        _section(f"RUN {run.run.number}", ("", ""), _run(run.run))
        _section(
            "SLICES", ("INTERVIEWS", "CLAIM", "BY", "FROM", "UNTIL", "ENDED"), _slices(run, given.slices)
        )
        _section("CALLS NOW", ("WHAT", "CALLS", "MODEL", "WHY"), _calls(run))
        _section("EXCEPTIONS", ("KIND", "COUNT", "MODEL", "QUESTION"), _exceptions(run.run))
        _section("PAID FOR", ("MODEL", "TOKENS", "COUNT", "CREDITS", "WITH"), _paid(run.run))


def _section(title: str, header: Sequence[str], rows: Rows) -> None:
    if rows:
        print(f"\n{title}")
        print_table(header, rows)


def _sent(story: JobStory) -> Rows:
    job = story.job
    size = "" if story.payload_bytes is None else f", {story.payload_bytes:,} bytes"
    wishes = [name for name, on in (("fresh", job.fresh), ("cache on", job.caching)) if on]
    return [
        ("id", job.job_id),
        ("account", f"{story.email or 'gone'} ({job.account_id}), key {job.key_id or 'unknown'}"),
        ("sent", f"{iso(job.created_at)} by edsl {job.release}{size}"),
        ("asked for", ", ".join([f"{job.iterations} iterations", *wishes])),
        ("stands", f"{job.status or 'waits for its upload'} since {_time(job.status_at) or 'then'}"),
        ("results", job.results_id or "none"),
        ("in the log", f"job {job.job_id}, correlation_id {job.correlation_id or 'unknown'}"),
    ]


def _history(story: JobStory) -> Rows:
    return [(iso(item.at), item.title, item.sentence) for item in story.history]


def _run(run: Run) -> Rows:
    use = run.cache
    marks = (("closed", run.closed), ("short of credits", run.short))
    found = (
        f"{use.prompts:,} prompts, {use.cached:,} answered before, {use.retrieved:,} of these from entries"
    )
    return [
        ("what", SCOPES[run.scope]),
        (
            "interviews",
            f"{run.recorded:,} of {run.total:,} recorded, {run.with_exceptions:,} with exceptions",
        ),
        ("answers", f"{run.answers.valid:,} valid, {run.answers.invalid:,} invalid"),
        ("begun", iso(run.started_at)),
        ("last recorded", _time(run.moved_at) or "nothing yet"),
        ("ended", f"{iso(run.end.at)} {run.end.status}" if run.end else "not yet"),
        ("cache", f"{found}; {use.added:,} entries added"),
        ("charge", _charge(run)),
        ("prices", run.price_revision or "as each answer said"),
        *((name, "yes") for name, holds in marks if holds),
        *(("key", f"{source.service} with {source.told}") for source in run.key_sources),
    ]


def _charge(run: Run) -> str:
    if run.funding is None:
        return f"{credits_number(run.cost)} credits, charged to nobody"
    if run.funding.charged is None:
        return f"{credits_number(run.cost)} credits so far, {credits_number(run.funding.held)} held"
    return f"{credits_number(run.funding.charged)} credits charged"


def _slices(story: RunStory, most: int) -> Rows:
    rows = [row for part in story.slices[:most] for row in _slice(part)]
    left = len(story.slices) - most
    return [*rows, (f"and {left:,} more slices (--slices)", *[""] * 5)] if left > 0 else rows


def _slice(part: Part) -> Iterator[Sequence[str]]:
    interviews = f"{part.start:,} to {part.stop - 1:,}"
    recorded = isinstance(part, RecordedSlice)
    for holding in part.holdings:
        how = holding.ended.value if holding.ended else "goes on"
        yield interviews, str(holding.claim), holding.by, iso(holding.since), _time(holding.until), how
    if not part.holdings:
        how = "recorded" if recorded else "claimed" if part.claims else "waits"
        yield interviews, str(part.claims), "", "", "", how
    elif not recorded and part.holdings[-1].ended:
        yield interviews, "", "", "", "", "waits"


def _calls(story: RunStory) -> Rows:
    held = [part for part in story.slices if isinstance(part, Slice)]
    now: CallsNow = merge_calls(part.progress.calls for part in held)
    counts = [("in flight", now.in_flight), ("waiting", now.waiting), ("tried again", now.tried_again)]
    return [
        *((what, f"{count:,}", "", "") for what, count in counts if count),
        *(
            ("tried again", f"{each.calls:,}", f"{each.service} {each.model}", each.exception_type)
            for each in now.reasons
        ),
    ]


def _exceptions(run: Run) -> Rows:
    return [
        (each.exception_type, f"{each.count:,}", f"{each.service} {each.model}".strip(), each.question_name)
        for each in sorted(run.exceptions, key=lambda each: -each.count)
    ]


def _paid(run: Run) -> Rows:
    return [
        (
            f"{usage.service} {usage.model}",
            usage.token_type,
            f"{usage.tokens:,}",
            credits_number(cost),
            source,
        )
        for usage, cost, source in costs(run)
    ]


def _time(milliseconds: int) -> str:
    return iso(milliseconds) if milliseconds else ""


COMMANDS = (Command("job", "all that is known of one job, with times", _arguments, _job),)
