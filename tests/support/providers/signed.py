"""Who signed a request, by AWS's Signature Version 4, and whether it is signed as AWS wants it."""

import io
import re
from urllib.parse import urlsplit

from chalicelib.domain.providers.service import Credentials
from infra.local.access_key import AccessKey
from infra.local.moto.signatures import Verifier
from tests.support.providers.exchange import Request

CREDENTIAL = re.compile(r"AWS4-HMAC-SHA256 Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request,")
TOKEN = "x-amz-security-token"


def signer_of(request: Request) -> str | None:
    """Return the access key that a request says it is signed with."""
    found = CREDENTIAL.match(request.headers.get("authorization", ""))
    return found[1] if found else None


def scope_of(request: Request) -> tuple[str, str]:
    """Return the region and the service that a request is signed for."""
    found = CREDENTIAL.match(request.headers["authorization"])
    assert found is not None
    return found[2], found[3]


def check(request: Request, credentials: Credentials) -> None:
    """Return if a request is signed with temporary credentials; raises SignatureError."""
    assert request.headers[TOKEN] == credentials.session_token
    parts = urlsplit(request.target)
    named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()}
    environ = {
        **named,
        "REQUEST_METHOD": request.method,
        "REQUEST_URI": request.target,
        "QUERY_STRING": parts.query,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.content)),
        "wsgi.input": io.BytesIO(request.content),
    }
    Verifier(AccessKey(credentials.access_key, credentials.secret_key)).verify(environ)
