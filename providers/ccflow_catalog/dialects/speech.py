"""What a described server says where it gives no token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ccflow.emulator.dialect import usual_error
from ccflow.emulator.message import Refusal
from ccflow.emulator.message import Request
from ccflow.emulator.message import Response
from ccflow.emulator.tenant import Tenant
from ccflow_catalog.dialects.description import Description
from ccflow_catalog.dialects.mistake import Answer
from ccflow_catalog.dialects.mistake import answer_to
from ccflow_catalog.dialects.rendering import render
from ccflow_catalog.dialects.rendering import render_text


@dataclass(frozen=True)
class Speech:
    """The words of one description."""

    description: Description

    def facts(self, tenant: Tenant) -> dict[str, Any]:
        """Return the fields that every text may have."""
        now = tenant.now()
        return {
            "url": tenant.url,
            "issuer": render_text(self.description.issuer, {"url": tenant.url}),
            "token_endpoint": tenant.url + self.description.token_path,
            "now": int(now),
            "now_ms": int(now * 1000),
            "reset_after": tenant.rate_limit_reset_after,
            "reset_at": int(now) + tenant.rate_limit_reset_after,
        }

    def say(self, mistake: str, tenant: Tenant, **more: Any) -> Response:
        """Answer a mistake."""
        answer = answer_to(mistake, self.description.answers)
        return self._write(answer, {**self.facts(tenant), **more})

    def refusal(self, mistake: str, tenant: Tenant, **more: Any) -> Refusal:
        """Return the exception that answers a mistake."""
        return Refusal(self.say(mistake, tenant, **more))

    def fail(self, status: int, request: Request, tenant: Tenant) -> Response:
        """Answer with a status: as to a mistake that has it, else in the same form."""
        for mistake, answer in self.description.answers.items():
            if answer.status == status:
                return self.say(mistake, tenant, parameter="grant_type")
        other = Answer(status=status, error=usual_error(status), text="no reason given")
        return self._write(other, self.facts(tenant))

    def _write(self, answer: Answer, facts: Mapping[str, Any]) -> Response:
        text = facts.get("text") or render_text(answer.text, facts)
        known = {**facts, "status": answer.status, "error": answer.error, "text": text}
        headers = {name: render_text(it, known) for name, it in answer.headers.items()}
        body = self.description.error_body if answer.body is None else answer.body
        if not isinstance(body, str):
            return Response.json(answer.status, render(body, known), headers)
        kind = "text/html;charset=utf-8" if body.startswith("<") else "text/plain"
        return Response(
            status=answer.status,
            body=render_text(body, known).encode(),
            headers={"Content-Type": kind, **headers} if body else headers,
        )
