"""AWS as far as Perch uses it, in memory, a thousand times faster than moto, and able to fail.

``FakeAws`` stands behind ``chalicelib.storage.aws.clients``; ``tests/contract/aws`` asks it and
moto the same. Its time is the test's; its tables, queues and buckets are those of ``infra/resources.yaml``.
"""
