"""The S3 client of boto3."""

# ruff: noqa: N803, ARG002 - parameters are those that boto3 has

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import IO, Any
from urllib.parse import quote

from botocore.response import StreamingBody

from tests.support.fakes.aws.buckets import Bucket, Object, Upload, made_object, ranged
from tests.support.fakes.aws.faults import Request
from tests.support.fakes.aws.gate import MISSING, Gate, refusal

Answer = dict[str, Any]
Data = bytes | bytearray | str | IO[bytes]
MANAGED_BYTES = 8 * 1024 * 1024
"""boto3's managed uploads and copies go in parts of so many bytes."""


class FakeS3:
    """``boto3.client("s3")``."""

    def __init__(self, buckets: Iterable[str], gate: Gate, clock: Callable[[], int]) -> None:
        self.buckets = {name: Bucket() for name in buckets}
        self._gate = gate
        self._clock = clock
        self._uploads = itertools.count(1)

    def head_bucket(self, *, Bucket: str) -> Answer:
        return self._carry_out("head_bucket", Bucket, lambda _request, _bucket: {})

    def head_object(self, *, Bucket: str, Key: str) -> Answer:
        return self._carry_out(
            "head_object", Bucket, lambda request, bucket: _told(bucket.find(request, Key))
        )

    def put_object(
        self, *, Bucket: str, Key: str, Body: Data = b"", IfNoneMatch: str | None = None
    ) -> Answer:
        data = _bytes(Body)

        def work(request: Request, bucket: Bucket_) -> Answer:
            if IfNoneMatch == "*" and Key in bucket.objects:
                message = "At least one of the pre-conditions you specified did not hold"
                raise refusal(request, "PreconditionFailed", message, 412)
            return {"ETag": bucket.put(Key, data, self._clock()).etag}

        return self._carry_out("put_object", Bucket, work)

    def get_object(self, *, Bucket: str, Key: str, Range: str | None = None) -> Answer:
        def work(request: Request, bucket: Bucket_) -> Answer:
            found = bucket.find(request, Key)
            answer, data = _told(found), found.data
            if Range is not None:
                data, answer["ContentRange"] = ranged(request, data, Range)
                answer["ContentLength"] = len(data)
            return {**answer, "Body": StreamingBody(io.BytesIO(data), len(data))}

        return self._carry_out("get_object", Bucket, work)

    def delete_object(self, *, Bucket: str, Key: str) -> Answer:
        def work(_request: Request, bucket: Bucket_) -> Answer:
            bucket.objects.pop(Key, None)
            return {}

        return self._carry_out("delete_object", Bucket, work)

    def delete_objects(self, *, Bucket: str, Delete: Mapping[str, Any]) -> Answer:
        keys = [entry["Key"] for entry in Delete["Objects"]]

        def work(request: Request, bucket: Bucket_) -> Answer:
            if not 1 <= len(keys) <= 1000:
                raise refusal(request, "MalformedXML", "The XML you provided was not well-formed")
            for key in keys:
                bucket.objects.pop(key, None)
            return {"Deleted": [{"Key": key} for key in keys]}

        return self._carry_out("delete_objects", Bucket, work)

    def list_objects_v2(
        self,
        *,
        Bucket: str,
        Prefix: str = "",
        MaxKeys: int = 1000,
        StartAfter: str = "",
        ContinuationToken: str = "",
    ) -> Answer:
        def work(_request: Request, bucket: Bucket_) -> Answer:
            after = ContinuationToken or StartAfter
            keys = sorted(key for key in bucket.objects if key.startswith(Prefix) and key > after)
            taken = keys[:MaxKeys]
            listed = [
                {"Key": key, "Size": len(bucket.objects[key].data), "ETag": bucket.objects[key].etag}
                for key in taken
            ]
            answer: Answer = {"KeyCount": len(taken), "IsTruncated": len(keys) > len(taken)}
            if listed:
                answer["Contents"] = listed
            return {**answer, "NextContinuationToken": taken[-1]} if answer["IsTruncated"] else answer

        return self._carry_out("list_objects_v2", Bucket, work)

    def copy_object(self, *, Bucket: str, Key: str, CopySource: str | Mapping[str, str]) -> Answer:
        def work(request: Request, bucket: Bucket_) -> Answer:
            made = bucket.put(Key, self._source(request, CopySource).data, self._clock())
            return {"CopyObjectResult": {"ETag": made.etag}}

        return self._carry_out("copy_object", Bucket, work)

    def copy(self, CopySource: Mapping[str, str], Bucket: str, Key: str, *, Config: object = None) -> None:
        """Copy as boto3's managed copy does: looks first, then asks S3 to copy.

        Really it copies large files in parts; that looks the same from outside.
        """
        self.head_object(Bucket=CopySource["Bucket"], Key=CopySource["Key"])
        self.copy_object(Bucket=Bucket, Key=Key, CopySource=CopySource)

    def upload_fileobj(self, Fileobj: IO[bytes], Bucket: str, Key: str, *, Config: object = None) -> None:
        """Upload as boto3's managed upload does: in one request, or in parts where it is large."""
        first = Fileobj.read(MANAGED_BYTES)
        if len(first) < MANAGED_BYTES:
            self.put_object(Bucket=Bucket, Key=Key, Body=first)
            return
        upload = {"Bucket": Bucket, "Key": Key}
        upload["UploadId"] = self.create_multipart_upload(Bucket=Bucket, Key=Key)["UploadId"]
        parts: list[Answer] = []
        try:
            pieces = itertools.chain([first], iter(lambda: Fileobj.read(MANAGED_BYTES), b""))
            for number, piece in enumerate(pieces, start=1):
                made = self.upload_part(**upload, PartNumber=number, Body=piece)
                parts.append({"PartNumber": number, "ETag": made["ETag"]})
            self.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        except Exception:
            self.abort_multipart_upload(**upload)
            raise

    def create_multipart_upload(self, *, Bucket: str, Key: str) -> Answer:
        def work(_request: Request, bucket: Bucket_) -> Answer:
            made = f"upload-{next(self._uploads)}"
            bucket.uploads[made] = Upload(Key)
            return {"Bucket": Bucket, "Key": Key, "UploadId": made}

        return self._carry_out("create_multipart_upload", Bucket, work)

    def upload_part(self, *, Bucket: str, Key: str, UploadId: str, PartNumber: int, Body: Data) -> Answer:
        data = _bytes(Body)

        def work(request: Request, bucket: Bucket_) -> Answer:
            part = made_object(data, self._clock())
            bucket.upload(request, UploadId).parts[PartNumber] = part
            return {"ETag": part.etag}

        return self._carry_out("upload_part", Bucket, work)

    def upload_part_copy(
        self,
        *,
        Bucket: str,
        Key: str,
        UploadId: str,
        PartNumber: int,
        CopySource: str | Mapping[str, str],
        CopySourceRange: str | None = None,
    ) -> Answer:
        def work(request: Request, bucket: Bucket_) -> Answer:
            data = self._source(request, CopySource).data
            if CopySourceRange is not None:
                data, _ = ranged(request, data, CopySourceRange)
            part = made_object(data, self._clock())
            bucket.upload(request, UploadId).parts[PartNumber] = part
            return {"CopyPartResult": {"ETag": part.etag}}

        return self._carry_out("upload_part_copy", Bucket, work)

    def complete_multipart_upload(
        self, *, Bucket: str, Key: str, UploadId: str, MultipartUpload: Mapping[str, Sequence[Any]]
    ) -> Answer:
        named = [(part["PartNumber"], part["ETag"]) for part in MultipartUpload.get("Parts", [])]

        def work(request: Request, bucket: Bucket_) -> Answer:
            if not named:
                raise refusal(request, "MalformedXML", "The XML you provided was not well-formed")
            made = bucket.complete(request, UploadId, named, self._clock())
            return {"Bucket": Bucket, "Key": Key, "ETag": made.etag}

        return self._carry_out("complete_multipart_upload", Bucket, work)

    def abort_multipart_upload(self, *, Bucket: str, Key: str, UploadId: str) -> Answer:
        def work(request: Request, bucket: Bucket_) -> Answer:
            bucket.upload(request, UploadId)
            del bucket.uploads[UploadId]
            return {}

        return self._carry_out("abort_multipart_upload", Bucket, work)

    def generate_presigned_url(
        self, ClientMethod: str, *, Params: Mapping[str, str], ExpiresIn: int = 3600
    ) -> str:
        """Return an address of the right shape; nobody answers there. Signing is no request."""
        place = f"https://{Params['Bucket']}.s3.amazonaws.com/{quote(Params['Key'])}"
        return f"{place}?X-Amz-Expires={ExpiresIn}&X-Amz-Signature={ClientMethod}"

    def _source(self, request: Request, source: str | Mapping[str, str]) -> Object:
        if isinstance(source, str):
            name, _, key = source.lstrip("/").partition("/")
        else:
            name, key = source["Bucket"], source["Key"]
        return self._bucket(request, name).find(request, key)

    def _carry_out(self, operation: str, bucket: str, work: Callable[[Request, Bucket_], Answer]) -> Answer:
        request = Request("s3", operation)
        return self._gate.carry_out(request, lambda: work(request, self._bucket(request, bucket)))

    def _bucket(self, request: Request, name: str) -> Bucket:
        if name not in self.buckets:
            if request.operation.startswith("head_"):
                raise refusal(request, "404", "Not Found", MISSING)
            raise refusal(request, "NoSuchBucket", "The specified bucket does not exist", MISSING)
        return self.buckets[name]


Bucket_ = Bucket
"""Inside the methods ``Bucket`` is the parameter that boto3 calls so."""


def _told(found: Object) -> Answer:
    return {
        "ContentLength": len(found.data),
        "ETag": found.etag,
        "LastModified": datetime.fromtimestamp(found.at / 1000, UTC).replace(microsecond=0),
    }


def _bytes(body: Data) -> bytes:
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, bytes | bytearray) else body.read()
