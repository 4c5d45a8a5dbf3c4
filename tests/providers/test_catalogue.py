"""
Every entry of the catalogue: the file, its sample, its page and its answers.

Nothing here names one; an entry is added by files of its own (providers/README.md).
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import attrs
import pytest

from ccflow.config.load import list_profiles
from ccflow.config.load import load_profile
from ccflow.errors import ProviderError
from ccflow.plugin import Quirks
from ccflow.plugin import Setting
from ccflow.plugin import catalogue
from ccflow.plugin.data_field import data_types
from ccflow.plugin.definition import INSTEAD
from ccflow.plugin.definition import provider_types
from ccflow.plugin.definition_check import NAMED
from ccflow.plugin.registry import FIRST_PARTY
from ccflow.plugin.registry import RESERVED
from ccflow.plugin.registry import find_provider
from tests.support.corpus import all_shapes
from tests.unit.protocol.wire import outcome_of


ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "providers" / "ccflow_catalog"


def table_of(name):
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))


NAMES = sorted(catalogue.names())
USABLE = [name for name in NAMES if "instead" not in table_of(name)]
OTHERS = sorted({*NAMES} - {*USABLE})


def page_of(name):
    return (ROOT / "docs" / "providers" / f"{name}.md").read_text("utf-8")


def missing(name, words):
    """What a page does not have as code, whole."""
    spans = re.findall(r"`[^`\n]+`", page_of(name))
    return [
        word
        for word in words
        if not any(
            re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", it) for it in spans
        )
    ]


def plans_of(name):
    sample = FOLDER / f"{name}.sample.toml"
    return [load_profile(it, config=sample).plan() for it in list_profiles(sample)]


def test_there_are_some():
    """The files are found, and no name of a package of ours is among them."""
    assert {"auth0", "cognito", "entra", "keycloak"} <= {*USABLE}
    assert {"google", "workday"} <= {*OTHERS}
    assert not {*NAMES} & {"generic", *FIRST_PARTY}
    assert {*NAMES} <= RESERVED


def test_a_documented_server_takes_little():
    """The example of the reference describes one in less than 25 lines."""
    text = (ROOT / "docs" / "reference" / "catalogue.md").read_text("utf-8")
    block = re.search(r"^```toml\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)[1]
    described = block.partition("[profiles.")[0]

    assert {"settings", "quirks", "explanations"} <= (
        tomllib.loads(block)["providers"]["depot"].keys()
    )
    assert len(described.splitlines()) < 25


def test_the_reference_has_every_key():
    """What a table may say, and what a setting may say."""
    text = (ROOT / "docs" / "reference" / "catalogue.md").read_text("utf-8")
    keys = {*provider_types(), INSTEAD, *data_types(Setting), *NAMED}

    assert [] == [key for key in sorted(keys) if not re.search(rf"`\W*{key}\W*`", text)]


def test_there_is_nothing_else():
    """Each file is an entry, or the sample of one."""
    files = {path.name.removesuffix(".toml") for path in FOLDER.glob("*.toml")}

    assert files == {*NAMES, *(f"{name}.sample" for name in USABLE)}


@pytest.mark.parametrize("name", NAMES)
class TestEveryEntry:
    def test_it_says_where_its_facts_are(self, name):
        """The file names its schema for editors, and its page for people."""
        lines = (FOLDER / f"{name}.toml").read_text("utf-8").splitlines()

        assert "#:schema ../../ccflow/cli/schemas/provider.schema.json" == lines[0]
        assert f"docs/providers/{name}.md" in lines[1]

    def test_its_page_marks_its_facts(self, name):
        """Each page says what it knows and what it believes."""
        text = page_of(name)

        assert "CONFIRMED means that a source was read, and it is named." in text
        assert "RECALLED means that we believe it and found no source" in text


@pytest.mark.parametrize("name", OTHERS)
def test_an_entry_may_say_what_to_use_instead(name):
    """Naming it is an error with the next step, and the pages to read."""
    table = table_of(name)
    with pytest.raises(ProviderError) as caught:
        find_provider(name)

    assert table["instead"] in str(caught.value)
    for page in table.get("documentation", ()):
        assert page in str(caught.value)


@pytest.mark.parametrize("name", USABLE)
class TestUsableEntry:
    def test_it_loads(self, name):
        """It bears the name of its file, and links to pages of the vendor."""
        provider = find_provider(name)

        assert name == provider.name
        assert provider.documentation

    def test_it_says_nothing_twice(self, name):
        """A quirk that is the default already is left out."""
        usual = attrs.asdict(Quirks(), recurse=False)
        own = attrs.asdict(find_provider(name).quirks, recurse=False)
        told = table_of(name).get("quirks", {})

        assert [] == [key for key in told if own[key] == usual[key]]

    def test_its_sample_works(self, name):
        """Each profile of the sample has a plan, at an address that the page has."""
        page = page_of(name)
        for provider, plan in plans_of(name):
            assert name == provider.name
            assert plan.token_endpoint or plan.metadata_urls
            if plan.token_endpoint:
                assert f"`{plan.token_endpoint}`" in page

    def test_its_page_begins_with_the_sample(self, name):
        """The first block of the page is the file."""
        sample = (FOLDER / f"{name}.sample.toml").read_text("utf-8")
        block = re.search(
            r"^```toml\n(.*?)^```$", page_of(name), re.DOTALL | re.MULTILINE
        )

        assert block is not None
        assert sample == block[1]

    def test_its_page_has_its_words(self, name):
        """Settings with defaults and choices, methods, and quirks."""
        provider = find_provider(name)
        defaults = [it.default for it in provider.settings.values() if it.default]
        choices = [choice for it in provider.settings.values() for choice in it.choices]
        quirks = [
            key
            for key in table_of(name).get("quirks", {})
            if not re.search(r"error|correlation|rate_limit", key)
        ]
        words = [
            *provider.settings,
            *defaults,
            *choices,
            *provider.token_endpoint_auth_methods,
            *quirks,
        ]

        assert [] == missing(name, words)

    def test_its_page_has_its_errors(self, name):
        """The codes and statuses with a hint, and what nobody knows."""
        explanations = find_provider(name).explanations
        told = page_of(name).split("## Errors")[1]
        codes = {it.error for it in explanations} - {None}
        statuses = {it.status_code for it in explanations} - {None}

        assert [] == [code for code in sorted(codes) if f"`{code}`" not in told]
        assert [] == [code for code in sorted(statuses) if str(code) not in told]
        assert "## What is not known" in told

    def test_its_answers_are_in_the_corpus(self, name):
        """A success and a refusal are read by this provider."""
        shapes = [it for it in all_shapes() if it.provider == name]

        assert any(shape.token is not None for shape in shapes)
        assert any(shape.error is not None for shape in shapes)

    def test_each_hint_is_reached(self, name):
        """An answer of the corpus leads to each explanation; none hides another."""
        told = set()
        for shape in [it for it in all_shapes() if it.provider == name]:
            provider, plan = shape.plan()
            outcome = outcome_of(shape.answer(), provider, plan=plan)
            told.add(getattr(outcome, "hint", None))

        hints = [it.hint for it in find_provider(name).explanations]
        assert [] == [hint for hint in hints if hint not in told]
