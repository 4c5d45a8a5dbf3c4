"""The protected API of every emulator."""

from __future__ import annotations

import pytest


class TestApi:
    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
    def test_every_method(self, okta, http, token, method):
        """The answer says what was asked."""
        answer = http.request(
            method, f"{okta.api}/a/b?c=d", headers={"Authorization": f"Bearer {token}"}
        )
        client, *_ = okta.tenant.clients

        assert {
            "method": method,
            "path": "/api/a/b",
            "client_id": client,
            "scope": "invoices.read",
        } == answer.json()

    def test_head(self, okta, http, token):
        """The head of the answer, and no body."""
        answer = http.head(
            f"{okta.api}/x", headers={"Authorization": f"Bearer {token}"}
        )

        assert (answer.status_code, answer.content) == (200, b"")
        assert int(answer.headers["Content-Length"]) > 0

    @pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer", "bearer a b"])
    def test_unknown_token(self, okta, http, header):
        """The challenge says that the token is to blame."""
        answer = http.get(f"{okta.api}/x", headers={"Authorization": header})

        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith(
            'Bearer error="invalid_token"'
        )

    @pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic eDp5"}])
    def test_no_token(self, okta, http, headers):
        """The challenge has no error (RFC 6750 section 3.1)."""
        answer = http.get(f"{okta.api}/x", headers=headers)

        assert (
            answer.status_code,
            answer.headers["WWW-Authenticate"],
        ) == (401, 'Bearer realm="api"')

    def test_revoked_token(self, okta, http, token):
        """A token from before is refused, one from after is not."""
        headers = {"Authorization": f"Bearer {token}"}
        before = http.get(f"{okta.api}/x", headers=headers)
        okta.revoke_tokens()
        after = http.get(f"{okta.api}/x", headers=headers)

        assert [before.status_code, after.status_code] == [200, 401]
