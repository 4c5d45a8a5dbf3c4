"""Stores by their names."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ccflow.errors import ProviderError
from ccflow.secret import Secret
from ccflow.store import StoreError
from ccflow.stores import make_store
from ccflow.stores.file import FileStore


URL = Secret("redis://u:s3cret@cache.example.com/0")


class TestMakeStore:
    """`make_store`."""

    def test_each_name_makes_its_store(self, tmp_path):
        """A name and its settings make a store, which prints where it is."""
        directory = {"directory": str(tmp_path)}
        key = Secret("correct horse")

        assert make_store("memory") is None
        assert f"FileStore('{tmp_path}')" == repr(make_store("file", directory))
        assert "RedisStore('redis://cache.example.com:6379')" == repr(
            make_store("redis", {}, {"url": URL})
        )
        assert "EncryptedStore(RedisStore('redis://cache.example.com:6379'))" == repr(
            make_store("redis", {}, {"url": URL, "encryption_key": key})
        )

    def test_a_file_store_has_a_place_of_its_own(self):
        """Without a directory it is in the user's cache."""
        assert repr(FileStore()) == repr(make_store("file"))

    @pytest.mark.parametrize(
        ("kind", "secrets", "message"),
        [
            ("redis", {}, "expected for example rediss://"),
            ("redis", {"url": Secret("s3cret")}, "expected for example rediss://"),
            ("file", {"encryption_key": Secret(" ")}, "encryption key .* is empty"),
        ],
    )
    def test_what_cannot_be_made(self, kind, secrets, message):
        """A store that lacks something says what."""
        with pytest.raises(StoreError, match=message):
            make_store(kind, {}, secrets)

    def test_a_name_that_is_none(self):
        """A name that neither we nor a plugin have is told."""
        with pytest.raises(ProviderError, match="there is no store 'disk'"):
            make_store("disk")

    def test_only_the_named_one_is_imported(self):
        """A store costs what it needs, when it is needed."""
        code = (
            "import sys, ccflow.stores as stores\n"
            "stores.make_store('memory')\n"
            "from ccflow.secret import Secret\n"
            "stores.make_store('file', {'directory': '.'})\n"
            "stores.make_store('redis', {}, {'url': Secret('redis://localhost')})\n"
            "print({'redis', 'filelock', 'cryptography'} & set(sys.modules))"
        )

        run = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )

        assert "set()\n" == run.stdout
