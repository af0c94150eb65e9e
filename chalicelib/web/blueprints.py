"""All pages there are."""

from chalicelib.web.http import Routes
from chalicelib.web.pages import error_report, sign_in, static

BLUEPRINTS: tuple[Routes, ...] = (sign_in.routes, static.routes, error_report.routes)
