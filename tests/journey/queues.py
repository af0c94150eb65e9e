"""What lies in the queues of a stack."""

from tests.journey.stack import LocalStack


def queue_url(stack: LocalStack, queue: str) -> str:
    return str(stack.aws("sqs").get_queue_url(QueueName=f"perch-local-{queue}")["QueueUrl"])


def handed_over(stack: LocalStack, queue: str) -> bool:
    """Tell whether somebody was handed a message of a queue, and has not finished with it."""
    return _how_many(stack, queue, ["NotVisible"]) > 0


def at_rest(stack: LocalStack, queue: str) -> bool:
    """Tell whether a queue holds nothing: neither waiting, nor in hand, nor sent for later."""
    return _how_many(stack, queue, ["", "NotVisible", "Delayed"]) == 0


def _how_many(stack: LocalStack, queue: str, kinds: list[str]) -> int:
    names = [f"ApproximateNumberOfMessages{kind}" for kind in kinds]
    asked = stack.aws("sqs").get_queue_attributes(QueueUrl=queue_url(stack, queue), AttributeNames=names)
    return sum(int(asked["Attributes"][name]) for name in names)
