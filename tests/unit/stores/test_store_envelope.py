"""A record as bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccflow.store import Record
from ccflow.stores.envelope import pack
from ccflow.stores.envelope import unpack


values = st.binary(max_size=200)
times = st.floats(0, 1e12)


class TestEnvelope:
    """`pack` and `unpack`."""

    @given(key=st.text(st.characters(codec="utf-8")), value=values, expires_at=times)
    def test_what_is_packed_is_unpacked(self, key, value, expires_at):
        """Content and expiry come back to the last bit."""
        found = unpack(key, pack(key, Record(value, expires_at)))

        assert (value, expires_at) == (found.value, found.expires_at)

    @given(value=values, data=st.data())
    def test_a_part_is_nothing(self, value, data):
        """A record cut short anywhere, or with something after it, is none."""
        whole = pack("key", Record(value, 1.0))
        cut = data.draw(st.integers(0, len(whole) - 1))

        assert unpack("key", whole[:cut]) is None
        assert unpack("key", whole + b"\0") is None

    @given(value=values, data=st.data())
    def test_a_changed_bit_is_nothing(self, value, data):
        """A record with one bit changed anywhere is none."""
        content = bytearray(pack("key", Record(value, 1.0)))
        at = data.draw(st.integers(0, len(content) * 8 - 1))
        content[at // 8] ^= 1 << at % 8

        assert unpack("key", bytes(content)) is None

    @given(content=st.binary() | st.none() | st.text() | st.integers())
    def test_anything_else_is_nothing(self, content):
        """Bytes of others, or no bytes at all, are no record."""
        assert unpack("key", content) is None

    def test_another_key_is_nothing(self):
        """A record belongs to its key."""
        assert unpack("other", pack("key", Record(b"content", 1.0))) is None

    def test_each_writing_has_a_version_of_its_own(self):
        """The same record packed twice has two versions."""
        record = Record(b"content", 1.0)

        one, other = (unpack("key", pack("key", record)) for _ in range(2))

        assert one.version != other.version

    @pytest.mark.parametrize(
        ("given_", "kept"), [(-1.0, 0.0), (float("inf"), 1e18), (1e300, 1e18), (7, 7.0)]
    )
    def test_times_are_kept_within_bounds(self, given_, kept):
        """A time that is no time of ours becomes the nearest that is."""
        found = unpack("key", pack("key", Record(b"", given_)))

        assert kept == found.expires_at

    def test_the_form_stays(self):
        """What this version wrote, the next ones read."""
        assert (
            b"ccflow record 1 "
            b"4fcddcb39d86711fefc3753893e8288eacbaec71273a6bfd46f21587260b7005"
            b" 3132333435363738 1.5\ncontent"
        ) == pack("key", Record(b"content", 1.5), nonce=b"12345678")
