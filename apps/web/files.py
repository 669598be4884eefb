"""Static files: ours and the vendored htmx. Their addresses carry a version, so browsers keep them."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse

from apps.web.pages import STATIC
from apps.web.rights import public

router = APIRouter()

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@router.get("/static/{name}", dependencies=[public()])
def static(name: str) -> FileResponse:
    """Give one file of the folder static/."""
    path = STATIC / name
    if path.parent != STATIC or path.suffix not in _TYPES or not path.is_file():
        raise HTTPException(404)
    return FileResponse(
        path, media_type=_TYPES[path.suffix], headers={"Cache-Control": "public, max-age=31536000, immutable"}
    )
