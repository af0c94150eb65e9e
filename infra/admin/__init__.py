"""The operator's command, for a deployed stage and the local stack: ``python -m infra.admin --help``."""
