"""
Feeds readers with bytes that nobody would write: ``python -m tests.fuzz``.

With atheris it is guided by the lines that are reached; without it, by the regions
that a target names.
"""
