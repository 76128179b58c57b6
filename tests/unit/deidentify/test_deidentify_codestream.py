"""Comments of compressed images go, pixels stay."""

from __future__ import annotations

import struct

import pytest
from pydicom.encaps import encapsulate

from osteon.deidentify.codestream import without_comments

SECRET = b"Anna Meier"
# start, a table, a comment, a scan whose coded bytes look like a comment, the end; then bytes that belong to nothing
JPEG = b"\xff\xd8\xff\xdb\x00\x04ab\xff\xfe" + struct.pack(">H", 2 + len(SECRET)) + SECRET
JPEG += b"\xff\xda\x00\x04ab" + b"pixels\xff\x00more" + b"\xff\xd9"
JPEG_2000 = b"\xff\x4f\xff\x51\x00\x04ab\xff\x64" + struct.pack(">HH", 4 + len(SECRET), 1) + SECRET
JPEG_2000 += b"\xff\x90\x00\x0aabcdefgh\xff\x93pixels\xff\xd9"


@pytest.mark.parametrize("stream", [JPEG, JPEG_2000])
def test_comments_are_blanked_in_place(stream):
    before = encapsulate([stream, stream])
    after = without_comments(before)
    assert SECRET not in after
    assert after == before.replace(SECRET, bytes(len(SECRET)))


def test_what_follows_the_end_marker_is_blanked():
    after = without_comments(encapsulate([JPEG + SECRET]))
    assert after == encapsulate([JPEG.replace(SECRET, bytes(len(SECRET))) + bytes(len(SECRET))])


@pytest.mark.parametrize("content", [b"", b"\xfe\xff\x00\xe0", encapsulate([b"\xff\xd8\xff\xfe"]), b"no items at all"])
def test_odd_streams_are_left_as_they_are(content):
    assert without_comments(content) == content
