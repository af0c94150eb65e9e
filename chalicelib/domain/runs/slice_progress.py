"""How far the interviews of a slice are before it is recorded, as its holder writes down with its lease.

A hint, but one that never runs backwards: whoever claims a slice goes on from its kept answers, and so from
what was told of it. When it is recorded its interviews count, and the hint goes with it; what is left of it
keeps the rest of the hint.
"""

from dataclasses import dataclass, replace

from chalicelib.domain.runs.calls_now import NO_CALLS, CallsNow


@dataclass(frozen=True)
class SliceProgress:
    """Counts of interviews and of their questions; a finished interview's all count as answered."""

    questions: int = 0
    """Of each interview; 0: nothing has been told yet."""
    finished: int = 0
    answered: int = 0
    calls: CallsNow = NO_CALLS
    """Only as long as the slice is held."""

    def at_least(self, before: "SliceProgress") -> "SliceProgress":
        """Return it, but no less far than was told before."""
        return replace(
            self,
            questions=max(self.questions, before.questions),
            finished=max(self.finished, before.finished),
            answered=max(self.answered, before.answered),
        )

    def without_calls(self) -> "SliceProgress":
        """Return what of it outlives its holder."""
        return replace(self, calls=NO_CALLS)

    def after(self, done: int) -> "SliceProgress":
        """Return what is left of it when so many interviews have been taken out, each of them finished."""
        finished = max(0, self.finished - done)
        answered = max(finished * self.questions, self.answered - done * self.questions)
        return SliceProgress(self.questions, finished, answered)

    def first(self, interviews: int) -> "SliceProgress":
        """Return as much of it as so many interviews can hold; the rest is ``after`` these."""
        return SliceProgress(
            self.questions, min(self.finished, interviews), min(self.answered, interviews * self.questions)
        )


NOTHING_TOLD = SliceProgress()
