"""The account's cache and its log: the calls of clients, then those for people."""

from chalice.app import Response

from chalicelib.api.http import Routes, raw_json, see_other
from chalicelib.api.schemas.cache import (
    FEWER,
    Exported,
    Keys,
    ListedEntries,
    LogPage,
    NewEntries,
    NewEntry,
    NewLogItem,
    SelectedKeys,
    StatisticsAsked,
    Step,
    Wanted,
)
from chalicelib.api.schemas.jobs import JobName
from chalicelib.api.views import cache as views
from chalicelib.domain.accounts import Caller
from chalicelib.domain.cache.entry import is_key
from chalicelib.domain.json_types import Json
from chalicelib.releases.release import release_of
from chalicelib.services.cache import browse, continued, export, log, sync
from chalicelib.services.cache.continued import SteppedAnswer

routes = Routes(__name__, prefix="/api/v0/remote-cache")
log_routes = Routes(__name__, prefix="/api/v0/remote-cache-log")


@routes.post("")
def put_one(account: Caller) -> Json:
    """Put an entry there (0.1.33 and 0.1.38)."""
    return views.written(sync.put_entries(account, [routes.body(NewEntry, advice=FEWER).upload()]))


@routes.post("/many")
def put_many(account: Caller) -> Json:
    """Put entries there, all or none (0.1.33 and 0.1.38)."""
    return views.written(sync.put_entries(account, routes.body(NewEntries, advice=FEWER).uploads()))


@routes.post("/get-many")
def get_many(account: Caller) -> Json:
    """Give all entries but those of some keys, or only those of some (up to 0.1.45)."""
    return _stepped("continued/", _wanted(account))


@routes.post("/get-diff")
def get_diff(account: Caller) -> Json:
    """Give what a client lacks, and say what it has and the account's cache does not (0.1.33 and 0.1.38)."""
    return _stepped("continued/", sync.difference(account, routes.body(Keys).keys))


@routes.post("/legacy/get-many")
def get_many_as_before(account: Caller) -> Json:
    """Give the same (0.1.46 to 0.1.54)."""
    return _stepped("../continued/", _wanted(account))


@routes.post("/legacy/get-diff")
def get_diff_as_before(account: Caller) -> Json:
    """Give the same (0.1.46 to 0.1.54)."""
    return _stepped("../continued/", sync.difference(account, routes.body(Keys).keys))


@routes.delete("/legacy/delete-all")
def delete_all_as_before(account: Caller) -> Json:
    """Do the same (0.1.46 to 0.1.54)."""
    return delete_all(account)


@routes.get("/continued/{name}")
def go_on(account: Caller, name: str) -> Json:
    """Go on with one of those two answers, where it takes longer than its client waits."""
    return _stepped("", continued.go_on(account, name, routes.parsed_query(Step).starts))


@routes.delete("/delete-all")
def delete_all(account: Caller) -> Json:
    """Delete all of the account's entries (0.1.33 and 0.1.38)."""
    return {"status": "success", "deleted_entry_count": browse.delete_entries(account)}


@routes.post("/get-many-by-job")
def get_many_by_job(account: Caller) -> Json:
    """Give the entries of a job's answers (0.1.62 and later)."""
    return raw_json(sync.entries_of_job(account, routes.body(JobName).job_uuid))


@routes.post("/get-many-by-key")
def get_many_by_key(account: Caller) -> Json:
    """Give the entries of some keys (0.1.62 and later)."""
    return raw_json(sync.entries_of_keys(account, routes.body(SelectedKeys).selected_keys))


@routes.get("/get-by-key/{key}")
def get_by_key(account: Caller, key: str) -> Json:
    """Give the entry of a key, or say that there is none (1.0.9)."""
    return views.found_by_key(sync.entry_of_key(account, key)) if is_key(key) else views.invalid_key()


@routes.get("/list")
def listed(account: Caller) -> Json:
    """List entries."""
    query = routes.parsed_query(ListedEntries)
    found = browse.list_entries(
        account, page_size=query.page_size, after=query.after, words=query.search.strip()
    )
    return views.listed(found)


@routes.get("/entries/{key}")
def one(account: Caller, key: str) -> Json:
    """Give one entry whole."""
    return views.whole(browse.entry(account, key))


@routes.delete("/entries/{key}")
def delete_one(account: Caller, key: str) -> Json:
    """Delete one entry."""
    browse.delete_entry(account, key)
    return {"status": "success", "key": key}


@routes.get("/statistics")
def statistics(account: Caller) -> Json:
    """Tell what the cache holds and has saved, or what it has saved one job."""
    job_id = routes.parsed_query(StatisticsAsked).job_uuid
    if job_id is None:
        return views.statistics(*browse.statistics(account))
    return views.statistics_of_job(job_id, browse.statistics_of_job(account, job_id))


@routes.get("/export")
def exported(account: Caller) -> Json:
    """Lead to a file of all entries."""
    query = routes.parsed_query(Exported)
    release = release_of(query.version)
    return see_other(export.export(account, query.format, release, beginning=query.keys_from))


@log_routes.post("")
def add_to_log(account: Caller) -> Json:
    """Note what a client has done (0.1.33 and 0.1.38)."""
    body = log_routes.body(NewLogItem)
    log.note(account, body.description, body.cache_entry_count)
    return {"status": "success"}


@log_routes.get("")
def listed_log(account: Caller) -> Json:
    """List what was done, newest first."""
    query = log_routes.parsed_query(LogPage)
    return views.log(log.items(account, page=query.page, page_size=query.page_size))


@log_routes.post("/legacy")
def add_to_log_as_before(account: Caller) -> Json:
    """Do the same (0.1.46 to 0.1.54)."""
    return add_to_log(account)


@log_routes.delete("/legacy/delete-all")
def delete_log_as_before(account: Caller) -> Json:
    """Do the same (0.1.46 to 0.1.54)."""
    return delete_log(account)


@log_routes.delete("/delete-all")
def delete_log(account: Caller) -> Json:
    """Delete the log (0.1.33 and 0.1.38)."""
    return {"status": "success", "deleted_log_count": log.clear(account)}


def _wanted(account: Caller) -> SteppedAnswer:
    body = routes.body(Wanted)
    return sync.entries_except(account, body.keys, body.selected_keys)


def _stepped(place: str, answer: SteppedAnswer) -> Response:
    """Lead to the next step, by an address relative to this one: whatever lies before it stays."""
    if answer.work:
        return see_other(f"{place}{answer.work}?at={','.join(map(str, answer.starts))}")
    return raw_json(answer)
