"""AWS's Signature Version 4, verified: who may ask the local AWS anything.

moto believes every request. Here each is signed again with botocore's own signer and this stack's key,
and the outcome compared. As on AWS, whatever header begins with ``x-amz-`` must be part of the signature:
else whoever is given one signed address could make a copy of somebody else's object of it.
"""

from __future__ import annotations

import calendar
import hashlib
import hmac
import io
import re
import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.credentials import Credentials

from infra.local.access_key import AccessKey

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW_SECONDS = 15 * 60
LONGEST_ADDRESS_SECONDS = 7 * 24 * 3600
# The most that any service but S3 takes; S3's bodies are not read before their signature is verified.
LARGEST_SIGNED_BODY = 16 * 1024 * 1024
# What boto3 says instead of a body's hash. The signature holds for the address and headers alone then.
NOT_HASHED = {"UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{{64}})"
)
_QUERY_SIGNATURE = re.compile(r"(?:^|&)X-Amz-Signature=([0-9a-f]{64})(?=&|$)")
Environ = dict[str, Any]


class SignatureError(Exception):
    """The request is not to be answered: AWS's word for the reason, and a sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True)
class _Claim:
    """What a request says of its own signature."""

    credential: str
    signed: tuple[str, ...]
    signature: str
    moment: str
    query: str


@dataclass
class _Received:
    """A request as botocore's signer looks at one."""

    method: str
    url: str
    headers: Headers
    body: bytes
    context: dict[str, Any]
    params: None = None


class Headers(dict[str, str]):
    """The few headers that are signed; the signer wants all values of one, and its names in any case."""

    def get_all(self, name: str) -> list[str]:
        return [self[name]]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())


@dataclass(frozen=True)
class Verifier:
    """The one key that this local AWS knows."""

    key: AccessKey
    _credentials: Credentials = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_credentials", Credentials(self.key.identifier, self.key.secret))

    def verify(self, environ: Environ) -> None:
        """Return if the request is signed with the key; its body can be read as before.

        Raises SignatureError.
        """
        in_query = "X-Amz-Signature" in environ["QUERY_STRING"]
        claim = _claim_of_query(environ) if in_query else _claim_of_header(environ)
        date, region, service = self._scope(claim)
        unsigned = [name for name in _amazon_s(environ) if name not in _as_in_environ(claim.signed)]
        if unsigned:
            raise SignatureError("AccessDenied", "There were headers present which were not signed.")
        headers = Headers({name: _value(environ, name) for name in claim.signed})
        declared = headers.get("x-amz-content-sha256")
        body = b"" if in_query or declared is not None else _read(environ, LARGEST_SIGNED_BODY)
        received = _Received(
            method=environ["REQUEST_METHOD"],
            url=f"http://local{environ['REQUEST_URI'].partition('?')[0]}?{claim.query}",
            headers=headers,
            body=body,
            context={"timestamp": claim.moment},
        )
        signer: Any = _signer(self._credentials, service, region, in_query=in_query)
        told = signer.string_to_sign(received, signer.canonical_request(received))
        key = _signing_key(self.key.secret, date, region, service)
        expected = hmac.new(key, told.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, claim.signature):
            raise SignatureError(
                "SignatureDoesNotMatch", "The signature is not the one that the key of this stack makes."
            )
        if declared is not None and not in_query and declared not in NOT_HASHED:
            _check_hash(environ, declared)

    def _scope(self, claim: _Claim) -> tuple[str, str, str]:
        identifier, *scope = claim.credential.split("/")
        if not hmac.compare_digest(identifier.encode(), self.key.identifier.encode()):
            raise SignatureError("InvalidAccessKeyId", "The access key is not the one of this stack.")
        if len(scope) != 4 or scope[0] != claim.moment[:8] or scope[3] != "aws4_request":  # noqa: PLR2004
            raise SignatureError("SignatureDoesNotMatch", "The signature's scope cannot be read.")
        if "host" not in claim.signed:
            raise SignatureError("SignatureDoesNotMatch", "The signature leaves out the host.")
        return scope[0], scope[1], scope[2]


def _claim_of_header(environ: Environ) -> _Claim:
    found = _AUTHORIZATION.fullmatch(environ.get("HTTP_AUTHORIZATION", ""))
    if found is None:
        raise SignatureError("AccessDenied", "Requests to the local AWS must be signed with its key.")
    moment = environ.get("HTTP_X_AMZ_DATE", "")
    if abs(time.time() - _seconds(moment)) > SKEW_SECONDS:
        raise SignatureError("RequestTimeTooSkewed", "The request was signed too long ago.")
    return _Claim(found[1], tuple(found[2].split(";")), found[3], moment, environ["QUERY_STRING"])


def _claim_of_query(environ: Environ) -> _Claim:
    """Read a signed address, which leads to S3 and nowhere else."""
    if "HTTP_AUTHORIZATION" in environ:
        raise SignatureError("AccessDenied", "Only one way to sign a request may be used at once.")
    given = dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
    signatures = _QUERY_SIGNATURE.findall(environ["QUERY_STRING"])
    lasts = given.get("X-Amz-Expires", "")
    named = given.get("X-Amz-Algorithm") == ALGORITHM and len(signatures) == 1
    credential = given.get("X-Amz-Credential", "")
    if not named or not re.fullmatch("[0-9]{1,6}", lasts) or "/s3/" not in credential:
        raise SignatureError("AccessDenied", "The signed address cannot be read.")
    begins = _seconds(given.get("X-Amz-Date", ""))
    if int(lasts) > LONGEST_ADDRESS_SECONDS or begins - time.time() > SKEW_SECONDS:
        raise SignatureError("AccessDenied", "The signed address is not valid for such a time.")
    if time.time() >= begins + int(lasts):
        raise SignatureError("AccessDenied", "Request has expired.")
    signed = tuple(given.get("X-Amz-SignedHeaders", "").split(";"))
    query = _QUERY_SIGNATURE.sub("", environ["QUERY_STRING"]).removeprefix("&")
    return _Claim(credential, signed, signatures[0], given["X-Amz-Date"], query)


@lru_cache(maxsize=64)
def _seconds(moment: str) -> int:
    try:
        return calendar.timegm(time.strptime(moment, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        raise SignatureError("AccessDenied", "The signature says no time.") from None


def _signer(credentials: Credentials, service: str, region: str, *, in_query: bool) -> SigV4Auth:
    if in_query:
        return S3SigV4QueryAuth(credentials, service, region)
    return (S3SigV4Auth if service == "s3" else SigV4Auth)(credentials, service, region)


@lru_cache(maxsize=64)
def _signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def _amazon_s(environ: Environ) -> list[str]:
    return [name for name in environ if name.startswith("HTTP_X_AMZ_")]


def _as_in_environ(names: tuple[str, ...]) -> set[str]:
    return {f"HTTP_{name.upper().replace('-', '_')}" for name in names}


def _value(environ: Environ, name: str) -> str:
    key = name.upper().replace("-", "_")
    value = environ.get(key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}", "")
    return str(value).encode("latin-1").decode("utf-8", errors="replace")


def _read(environ: Environ, most: int | None) -> bytes:
    """Return the body and put it back."""
    if environ.get("wsgi.input_terminated"):
        body = environ["wsgi.input"].read(-1 if most is None else most + 1)
    else:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = b"" if most is not None and length > most else environ["wsgi.input"].read(length)
        if len(body) != length:
            raise SignatureError("AccessDenied", "The body is longer than any that is signed, or cut off.")
    if most is not None and len(body) > most:
        raise SignatureError("AccessDenied", "The body is longer than any that is signed.")
    environ["wsgi.input"] = io.BytesIO(body)
    return bytes(body)


def _check_hash(environ: Environ, declared: str) -> None:
    if not hmac.compare_digest(hashlib.sha256(_read(environ, None)).hexdigest(), declared):
        raise SignatureError("XAmzContentSHA256Mismatch", "The body is not the one that was signed.")
