"""What Perch expects of S3."""

import io
from typing import Any, cast

import pytest
from boto3.s3.transfer import TransferConfig

from chalicelib.storage.aws import clients
from chalicelib.storage.aws.files import FileStore
from tests.contract.aws.cloud import (
    Cloud,
    cloud,
    refused,
)

__all__ = ["cloud"]


MEBIBYTE = 1024 * 1024
IN_TURN = TransferConfig(use_threads=False)


def read(cloud: Cloud, name: str, **options: Any) -> bytes:
    return clients.s3().get_object(Bucket=cloud.bucket, Key=name, **options)["Body"].read()


class TestFiles:
    def test_what_is_put_is_there(self, cloud: Cloud) -> None:
        s3 = clients.s3()
        s3.put_object(Bucket=cloud.bucket, Key="a/b", Body=b"old")
        etag = s3.put_object(Bucket=cloud.bucket, Key="a/b", Body=b"0123456789")["ETag"]
        head = s3.head_object(Bucket=cloud.bucket, Key="a/b")
        assert (head["ContentLength"], head["ETag"]) == (10, etag)
        body = s3.get_object(Bucket=cloud.bucket, Key="a/b")["Body"]
        with body:
            assert list(body.iter_chunks(4)) == [b"0123", b"4567", b"89"]

    @pytest.mark.parametrize(
        ("wanted", "part"),
        [("bytes=2-4", b"234"), ("bytes=7-", b"789"), ("bytes=-2", b"89"), ("bytes=8-99", b"89")],
    )
    def test_a_range_is_read(self, cloud: Cloud, wanted: str, part: bytes) -> None:
        clients.s3().put_object(Bucket=cloud.bucket, Key="a", Body=b"0123456789")
        answer = clients.s3().get_object(Bucket=cloud.bucket, Key="a", Range=wanted)
        assert (answer["Body"].read(), answer["ContentLength"]) == (part, len(part))
        assert answer["ContentRange"].endswith("/10")

    def test_a_range_beyond_the_end_is_refused(self, cloud: Cloud) -> None:
        clients.s3().put_object(Bucket=cloud.bucket, Key="a", Body=b"0123456789")
        with refused("InvalidRange"):
            read(cloud, "a", Range="bytes=10-")

    def test_what_is_missing_has_the_known_codes(self, cloud: Cloud) -> None:
        s3 = clients.s3()
        with refused("NoSuchKey"):
            s3.get_object(Bucket=cloud.bucket, Key="a")
        with refused("404"):
            s3.head_object(Bucket=cloud.bucket, Key="a")
        with refused("404"):
            s3.head_bucket(Bucket="nowhere")
        with refused("NoSuchBucket"):
            s3.get_object(Bucket="nowhere", Key="a")
        with refused("NoSuchKey"):
            s3.copy_object(Bucket=cloud.bucket, Key="b", CopySource={"Bucket": cloud.bucket, "Key": "a"})
        with refused("404"):
            s3.copy({"Bucket": cloud.bucket, "Key": "a"}, cloud.bucket, "b")
        s3.head_bucket(Bucket=cloud.bucket)

    def test_a_copy_is_its_own(self, cloud: Cloud) -> None:
        s3 = clients.s3()
        s3.put_object(Bucket=cloud.bucket, Key="a", Body=b"first")
        s3.copy_object(Bucket=cloud.bucket, Key="b", CopySource={"Bucket": cloud.bucket, "Key": "a"})
        s3.copy({"Bucket": cloud.bucket, "Key": "a"}, cloud.bucket, "c")
        s3.put_object(Bucket=cloud.bucket, Key="a", Body=b"second")
        assert (read(cloud, "b"), read(cloud, "c")) == (b"first", b"first")

    def test_deleting_and_listing(self, cloud: Cloud) -> None:
        s3 = clients.s3()
        for name in ("x/1", "x/2", "x/3", "y"):
            s3.put_object(Bucket=cloud.bucket, Key=name, Body=b"12")
        first = s3.list_objects_v2(Bucket=cloud.bucket, Prefix="x/", MaxKeys=2)
        assert [(entry["Key"], entry["Size"]) for entry in first["Contents"]] == [("x/1", 2), ("x/2", 2)]
        rest = s3.list_objects_v2(
            Bucket=cloud.bucket, Prefix="x/", ContinuationToken=first["NextContinuationToken"]
        )
        assert ([entry["Key"] for entry in rest["Contents"]], rest["IsTruncated"]) == (["x/3"], False)
        s3.delete_object(Bucket=cloud.bucket, Key="x/1")
        s3.delete_object(Bucket=cloud.bucket, Key="x/1")
        s3.delete_objects(Bucket=cloud.bucket, Delete={"Objects": [{"Key": "x/2"}, {"Key": "x/3"}]})
        assert "Contents" not in s3.list_objects_v2(Bucket=cloud.bucket, Prefix="x/")

    def test_a_listing_goes_on_behind_a_name_also_one_that_is_gone(self, cloud: Cloud) -> None:
        s3 = clients.s3()
        for name in ("x/1", "x/2", "x/3"):
            s3.put_object(Bucket=cloud.bucket, Key=name, Body=b"12")
        quiet: Any = {"Objects": [{"Key": "x/2"}, {"Key": "x/none"}], "Quiet": True}
        assert not s3.delete_objects(Bucket=cloud.bucket, Delete=quiet).get("Errors")
        rest = s3.list_objects_v2(Bucket=cloud.bucket, Prefix="x/", StartAfter="x/2")
        assert ([entry["Key"] for entry in rest["Contents"]], rest["IsTruncated"]) == (["x/3"], False)

    def test_all_that_begins_so_is_listed_and_deleted_however_many(self, cloud: Cloud) -> None:
        files = FileStore(cloud.bucket)
        names = [f"x/{number:04}" for number in range(1100)]
        for name in (*names, "y"):
            files.write(name, b"")
        assert list(files.under("x/")) == names
        files.delete_under("x/")
        files.delete_under("x/")
        assert list(files.under("")) == ["y"]

    def test_a_file_in_parts_is_there_when_complete(self, cloud: Cloud) -> None:
        s3 = clients.s3()
        where: Any = {"Bucket": cloud.bucket, "Key": "large"}
        s3.put_object(Bucket=cloud.bucket, Key="source", Body=b"s" * 6 * MEBIBYTE)
        upload: Any = {**where, "UploadId": s3.create_multipart_upload(**where)["UploadId"]}
        first = s3.upload_part(**upload, PartNumber=1, Body=b"a" * 5 * MEBIBYTE)["ETag"]
        source: Any = {"Bucket": cloud.bucket, "Key": "source"}
        copied = s3.upload_part_copy(
            **upload, PartNumber=2, CopySource=source, CopySourceRange=f"bytes=0-{5 * MEBIBYTE - 1}"
        )["CopyPartResult"]["ETag"]
        last = s3.upload_part(**upload, PartNumber=3, Body=b"b")["ETag"]
        with refused("NoSuchKey"):
            read(cloud, "large")
        parts: Any = [
            {"PartNumber": n, "ETag": etag} for n, etag in enumerate((first, copied, last), start=1)
        ]
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        assert read(cloud, "large") == b"a" * 5 * MEBIBYTE + b"s" * 5 * MEBIBYTE + b"b"

    def test_small_parts_are_refused(self, cloud: Cloud) -> None:
        s3 = clients.s3()
        where: Any = {"Bucket": cloud.bucket, "Key": "large"}
        upload: Any = {**where, "UploadId": s3.create_multipart_upload(**where)["UploadId"]}
        etags = [s3.upload_part(**upload, PartNumber=n, Body=b"small")["ETag"] for n in (1, 2)]
        parts: Any = [{"PartNumber": n, "ETag": etag} for n, etag in enumerate(etags, start=1)]
        with refused("EntityTooSmall"):
            s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        s3.abort_multipart_upload(**upload)
        with refused("404"):
            s3.head_object(**where)

    @pytest.mark.parametrize("size", [0, 5, 8 * MEBIBYTE, 17 * MEBIBYTE + 1])
    def test_a_stream_is_uploaded_whatever_its_length(self, cloud: Cloud, size: int) -> None:
        data = bytes(size)
        clients.s3().upload_fileobj(io.BytesIO(data), cloud.bucket, "stream")
        assert read(cloud, "stream") == data

    def test_a_stream_that_breaks_off_leaves_no_file(self, cloud: Cloud) -> None:
        class Breaking(io.RawIOBase):
            pieces = iter([bytes(8 * MEBIBYTE), bytes(8 * MEBIBYTE)])

            def readable(self) -> bool:
                return True

            def read(self, _size: int = -1, /) -> bytes:
                try:
                    return next(self.pieces)
                except StopIteration:
                    raise ValueError("The source broke off.") from None

        with pytest.raises(ValueError, match="broke off"):
            clients.s3().upload_fileobj(cast(Any, Breaking()), cloud.bucket, "stream", Config=IN_TURN)
        with refused("404"):
            clients.s3().head_object(Bucket=cloud.bucket, Key="stream")

    def test_addresses_are_signed_without_a_request(self, cloud: Cloud) -> None:
        address = clients.s3().generate_presigned_url(
            "get_object", Params={"Bucket": cloud.bucket, "Key": "a/b.json"}, ExpiresIn=60
        )
        assert "/a/b.json?" in address
        assert "Signature=" in address
