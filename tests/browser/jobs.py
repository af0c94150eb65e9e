"""Jobs that are sent beside a browser, as clients send them."""

from typing import Any

from tests.journey.client import ByHand
from tests.support.jobs import job


class Sender(ByHand):
    """A client of an account's."""

    def send_job(self, description: str, *, agents: int = 2, **more: Any) -> str:
        """Send a job that asks the provider what no other job asks; return its id."""
        made = job(agents=agents, **more)
        made["survey"]["questions"][0]["question_text"] = f"{description}: how are you?"
        made["models"] = [{"model": "gpt-4o", "parameters": {}, "inference_service": "openai"}]
        return self.send(made, description=description)

    def run_job(self, description: str, **more: Any) -> str:
        """Send a job and wait until it has ended; return its id."""
        job_id = self.send_job(description, **more)
        self.ended(job_id)
        return job_id
