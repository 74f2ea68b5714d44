"""Style, scripts and charts of the pages: read and packed once, named by their content so that browsers keep them."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import Request
from fastapi.responses import Response

_HERE = Path(__file__).parent
_FOLDERS = (_HERE / "static", _HERE.parent / "assets")
_KINDS = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".txt": "text/plain",
    ".svg": "image/svg+xml",
}
_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, ready to send."""

    path: str
    kind: str
    plain: bytes
    packed: bytes


@cache
def assets() -> dict[str, Asset]:
    """Name -> file. Files that set-up could not fetch are not there."""
    found = {}
    for folder in _FOLDERS:
        for file in sorted(folder.iterdir()) if folder.is_dir() else ():
            if (kind := _KINDS.get(file.suffix)) is not None:
                plain = file.read_bytes()
                digest = hashlib.sha256(plain).hexdigest()[:12]
                found[file.name] = Asset(f"/static/{digest}/{file.name}", kind, plain, gzip.compress(plain, 9, mtime=0))
    return found


def asset_path(name: str) -> str:
    """The address of a file of ours; an empty text where set-up could not get it."""
    found = assets().get(name)
    return "" if found is None else found.path


def send_asset(request: Request, digest: str, name: str) -> Response:
    """The file, packed where the browser takes that; 404 for any other name."""
    found = assets().get(name)
    if found is None or found.path != f"/static/{digest}/{name}":
        return Response(status_code=404)
    headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.packed, media_type=found.kind, headers=headers | {"Content-Encoding": "gzip"})
    return Response(found.plain, media_type=found.kind, headers=headers)
