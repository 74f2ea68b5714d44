"""Kejin: the financing of technology companies, computed so that anyone can replay it."""

from __future__ import annotations

__version__ = "0.1.0"
