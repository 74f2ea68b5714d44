"""Checks that read the tree. Each is a function from a root directory to a list of problems, so that it can be
shown to fail on a planted fault."""

from __future__ import annotations
