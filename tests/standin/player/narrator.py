"""Prints a run as it happens: what happened to which instance, and why, readable without colour."""

from __future__ import annotations

import sys
import textwrap
from datetime import datetime
from typing import TextIO

from standin.player.happening import Happening
from standin.player.scenario import Scenario

# Characters of a line; longer sentences go on below their own column.
_WIDTH = 150


class Narrator:
    """Writes to `out`, flushing every line, so that a pipe shows them live as well."""

    def __init__(self, out: TextIO = sys.stdout):
        self._out = out

    def line(self, words: str = "") -> None:
        """Write one line as it is."""
        print(words, file=self._out, flush=True)

    def opening(self, scenario: Scenario) -> None:
        """What is about to be played."""
        self.line(f"\n{scenario.name}")
        for line in textwrap.wrap(scenario.about, 100):
            self.line(f"  {line}")
        self.line(f"\n{'AWS time':<15}  {_where('instance', 'id', 'group')}  what, and why")

    def aws(self, at: datetime, words: str) -> None:
        """Something AWS does."""
        if words:
            self.line(f"{at:%b %d %H:%M:%S}  AWS: {words}")

    def happening(self, news: Happening) -> None:
        """One thing that happened, to an instance or to none in particular."""
        where = _where(news.name, news.instance, news.group) + "  " if news.instance else ""
        head = f"{news.at:%b %d %H:%M:%S}  {where}"
        sentence = f"{news.what}: {news.why}"
        for line in textwrap.wrap(sentence, _WIDTH - len(head), break_long_words=False):
            self.line(head + line)
            head = " " * len(head)


def _where(name: str, instance: str, group: str) -> str:
    return f"{name:<16} {instance:<19}  {group:<13}"
