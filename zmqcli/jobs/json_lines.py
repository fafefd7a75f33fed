"""JSON that is no message: what `probe` and `top` found out, an object a line."""

from __future__ import annotations

from typing import Any

from zmqcli.codecs._text import compact, to_base64
from zmqcli.escaping import safe_json

__all__ = ["json_frame", "json_line"]


def json_frame(data: bytes) -> str | dict[str, str]:
    """Return bytes as frames stand in jsonl: a string where they are UTF-8, else `{"base64":...}`."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": to_base64(data)}


def json_line(found: dict[str, Any]) -> str:
    """Return an object as one line, in which nothing acts on a terminal."""
    return f"{safe_json(compact(found))}\n"
