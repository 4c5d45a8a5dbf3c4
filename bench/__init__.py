"""
What ccflow costs, as ratios that one run measures: ``python -m bench``.

Ratios travel between machines, seconds do not. What is compared is interleaved, and
the median of many rounds counts, since other work on the machine comes and goes.
"""
