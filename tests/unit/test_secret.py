"""Secrets show nothing; references show where."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import pprint

import pytest

from ccflow.secret import Secret
from ccflow.secret import SecretReference


CLEAR = "correct-horse"


class TestSecret:
    @pytest.mark.parametrize(
        "show",
        [
            repr,
            str,
            "{}".format,
            "{:>40}".format,
            "{!r}".format,
            lambda secret: f"{secret}",
            "{0} {0!r}".format,
            lambda secret: repr([secret, {secret: secret}]),
            pprint.pformat,
            lambda secret: json.dumps({"s": secret}, default=str),
            lambda secret: str(vars(type(secret)).keys()),
        ],
    )
    def test_it_is_never_shown(self, show):
        """No way of making text of a secret gives the clear text."""
        assert CLEAR not in show(Secret(CLEAR))

    def test_it_is_revealed_on_demand(self):
        """The one way to the clear text has a name that can be searched for."""
        assert CLEAR == Secret(CLEAR).reveal()

    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    def test_it_does_not_pickle(self, protocol):
        """A secret does not travel to another process, and says what does."""
        with pytest.raises(TypeError, match=r"\{ env = ") as caught:
            pickle.dumps(Secret(CLEAR), protocol)

        assert CLEAR not in str(caught.value)

    @pytest.mark.parametrize("way", [copy.copy, copy.deepcopy])
    def test_it_copies(self, way):
        """Values that hold a secret can be copied."""
        assert CLEAR == way([Secret(CLEAR)])[0].reveal()

    def test_it_compares(self):
        """Two secrets of one text are equal, and nothing else equals one."""
        assert Secret(CLEAR) == Secret(CLEAR)
        assert hash(Secret(CLEAR)) == hash(Secret(CLEAR))
        assert Secret(CLEAR) != Secret("other")
        assert Secret(CLEAR) != CLEAR
        assert Secret("ü") == Secret("ü")

    def test_an_empty_one_is_false(self):
        """Whether there is a secret can be asked without seeing it."""
        assert [True, False] == [bool(Secret("x")), bool(Secret(""))]

    def test_it_cannot_be_logged(self, caplog):
        """A log line at DEBUG shows a mask."""
        caplog.set_level(logging.DEBUG)
        logging.getLogger("test").debug("secret %s %r", Secret(CLEAR), Secret(CLEAR))

        assert CLEAR not in caplog.text


class TestSecretReference:
    REFERENCE = SecretReference("env", {"env": "BILLING"}, "/srv")

    def test_it_says_where(self):
        """A reference prints as it stands in the profile."""
        assert "{ env = 'BILLING' }" == str(self.REFERENCE)

    def test_it_travels(self):
        """A reference pickles, copies, compares and hashes."""
        for other in (
            pickle.loads(pickle.dumps(self.REFERENCE)),
            copy.deepcopy(self.REFERENCE),
        ):
            assert self.REFERENCE == other
            assert hash(self.REFERENCE) == hash(other)

    def test_another_place_is_another_reference(self):
        """The same relative path below another directory is another secret."""
        assert SecretReference("file", {"file": "k"}, "/a") != SecretReference(
            "file", {"file": "k"}, "/b"
        )
