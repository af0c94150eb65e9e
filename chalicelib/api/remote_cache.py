"""The account's cache: the calls of clients, then those for people."""

from chalice.app import Blueprint, Response

from chalicelib.api.bodies import JobName
from chalicelib.api.border import answered, asked, body, caller, raw_json, see_other
from chalicelib.api.cache_bodies import (
    FEWER,
    Exported,
    Keys,
    ListedEntries,
    NewEntries,
    NewEntry,
    SelectedKeys,
    StatisticsAsked,
    Step,
)
from chalicelib.domain.json_types import Json
from chalicelib.releases.release import release_of
from chalicelib.services.cache import browse, continued, export, sync
from chalicelib.services.cache.continued import SteppedAnswer
from chalicelib.services.offload import ObjectAnswer

routes = Blueprint(__name__)


@routes.route("/api/v0/remote-cache", methods=["POST"])
@answered
def put_one() -> Json:
    """Put an entry there (0.1.33 and 0.1.38)."""
    account, said = caller(routes), body(routes, NewEntry, advice=FEWER)
    return sync.put_entries(account, [said.upload()])


@routes.route("/api/v0/remote-cache/many", methods=["POST"])
@answered
def put_many() -> Json:
    """Put entries there, all or none (0.1.33 and 0.1.38)."""
    account, said = caller(routes), body(routes, NewEntries, advice=FEWER)
    return sync.put_entries(account, said.uploads())


@routes.route("/api/v0/remote-cache/get-many", methods=["POST"])
@answered
def get_many() -> Json:
    """Give all entries but those of some keys (0.1.33 and 0.1.38)."""
    return _stepped("continued/", sync.entries_except(caller(routes), body(routes, Keys).keys))


@routes.route("/api/v0/remote-cache/get-diff", methods=["POST"])
@answered
def get_diff() -> Json:
    """Give what a client lacks, and say what it has and the account's cache does not (0.1.33 and 0.1.38)."""
    return _stepped("continued/", sync.difference(caller(routes), body(routes, Keys).keys))


@routes.route("/api/v0/remote-cache/continued/{name}", methods=["GET"])
@answered
def go_on(name: str) -> Json:
    """Go on with one of those two answers, where it takes longer than its client waits."""
    return _stepped("", continued.go_on(caller(routes), name, asked(routes, Step).starts))


@routes.route("/api/v0/remote-cache/delete-all", methods=["DELETE"])
@answered
def delete_all() -> Json:
    """Delete all of the account's entries (0.1.33 and 0.1.38)."""
    return browse.delete_entries(caller(routes))


@routes.route("/api/v0/remote-cache/get-many-by-job", methods=["POST"])
@answered
def get_many_by_job() -> Json:
    """Give the entries of a job's answers (0.1.62 and later)."""
    return _given(sync.entries_of_job(caller(routes), body(routes, JobName).job_uuid))


@routes.route("/api/v0/remote-cache/get-many-by-key", methods=["POST"])
@answered
def get_many_by_key() -> Json:
    """Give the entries of some keys (0.1.62 and later)."""
    return _given(sync.entries_of_keys(caller(routes), body(routes, SelectedKeys).selected_keys))


@routes.route("/api/v0/remote-cache/get-by-key/{key}", methods=["GET"])
@answered
def get_by_key(key: str) -> Json:
    """Give the entry of a key, or say that there is none (1.0.9)."""
    return sync.entry_of_key(caller(routes), key)


@routes.route("/api/v0/remote-cache/list", methods=["GET"])
@answered
def listed() -> Json:
    """List entries."""
    account, said = caller(routes), asked(routes, ListedEntries)
    return browse.list_entries(account, page_size=said.page_size, after=said.after, words=said.search.strip())


@routes.route("/api/v0/remote-cache/entries/{key}", methods=["GET"])
@answered
def one(key: str) -> Json:
    """Give one entry whole."""
    return browse.entry(caller(routes), key)


@routes.route("/api/v0/remote-cache/entries/{key}", methods=["DELETE"])
@answered
def delete_one(key: str) -> Json:
    """Delete one entry."""
    return browse.delete_entry(caller(routes), key)


@routes.route("/api/v0/remote-cache/statistics", methods=["GET"])
@answered
def statistics() -> Json:
    """Tell what the cache holds and has saved, or what it has saved one job."""
    account, said = caller(routes), asked(routes, StatisticsAsked)
    if said.job_uuid is None:
        return browse.statistics(account)
    return browse.statistics_of_job(account, said.job_uuid)


@routes.route("/api/v0/remote-cache/export", methods=["GET"])
@answered
def exported() -> Json:
    """Lead to a file of all entries."""
    account, said = caller(routes), asked(routes, Exported)
    release = release_of(said.version)
    return see_other(export.export(account, said.format, release, beginning=said.keys_from))


def _stepped(place: str, answer: SteppedAnswer) -> Response:
    """Lead to the next step, by an address relative to this one: whatever lies before it stays."""
    if answer.work:
        return see_other(f"{place}{answer.work}?at={','.join(map(str, answer.starts))}")
    return _given(answer)


def _given(answer: ObjectAnswer) -> Response:
    return see_other(answer.address) if answer.address else raw_json(answer.body or "")
