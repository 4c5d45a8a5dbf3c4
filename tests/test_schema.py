"""
The JSON Schemas that editors read: they are current, and agree with the loader.

After a change of a quirk, a key or a provider::

    python tests/test_schema.py --write
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any
from typing import Final

import pytest


ROOT: Final = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "providers")]

from ccflow.cli.schema import FOLDER  # noqa: E402
from tests.support.json_schema import SCHEMAS  # noqa: E402


CATALOGUE: Final = ROOT / "providers" / "ccflow_catalog"
ENTRIES: Final = sorted(
    path for path in CATALOGUE.glob("*.toml") if not path.name.endswith(".sample.toml")
)
SAMPLES: Final = sorted((ROOT / "providers").glob("*/*sample*.toml"))
PAGES: Final = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")])


def rendered(name: str) -> str:
    return json.dumps(SCHEMAS[name](), indent=1, ensure_ascii=False) + "\n"


@cache
def validator(name: str) -> Any:
    """Return what marks mistakes, as an editor does it."""
    jsonschema = pytest.importorskip("jsonschema")
    return jsonschema.Draft7Validator(SCHEMAS[name]())


def mistakes(name: str, table: object) -> list[str]:
    """Return where an editor would mark something."""
    found = validator(name).iter_errors(table)
    return [f"{error.json_path}: {error.message}" for error in found]


def blocks() -> list[object]:
    """Give the TOML blocks of the documentation."""
    fence = re.compile(r"^```toml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
    return [
        pytest.param(block, id=f"{page.relative_to(ROOT)}:{number}")
        for page in PAGES
        for number, block in enumerate(fence.findall(page.read_text("utf-8")))
        if not block.startswith("# pyproject.toml")
    ]


@pytest.mark.parametrize("name", SCHEMAS)
class TestFiles:
    def test_they_are_current(self, name):
        """What editors are told is what the loader takes."""
        assert rendered(name) == (FOLDER / name).read_text("utf-8"), (
            "if this is meant: python tests/test_schema.py --write"
        )

    def test_they_are_schemas(self, name):
        """A schema that is none marks nothing."""
        jsonschema = pytest.importorskip("jsonschema")

        jsonschema.Draft7Validator.check_schema(SCHEMAS[name]())

    def test_everything_is_explained(self, name):
        """Editors show the description of a key."""
        bare = [
            f"{place}.{key}"
            for place, properties in tables(json.loads(rendered(name)))
            for key, schema in properties.items()
            if "description" not in schema and not {"const", "$ref"} & schema.keys()
        ]

        # The members of references and of our own stores speak for themselves.
        assert [it for it in bare if not re.search(r"secret|cache", it)] == []


def tables(schema: object, place: str = "$") -> list[tuple[str, dict[str, dict]]]:
    """Give the properties of all tables."""
    found = []
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            found.append((place, schema["properties"]))
        for key, value in schema.items():
            found += tables(value, f"{place}.{key}")
    if isinstance(schema, list):
        for number, value in enumerate(schema):
            found += tables(value, f"{place}[{number}]")
    return found


class TestGoodFiles:
    @pytest.mark.parametrize("path", ENTRIES, ids=lambda path: path.stem)
    def test_entries_of_the_catalogue(self, path):
        """Nothing is marked in what ships."""
        table = tomllib.loads(path.read_text("utf-8"))

        assert mistakes("provider.schema.json", table) == []

    @pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
    def test_samples(self, path):
        """Nor in what people begin with."""
        table = tomllib.loads(path.read_text("utf-8"))

        assert mistakes("ccflow.schema.json", table) == []

    @pytest.mark.parametrize("block", blocks())
    def test_blocks_of_the_documentation(self, block):
        """Nor in what they read."""
        assert mistakes("ccflow.schema.json", tomllib.loads(block)) == []


PROVIDER: Final = """
token_endpoint = "https://{host}/token"
token_endpoint_auth_methods = ["client_secret_basic"]
settings.host.help = "the host"
"""


class TestMistakes:
    @pytest.mark.parametrize(
        "changed",
        [
            "tokn_endpoint = 'x'",
            "name = 'x'",
            "read_error = 'x'",
            "issuer = 3",
            "settings.realm = 3",
            "settings.realm.hlp = 'x'",
            "settings.Realm.help = 'x'",
            "quirks.basic_encodin = 'raw'",
            "quirks.basic_encoding = 'plus'",
            "quirks.assertion_lifetime = 0",
            "quirks.assertion_algorithms = ['RS265']",
            "explanations = [{ hnt = 'x' }]",
            "explanations = [{ error = 'x' }]",
            "explanations = [{ hint = '' }]",
            "explanations = [{ hint = 'x', status_code = 9999 }]",
            "settings.client_id.help = 'x'",
            "settings.realm.help = ''",
            "extra_parameters.client_id = 'x'",
            "metadata_base = 'http://{host}/token'",
            "quirks.grant_type = ''",
            "quirks.error_members = ['']",
            "instead = 'x'",
        ],
    )
    def test_of_a_provider(self, changed):
        """An editor marks what the loader refuses."""
        table = tomllib.loads(f"{PROVIDER}\n{changed}")
        there = {"providers": {"acme": table}}

        assert mistakes("provider.schema.json", tomllib.loads(PROVIDER)) == []
        assert mistakes("provider.schema.json", table)
        assert mistakes("ccflow.schema.json", there)

    @pytest.mark.parametrize(
        "methods",
        [
            "[]",
            "['client_secret_pots']",
            "'x'",
            "['private_key_jwt', 'private_key_jwt']",
        ],
    )
    def test_of_its_methods(self, methods):
        """They are needed, and they are ours."""
        table = tomllib.loads(f"token_endpoint_auth_methods = {methods}")

        assert mistakes("provider.schema.json", table)
        assert mistakes("provider.schema.json", {})

    @pytest.mark.parametrize(
        "text",
        [
            "[profile.x]",
            "[profiles.X]",
            "[profiles.x]\nclient_id = 3",
            "[profiles.x]\nprovider = 'okta'\ndomian = 'acme.okta.com'",
            "[profiles.x]\nprovider = 'okta'\ndomain = 'https://acme.okta.com'",
            "[profiles.x]\nprovider = 'entra'\ncloud = 'privat'",
            "[profiles.x]\nprovider = 'google'",
            "[profiles.x]\nprovider = 'generic'\nclient_ib = 'x'",
            "[profiles.x]\nscope = [3]",
            "[profiles.x]\ntimeout = 'long'",
            "[profiles.x]\nclient_secret = { env = 3 }",
            "[profiles.x]\nclient_secret = { env = 'A', file = 'b' }",
            "[profiles.x]\nclient_secret = { keyring = 'a' }",
            "[profiles.x]\nclient_secret = []",
            "[profiles.x.headers]\nA = 3",
            "[profiles.x.quirks]\nscope_requird = true",
            "[profiles.x]\ntoken_endpoint_auth_method = 'basic'",
            "[profiles.x]\nprovider = 3",
            "[profiles.x]\nclient_ib = 'x'",
            "[profiles.x]\ndomain = 'x'",
            "[defaults]\ntimeout = 3\n[profiles.x]\ndomain = 'x'",
            "[profiles.x]\ntoken_endpoint = 'http://id.example/token'",
            "[profiles.x]\ntoken_endpoint = 'http://localhost.example/token'",
            "[profiles.x.extra_parameters]\nclient_id = 'x'",
            "[profiles.x]\ncache = true",
            "[cache]\nstore = 'redis'\ndirectory = 'x'",
            "[cache]\nstore = 3",
            "[cache]\ndirectry = 'x'",
            "[cache]\ndirectory = 'x'",
            "[defaults]\nextends = 'x'",
            "[providers.okta]\ntoken_endpoint_auth_methods = ['private_key_jwt']",
        ],
    )
    def test_of_a_file(self, text):
        """An editor marks what the loader refuses."""
        assert mistakes("ccflow.schema.json", tomllib.loads(text))

    @pytest.mark.parametrize(
        "text",
        [
            "[profiles.x]\nprovider = 'of-a-plugin'\nwhatever = 'it wants'",
            "[defaults]\nprovider = 'okta'\n[profiles.x]\ndomain = 'x'",
            "[profiles.x]\nextends = 'y'\ndomain = 'x'",
            "[profiles.x]\ntoken_endpoint = 'https://id.example/token'",
            "[profiles.x]\ntoken_endpoint = 'http://localhost:8080/token'",
            "[profiles.x]\ntoken_endpoint = 'http://127.0.0.1/token'",
            "[profiles.x]\ntoken_endpoint = 'http://[::1]:1/token'",
            "[profiles.x]\ncache = { whatever = 'the store of the file wants' }",
            "[cache]\nencryption_key = { env = 'KEY' }",
            "[profiles.x]\nclient_secret = { vault = 'a', mount = 'b' }",
            "[profiles.x]\nclient_secret = [{ env = 'A' }, { env = 'B' }]",
            "[profiles.x]\ncache = false",
            "[cache]\nstore = 'of-a-plugin'\nwhatever = 'it wants'",
        ],
    )
    def test_of_nobody(self, text):
        """What a plugin may ask for is not marked."""
        assert mistakes("ccflow.schema.json", tomllib.loads(text)) == []


if __name__ == "__main__":
    for name in SCHEMAS:
        if "--write" in sys.argv[1:]:
            (FOLDER / name).write_text(rendered(name), encoding="utf-8")
        else:
            sys.stdout.write(rendered(name))
