"""The simulation: jobs are planned, cut, opened, shared out and recorded by the product's own rules.

What AWS does around them goes by what it publishes (``published.py``); what a step takes, by what the bench
measured (``times.py``). Nothing is random.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable

from chalicelib.domain.providers.limits import Ceiling, Limit, share_of
from chalicelib.domain.runs.outcome import SliceOutcome
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.slice import Slice
from chalicelib.domain.runs.turns import Place, Waiting, Working, makes_room_for, next_in_turn
from chalicelib.services.running.invocation import MOST_DRAINING
from chalicelib.storage.cache.items import FIRST_DIGITS
from chalicelib.storage.turns import MOST_READ
from infra.bill.planned import setting, waiting_seconds
from infra.scale import times
from infra.scale.clock import MILLISECONDS, Clock
from infra.scale.flows import EventSource, Writes
from infra.scale.marks import look_units
from infra.scale.outcome import JobTimes, Result
from infra.scale.planner import Planner
from infra.scale.scenario import ScaleJob, Scenario
from infra.scale.worker import Environment, Running

TOKENS = 500
"""Of a call, about."""


class Simulation:
    """One scenario; ``run`` plays it to its end."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._clock = Clock()
        self._planner = Planner(self._clock, scenario, self._opened)
        published = scenario.published
        self._source = EventSource(published, min(scenario.workers, published.account_invocations))
        self._runs: dict[str, Run] = {}
        self._jobs: dict[str, ScaleJob] = {}
        self._waiting: dict[str, dict[Place, tuple[Waiting, Slice]]] = defaultdict(dict)
        """By account: slices without a worker."""
        self._environments: list[Environment] = []
        self._warm = 0
        """Environments that nobody uses."""
        self._running: dict[Place, Running] = {}
        self._limit = Limit()
        self._table = Writes(published.table_writes, published.table_writes_at_most)
        self._partitions: dict[str, Writes] = {}
        self._looking = False
        self._told: dict[str, JobTimes] = {}
        self._answers = 0
        self._result = Result(scenario.name)
        self._writes: defaultdict[tuple[str, int], float] = defaultdict(float)

    def run(self) -> Result:
        """Play it."""
        for number, job in enumerate(self._scenario.jobs):
            self._clock.at(job.at, self._arrives, f"job-{number:05d}", job)
        self._clock.run()
        self._result.jobs = list(self._told.values())
        self._result.seconds = max(job.ended for job in self._result.jobs)
        self._result.answers = self._answers
        self._result.table_delay = self._table.delayed
        self._result.partition_delay = max((each.delayed for each in self._partitions.values()), default=0.0)
        for (partition, _), units in self._writes.items():
            kind = partition.partition("#")[0]
            self._result.peaks[kind] = max(units, self._result.peaks.get(kind, 0.0))
        return self._result

    def _wrote(self, partition: str, units: float) -> None:
        self._writes[partition, int(self._clock.now)] += units

    def _arrives(self, job_id: str, job: ScaleJob) -> None:
        self._told[job_id] = JobTimes(job.account, job.interviews, came=job.at)
        self._jobs[job_id] = job
        self._planner.add(job_id, job)

    def _opened(self, run: Run, slices: tuple[Slice, ...]) -> None:
        self._runs[run.job_id] = run
        self._wait(slices)

    # Sharing workers out

    def _wait(self, opened: Iterable[Slice]) -> None:
        for item in opened:
            account = self._jobs[item.job_id].account
            place = Place(account, item.job_id, item.run, item.start)
            self._waiting[account][place] = (Waiting(place, self._clock.moment), item)
            self._wrote("turns", 1)
        self._deliver()
        if not self._looking:
            self._looking = True
            self._clock.at(self._clock.now + times.LOOK, self._look)

    def _deliver(self) -> None:
        """Give out messages as SQS does: first those of accounts that have least in work."""
        waits = any(self._waiting.values())
        if waits and self._source.waiting_since is None:
            self._source.waiting_since = self._clock.now
        while len(self._environments) < self._source.allowed(self._clock.now) and any(self._waiting.values()):
            held = Counter(running.place.account_id for running in self._running.values())
            account = min((name for name, there in self._waiting.items() if there), key=lambda it: held[it])
            environment = Environment()
            self._environments.append(environment)
            cold = 0.0 if self._warm else times.COLD
            self._warm = max(0, self._warm - 1)
            self._begin(environment, next(iter(self._waiting[account])), cold)
        self._result.workers = max(self._result.workers, len(self._environments))
        if not any(self._waiting.values()):
            self._source.waiting_since = None

    def _look(self) -> None:
        """Have each worker look whether somebody else waits, as far as the marks' partition can be read."""
        self._deliver()
        waiting = [each for there in self._waiting.values() for each, _ in there.values()]
        seen = sorted(waiting, key=lambda it: (it.place.account_id, it.place.job_id, it.place.start))
        working = [
            Working(each.place, self._clock.moment + 1)
            for each in self._running.values()
            if not each.draining
        ]
        a_look = look_units(len(waiting), len(working))
        looking = [it for it in self._environments if it.active and len(it.draining) < MOST_DRAINING]
        asked = a_look * len(looking)
        readable = self._scenario.published.partition_reads * times.LOOK
        self._result.most_read = max(self._result.most_read, asked / times.LOOK)
        self._result.looks += len(looking)
        able = looking if asked <= readable else looking[: int(readable // a_look)]
        self._result.failed_looks += len(looking) - len(able)
        for environment in able if seen else ():
            self._looks(environment, seen, working)
        # Who could not look this time is among the first to look next time.
        passed = {id(each) for each in able}
        self._environments.sort(key=lambda it: id(it) in passed)
        if self._running or seen or self._planner.busy:
            self._clock.at(self._clock.now + times.LOOK, self._look)
        else:
            self._looking = False

    def _looks(self, environment: Environment, seen: list[Waiting], working: list[Working]) -> None:
        active = environment.active
        assert active is not None
        account = active.place.account_id
        others = [it for it in seen if it.place.account_id != account and self._still_waits(it.place)]
        chosen = makes_room_for(
            account,
            others[:MOST_READ],
            working[:MOST_READ],
            now=self._clock.moment,
            since=int(active.began * MILLISECONDS),
        )
        if chosen:
            working.append(Working(chosen[0].place, self._clock.moment + 1))
            working[:] = [it for it in working if it.place != active.place]
            self._drain(active)
            self._begin(environment, chosen[0].place, 0.0)

    def _still_waits(self, place: Place) -> bool:
        return place in self._waiting[place.account_id]

    # Working

    def _begin(self, environment: Environment, place: Place, cold: float) -> None:
        _, item = self._waiting[place.account_id].pop(place)
        scenario, job = self._scenario, self._jobs[item.job_id]
        asks_from = self._clock.now + cold + times.SLICE
        asked = scenario.asked(job.interviews)
        busy = times.CALL * item.interviews * scenario.questions
        usual = asks_from + waiting_seconds(asked) + busy
        running = Running(item, place, environment, self._clock.now, asks_from, usual)
        environment.active = running
        self._running[place] = running
        told = self._told[item.job_id]
        told.first_answer = min(told.first_answer, asks_from + scenario.seconds_per_call)
        self._wrote("turns", 2)
        if scenario.requests_a_minute is None:
            calls = item.interviews * scenario.questions
            running.ends = max(self._written(place, calls, usual), usual)
            self._clock.at(running.ends, self._ends, running)
        else:
            self._clock.at(asks_from, self._take, running)

    def _written(self, place: Place, calls: int, usual: float) -> float:
        """Return when the answers of a slice are kept, by their table and their account's partitions."""
        rate = self._scenario.published.partition_writes * len(FIRST_DIGITS)
        partitions = self._partitions.setdefault(place.account_id, Writes(rate, rate))
        return max(
            self._table.finish(calls, self._clock.now, usual),
            partitions.finish(calls, self._clock.now, usual),
        )

    def _take(self, running: Running) -> None:
        """Take a share of what the provider allows, until all calls are made."""
        if running.over or running.draining:
            return
        ceiling = Ceiling(requests=self._scenario.requests_a_minute)
        left = running.item.interviews * self._scenario.questions - running.started_calls
        wanted = min(left, int(setting("calls_in_flight")))
        self._limit, share = share_of(self._limit, ceiling, [TOKENS] * wanted, self._clock.moment)
        self._wrote("limits", 1 if share.calls else 0)
        running.started_calls += share.calls
        begins = share.begins / MILLISECONDS
        if not share.calls:
            self._clock.at(max(begins, self._clock.now + 0.01), self._take, running)
        elif running.started_calls < running.item.interviews * self._scenario.questions:
            self._clock.at(
                max(begins + share.calls * share.every / MILLISECONDS, self._clock.now + 0.01),
                self._take,
                running,
            )
        else:
            last = max(begins, self._clock.now) + share.calls * share.every / MILLISECONDS
            running.ends = last + self._scenario.seconds_per_call
            self._clock.at(running.ends, self._ends, running)

    def _drain(self, running: Running) -> None:
        """Start no more calls: what is done when those in flight have ended is recorded."""
        last_call = self._scenario.seconds_per_call
        if self._scenario.requests_a_minute is None:
            done = running.done_at(self._clock.now, last_call)
        else:
            done = running.started_calls // self._scenario.questions
        running.draining = True
        environment = running.environment
        environment.active = None
        environment.draining.append(running)
        self._result.made_room += 1
        self._wrote("turns", 1)
        self._clock.at(self._clock.now + last_call, self._drained, running, done)

    def _drained(self, running: Running, done: int) -> None:
        if running.over:
            return
        running.over = True
        item = running.item
        self._running.pop(running.place, None)
        environment = running.environment
        environment.draining.remove(running)
        self._leave(environment)
        self._record(item, done)
        if done < item.interviews:
            self._wait([item.after(item.start + done)])
        self._deliver()

    def _ends(self, running: Running) -> None:
        if running.over or running.draining:
            return
        running.over = True
        self._running.pop(running.place, None)
        self._wrote("turns", 1 + int((self._clock.now - running.began) // times.LEASE_RENEWAL))
        environment = running.environment
        environment.active = None
        if environment.draining:
            waiting = [each for there in self._waiting.values() for each, _ in there.values()]
            working = [Working(it.place, self._clock.moment + 1) for it in self._running.values()]
            for chosen in next_in_turn(waiting, working, now=self._clock.moment)[:1]:
                self._begin(environment, chosen.place, 0.0)
        self._leave(environment)
        self._record(running.item, running.item.interviews)
        self._deliver()

    def _leave(self, environment: Environment) -> None:
        """End an invocation that has nothing to do."""
        if environment.active is None and not environment.draining:
            self._environments[:] = [it for it in self._environments if it is not environment]
            self._warm += 1

    def _record(self, item: Slice, interviews: int) -> None:
        self._answers += interviews * self._scenario.questions
        self._wrote(f"job#{item.job_id}", times.RECORD_UNITS)
        run = self._runs[item.job_id].record(
            SliceOutcome(interviews, interviews, (), ()), at=self._clock.moment
        )
        opened: tuple[Slice, ...] = ()
        if interviews == item.interviews:
            run, opened = run.open(1)
        self._runs[item.job_id] = run
        if run.finished:
            joined = times.JOINING + times.JOINING_AN_INTERVIEW * run.total
            self._told[item.job_id].ended = self._clock.now + joined
        if opened:
            self._wait(opened)
