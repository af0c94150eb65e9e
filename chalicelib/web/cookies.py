"""What a browser keeps for Perch: who has signed in, and how pages look."""

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

SESSION = "perch_session"
THEME = "perch_theme"
THEMES = ("light", "dark")
THEME_SECONDS = 365 * 24 * 60 * 60
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


def kept(headers: Mapping[str, str], name: str) -> str | None:
    """Return what a browser has kept under a cookie's name, if anything."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return None
    return found.value if found and found.value else None


def cookie(headers: Mapping[str, str], name: str, value: str, seconds: int) -> str:
    """Return what has a browser keep a value for so long, or forget it if it is empty."""
    age = seconds if value else 0
    host = urlsplit(f"//{headers.get('host', '')}").hostname
    secure = "" if host in LOCAL_HOSTS else "; Secure"
    return f"{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"
