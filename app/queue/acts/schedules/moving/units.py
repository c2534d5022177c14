"""Unit files of systemd: their sections and settings, from a folder's files put one after the other."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

_HEAD = re.compile(r"[#;]\s+(\S*?([^/\s]+\.(?:timer|service))(?:\.d/[^/\s]+\.conf)?)\s*")

_MOST_PATH = 1000
"""A longer line is no path: to look for one takes the square of its length."""


@dataclass(slots=True, kw_only=True)
class Unit:
    """A unit: section → setting → what it is given, in order. An empty value begins the list anew."""

    name: str
    text: str = ""
    sections: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def values(self, section: str, name: str) -> list[str]:
        """Return what a setting is given; nothing where it is not."""
        return self.sections.get(section, {}).get(name, [])

    def last(self, section: str, name: str) -> str | None:
        """Return what a setting is given last; None where it is not."""
        values = self.values(section, name)
        return values[-1] if values else None


def read_units(text: str) -> dict[str, Unit]:
    """Read units as `systemctl cat` prints them: before each file its path, as `# /etc/systemd/system/a.timer`.

    A text without such a line is one timer, whose name is not known.
    """
    units: dict[str, Unit] = {}
    unit: Unit | None = None
    section = ""
    for line in re.sub(r"\\\n", " ", text.replace("\r\n", "\n")).split("\n"):
        if len(line) <= _MOST_PATH and (head := _HEAD.fullmatch(line)) is not None:
            unit = units.setdefault(head[2], Unit(name=head[2]))
            continue
        if unit is None:
            if not line.strip():
                continue
            unit = units.setdefault("timer.timer", Unit(name="timer.timer"))
        stripped = line.strip()
        unit.text += line + "\n"
        if stripped.startswith("[") and stripped.endswith("]"):
            section = stripped[1:-1]
        elif stripped and stripped[0] not in "#;" and "=" in stripped:
            name, _, value = (one.strip() for one in stripped.partition("="))
            values = unit.sections.setdefault(section, {}).setdefault(name, [])
            if value:
                values.append(value)
            else:
                values.clear()
    return units


def variables(unit: Unit) -> list[str]:
    """Return the Environment of a service, as NAME=value.

    Raises:
        ValueError: a quote is not closed.
    """
    return [word for value in unit.values("Service", "Environment") for word in shlex.split(value) if "=" in word]


def join(files: Mapping[str, str]) -> str:
    """Put files one after the other, each with its name before it. `files`: path → text."""
    return "".join(f"# {path}\n{text.rstrip()}\n" for path, text in files.items())
