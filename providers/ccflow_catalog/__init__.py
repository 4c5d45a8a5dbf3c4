"""
Providers as data, one ``NAME.toml`` for each, and a profile to start with beside it.

How to add one: providers/README.md, "An entry of the catalogue". Facts and their
sources: docs/providers/NAME.md.
"""
