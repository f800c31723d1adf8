"""What a user may do wrong, as exceptions."""

from __future__ import annotations

import json
from typing import Any


class FleetcastError(Exception):
    """Something that the caller can put right; the text says what and how."""


class ScenarioError(FleetcastError, ValueError):
    """A scenario that can't be played.

    ``str(error)`` shows everything that is wrong with it, each with the line itself. ``diagnostics`` holds the same as
    records (``code``, ``severity``, ``file``, ``line``, ``column``, ``path``, ``message``, ``help``), in the order of
    their places; ``file``, ``line``, ``column`` (both from 1 on), ``path``, ``message`` and ``help`` are those of the
    first error, ``None`` where it has none.
    """

    def __init__(self, text: str, diagnostics: list[dict[str, Any]]) -> None:
        super().__init__(text, diagnostics)
        self.diagnostics = diagnostics
        errors = (it for it in diagnostics if it["severity"] == "error")
        first = next(errors, {})
        self.code: str | None = first.get("code")
        self.file: str | None = first.get("file")
        self.line: int | None = first.get("line")
        self.column: int | None = first.get("column")
        self.path: str | None = first.get("path")
        self.message: str = first.get("message", text.strip())
        self.help: str | None = first.get("help")

    def __str__(self) -> str:
        text: str = self.args[0]
        return text.strip()


def scenario_error(text: str, records: str) -> ScenarioError:
    """The exception of a text and its diagnostics as JSON; called by the native half."""
    return ScenarioError(text, json.loads(records))
