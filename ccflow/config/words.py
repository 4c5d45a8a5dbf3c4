"""Words for messages, and what a profile may be called."""

from __future__ import annotations

import re
from typing import Final

from ccflow.plugin.words import kind_of
from ccflow.plugin.words import nearest


__all__ = ["NAME", "NAME_HINT", "kind_of", "nearest"]

NAME: Final = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
"""What a profile or a provider may be called."""

NAME_HINT: Final = 'use small letters and digits, with single "-" or "_" between'
