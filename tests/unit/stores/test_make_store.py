"""Stores by their names."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ccflow.secret import Secret
from ccflow.store import StoreError
from ccflow.stores import make_store


URL = Secret("redis://u:s3cret@cache.example.com/0")


class TestMakeStore:
    """`make_store`."""

    def test_each_name_makes_its_store(self, tmp_path):
        """A name and its settings make a store, which prints where it is."""
        key = Secret("correct horse")

        assert make_store("memory") is None
        assert f"FileStore('{tmp_path}')" == repr(
            make_store("file", directory=tmp_path)
        )
        assert "RedisStore('redis://cache.example.com:6379')" == repr(
            make_store("redis", url=URL)
        )
        assert "EncryptedStore(RedisStore('redis://cache.example.com:6379'))" == repr(
            make_store("redis", url=URL, encryption_key=key)
        )

    @pytest.mark.parametrize(
        ("kind", "settings", "message"),
        [
            ("disk", {}, "expected memory, file or redis as the store, got 'disk'"),
            ("redis", {}, "the redis store needs its url"),
            ("redis", {"url": Secret("s3cret")}, "expected for example rediss://"),
            ("file", {"encryption_key": Secret("")}, "encryption key .* is empty"),
        ],
    )
    def test_what_cannot_be_made(self, kind, settings, message):
        """A store that lacks something says what."""
        with pytest.raises(StoreError, match=message):
            make_store(kind, **settings)

    def test_only_the_named_one_is_imported(self):
        """A store costs what it needs, when it is needed."""
        code = (
            "import sys, ccflow.stores as stores\n"
            "stores.make_store('memory')\n"
            "from ccflow.secret import Secret\n"
            "stores.make_store('file', directory='.')\n"
            "stores.make_store('redis', url=Secret('redis://localhost'))\n"
            "print({'redis', 'filelock', 'cryptography'} & set(sys.modules))"
        )

        run = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )

        assert "set()\n" == run.stdout
