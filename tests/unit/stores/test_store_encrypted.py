"""Records that only the holder of a key can read."""

from __future__ import annotations

import time
import traceback

import pytest

from ccflow.secret import Secret
from ccflow.store import Record
from ccflow.store import StoreError
from ccflow.stores.encrypted import EncryptedStore
from ccflow.stores.memory import MemoryStore
from ccflow.testing.store_ground import KEY
from ccflow.testing.store_ground import OTHER
from ccflow.testing.store_ground import value_of


# "t0ken" under KEY, sealed with "correct horse" and the nonce 00 01 02 ... 0b
SEALED = "01000102030405060708090a0b28710d45effb01e8ae439d821c2a17ce88743b0b8c"


def get_told(store, key=KEY):
    """Have a store tell of the first record that it cannot open."""
    with pytest.raises(StoreError, match="all who share .* same key") as caught:
        store.get(key)
    return caught.value


def record(value=b"t0ken"):
    return Record(value, time.time() + 600)


@pytest.fixture
def inner():
    return MemoryStore()


@pytest.fixture
def store(inner):
    return EncryptedStore(inner, Secret("correct horse"))


class TestEncryptedStore:
    """`EncryptedStore` over a store that one can look into."""

    def test_the_content_is_not_to_be_seen(self, store, inner):
        """What is kept has nothing of the content, and is other each time."""
        store.put(KEY, record(), None)
        first = inner.get(KEY).value
        store.put(KEY, record(), store.get(KEY))
        second = inner.get(KEY).value

        assert b"t0ken" not in first
        assert first[:13] != second[:13]
        assert first[13:] != second[13:]

    @pytest.mark.parametrize("key", ["correct horse", " correct horse\n"])
    def test_the_same_key_reads_it(self, store, inner, key):
        """Another process with the key reads it; space around the key is nothing."""
        store.put(KEY, record(), None)

        assert b"t0ken" == value_of(EncryptedStore(inner, Secret(key)).get(KEY))

    def test_the_form_stays(self, store, inner):
        """What this version wrote, the next ones read."""
        sealed = bytes.fromhex(SEALED)
        inner.put(KEY, record(sealed), None)

        assert b"t0ken" == value_of(store.get(KEY))

    def test_another_key_finds_nothing_and_replaces_it(self, store, inner):
        """After a change of keys the old record is in nobody's way."""
        store.put(KEY, record(), None)
        other = EncryptedStore(inner, Secret("battery staple"))
        get_told(other)

        assert other.get(KEY) is None
        assert other.put(KEY, record(b"new"), None)
        assert b"new" == value_of(other.get(KEY))
        get_told(store)
        assert store.get(KEY) is None
        assert store.put(KEY, None, None)
        assert inner.get(KEY) is None

    def test_another_key_is_told_once(self, store, inner):
        """Whoever has the wrong key hears of it, and works on as if nothing was."""
        store.put(KEY, record(), None)
        other = EncryptedStore(inner, Secret("battery staple"))

        error = get_told(other)

        assert error.reread_secrets
        assert "battery" not in str(error)
        assert other.get(KEY) is None
        store.put(OTHER, record(), None)
        assert other.get(OTHER) is None

    def test_a_record_that_was_never_encrypted_is_not_told(self, store, inner):
        """Who begins to encrypt finds such records, and nothing is wrong with that."""
        inner.put(KEY, record(b"{}"), None)

        assert store.get(KEY) is None
        store.put(OTHER, record(), None)
        get_told(EncryptedStore(inner, Secret("battery staple")), OTHER)

    def test_a_record_of_another_place_is_nothing(self, store, inner):
        """A record moved under another key does not decrypt."""
        store.put(KEY, record(), None)
        inner.put(OTHER, inner.get(KEY), None)

        get_told(store, OTHER)
        assert store.get(OTHER) is None

    def test_any_changed_bit_is_nothing(self, store, inner):
        """A record that somebody wrote in does not decrypt."""
        store.put(KEY, record(), None)
        sealed = inner.get(KEY).value
        store._told = True

        for at in range(len(sealed)):
            changed = bytearray(sealed)
            changed[at] ^= 1
            inner.put(KEY, record(bytes(changed)), inner.get(KEY))
            assert store.get(KEY) is None
            inner.put(KEY, record(sealed[:at]), inner.get(KEY))
            assert store.get(KEY) is None

    def test_what_others_wrote_is_nothing(self, store, inner):
        """A record that was never encrypted counts as none."""
        inner.put(KEY, record(b'{"access_token": "t0ken"}'), None)

        assert store.get(KEY) is None

    @pytest.mark.parametrize("key", ["", " \n"])
    def test_an_empty_key_is_refused(self, inner, key):
        """An unset variable is no key."""
        with pytest.raises(StoreError, match="is empty") as caught:
            EncryptedStore(inner, Secret(key))

        shown = traceback.TracebackException.from_exception(
            caught.value, capture_locals=True
        )
        assert "is empty" in "".join(shown.format())

    def test_the_key_is_not_shown(self, store):
        """A store prints what it is made of, without the key."""
        assert "EncryptedStore(MemoryStore())" == repr(store)
        assert "correct" not in str(vars(store))
