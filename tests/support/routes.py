"""Which routes there are, from the app itself."""

from app import app


def routes_of(package: str) -> list[tuple[str, str]]:
    """Return method and path of every route whose view is in a package."""
    return sorted(
        (method, path)
        for path, methods in app.routes.items()
        for method, entry in methods.items()
        if entry.view_function.__module__.startswith(f"{package}.")
    )
