"""The one lock of the local DynamoDB: moto's transactions are not safe among threads."""

import threading

dynamodb_lock = threading.RLock()
