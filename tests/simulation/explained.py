"""What a function may fail with because AWS failed it, or because it died."""

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.services.running.record import RunContendedError
from chalicelib.storage.aws.queues import UnsentMessagesError
from chalicelib.storage.aws.tables import ItemsNotWrittenError
from chalicelib.storage.aws.transaction import LostRaceError
from tests.support.fakes.aws.faults import CrashError

EXPLAINED = (
    ClientError,
    BotoCoreError,
    UnsentMessagesError,
    ItemsNotWrittenError,
    LostRaceError,
    RunContendedError,
    CrashError,
)
"""Anything else is a mistake."""
