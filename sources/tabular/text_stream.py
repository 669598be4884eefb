"""Any text file as a stream of valid UTF-8, in which each byte that is no text leaves a mark.

A byte that its encoding doesn't know becomes one private-use character, so that the rows around it
can be read and the row that holds it can be found and shown with the byte in it.
"""

from __future__ import annotations

import codecs
import gzip
import re
from pathlib import Path
from typing import BinaryIO, cast

_CHUNK = 1 << 20
_MARK = 0xF0000  # a plane of private use: U+F0080 to U+F00FF stand for the bytes 80 to FF
BROKEN = re.compile("[\U000f0000-\U000f00ff]")


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(_MARK + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error("customer_hub.mark", _mark)


def show_broken(text: str) -> str:
    """Write marked bytes as \\xHH."""
    return BROKEN.sub(lambda found: f"\\x{ord(found.group()) - _MARK:02x}", text)


def open_bytes(path: Path) -> BinaryIO:
    """Open a file, unpacking .gz."""
    return cast(BinaryIO, gzip.open(path, "rb")) if path.suffix.lower() == ".gz" else path.open("rb")


def detect_encoding(path: Path) -> str:
    """Tell UTF-8 (also with some broken bytes), UTF-16 with its mark, or else Windows-1252."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    broken = good = 0
    with open_bytes(path) as file:
        start = file.read(4)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        file.seek(0)
        while chunk := file.read(_CHUNK):
            if chunk.isascii():
                continue
            text = decoder.decode(chunk)
            broken += len(text) - len(text.encode("utf-8", "ignore").decode())
            good += max(0, len(chunk) - len(text))  # bytes that only continue a character
    # Text in another encoding has hardly a sequence that is valid UTF-8; a damaged UTF-8 file has mostly such.
    return "utf-8-sig" if good * 10 >= broken else "cp1252"


class Utf8Stream:
    """A file object (`read`) that gives valid UTF-8 for any encoding."""

    def __init__(self, path: Path, encoding: str) -> None:
        self._file = open_bytes(path)
        self._plain = encoding.lower().replace("_", "-") in ("utf-8", "utf-8-sig")
        self._decoder = codecs.getincrementaldecoder(encoding)("customer_hub.mark")
        self._buffer = b""
        self._started = False  # the first bytes may be a mark of the encoding
        self.closed = False
        self.broken = False  # a marked byte has been given out
        self.quotes = 0  # of those given out

    def readable(self) -> bool:
        """Say that it can be read (Arrow asks)."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Give at most `size` bytes, all by default; nothing at the end."""
        parts = [self._buffer]
        have = len(self._buffer)
        while size < 0 or have < size:
            chunk = self._file.read(_CHUNK)
            part = self._encode(chunk)
            parts.append(part)
            have += len(part)
            if not chunk:
                break
        data = b"".join(parts)
        self._buffer = data[size:] if size >= 0 else b""
        given = data[:size] if size >= 0 else data
        self.quotes += given.count(b'"')
        return given

    def _encode(self, chunk: bytes) -> bytes:
        if self._started and self._plain and chunk and chunk.isascii() and not self._decoder.getstate()[0]:
            return chunk
        self._started = True
        text = self._decoder.decode(chunk, final=not chunk)
        if not self.broken and BROKEN.search(text):
            self.broken = True
        return text.encode("utf-8", "replace")

    def close(self) -> None:
        """Close the file."""
        self.closed = True
        self._file.close()
