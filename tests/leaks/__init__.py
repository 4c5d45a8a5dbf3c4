"""
Nothing leaks: every failure, by every method, for every caller.

`failures` says what goes wrong, `methods` who asks, `callers` how; `cells` pairs
them. A `Collector` takes all that leaves ccflow while it happens, and a `Grep` looks
for each secret in each form in which it may have gone.
"""
