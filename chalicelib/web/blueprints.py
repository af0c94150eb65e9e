"""All pages there are."""

from chalicelib.web.http import Routes
from chalicelib.web.pages import error_report, hand_over, sign_in, static

BLUEPRINTS: tuple[Routes, ...] = (sign_in.routes, hand_over.routes, static.routes, error_report.routes)
