"""E-mail, sent with SES."""

from __future__ import annotations

from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.alerts.alert import UndeliveredError
from chalicelib.storage.aws.clients import sesv2

NOT_OFFERED = "this Perch sends no e-mail; its operator may choose a sender"


@dataclass(frozen=True)
class EmailSender:
    """Sends from the address that the operator has chosen; empty: sends none."""

    sender: str

    def send(self, to: str, subject: str, text: str) -> None:
        """Send a plain message to one address.

        Raises UndeliveredError.
        """
        if not self.sender:
            raise UndeliveredError(NOT_OFFERED, final=True)
        try:
            sesv2().send_email(
                FromEmailAddress=self.sender,
                Destination={"ToAddresses": [to]},
                Content={
                    "Simple": {
                        "Subject": {"Data": subject, "Charset": "UTF-8"},
                        "Body": {"Text": {"Data": text, "Charset": "UTF-8"}},
                    }
                },
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            raise UndeliveredError(f"the e-mail service refused it ({code})") from error
        except BotoCoreError as error:
            raise UndeliveredError("the e-mail service did not answer") from error
