"""Registers the sample clients at a server, and writes what their profiles need."""

from __future__ import annotations

import datetime as dt
from typing import Any
from typing import Final
from urllib.parse import urlsplit

import attrs
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization import NoEncryption
from cryptography.hazmat.primitives.serialization import PrivateFormat

from ccflow.emulator.dialect import Client
from ccflow.emulator.dialect import Dialect
from ccflow.emulator.dialect import Sample
from ccflow.emulator.jws import thumbprints
from ccflow.emulator.tenant import Tenant
from ccflow.emulator.workspace import Workspace


PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

# As throw-away certificates of trustme have it: no test breaks on some day.
_FIRST_DAY: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_LAST_DAY: Final = dt.datetime(2999, 12, 31, tzinfo=dt.UTC)


def enrol(
    dialect: Dialect, tenant: Tenant, workspace: Workspace, ca_file: str
) -> dict[str, dict[str, Any]]:
    """Register the clients of all samples and return the profiles, by name."""
    return {
        sample.profile: _enrol_one(dialect, sample, tenant, workspace, ca_file)
        for sample in dialect.samples
    }


def _enrol_one(
    dialect: Dialect,
    sample: Sample,
    tenant: Tenant,
    workspace: Workspace,
    ca_file: str,
) -> dict[str, Any]:
    client = Client(
        client_id=dialect.make_client_id(sample.profile),
        token_endpoint_auth_method=sample.token_endpoint_auth_method,
    )
    profile: dict[str, Any] = {
        "provider": dialect.name,
        dialect.host_setting: _place(dialect, tenant),
        **sample.settings,
        "client_id": client.client_id,
    }
    if sample.names_method:
        profile["token_endpoint_auth_method"] = sample.token_endpoint_auth_method
    if sample.scope:
        profile["scope"] = list(sample.scope)
    profile["ca_file"] = ca_file

    if sample.token_endpoint_auth_method == "private_key_jwt":
        client, more = _give_key(client, sample, workspace)
    else:
        client, more = _give_secret(client, dialect.make_secret(), sample, workspace)
    tenant.clients[client.client_id] = client
    return {**profile, **more}


def _place(dialect: Dialect, tenant: Tenant) -> str:
    """Say where the server is, in the words of the profile."""
    if dialect.host_setting == "token_endpoint":
        return tenant.url + dialect.token_path
    return urlsplit(tenant.url).netloc


def _give_secret(
    client: Client, secret: str, sample: Sample, workspace: Workspace
) -> tuple[Client, dict[str, Any]]:
    path = workspace.write(f"{sample.profile}.secret", f"{secret}\n".encode())
    return (
        attrs.evolve(client, secret=secret),
        {"client_secret": {"file": path.name}},
    )


def _give_key(
    client: Client, sample: Sample, workspace: Workspace
) -> tuple[Client, dict[str, Any]]:
    key = make_private_key(sample.key)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = workspace.write(f"{sample.profile}.key", text)
    client = attrs.evolve(client, public_key=key.public_key(), key_id=sample.key_id)
    more: dict[str, Any] = {"private_key": {"file": path.name}}
    if sample.names_certificate:
        certificate = make_certificate(client.client_id, key)
        pem = certificate.public_bytes(Encoding.PEM)
        more["certificate"] = workspace.write(f"{sample.profile}.pem", pem).name
        x5t, x5t_s256 = thumbprints(certificate.public_bytes(Encoding.DER))
        client = attrs.evolve(client, x5t=x5t, x5t_s256=x5t_s256)
    elif sample.key_id is not None:
        more["key_id"] = sample.key_id
    return client, more


def make_private_key(kind: str) -> PrivateKey:
    """Make a key for one run."""
    if kind == "EC":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def make_certificate(name: str, key: PrivateKey) -> x509.Certificate:
    """Make a self-signed certificate, such as a client uploads to name its key."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FIRST_DAY)
        .not_valid_after(_LAST_DAY)
        .sign(key, hashes.SHA256())
    )
