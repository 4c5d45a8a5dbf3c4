"""No generated secret appears in anything that can be shown."""

from __future__ import annotations

import copy
import json
import os
import pickle
import pprint
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccflow.config.profile import Profile
from ccflow.errors import CcflowError
from ccflow.errors import TokenError
from ccflow.keys.signer import client_secret_signer
from ccflow.keys.signer import private_key_signer
from ccflow.plugin.registry import find_provider
from ccflow.protocol.assertion import make_assertion
from ccflow.protocol.client_auth import authenticate
from ccflow.protocol.request import make_token_request
from ccflow.protocol.response import read_response
from ccflow.protocol.scrub import Scrubber
from ccflow.secret import Secret
from ccflow.secret import SecretReference
from ccflow.secrets import read_secret
from tests.strategies import secrets
from tests.unit.protocol.wire import a_plan
from tests.unit.protocol.wire import a_profile
from tests.unit.protocol.wire import a_request
from tests.unit.protocol.wire import an_answer


def shown(thing):
    """Show a thing in every way that a log, a debugger or a report may."""
    texts = [
        repr(thing),
        str(thing),
        f"{thing}",
        f"{thing!r:>60}",
        pprint.pformat(thing),
        json.dumps([str(thing)], default=str),
        repr([copy.copy(thing), {"thing": (copy.deepcopy(thing),)}]),
    ]
    if isinstance(thing, BaseException):
        texts += [repr(vars(thing)), repr(thing.args)]
    return "\n".join(texts)


def pickled(thing):
    """Return the bytes that a thing pickles to; refusing is fine too."""
    try:
        return pickle.dumps(thing)
    except TypeError as error:
        return str(error).encode()


def leaks(thing, secret):
    """Say where a secret shows."""
    places = []
    text = shown(thing)
    if secret in text or secret.partition("~")[0] in text:
        places.append("text")
    if secret.encode() in pickled(thing) or b"Zq7-" in pickled(thing):
        places.append("pickle")
    return places


def frames_of(error):
    """Render the frames of ccflow in a traceback, with their locals."""
    rendered = traceback.TracebackException.from_exception(error, capture_locals=True)
    rendered.stack = traceback.StackSummary.from_list(
        frame for frame in rendered.stack if "tests" not in frame.filename
    )
    return "".join(rendered.format())


def read(provider, plan, answer, scrubber):
    """Read an answer; the error is returned, with its traceback."""
    try:
        return read_response(provider, plan, answer, scrubber, now=0)
    except TokenError as error:
        return error


METHODS = ["client_secret_basic", "client_secret_post"]


class TestSecrecy:
    @given(secrets)
    def test_a_secret(self, secret):
        """A secret shows nothing, in whatever it is put."""
        assert [] == leaks(Secret(secret), secret)
        assert [] == leaks([Secret(secret), {Secret(secret): 1}], secret)

    @given(secrets)
    def test_a_signer(self, secret):
        """What signs with a secret shows its algorithm only."""
        key = secret + "." * 64
        signer = client_secret_signer(Secret(key), algorithm="HS256")

        assert secret not in shown(signer)

    @given(secrets)
    def test_a_profile(self, secret):
        """A profile with literals everywhere shows and pickles none of them."""
        profile = a_profile(
            client_secret=secret,
            headers={"X-Key": secret},
            extra_parameters={"account": secret},
            proxy=secret,
        )

        assert [] == leaks(profile, secret)
        assert [] == leaks(profile.plan(), secret)

    @pytest.mark.parametrize("method", METHODS)
    @given(secret=secrets)
    def test_a_request(self, method, secret):
        """A request that is ready to be sent shows none of its secrets."""
        request = a_request(
            client_secret=secret,
            token_endpoint_auth_method=method,
            extra_parameters={"account": secret},
        )

        assert [] == leaks(request, secret)
        assert [] == leaks(Scrubber(request.secrets()), secret)
        assert any(secret in it.reveal() for it in request.secrets())

    @given(secrets)
    def test_an_assertion(self, secret):
        """A signed assertion is as secret as what it was signed with."""
        _, plan = a_plan(
            client_secret=secret, token_endpoint_auth_method="client_secret_jwt"
        )
        signer = client_secret_signer(Secret(secret + "." * 64), algorithm="HS256")
        assertion = make_assertion(plan, signer, now=0, jti="j")
        request = authenticate(make_token_request(plan, {}), plan, assertion)
        text = shown(request) + shown(assertion)

        assert assertion.reveal() not in text
        assert assertion.reveal().split(".")[2] not in text

    @given(secrets)
    def test_an_answer_with_a_token(self, secret):
        """A token shows neither in the answer nor in what is read of it."""
        token = "".join(filter(str.isalnum, secret.encode("ascii", "ignore").decode()))
        body = json.dumps({"access_token": token, "extra": token, "scope": "a"})
        answer = an_answer(200, body, {"X-Token": token})
        provider, plan = a_plan()
        response = read_response(provider, plan, answer, Scrubber([]), now=0)

        assert token not in shown(answer)
        assert token not in shown(response)
        assert token == response.access_token.reveal()

    @given(
        secret=secrets,
        status=st.sampled_from([200, 302, 400, 401, 429, 500]),
        shape=st.sampled_from(
            [
                '{{"error": "invalid_client", "error_description": {0}}}',
                '{{"error": {0}}}',
                '{{"message": {0}, "correlation_id": {0}}}',
                '{{"access_token": {0}}}',
                '{{"access_token": "t", "error": {0}, "extra": {0}}}',
                "<html><title>{0}</title>",
                "[{0}]",
                "{0}",
            ]
        ),
        require=st.booleans(),
    )
    def test_an_error_and_the_locals_of_its_traceback(
        self, secret, status, shape, require
    ):
        """
        An error that a server's echo ends in shows nothing of it, even when its
        traceback is rendered with the locals of every frame.
        """
        request = a_request(client_secret=secret, scope="a")
        provider, plan = a_plan(scope="a", require_scope=require)
        answer = an_answer(status, shape.format(json.dumps(secret)))
        found = read(provider, plan, answer, Scrubber(request.secrets()))

        assert [] == leaks(found, secret)
        if isinstance(found, TokenError):
            assert "Zq7-" not in frames_of(found)

    @given(secret=secrets)
    def test_an_error_of_a_key(self, secret):
        """A key that cannot be read is not shown by the error or its frames."""
        for text, password in [
            (secret, None),
            (f"-----BEGIN PRIVATE KEY-----\n{secret}", None),
            (f'{{"kty": "RSA", "d": {json.dumps(secret)}}}', None),
            (f'{{"kty": {json.dumps(secret)}}}', None),
            (f"-----BEGIN EC PRIVATE KEY-----\n{secret}", secret),
        ]:
            with pytest.raises(CcflowError) as caught:
                private_key_signer(Secret(text), Secret(password) if password else None)

            assert [] == leaks(caught.value, secret)
            assert "Zq7-" not in frames_of(caught.value)

    @given(secret=secrets)
    def test_an_error_of_a_profile(self, secret):
        """A profile that cannot work shows none of its literals."""
        with pytest.raises(CcflowError) as caught:
            Profile.from_mapping(
                {
                    "provider": "okta",
                    "domain": "https://acme.okta.com",
                    "client_secret": [secret, secret],
                    "private_key": secret,
                    "client_assertion": secret,
                    "headers": {"X-Key": secret, "Host": secret},
                    "extra_parameters": {"scope": secret},
                    "proxy": secret,
                    "timeout": "x",
                }
            )

        assert [] == leaks(caught.value, secret)
        assert "Zq7-" not in frames_of(caught.value)

    @given(secret=secrets)
    def test_an_error_of_a_header(self, secret):
        """A header that cannot be sent is told without its value."""
        with pytest.raises(CcflowError) as caught:
            a_request(headers={"X-Key": f"{secret}\r\n"})

        assert [] == leaks(caught.value, secret)
        assert "Zq7-" not in frames_of(caught.value)

    @given(secret=secrets)
    def test_a_reference(self, secret):
        """What a reference reads is not in the reference."""
        if "\0" in secret:
            return
        os.environ["TEST_SECRECY"] = secret
        try:
            reference = SecretReference("env", {"env": "TEST_SECRECY"})
            assert secret == read_secret(reference, "x").reveal()
            assert [] == leaks(reference, secret)
        finally:
            del os.environ["TEST_SECRECY"]


class TestProviders:
    @pytest.mark.parametrize("name", ["okta", "curity", "oracle-idcs", "generic"])
    def test_none_holds_a_secret(self, name):
        """A provider is plain data and can be printed."""
        assert name in shown(find_provider(name))
