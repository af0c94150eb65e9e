"""The local stack: everything Perch needs, on one machine, with the production handlers.

moto holds what AWS would hold, the Chalice local server answers HTTP, and a small runtime
delivers queue messages to the handlers of ``app.py`` as Lambda does.
"""
