"""Plugins that are not installed, and seem to be."""

from __future__ import annotations

import importlib.metadata
import types
from pathlib import Path

from ccflow.plugin import hookimpl
from ccflow.plugin import registry


class Distribution(importlib.metadata.Distribution):
    """A distribution that is not installed."""

    def __init__(self, name):
        self._name = name

    def read_text(self, filename):
        if filename == "METADATA":
            return f"Metadata-Version: 2.1\nName: {self._name}\nVersion: 1.2\n"
        return None

    def locate_file(self, path):
        return Path(path)


def offering(*things, hook="ccflow_providers", kind=hookimpl):
    """Make a module whose hook offers some things."""

    def implementation():
        return list(things)

    implementation.__name__ = hook
    module = types.ModuleType("a_plugin")
    setattr(module, hook, kind(implementation))
    return module


class Installed:
    """
    The plugins that are installed, as far as ccflow can see; nothing is remembered.

    Args:
        monkeypatch: Of the test.
    """

    def __init__(self, monkeypatch):
        self.points = []
        self.loaded = []
        point = importlib.metadata.EntryPoint

        def load(point):
            return self._load(point)

        monkeypatch.setattr(importlib.metadata, "entry_points", self.entry_points)
        monkeypatch.setattr(point, "load", load)
        for kind in ("PROVIDERS", "SECRET_READERS", "TOKEN_STORES"):
            monkeypatch.setattr(getattr(registry, kind), "_loaded", {})

    def add(self, name, module, *, dist="ccflow-acme", group="ccflow.providers"):
        """Install a module, or what happens when it is imported."""
        value = f"{dist.replace('-', '_')}_{len(self.points)}"
        point = importlib.metadata.EntryPoint(name, value, group)
        vars(point).update(dist=Distribution(dist))
        self.points.append((point, module))

    def add_store(self, factory, *, dist="ccflow-acme"):
        """Install a plugin with one kind of store."""
        module = offering(factory, hook="ccflow_token_stores")
        self.add(factory.name, module, dist=dist, group="ccflow.token_stores")

    def entry_points(self, *, group):
        return [point for point, _ in self.points if point.group == group]

    def _load(self, point):
        self.loaded.append(point.name)
        module = next(
            module for other, module in self.points if other.value == point.value
        )
        return module() if isinstance(module, types.FunctionType) else module
