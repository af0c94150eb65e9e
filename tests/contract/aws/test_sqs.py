"""What Perch expects of SQS."""

import json
from typing import Any

from chalicelib.storage.aws import clients
from chalicelib.storage.aws.queues import Depth, Queue
from tests.contract.aws.cloud import Cloud, attributes, cloud, receive, refused, send

__all__ = ["cloud"]


class TestQueues:
    def test_a_received_message_is_hidden_until_its_visibility_ends(self, cloud: Cloud) -> None:
        assert [entry["Id"] for entry in send(cloud, "a", "b")["Successful"]] == ["0", "1"]
        assert sorted(message["Body"] for message in receive(cloud)) == ["a", "b"]
        assert receive(cloud) == []
        cloud.pass_time(int(attributes(cloud.queue)["VisibilityTimeout"]) + 1)
        again = receive(cloud)
        assert [message["Attributes"]["ApproximateReceiveCount"] for message in again] == ["2", "2"]

    def test_a_message_tells_whose_it_is(self, cloud: Cloud) -> None:
        send(cloud, "a", MessageGroupId="ada")
        send(cloud, "b")
        found = clients.sqs().receive_message(
            QueueUrl=cloud.queue, MaxNumberOfMessages=10, AttributeNames=["All"]
        )["Messages"]
        groups = {message["Body"]: message["Attributes"].get("MessageGroupId") for message in found}
        assert groups == {"a": "ada", "b": None}

    def test_a_deleted_message_never_comes_again(self, cloud: Cloud) -> None:
        send(cloud, "a", "b", "c")
        one, *others = receive(cloud)
        clients.sqs().delete_message(QueueUrl=cloud.queue, ReceiptHandle=one["ReceiptHandle"])
        entries: Any = [{"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"]} for m in others]
        answer = clients.sqs().delete_message_batch(QueueUrl=cloud.queue, Entries=entries)
        assert (len(answer["Successful"]), answer.get("Failed", [])) == (2, [])
        cloud.pass_time(100_000)
        assert receive(cloud) == []

    def test_visibility_can_be_chosen_and_changed(self, cloud: Cloud) -> None:
        send(cloud, "a")
        (message,) = receive(cloud, VisibilityTimeout=10)
        handle: Any = {"QueueUrl": cloud.queue, "ReceiptHandle": message["ReceiptHandle"]}
        clients.sqs().change_message_visibility(**handle, VisibilityTimeout=30)
        cloud.pass_time(20)
        assert receive(cloud) == []
        cloud.pass_time(11)
        (message,) = receive(cloud, VisibilityTimeout=10)
        handle["ReceiptHandle"] = message["ReceiptHandle"]
        clients.sqs().change_message_visibility(**handle, VisibilityTimeout=0)
        cloud.pass_time(0.01)
        assert len(receive(cloud)) == 1

    def test_what_is_only_looked_at_stays_and_can_be_deleted(self, cloud: Cloud) -> None:
        queue = Queue(cloud.queue)
        queue.send([{"number": number} for number in range(3)])
        assert len(queue.look()) == 3
        cloud.pass_time(0.01)
        found = queue.look(hidden_seconds=30)
        assert {json.loads(letter.body)["number"] for letter in found} == {0, 1, 2}
        assert all(letter.sent_at > 1_700_000_000_000 for letter in found)
        assert queue.look() == []
        assert queue.depth() == Depth(waiting=0, at_work=3, later=0)
        first, second, third = found
        queue.remove(first.receipt)
        queue.hold(second.receipt, 0)
        cloud.pass_time(0.01)
        assert [letter.message_id for letter in queue.look()] == [second.message_id]
        cloud.pass_time(31)
        assert {letter.message_id for letter in queue.look()} == {second.message_id, third.message_id}
        assert queue.depth().all == 2

    def test_an_unknown_receipt_holds_nothing(self, cloud: Cloud) -> None:
        with refused("ReceiptHandleIsInvalid"):
            clients.sqs().change_message_visibility(
                QueueUrl=cloud.queue, ReceiptHandle="none", VisibilityTimeout=10
            )

    def test_a_delayed_message_comes_later(self, cloud: Cloud) -> None:
        send(cloud, "late", DelaySeconds=60)
        assert receive(cloud) == []
        assert attributes(cloud.queue)["ApproximateNumberOfMessagesDelayed"] == "1"
        cloud.pass_time(61)
        assert [message["Body"] for message in receive(cloud)] == ["late"]

    def test_received_too_often_it_becomes_a_dead_letter(self, cloud: Cloud) -> None:
        policy = json.loads(attributes(cloud.queue)["RedrivePolicy"])
        send(cloud, "a")
        for _ in range(int(policy["maxReceiveCount"])):
            assert len(receive(cloud, VisibilityTimeout=1)) == 1
            cloud.pass_time(2)
        assert receive(cloud) == []
        letters = cloud.names["PERCH_INTERVIEWS_DEAD_LETTERS"]
        assert attributes(letters)["QueueArn"] == policy["deadLetterTargetArn"]
        assert [message["Body"] for message in receive(cloud, queue=letters)] == ["a"]
        cloud.pass_time(100_000)
        assert receive(cloud) == []

    def test_batches_have_one_to_ten_messages_of_different_ids(self, cloud: Cloud) -> None:
        with refused("AWS.SimpleQueueService.TooManyEntriesInBatchRequest"):
            send(cloud, *"abcdefghijk")
        with refused("AWS.SimpleQueueService.EmptyBatchRequest"):
            send(cloud)
        with refused("AWS.SimpleQueueService.BatchEntryIdsNotDistinct"):
            clients.sqs().send_message_batch(
                QueueUrl=cloud.queue, Entries=[{"Id": "0", "MessageBody": "a"}] * 2
            )
        assert receive(cloud) == []
        send(cloud, *"abcdefghij")
        assert len(receive(cloud)) == 10

    def test_attributes_count_what_waits_and_what_is_out(self, cloud: Cloud) -> None:
        send(cloud, "a", "b", "c")
        receive(cloud, 1)
        told = attributes(cloud.queue)
        assert told["ApproximateNumberOfMessages"] == "2"
        assert told["ApproximateNumberOfMessagesNotVisible"] == "1"
        name = told["QueueArn"].rpartition(":")[2]
        assert clients.sqs().get_queue_url(QueueName=name)["QueueUrl"] == cloud.queue
        only = clients.sqs().get_queue_attributes(QueueUrl=cloud.queue, AttributeNames=["QueueArn"])
        assert set(only["Attributes"]) == {"QueueArn"}

    def test_an_unknown_queue_is_told(self, cloud: Cloud) -> None:
        for ask in (
            lambda: clients.sqs().get_queue_url(QueueName="nowhere"),
            lambda: clients.sqs().receive_message(QueueUrl=cloud.queue + "-nowhere"),
        ):
            with refused("AWS.SimpleQueueService.NonExistentQueue"):
                ask()
