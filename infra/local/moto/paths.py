"""Addresses of the local AWS that are its own and not moto's."""

# Answers without a signature that the process is alive. No bucket can have this name.
ALIVE = "/-/alive"
