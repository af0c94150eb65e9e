"""Perch, as Chalice sees it: routes and event handlers are hung here, nothing else.

The ``queue`` of a handler is the resource's name in ``infra/deploy/resources.yaml``.
"""

import gc
import os

# What is imported stays; looking through all of it for garbage, again and again, is a fifth of a cold start.
gc.disable()

from chalice.app import CloudWatchEvent, Rate, SQSEvent

from chalicelib.api import blueprints as api
from chalicelib.api.http import reworded
from chalicelib.api.requests import written_down
from chalicelib.application import Perch
from chalicelib.events import warming
from chalicelib.events.by_hand import by_hand_too, is_by_hand
from chalicelib.services.deps import deps

if warming.handles_events(os.environ):
    from chalicelib.events import handlers
    from chalicelib.events.messages import Answer, handle_each, seconds_left
    from chalicelib.web.blueprints import BLUEPRINTS as PAGES

COLLECTED_AFTER = 5_000
"""Objects more than were there: Python's own 700 come together in a few requests of AWS."""

app = Perch(app_name="perch")
app.middleware("http")(written_down)
app.middleware("http")(reworded)
for routes in api.BLUEPRINTS:
    app.register_blueprint(routes, url_prefix=routes.prefix)
if warming.handles_events(os.environ):
    app.hang(PAGES)
else:
    app.pages_by_need = True


@app.on_sqs_message(queue="JobsQueue", batch_size=1)
def dispatcher(event: SQSEvent) -> "Answer":
    """Plan queued jobs."""
    return handle_each(event, deps().jobs_queue, handlers.on_job)


@app.on_sqs_message(queue="InterviewsQueue", batch_size=1)
def worker(event: SQSEvent) -> "Answer":
    """Run slices of interviews with edsl."""
    return handle_each(event, deps().interviews_queue, handlers.on_slice)


@app.on_sqs_message(queue="FinalizeQueue", batch_size=1)
def finalizer(event: SQSEvent) -> "Answer":
    """Join recorded rows and end runs."""
    return handle_each(event, deps().finalize_queue, handlers.on_recorded_run)


@app.on_sqs_message(queue="ContentQueue", batch_size=1)
def content(event: SQSEvent) -> "Answer":
    """Check large uploads, and render large results for another release."""
    return handle_each(event, deps().content_queue, handlers.on_content)


@app.on_sqs_message(queue="AlertsQueue", batch_size=1)
def alerter(event: SQSEvent) -> "Answer":
    """Tell of jobs that have ended."""
    return handle_each(event, deps().alerts_queue, handlers.on_alert)


@app.on_sqs_message(queue="JobsDeadLetters", batch_size=1)
def job_dead_letters(event: SQSEvent) -> "Answer":
    """End jobs that could not be planned."""
    return handle_each(event, deps().jobs_dead_letters, handlers.on_dead_job)


@app.on_sqs_message(queue="InterviewsDeadLetters", batch_size=1)
def slice_dead_letters(event: SQSEvent) -> "Answer":
    """Give up slices that could not be run."""
    return handle_each(event, deps().interviews_dead_letters, handlers.on_dead_slice)


@app.on_sqs_message(queue="FinalizeDeadLetters", batch_size=1)
def finish_dead_letters(event: SQSEvent) -> "Answer":
    """End jobs whose results could not be joined."""
    return handle_each(event, deps().finalize_dead_letters, handlers.on_dead_finish)


@app.on_sqs_message(queue="ContentDeadLetters", batch_size=1)
def object_dead_letters(event: SQSEvent) -> "Answer":
    """Refuse uploads that could not be checked."""
    return handle_each(event, deps().content_dead_letters, handlers.on_dead_content)


@by_hand_too
@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweeper(event: CloudWatchEvent) -> None:
    """Set going what stands still."""
    handlers.on_time_to_sweep(lambda: seconds_left(event.context))


@by_hand_too
@app.schedule(Rate(5, unit=Rate.MINUTES))
def lister(event: CloudWatchEvent) -> None:
    """Ask providers for their models, each day and where the table of services has changed."""
    handlers.on_time_to_list(by_hand=is_by_hand(event))


@by_hand_too
@app.schedule(Rate(1, unit=Rate.HOURS))
def remover(event: CloudWatchEvent) -> None:
    """Delete what this stage keeps no longer."""
    handlers.on_time_to_remove(lambda: seconds_left(event.context))


gc.freeze()
gc.set_threshold(COLLECTED_AFTER)
gc.enable()
# While Lambda still starts this function: its first message need not wait for edsl.
warming.warm_up(os.environ)
