"""What a release says to a server is read in its source."""

from pathlib import Path

from infra.clients.__main__ import differences
from infra.clients.calls import Call, calls_of

BEFORE = """
class Coop:
    def balance(self):
        response = self._send_server_request(uri="api/v0/users/get-balance", method="GET")
        return response.json()["credits"]

    def gone(self):
        self._send_server_request("api/v0/old", "delete")

    def a_human(self):
        self._send_server_request(uri="api/v0/human-surveys", method="GET")
"""
AFTER = """
class Coop:
    def balance(self):
        response = self._send_server_request(uri="api/v0/users/get-balance", method="GET")
        return {"usd": response.json().get("dollars")}

    async def report(self, job, form):
        if form:
            uri = f"/api/v0/job/{job}/report"
        else:
            uri = "api/v0/report"
        payload = {"job_uuid": job}
        payload["form"] = form
        return self._send_server_request(uri=uri, method="POST", payload=payload)
"""


def package(directory: Path, source: str) -> Path:
    (directory / "coop").mkdir(parents=True)
    (directory / "coop" / "coop.py").write_text(source)
    (directory / "broken.py").write_text('"""Never closed.')
    return directory


def test_calls_are_found_with_what_they_send_and_read(tmp_path: Path) -> None:
    found = calls_of(package(tmp_path, AFTER))
    assert set(found) == {
        Call("GET", "api/v0/users/get-balance"),
        Call("POST", "api/v0/job/{}/report"),
        Call("POST", "api/v0/report"),
    }
    report = found[Call("POST", "api/v0/report")]
    assert (report.sent, report.read) == ({"job_uuid", "form"}, set())


def test_what_changed_is_told_and_what_is_nothing_to_perch_is_not(tmp_path: Path) -> None:
    before, after = (calls_of(package(tmp_path / name, text)) for name, text in (("a", BEFORE), ("b", AFTER)))
    lines = list(differences(before, after))
    assert [line.split()[:3] for line in lines] == [
        ["gone", "DELETE", "api/v0/old"],
        ["changed", "GET", "api/v0/users/get-balance:"],
        ["new", "POST", "api/v0/job/{}/report:"],
        ["new", "POST", "api/v0/report:"],
    ]
    assert "reads also dollars" in lines[1]
    assert "no longer reads credits" in lines[1]
    assert list(differences(after, after)) == []
