"""Queues: their dead letters, how long they hide a message, who may send in the clear."""

from tests.unit.infra.deploy.template.conftest import OfType, Template

TWO_WEEKS = 14 * 24 * 3600
ALERTS_SECONDS = 24 * 3600
"""The sweeper wakes an alert for a day, whatever became of its message."""
QUEUES = {"JobsQueue", "InterviewsQueue", "FinalizeQueue", "ContentQueue", "AlertsQueue"}


def dead_letters_of(queue: str) -> str:
    return queue.removesuffix("Queue") + "DeadLetters"


def test_every_queue_has_dead_letters_of_its_own_after_ten_tries(of_type: OfType) -> None:
    queues = of_type("AWS::SQS::Queue")
    assert queues.keys() == QUEUES | {dead_letters_of(queue) for queue in QUEUES}
    for name in QUEUES:
        target = {"Fn::GetAtt": [dead_letters_of(name), "Arn"]}
        assert queues[name]["RedrivePolicy"] == {"deadLetterTargetArn": target, "maxReceiveCount": 10}


def test_dead_letters_wait_until_somebody_comes(of_type: OfType) -> None:
    queues = of_type("AWS::SQS::Queue")
    for name in QUEUES - {"AlertsQueue"}:
        assert queues[dead_letters_of(name)]["MessageRetentionPeriod"] == TWO_WEEKS
        assert "RedrivePolicy" not in queues[dead_letters_of(name)]
    assert queues["AlertsDeadLetters"]["MessageRetentionPeriod"] == ALERTS_SECONDS


def test_every_queue_is_encrypted_and_takes_nothing_in_the_clear(of_type: OfType) -> None:
    queues = of_type("AWS::SQS::Queue")
    assert all(queue["SqsManagedSseEnabled"] is True for queue in queues.values())
    (policy,) = of_type("AWS::SQS::QueuePolicy").values()
    assert {each["Ref"] for each in policy["Queues"]} == queues.keys()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": False}}


def test_queues_that_are_read_hide_messages_six_times_as_long_as_their_function_may_take(
    template: Template, of_type: OfType
) -> None:
    queues, functions = of_type("AWS::SQS::Queue"), of_type("AWS::Lambda::Function")
    read = {}
    for source in of_type("AWS::Lambda::EventSourceMapping").values():
        queue = source["EventSourceArn"]["Fn::Sub"].removeprefix("${").removesuffix(".Arn}")
        read[queue] = functions[source["FunctionName"]["Ref"]]["Timeout"]
    assert read.keys() == queues.keys() - {"AlertsDeadLetters"}
    for name, seconds in read.items():
        assert queues[name]["VisibilityTimeout"] >= 6 * seconds, name
