"""Each step of the doctor: what it finds, at which level, and that nothing leaks."""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
from collections import Counter

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization import NoEncryption
from cryptography.hazmat.primitives.serialization import PrivateFormat

from ccflow.doctor.check import check_profile


SECRET = "Hunter2-is-not-to-be-seen"
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
posix = pytest.mark.skipif(os.name != "posix", reason="needs file modes")


@pytest.fixture(scope="module")
def key():
    return ec.generate_private_key(ec.SECP256R1())


def pem(key, password=None):
    locked = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked)


def certificate(key, days):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "billing")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - dt.timedelta(days=400))
        .not_valid_after(NOW + dt.timedelta(days=days))
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )


@pytest.fixture
def keep(tmp_path):
    """Write a file for its owner alone."""

    def keep(name, content, mode=0o600):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return path

    return keep


@pytest.fixture
def check(keep, monkeypatch):
    """Check a profile; only what is not ok is given, as step, level and text."""

    def no_network(*args, **options):
        raise AssertionError("something was sent")

    def check(lines, *, everything=False, mode=0o600):
        given = [line for line in lines.splitlines() if line.strip()]
        keys = {line.split("=")[0].strip() for line in given}
        usual = {
            "token_endpoint": '"https://login.example.com/token"',
            "client_id": '"billing"',
            "api_origins": '["https://api.example.com"]',
        }
        if not keys & {"client_secret", "private_key", "client_assertion"}:
            usual["client_secret"] = '{ env = "BILLING_SECRET" }'
        more = [f"{key} = {value}" for key, value in usual.items() if key not in keys]
        text = "\n".join(["[profiles.billing]", *more, *given])
        config = keep("ccflow.toml", text, mode)
        found = list(check_profile("billing", config, clock=NOW.timestamp))
        for finding in found:
            assert SECRET not in repr(finding)
        return [
            (it.step, it.level, f"{it.message}; {it.hint}")
            for it in found
            if everything or it.level != "ok"
        ]

    monkeypatch.setenv("BILLING_SECRET", SECRET)
    monkeypatch.setattr(socket.socket, "connect", no_network)
    return check


def one(findings):
    assert len(findings) == 1, findings
    return findings[0]


def test_a_good_profile_has_nothing_to_tell(check):
    """Each step says that it is content."""
    findings = check("", everything=True)

    assert {"ok"} == {level for _, level, _ in findings}
    assert [
        *("file", "profile", "origin", "plugin", "plan", "plan"),
        *("endpoint", "secret", "store", "api_origins"),
    ] == [step for step, _, _ in findings]


def test_every_problem_is_a_finding(check):
    """What does not load tells all of its mistakes, each with place and hint."""
    findings = check("scop = 1\ntimeout = 0\nca_file = 5")

    assert {("profile", "error")} == {(step, level) for step, level, _ in findings}
    assert len(findings) == 3
    assert any("billing.scop: unknown key; did you mean" in it[2] for it in findings)


def test_a_profile_that_cannot_work_hides_nothing(check, keep, key):
    """Secrets, keys, trust and store are looked at whatever is wrong with the plan."""
    keep("key.pem", pem(key, SECRET.encode()))
    keep("cert.pem", certificate(rsa.generate_private_key(65537, 2048), days=-1))
    keep("secret", SECRET, 0o602)
    keep("store", "no directory")
    findings = check(
        "scop = 1\n"
        'token_endpoint = "http://login.example.com/"\n'
        'token_endpoint_auth_signing_alg = "none"\n'
        'private_key = { file = "key.pem" }\n'
        'private_key_password = "wrong"\n'
        'certificate = "cert.pem"\n'
        'ca_file = "nowhere.pem"\n'
        f'proxy = "nonsense://u:{SECRET}@x"\n'
        'headers = { X = { env = "NOT_SET" }, Y = { file = "secret" } }\n'
        'cache = { store = "file", directory = "store" }'
    )

    told = {(step, level) for step, level, _ in findings}
    assert {
        ("profile", "error"),
        ("secret", "error"),
        ("certificate", "error"),
        ("key", "error"),
        ("trust", "error"),
        ("store", "error"),
    } <= told
    counts = Counter(step for step, level, _ in findings if level == "error")
    assert {"profile": 3, "secret": 2, "trust": 2, "key": 1} == {
        step: counts[step] for step in ("profile", "secret", "trust", "key")
    }


def test_what_cannot_be_read_is_not_looked_at(check):
    """A store and origins that are not known are neither tried nor advised on."""
    findings = check('cache = { stor = "file" }\napi_origins = 3')

    assert {("profile", "error")} == {(step, level) for step, level, _ in findings}
    assert 2 == len(findings)


def test_a_key_is_read_without_a_plan(check, keep, key):
    """A key is good or not, whatever else is wrong with the profile."""
    keep("key.pem", pem(key))
    keep("cert.pem", certificate(key, days=90))
    lines = 'private_key = { file = "key.pem" }\ncertificate = "cert.pem"\nscop = 1'
    texts = {step: text for step, _, text in check(lines, everything=True)}

    assert texts["key"].startswith("private_key is a key that can be read")
    assert "plan" not in texts


@pytest.mark.filterwarnings("ignore:Key size")
def test_a_key_too_short_for_its_algorithm_is_an_error(check, keep):
    """It is tried, since nothing else tells."""
    keep("key.pem", pem(rsa.generate_private_key(65537, 1024)))
    found = one(
        check(
            'private_key = { file = "key.pem" }\n'
            'token_endpoint_auth_signing_alg = "PS512"'
        )
    )

    assert ("key", "error") == found[:2]
    assert "too few for PS512" in found[2]


def test_an_unknown_profile_is_a_finding(keep):
    """There is nothing to check, and that is told."""
    config = keep("ccflow.toml", "[profiles]\n")
    found = [it for it in check_profile("billing", config) if it.level != "ok"]

    assert [(it.step, it.level) for it in found] == [("profile", "error")]


def test_places_are_told(check, monkeypatch):
    """Each place is told once, with the keys that come from it."""
    monkeypatch.setenv("CCFLOW_BILLING__AUDIENCE", "api")
    monkeypatch.setenv("CCFLOW_BILLING__SCOPE", "a b")
    texts = [text for step, _, text in check("", everything=True) if step == "origin"]

    assert "audience from environment [CCFLOW_BILLING__AUDIENCE]; None" in texts
    assert len(texts) == 3


def test_scope_rules_are_applied(check):
    """A scope that the provider needs, and none is set, is an error."""
    lines = 'provider = "okta"\ndomain = "acme.okta.com"\ntoken_endpoint = '
    step, level, text = one(check(lines + '"https://acme.okta.com/oauth2/v1/token"'))

    assert (step, level) == ("plan", "error")
    assert "okta needs a scope" in text


def test_plain_http_is_warned_of(check):
    """A loopback address may be http, which is worth a word."""
    lines = 'token_endpoint = "http://127.0.0.1:8080/token"'

    assert one(check(lines))[:2] == ("endpoint", "warning")


def test_missing_api_origins_are_advice(keep, check):
    """Without api_origins the token may go anywhere; that is no error."""
    config = keep(
        "other.toml",
        '[profiles.x]\ntoken_endpoint = "https://a.example/t"\nclient_id = "x"\n'
        'client_secret = { env = "BILLING_SECRET" }',
    )
    findings = [it for it in check_profile("x", config) if it.level != "ok"]

    assert (one(findings).step, findings[0].level) == ("api_origins", "warning")
    assert "api_origins = [" in (findings[0].hint or "")


def test_a_secret_that_cannot_be_read_is_an_error(check):
    """Each reference is read, and each failure is told."""
    lines = (
        'client_secret = { env = "NOT_SET" }\n'
        'headers = { X-One = { file = "nowhere" }, X-Two = { command = ["false"] } }'
    )
    findings = check(lines)

    assert {("secret", "error")} == {it[:2] for it in findings}
    assert len(findings) == 3


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        (f'client_secret = "{SECRET}"', 'client_secret = { env = "BILLING_CLIENT_'),
        (f'headers = {{ X-Key = "{SECRET}" }}', 'X-Key = { env = "BILLING_X_KEY" }'),
        (f'extra_parameters = {{ "a b" = "{SECRET}" }}', '"a b" = { env = "BILLING_A'),
        (f'proxy = "http://u:{SECRET}@127.0.0.1:1"', 'proxy = { env = "BILLING_PROXY'),
    ],
)
def test_literal_secrets_are_warned_of(check, line, hint):
    """The warning names the reference that would do."""
    step, level, text = one(check(line))

    assert (step, level) == ("secret", "warning")
    assert hint in text


def test_a_proxy_without_a_password_is_no_secret(check):
    """Its address may stand in the file."""
    assert check('proxy = "http://127.0.0.1:1"') == []


@posix
def test_a_file_with_a_literal_that_others_read_is_warned_of(check):
    """The file is as secret as what stands in it."""
    texts = [it[2] for it in check(f'client_secret = "{SECRET}"', mode=0o644)]

    assert len(texts) == 2
    assert "chmod o-r" in texts[1]


@posix
@pytest.mark.parametrize(
    ("mode", "level", "command"),
    [(0o644, "warning", "chmod o-r"), (0o646, "error", "chmod o-w")],
)
def test_modes_of_secret_files_count(check, keep, mode, level, command):
    """What others can read is warned of, what they can write cannot be used."""
    keep("secret", SECRET, mode)
    found = one(check('client_secret = { file = "secret" }'))

    assert ("secret", level) == found[:2]
    assert command in found[2]


def test_a_key_is_described(check, keep, key):
    """The algorithm and the names of the key are told."""
    keep("key.pem", pem(key))
    keep("cert.pem", certificate(key, days=90))
    lines = (
        'private_key = { file = "key.pem" }\ncertificate = "cert.pem"\nkey_id = "k1"'
    )
    texts = {step: text for step, _, text in check(lines, everything=True)}

    assert "signs with ES256; kid k1, x5t " in texts["key"]
    assert "valid for 90 more days" in texts["certificate"]
    assert check(lines) == []


@pytest.mark.parametrize(
    ("days", "level"), [(-1, "error"), (10, "warning"), (31, "ok")]
)
def test_the_end_of_a_certificate_counts(check, keep, key, days, level):
    """An end that is near is warned of, one that is past is an error."""
    keep("key.pem", pem(key))
    keep("cert.pem", certificate(key, days))
    lines = 'private_key = { file = "key.pem" }\ncertificate = "cert.pem"'
    found = [it for it in check(lines, everything=True) if it[0] == "certificate"]

    assert one(found)[1] == level


def test_a_key_that_does_not_fit_is_an_error(check, keep, key):
    """Neither another algorithm nor another key's certificate will do."""
    keep("key.pem", pem(key))
    keep("other.pem", certificate(rsa.generate_private_key(65537, 2048), 90))
    private_key = 'private_key = { file = "key.pem" }\n'
    by_algorithm = check(private_key + 'token_endpoint_auth_signing_alg = "RS256"')
    by_certificate = check(private_key + 'certificate = "other.pem"')

    assert one(by_algorithm)[:2] == ("key", "error")
    assert one(by_certificate)[:2] == ("key", "error")
    assert "does not belong to private_key" in by_certificate[0][2]


def test_keys_of_an_assertion_that_is_not_made(check):
    """They may be there for another profile of the file: a warning."""
    lines = """
        key_id = "k1"
        token_endpoint_auth_signing_alg = "RS256"
        assertion_audience = "issuer"
    """
    found = check(lines)

    assert [("plan", "warning")] * 3 == [it[:2] for it in found]
    assert found[0][2] == (
        "key_id does nothing: client_secret_basic makes no assertion; take it out"
    )


def test_keys_beside_a_ready_made_assertion(check, keep):
    """What somebody else signed is sent as it is."""
    keep("assertion", SECRET)
    lines = 'client_assertion = { file = "assertion" }\nkey_id = "k1"'

    assert one(check(lines)) == (
        "plan",
        "warning",
        "key_id does nothing: client_assertion is ready-made; take it out",
    )


def test_a_broken_certificate_is_told_once(check, keep, key):
    """A certificate that is none, or is not there, is one error."""
    keep("key.pem", pem(key))
    private_key = 'private_key = { file = "key.pem" }\n'

    for name in ("key.pem", "nowhere.pem"):
        found = one(check(f'{private_key}certificate = "{name}"'))
        assert found[:2] == ("certificate", "error")


def test_passwords_of_keys_are_tried(check, keep, key):
    """A key with the right password is good, with a wrong or missing one it is not."""
    keep("key.pem", pem(key, SECRET.encode()))
    private_key = 'private_key = { file = "key.pem" }\n'
    password = "private_key_password = "

    assert check(private_key + password + '{ env = "BILLING_SECRET" }') == []
    assert one(check(private_key))[:2] == ("key", "error")
    wrong = check(f'{private_key}{password}"wrong"')
    assert [it[:2] for it in wrong] == [("secret", "warning"), ("key", "error")]
    missing = check(private_key + password + '{ env = "NOT_SET" }')
    assert one(missing)[:2] == ("secret", "error")


def test_a_secret_too_short_to_sign_is_an_error(check):
    """client_secret_jwt needs a secret as long as the hash."""
    found = one(check('token_endpoint_auth_method = "client_secret_jwt"'))

    assert found[:2] == ("key", "error")
    assert "too short" in found[2]


def test_a_ready_made_assertion_needs_no_key(check, keep):
    """There is nothing to sign with it."""
    keep("assertion", SECRET)

    assert check('client_assertion = { file = "assertion" }') == []


@pytest.mark.parametrize("content", [None, "not a certificate"])
def test_a_ca_file_that_cannot_be_used_is_an_error(check, keep, content):
    """The authorities are loaded, as for a request."""
    if content is not None:
        keep("ca.pem", content)
    found = one(check('ca_file = "ca.pem"'))

    assert found[:2] == ("trust", "error")
    assert "ca.pem" in found[2]


def test_a_proxy_that_is_none_is_an_error(check):
    """Its address is tried without connecting, and not shown."""
    lines = f'proxy = "nonsense://u:{SECRET}@x"'

    assert ("trust", "error") in [it[:2] for it in check(lines)]


def test_a_proxy_of_the_environment_is_told(check, monkeypatch):
    """It is what requests would go through, and one that is none is an error."""
    monkeypatch.setenv("HTTPS_PROXY", f"http://u:{SECRET}@proxy.example:3128")
    told = [it for it in check("", everything=True) if it[0] == "trust"]
    monkeypatch.setenv("HTTPS_PROXY", "nonsense://x")

    assert one(told)[1] == "ok"
    assert "HTTPS_PROXY" in told[0][2]
    assert one(check(""))[:2] == ("trust", "error")


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (f" {SECRET}", "begins or ends with white space"),
        (f"{SECRET}\t", "begins or ends with white space"),
        (f'"{SECRET}"', "is in quotation marks"),
        (f"'{SECRET}'", "is in quotation marks"),
    ],
)
def test_a_secret_with_something_around_it_is_warned_of(
    check, monkeypatch, value, what
):
    """What a shell or a file adds is hardly ever meant."""
    monkeypatch.setenv("BILLING_SECRET", value)
    found = one(check(""))

    assert found[:2] == ("secret", "warning")
    assert found[2].startswith(f"client_secret {what}; ")


def test_a_key_by_another_name_is_warned_of(check, keep, key):
    """A JWK that calls itself otherwise than the profile does is one too many."""
    from joserfc.jwk import ECKey

    named = ECKey.import_key(pem(key)).as_dict(private=True) | {"kid": "mine"}
    keep("key.jwk", json.dumps(named))
    lines = 'private_key = { file = "key.jwk" }\nkey_id = '

    assert check(f'{lines}"mine"') == []
    found = one(check(f'{lines}"other"'))
    assert found[:2] == ("key", "warning")
    assert "key_id is other, and the key calls itself mine" in found[2]
