"""The certificate by which a client proves who it is (mutual TLS, RFC 8705)."""

from __future__ import annotations

import ssl
from pathlib import Path

import attrs

from ccflow.errors import SecretError
from ccflow.secret import Secret
from ccflow.secrets.file import mode_findings


@attrs.frozen
class ClientCertificate:
    """
    Where a client certificate and its key are kept.

    Args:
        certificate: The PEM file of the certificate, and of those above it.

        private_key: The PEM file of its key; None where both are in one file.

        password: What the key is encrypted with; None where it is not.
    """

    certificate: str
    private_key: str | None = None
    password: Secret | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """What it is read from."""
        pair = (self.certificate, self.private_key)
        return tuple(path for path in pair if path is not None)

    def text(self) -> Secret:
        """
        Return the certificate as it stands in its file.

        Raises:
            SecretError: It cannot be read.
        """
        self._check_files()
        return Secret(Path(self.certificate).read_bytes().decode("latin-1"))

    def warning(self) -> str | None:
        """Say what should be better about the file of the key, or None."""
        _, warning = mode_findings(Path(self.private_key or self.certificate))
        return warning

    def load_into(self, context: ssl.SSLContext) -> None:
        """
        Have a TLS context show it to servers that ask.

        Raises:
            SecretError: A file cannot be read, or the two do not belong together.
        """
        self._check_files()
        asked = False

        def password() -> str:
            # Without an answer OpenSSL would ask at the terminal, and wait there.
            nonlocal asked
            asked = True
            return self.password.reveal() if self.password is not None else ""

        try:
            context.load_cert_chain(self.certificate, self.private_key, password)
        except (ssl.SSLError, OSError, ValueError) as error:
            # What it says of a password is the last word of a library, no more.
            fault = self._key_fault(asked=asked, reason=getattr(error, "reason", None))
        else:
            return
        raise SecretError(fault)

    def _check_files(self) -> None:
        """Find what load_cert_chain would not say in words."""
        key_name = "tls_certificate" if self.private_key is None else "tls_private_key"
        key = self.private_key or self.certificate
        for name, path, mark in (
            ("tls_certificate", self.certificate, b"-----BEGIN CERTIFICATE-----"),
            (key_name, key, b"PRIVATE KEY-----"),
        ):
            try:
                found = mark in Path(path).read_bytes()
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or "that is no path"
                text = f"{name} {path} cannot be read: {reason}"
                raise SecretError(text) from error
            if not found and mark.startswith(b"-----BEGIN"):
                raise SecretError(
                    f"{name} {path} holds no PEM certificate; from a PKCS #12 file it "
                    "is made with: openssl pkcs12 -in FILE -out client.pem"
                )
            if not found:
                raise SecretError(
                    f"{name} {path} holds no PEM private key; name its file in "
                    "tls_private_key"
                )
        refused, _ = mode_findings(Path(key))
        if refused:
            raise SecretError(refused)

    def _key_fault(self, *, asked: bool, reason: str | None) -> str:
        key = self.private_key or self.certificate
        if asked and self.password is None:
            return f"the key in {key} is encrypted; set private_key_password"
        if asked:
            return f"the key in {key} cannot be read; is private_key_password right?"
        if reason == "KEY_VALUES_MISMATCH":
            return (
                f"the key in {key} does not belong to the certificate in "
                f"{self.certificate}; name the two of one pair"
            )
        return (
            f"tls_certificate {self.certificate} and its key cannot be used: "
            f"{reason or 'they are no PEM that can be read'}"
        )
