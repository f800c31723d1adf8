"""The native half is what its stub says it is: the package's types rest on it."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

from fleetcast import _native

STUB = ast.parse((Path(_native.__file__).parent / "_native.pyi").read_text())
CLASSES = [node for node in STUB.body if isinstance(node, ast.ClassDef)]
#: What every object has.
COMMON = {"__doc__", "__module__", "__repr__", "__init__", "__getattribute__", *vars(object)}


def parameters(function: ast.FunctionDef) -> list[str]:
    """The names of its parameters, those by name only behind a star; without ``self`` and ``cls``."""
    by_place = [it.arg for it in function.args.args][1:]
    by_name = [it.arg for it in function.args.kwonlyargs]
    return by_place + (["*", *by_name] if by_name else [])


def parameters_of(signature: inspect.Signature) -> list[str]:
    names: list[str] = []
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in names:
            names.append("*")
        if name not in ("self", "cls"):
            names.append(name)
    return names


def test_the_classes_are_those_of_the_stub() -> None:
    native = {name for name, value in vars(_native).items() if inspect.isclass(value)}
    assert native == {it.name for it in CLASSES}


@pytest.mark.parametrize("stub", CLASSES, ids=lambda it: it.name)
def test_a_class_has_what_its_stub_says(stub: ast.ClassDef) -> None:
    native = getattr(_native, stub.name)
    functions = {it.name: it for it in stub.body if isinstance(it, ast.FunctionDef)}
    assert set(vars(native)) - COMMON == set(functions) - COMMON
    for name, function in functions.items():
        is_property = any(isinstance(it, ast.Name) and it.id == "property" for it in function.decorator_list)
        value = native if name == "__new__" else inspect.getattr_static(native, name)
        assert inspect.isgetsetdescriptor(value) == is_property, name
        if not is_property:
            assert parameters_of(inspect.signature(value)) == parameters(function), name
