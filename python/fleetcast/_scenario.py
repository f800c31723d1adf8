"""From what a caller names to a loaded scenario."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from fleetcast import _native

#: A scenario: the path of its file, its text (YAML or JSON; whatever has a line end or begins with ``{``), or its
#: content as a mapping.
ScenarioLike: TypeAlias = str | os.PathLike[str] | Mapping[str, Any]

#: Values of the scenario by their paths, as ``--set`` of the command line: ``{"run.duration": "2d"}``.
Changes: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Source:
    """All that decides what is loaded, but for the files themselves; small, and sent to workers."""

    text: str
    is_text: bool
    set: tuple[tuple[str, str], ...]
    seed: int | None
    strict_prices: bool

    @classmethod
    def of(cls, scenario: ScenarioLike, set: Changes | None, seed: int | None, strict_prices: bool) -> Source:
        text, is_text = _text_of(scenario)
        changes = tuple((path, _yaml(value)) for path, value in (set or {}).items())
        return cls(text, is_text, changes, seed, strict_prices)

    def load(
        self, files: Sequence[tuple[str, bytes]] | None = None, *, max_cells: int | None = None
    ) -> _native.Scenario:
        """Loads it from the disk, or from ``files``, paths and their bytes; a range may have ``max_cells`` values.

        Raises:
            ScenarioError: if it can't be played.
        """
        return _native.Scenario(
            self.text,
            is_text=self.is_text,
            set=list(self.set),
            seed=self.seed,
            strict_prices=self.strict_prices,
            files=None if files is None else list(files),
            max_cells=max_cells,
        )


def _text_of(scenario: ScenarioLike) -> tuple[str, bool]:
    if isinstance(scenario, Mapping):
        return json.dumps(scenario), True
    text = os.fspath(scenario)
    is_text = isinstance(scenario, str) and ("\n" in text or text.lstrip().startswith("{"))
    return text, is_text


def _yaml(value: Any) -> str:
    """A value as ``--set`` takes it: a text stands for itself, anything else is JSON, which YAML reads."""
    return value if isinstance(value, str) else json.dumps(value)
