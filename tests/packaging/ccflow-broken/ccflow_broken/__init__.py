"""Fails as old plugins do: with what it needs no longer there."""

raise RuntimeError("this plugin needs a ccflow of long ago")
