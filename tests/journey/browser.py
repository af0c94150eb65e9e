"""Somebody in a browser: pages and their forms, without what draws them."""

import html
import re

import requests

from tests.journey.client import WAIT_SECONDS


class Browser:
    """One browser, which keeps its cookies."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()

    def open(self, path: str) -> requests.Response:
        """Open a page, wherever it leads."""
        return self._session.get(f"{self._url}{path}", timeout=WAIT_SECONDS)

    def send(self, page: requests.Response, *, to: str = "", **typed: str) -> requests.Response:
        """Send a form in a page's main part, with what it holds and what is typed.

        It is the first one whose address ends so.
        """
        form = re.search(f'<main .*?action="([^"]*{to})".*?</form>', page.text, re.DOTALL)
        assert form, page.text
        held = re.findall('<input type="hidden" name="([^"]*)" value="([^"]*)">', form[0])
        fields = {name: html.unescape(value) for name, value in held} | typed
        origin = {"Origin": self._url}
        return self._session.post(f"{self._url}{form[1]}", fields, headers=origin, timeout=WAIT_SECONDS)

    def hand_over(self, token: str, key: str) -> requests.Response:
        """Open the address that a client prints, sign in with a key, and give the client a new one."""
        asked = self.send(self.open(f"/login?edsl_auth_token={token}"), key=key)
        assert "only if you started this yourself just now" in asked.text, asked.text
        return self.send(asked)
