"""The embedded language model: SmolLM2-135M-Instruct, which answers without a network or anybody's key.

``service`` is what the rest of the stack knows of it; ``front`` gives its servers one address; ``server`` is
one of them; ``weights`` writes its file anew while setting up.
"""
