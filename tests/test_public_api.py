"""
What others build on, as one text: names, signatures, fields, hooks, keys, options.

``public_api.txt`` may be changed, but not by accident. After a change on purpose::

    python tests/test_public_api.py --write

and the review sees the difference.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from typing import Final
from typing import get_args

import attrs


HERE: Final = Path(__file__).resolve().parent
SNAPSHOT: Final = HERE / "public_api.txt"

MODULES: Final = (
    *("ccflow", "ccflow.plugin", "ccflow.emulator", "ccflow.testing"),
    *("ccflow.errors", "ccflow.events", "ccflow.store", "ccflow.emulator.faults"),
    "ccflow.testing.strategies",
)
HOOKSPECS: Final = {
    "ccflow.plugin.hookspecs": "ccflow",
    "ccflow.emulator.hookspecs": "ccflow_emulators",
}


def is_there(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def render_signature(function: Any, *, skip: Iterable[str] = ()) -> str:
    """Like ``str(inspect.signature())``, alike in every version of Python."""
    signature = inspect.signature(function)
    parts: list[str] = []
    star = False
    for parameter in signature.parameters.values():
        if parameter.name in skip:
            continue
        prefix = ""
        match parameter.kind:
            case inspect.Parameter.VAR_POSITIONAL:
                prefix, star = "*", True
            case inspect.Parameter.VAR_KEYWORD:
                prefix = "**"
            case inspect.Parameter.KEYWORD_ONLY if not star:
                parts.append("*")
                star = True
        part = prefix + parameter.name
        if parameter.annotation is not inspect.Parameter.empty:
            part += f": {render_type(parameter.annotation)}"
        if parameter.default is not inspect.Parameter.empty:
            part += f" = {render_value(parameter.default)}"
        parts.append(part)
    result = signature.return_annotation
    arrow = "" if result is inspect.Signature.empty else f" -> {render_type(result)}"
    return f"({', '.join(parts)}){arrow}"


def render_type(annotation: Any) -> str:
    return (
        annotation
        if isinstance(annotation, str)
        else inspect.formatannotation(annotation)
    )


def render_value(value: Any) -> str:
    if inspect.isroutine(value) or inspect.isclass(value):
        return value.__name__
    if isinstance(value, set | frozenset):
        return f"{{{', '.join(sorted(map(repr, value)))}}}"
    if attrs.has(type(value)):
        return f"{type(value).__name__}(...)"
    return repr(value)


def render_default(field: Any) -> str:
    """Say what a field has when nobody says; what differs each time is "..."."""
    if field.default is attrs.NOTHING:
        return ""
    if not isinstance(field.default, attrs.Factory):  # type: ignore[arg-type]
        return f" = {render_value(field.default)}"
    if field.default.takes_self:
        return " = ..."
    one, two = (render_value(field.default.factory()) for _ in range(2))
    return f" = {one}" if one == two and " at 0x" not in one else " = ..."


def render_fields(cls: type) -> Iterator[str]:
    for field in attrs.fields(cls):
        if not field.name.startswith("_") and field.init:
            only = "*" if field.kw_only else ""
            kind = render_type(field.type)
            yield f"{only}.{field.name}: {kind}{render_default(field)}"


def render_class(cls: type) -> Iterator[str]:
    """Give a line for each thing that a user of a class can reach."""
    bases = ", ".join(it.__name__ for it in cls.__bases__ if it is not object)
    yield f"class {cls.__name__}({bases})" if bases else f"class {cls.__name__}"
    members: list[str] = []
    if attrs.has(cls):
        members += render_fields(cls)
    elif "__init__" in vars(cls) and not getattr(cls, "_is_protocol", False):
        members.append(f".__init__{render_signature(cls.__init__, skip=['self'])}")
    fields = {it.name for it in attrs.fields(cls)} if attrs.has(cls) else set()
    for name, value in sorted(vars(cls).items()):
        if name.startswith("_") or name in fields or inspect.ismemberdescriptor(value):
            continue
        plain = inspect.unwrap(getattr(value, "__func__", value))
        kind = "async " if inspect.iscoroutinefunction(plain) else ""
        if isinstance(value, property):
            result = inspect.signature(value.fget).return_annotation  # type: ignore[arg-type]
            members.append(f".{name} -> {render_type(result)}")
        elif inspect.isroutine(plain):
            members.append(
                f"{kind}.{name}{render_signature(plain, skip=['self', 'cls'])}"
            )
        else:
            members.append(f".{name} = {render_value(value)}")
    if issubclass(cls, importlib.import_module("ccflow").CcflowError):
        members += render_attributes(cls)
    yield from (f"  {member}" for member in members)


def render_attributes(cls: type[Exception]) -> Iterator[str]:
    """Give the attributes that an error has, by making one."""
    required = {
        it.name: "server"
        for it in inspect.signature(cls).parameters.values()
        if it.kind is it.KEYWORD_ONLY and it.default is it.empty
    }
    if "details" in inspect.signature(cls).parameters:
        required["category"] = "server"
    yield "attributes: " + ", ".join(sorted(vars(cls("message", **required))))


def render_module(module: Any, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        value = getattr(module, name)
        if inspect.isclass(value):
            yield from render_class(value)
        elif inspect.isfunction(value):
            kind = "async " if inspect.iscoroutinefunction(value) else ""
            yield f"{kind}def {name}{render_signature(value)}"
        elif name == "__version__":
            yield name
        elif isinstance(value, str):
            yield f"{name} = {value!r}"
        elif (choices := get_args(value)) and all(
            isinstance(it, str) for it in choices
        ):
            yield f"{name}: {', '.join(choices)}"
        elif get_args(value):
            yield f"{name}: a type"
        else:
            yield f"{name}: {type(value).__name__}"


def names_of(module: Any) -> list[str]:
    """Return what a module says it offers, or else what it defines."""
    listed: list[str] | None = getattr(module, "__all__", None)
    return listed or sorted(
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (getattr(value, "__module__", "") == module.__name__ or get_args(value))
    )


def render_hooks() -> Iterator[str]:
    for name, project in HOOKSPECS.items():
        module = importlib.import_module(name)
        holders = [module, *(it for it in vars(module).values() if inspect.isclass(it))]
        found = {
            hook: function
            for holder in holders
            for hook, function in vars(holder).items()
            if hasattr(function, f"{project}_spec")
        }
        for hook, function in sorted(found.items()):
            yield f"{hook}{render_signature(function, skip=['self'])}"


def render_profile_keys() -> Iterator[str]:
    from ccflow.config.secrecy import SECRET_KEYS
    from ccflow.config.secrecy import SECRET_TABLES
    from ccflow.config.structure import LATER
    from ccflow.plugin.registry import FIRST_PARTY
    from ccflow.plugin.registry import find_provider
    from ccflow.protocol.provider import CORE_KEYS

    secret = {*SECRET_KEYS, *SECRET_TABLES}
    for key in sorted(CORE_KEYS):
        yield key + (" (secret)" * (key in secret)) + (" (later)" * (key in LATER))
    for name in sorted(FIRST_PARTY):
        provider = find_provider(name)
        for key, setting in provider.settings.items():
            default = "" if setting.default is None else f" = {setting.default!r}"
            yield f"{name}: {key}{default}"
        yield f"{name}: {', '.join(provider.token_endpoint_auth_methods)}"


def render_entry_points() -> Iterator[str]:
    file = HERE.parent / "pyproject.toml"
    project = tomllib.loads(file.read_text("utf-8"))["project"]
    groups = {"console_scripts": project["scripts"], **project["entry-points"]}
    for group, points in sorted(groups.items()):
        yield from (f"{group}: {name} = {value}" for name, value in points.items())
    yield from (f"extra: {extra}" for extra in project["optional-dependencies"])


def find_commands() -> Any:
    """Return the group of commands that is no other group's, or None."""
    if not is_there("ccflow.cli"):
        return None
    import click

    package = importlib.import_module("ccflow.cli")
    names = [it.name for it in pkgutil.iter_modules(package.__path__, "ccflow.cli.")]
    groups = {
        id(value): value
        for name in names
        for value in vars(importlib.import_module(name)).values()
        if isinstance(value, click.Group)
    }
    inner = {id(it) for group in groups.values() for _, it in commands_of(group)}
    outer = [group for key, group in groups.items() if key not in inner]
    assert len(outer) <= 1, outer
    return outer[0] if outer else None


def commands_of(command: Any) -> Iterator[tuple[str, Any]]:
    """Give the commands of a group, those too that are imported when asked for."""
    import click

    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in sorted(command.list_commands(context)):
            yield name, command.get_command(context, name)


def render_command(command: Any, path: str) -> Iterator[str]:
    import click

    yield f"{path} (hidden)" if command.hidden else path
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            text = "/".join([*parameter.opts, *parameter.secondary_opts])
        else:
            text = parameter.name.upper()
        kind = parameter.type
        choices = f" {list(kind.choices)}" if isinstance(kind, click.Choice) else ""
        many = " (many)" * (parameter.multiple or parameter.nargs != 1)
        required = " (required)" * parameter.required
        yield f"  {text}{choices}{many}{required}"
    for name, inner in commands_of(command):
        yield from render_command(inner, f"{path} {name}")


def render() -> str:
    """Return all of it, as the snapshot has it."""
    sections: dict[str, Iterable[str]] = {}
    for name in filter(is_there, MODULES):
        module = importlib.import_module(name)
        seen = importlib.import_module("ccflow") if "." in name else None
        names = [
            it
            for it in names_of(module)
            # Some names are another thing elsewhere.
            if getattr(seen, it, None) is not getattr(module, it)
        ]
        sections[name] = render_module(module, names)
    sections["hooks"] = render_hooks()
    sections["profile keys"] = render_profile_keys()
    sections["entry points"] = render_entry_points()
    if commands := find_commands():
        sections["command line"] = render_command(commands, "ccflow")

    texts = {title: "\n".join(lines) for title, lines in sections.items()}
    blocks = [f"[{title}]\n{text}" for title, text in texts.items() if text]
    return "\n\n".join(blocks) + "\n"


def test_the_public_api_is_the_one_that_was_agreed():
    """A name, default or option that changes by accident fails here."""
    # In a process of its own: cattrs writes resolved types into the classes.
    rendered = subprocess.run(
        [sys.executable, __file__], capture_output=True, text=True, check=True
    ).stdout

    assert rendered.splitlines() == SNAPSHOT.read_text("utf-8").splitlines(), (
        "if this is meant: python tests/test_public_api.py --write"
    )


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        SNAPSHOT.write_text(render(), encoding="utf-8")
    else:
        sys.stdout.write(render())
