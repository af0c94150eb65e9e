"""The bench: what Perch costs in time, memory, requests and dollars, measured side by side.

``make bench`` runs it all, ``make bench SIZE=small`` what fits into three minutes.
"""
