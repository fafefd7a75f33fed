"""Splits a command line into options, their values and arguments, knowing only which options there are.

The commands read their lines with it (`quick.py`), and so does Tab (`completion/line.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Line", "Option", "is_bare_value"]


class Option(Protocol):
    """What a line has to know of an option."""

    @property
    def names(self) -> tuple[str, ...]:
        """`-x`, `--example`."""

    @property
    def takes_value(self) -> bool:
        """Whether a value follows; a flag has none."""

    @property
    def may_be_bare(self) -> bool:
        """Whether its value may be left out: `--replay [SPEED]`."""


AnyOption = TypeVar("AnyOption", bound=Option)


class Line(Generic[AnyOption]):
    """The words that have been taken so far."""

    def __init__(self, options: Iterable[AnyOption]) -> None:
        self.options = {name: option for option in options for name in option.names}
        self.given: list[tuple[AnyOption, str | None]] = []
        """The options in order, each with its value; None for a flag, and where it was left out."""
        self.arguments: list[str] = []
        self.waiting: AnyOption | None = None
        """The option whose value is the next word."""
        self.literal = False
        """Whether `--` has been seen: all words after it are arguments."""
        self.unclear = False
        """Whether a word was no option of these, or a flag with a value."""

    def take(self, word: str) -> None:
        """Read one word."""
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            if not waiting.may_be_bare or is_bare_value(word):
                self.given.append((waiting, word))
                return
            self.given.append((waiting, None))
        if self.literal or not word.startswith("-") or word == "-":
            self.arguments.append(word)
        elif word == "--":
            self.literal = True
        elif word.startswith("--"):
            name, equals, value = word.partition("=")
            self._see(name, value if equals else None)
        else:
            self._see(*self.short(word))

    def end(self) -> None:
        """Read the end of the line."""
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            self.given.append((waiting, None))
            self.unclear |= not waiting.may_be_bare

    def short(self, word: str) -> tuple[str, str | None]:
        """Return the last option of `-qn5`, and its value if one stands behind it. Take the flags in front of it."""
        for place in range(1, len(word) - 1):
            option = self.options.get(f"-{word[place]}")
            if option is None:
                self.unclear = True
            elif option.takes_value:
                return f"-{word[place]}", word[place + 1 :]
            else:
                self.given.append((option, None))
        return f"-{word[-1]}", None

    def _see(self, name: str, value: str | None) -> None:
        option = self.options.get(name)
        if option is None:
            self.unclear = True
        elif not option.takes_value:
            self.unclear |= value is not None
            self.given.append((option, None))
        elif value is None:
            self.waiting = option
        else:
            self.given.append((option, value))


def is_bare_value(word: str) -> bool:
    """Whether a word is the value of an option that may have none: a number."""
    return word[:1].isdigit() or word.startswith(".")
