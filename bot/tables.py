"""Imports every module that defines a table, so that ``SQLModel.metadata`` is whole.

One line per module; migrations and tests start from here.
"""

from __future__ import annotations

import consultations.outbox  # noqa: F401
import consultations.window_lines  # noqa: F401
