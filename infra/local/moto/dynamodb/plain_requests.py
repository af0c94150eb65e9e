"""Requests to DynamoDB read as the JSON that they are: botocore's shapes try ten types for each value."""

# ruff: noqa: ANN401 - moto's methods, with the signatures they happen to have

import json
from collections.abc import Callable
from typing import Any

from moto.dynamodb.responses import DynamoHandler


def read_as_json(action: str, is_plain: Callable[[Any], bool]) -> None:
    """Have requests of an action read so in this process, if ``is_plain`` says that moto can take them."""
    original = DynamoHandler.parse_parameters

    def parse_parameters(self: Any, request: Any) -> None:
        if self._get_action() == action:
            said = json.loads(request.data)
            if is_plain(said):
                self.params = said
                return
        original(self, request)

    DynamoHandler.parse_parameters = parse_parameters
