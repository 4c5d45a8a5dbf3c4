"""What has to be there for a client certificate on the connection."""

from __future__ import annotations

from ccflow.protocol.review import Review


def check_client_certificate(review: Review, token_endpoint: str | None) -> None:
    """Check that a client certificate has a connection that shows it."""
    registration = review.registration
    if registration.tls_certificate is None:
        if registration.tls_private_key is not None:
            review.missing(
                "tls_certificate",
                "is missing, and tls_private_key is there",
                "set the file of the certificate that belongs to it",
            )
        return
    if token_endpoint is not None and not token_endpoint.lower().startswith("https:"):
        review.problem(
            "tls_certificate",
            "nobody sees it, since token_endpoint is plain http",
            "use https, or take it out",
        )
