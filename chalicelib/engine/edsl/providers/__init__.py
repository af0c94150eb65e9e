"""How edsl's models reach their providers: each provider's own client, given the operator's key and address.

A module a client. ``prepare`` imports all that its calls will need, before any child is forked; ``install``
has the client go where the operator's table says, in the one process that holds keys; ``connect`` does what
is to be done model by model. None of them tries a call again: when that is done, the worker says, for all
workers together (``engine/gate.py``).
"""
