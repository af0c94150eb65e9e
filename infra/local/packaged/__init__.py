"""The local stack with its functions from the built package: see ``docs/architecture.md``."""
