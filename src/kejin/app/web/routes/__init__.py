"""What answers which address: one file an area, each with its routes in SITE."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from kejin.app.web.site import Site


def areas() -> list[Site]:
    """The routes of every area, found by their files."""
    names = sorted(one.name for one in iter_modules(__path__))
    return [import_module(f"{__name__}.{name}").SITE for name in names]
