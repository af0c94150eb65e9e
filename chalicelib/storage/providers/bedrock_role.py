"""The role that Bedrock is asked as where the operator's table has no key: credentials for less than an hour.

A function's own role may not ask Bedrock, and is never handed to anybody.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from chalicelib.domain.errors import RoleRefusedError
from chalicelib.domain.providers.service import Credentials
from chalicelib.storage.aws.clients import is_passing, sts

SECONDS = 3600
"""AWS gives no longer to a role that assumes another one."""
LEAST_LEFT = 20 * 60_000
"""Milliseconds for which credentials must be good when a slice begins: it takes a quarter of an hour."""
LONGEST_SESSION_NAME = 64
NO_ROLE = (
    "Bedrock cannot be asked: this Perch has neither an API key nor a role for it. Tell whoever runs it: "
    "the row 'bedrock' of the services' secret needs a key, or PERCH_BEDROCK_ROLE the ARN of a role."
)
REFUSED = (
    "Bedrock cannot be asked: Perch may not assume the role that is kept for it ({}). Tell whoever runs it."
)


@dataclass
class BedrockRole:
    """A role by its ARN, empty for none; ``session`` is what AWS's log calls it. Threads may share it."""

    arn: str
    session: str
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _held: Credentials | None = field(default=None, repr=False)
    _good_until: int = 0

    def credentials(self, *, now: int) -> Credentials:
        """Return credentials that outlast a slice which begins ``now``, in milliseconds since 1970.

        Raises RoleRefusedError; a passing trouble of AWS's is raised as it is, and whoever asks tries again.
        """
        if not self.arn:
            raise RoleRefusedError(NO_ROLE)
        with self._lock:
            if self._held is None or self._good_until - now < LEAST_LEFT:
                self._held, self._good_until = self._assumed()
            return self._held

    def _assumed(self) -> tuple[Credentials, int]:
        name = self.session[:LONGEST_SESSION_NAME]
        try:
            answer = sts().assume_role(RoleArn=self.arn, RoleSessionName=name, DurationSeconds=SECONDS)
        except ParamValidationError as error:
            raise RoleRefusedError(REFUSED.format("its name is no ARN")) from error
        except ClientError as error:
            if is_passing(error):
                raise
            raise RoleRefusedError(REFUSED.format(error.response["Error"]["Code"])) from error
        return _credentials(answer), round(answer["Credentials"]["Expiration"].timestamp() * 1000)


def _credentials(answer: Mapping[str, Any]) -> Credentials:
    given = answer["Credentials"]
    return Credentials(
        access_key=given["AccessKeyId"],
        secret_key=given["SecretAccessKey"],
        session_token=given["SessionToken"],
        account=answer["AssumedRoleUser"]["Arn"].split(":")[4],
    )
