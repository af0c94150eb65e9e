"""Google's Files: an upload that may be resumed, and what there is of a file."""

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any

from tests.support.providers.exchange import Request, Response

UPLOAD = "/upload"
FILES = "/files"


@dataclass
class Files:
    """What was uploaded, by name."""

    contents: dict[str, bytes] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)

    def is_of_an_upload(self, request: Request) -> bool:
        """Tell whether a request goes to the address that an upload was given: it is a secret itself."""
        return request.path.startswith(UPLOAD) and request.query.get("upload_id") in self.contents

    def reply(self, request: Request, base: str) -> Response | None:
        """Return the answer to a request that is about files."""
        if request.path == UPLOAD + base + FILES:
            return self._upload(request)
        name = request.path.removeprefix(f"{base}/")
        if request.method != "GET" or not request.path.startswith(base + FILES + "/"):
            return None
        if name not in self.contents:
            words = "You do not have permission to access the file or it may not exist."
            return Response(403, {"error": {"code": 403, "message": words, "status": "PERMISSION_DENIED"}})
        return Response(200, self._told(name, request, base))

    def _upload(self, request: Request) -> Response:
        command = request.headers.get("x-goog-upload-command", "")
        base = request.path.removeprefix(UPLOAD).removesuffix(FILES)
        if command == "start":
            name = f"files/fake{len(self.contents)}"
            self.contents[name] = b""
            self.types[name] = request.headers.get("x-goog-upload-header-content-type", "")
            address = f"{_host(request)}{request.path}?upload_id={name}&upload_protocol=resumable"
            return Response(200, b"", {"x-goog-upload-status": "active", "x-goog-upload-url": address})
        name = request.query["upload_id"]
        self.contents[name] += request.content
        if "finalize" not in command:
            return Response(200, b"", {"x-goog-upload-status": "active"})
        return Response(200, {"file": self._told(name, request, base)}, {"x-goog-upload-status": "final"})

    def _told(self, name: str, request: Request, base: str) -> dict[str, Any]:
        content = self.contents[name]
        digest = hashlib.sha256(content).hexdigest().encode()
        return {
            "name": name,
            "mimeType": self.types[name],
            "sizeBytes": str(len(content)),
            "createTime": "2026-01-01T00:00:00Z",
            "updateTime": "2026-01-01T00:00:00Z",
            "expirationTime": "2026-01-03T00:00:00Z",
            "sha256Hash": base64.b64encode(digest).decode(),
            "uri": f"{_host(request)}{base}/{name}",
            "state": "ACTIVE",
            "source": "UPLOADED",
        }


def _host(request: Request) -> str:
    return f"{request.scheme}://{request.headers['host']}"
