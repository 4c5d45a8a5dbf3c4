"""Can every secret be read, and is it kept where only its owner gets at it?"""

from __future__ import annotations

import logging
import re
from collections.abc import Generator
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs
from urllib.parse import urlsplit

import tomli_w

from ccflow.config.profile import Profile
from ccflow.config.secrecy import SECRET_TABLES
from ccflow.config.secrecy import key_of
from ccflow.config.secrecy import sources_of
from ccflow.doctor.finding import Finding
from ccflow.doctor.finding import findings_of
from ccflow.errors import CcflowError
from ccflow.errors import ConfigError
from ccflow.errors import SecretError
from ccflow.secret import Secret
from ccflow.secret import SecretReference
from ccflow.secret import SecretSource
from ccflow.secrets import read_secret
from ccflow.secrets.file import mode_findings
from ccflow.secrets.file import secret_path


STEP: Final = "secret"

_URLS: Final = ("proxy", "cache.url")


def _has_password(url: Secret) -> bool:
    try:
        query = parse_qs(urlsplit(url.reveal()).query)
        return urlsplit(url.reveal()).password is not None or "password" in query
    except ValueError:
        return True


def check_literals(profile: Profile) -> Iterator[Finding]:
    """Warn of secrets that stand in the file itself."""
    files = set()
    for key, source in sources_of(profile):
        if isinstance(source, SecretReference):
            continue
        if key in _URLS and not _has_password(source):
            continue
        origin = profile.origin(key_of(key))
        files.add(origin.file)
        yield _literal_finding(profile, key, str(origin))
    for file in sorted(file for file in files if file and Path(file).is_file()):
        for fault in mode_findings(Path(file)):
            if fault:
                message, _, hint = fault.partition("; ")
                yield Finding(STEP, "warning", f"{message}, a secret included", hint)


def _literal_finding(profile: Profile, key: str, place: str) -> Finding:
    table, _, name = key.rpartition(".")
    variable = re.sub(r"[^A-Z0-9]+", "_", f"{profile.name}_{name}".upper()).strip("_")
    assigned = tomli_w.dumps({name: 0}).removesuffix("0\n")
    if isinstance(getattr(profile, key.partition("[")[0], None), tuple):
        assigned = ""  # It is one of an array.
    reference = f'{assigned}{{ env = "{variable}" }}, or {{ file = "path" }}'
    advice = f"use a reference: {reference}"
    # Not everything in a table of headers or parameters is secret.
    hint = f"if it is a secret, {advice}" if table in SECRET_TABLES else advice
    return Finding(STEP, "warning", f"{key} stands in {place} itself", hint)


def check_file_modes(profile: Profile) -> Iterator[Finding]:
    """Warn of secret files that others can read."""
    for key, source in sources_of(profile):
        if not isinstance(source, SecretReference) or source.reader != "file":
            continue
        try:
            _, warning = mode_findings(secret_path(source))
        except (OSError, SecretError):
            continue  # Reading it tells what is wrong.
        if warning:
            message, _, hint = warning.partition("; ")
            yield Finding(STEP, "warning", f"{key}: {message}", hint)


def check_readable(profile: Profile) -> Generator[Finding, None, Mapping[str, Secret]]:
    """Read every secret, as a fetch would, and give those that could be read."""
    read = {}
    for key, source in sources_of(profile):
        if isinstance(source, Secret):
            read[key] = source
            continue
        # A token comes without those of the store.
        step = "store" if key.startswith("cache.") else STEP
        try:
            read[key] = _read_quietly(source, key)
        except ConfigError as error:
            yield from findings_of(step, error.problems)
        except CcflowError as error:
            yield Finding(step, "error", f"{key}: {error}")
        else:
            yield Finding(STEP, "ok", f"{key} is read from {source}")
            yield from _oddities(key, read[key])
    return read


def _oddities(key: str, secret: Secret) -> Iterator[Finding]:
    """Warn of what gets into a secret on its way, and is hardly ever part of it."""
    text = secret.reveal()
    if key_of(key) != "client_secret":
        return
    odd = None
    if text != text.strip():
        odd = "begins or ends with white space"
    elif len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        odd = "is in quotation marks"
    if odd is not None:
        hint = "unless the server knows it so, take that out where it is kept"
        yield Finding(STEP, "warning", f"{key} {odd}", hint)


def _read_quietly(source: SecretSource, key: str) -> Secret:
    """Read a secret; what the reader would warn of is a finding here."""
    logger = logging.getLogger("ccflow")
    logger.addFilter(_is_no_warning)
    try:
        return read_secret(source, key)
    finally:
        logger.removeFilter(_is_no_warning)


def _is_no_warning(record: logging.LogRecord) -> bool:
    return record.levelno != logging.WARNING
