"""What a scanner finds is mended, or argued; an argument about nothing goes."""

from infra.deploy.checking.findings import Accepted, Finding, findings_in, read_exceptions, troubles

OPEN = Finding("CKV_1", "AWS::SQS::Queue.JobsQueue", "Is it closed")


def test_what_is_argued_is_no_trouble() -> None:
    assert list(troubles([OPEN], [Accepted("CKV_1", "AWS::SQS::Queue.*", "Meant so.")])) == []


def test_what_nobody_argued_is_told_with_its_resource() -> None:
    accepted = Accepted("CKV_1", "AWS::SQS::Queue.AlertsQueue", "Meant so.")
    told = list(troubles([OPEN], [accepted]))
    assert told == [
        "AWS::SQS::Queue.JobsQueue: Is it closed (CKV_1).",
        "exceptions.yaml: CKV_1 finds nothing at AWS::SQS::Queue.AlertsQueue any more; take it out.",
    ]


def test_a_report_is_read() -> None:
    failed = {"check_id": "CKV_1", "resource": "AWS::SQS::Queue.JobsQueue", "check_name": "Is it closed"}
    assert findings_in({"results": {"failed_checks": [failed]}}) == [OPEN]


def test_every_exception_has_a_reason() -> None:
    accepted = read_exceptions()
    assert len(accepted) > 10
    assert [each.check for each in accepted if not each.why.endswith(".") or len(each.why) < 40] == []
