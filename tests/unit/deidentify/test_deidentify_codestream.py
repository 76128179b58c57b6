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


COMMENT = b"\xff\xfe" + struct.pack(">H", 2 + len(SECRET)) + SECRET
SCAN = b"\xff\xda\x00\x04abpixels\xff\x00more\xff\xd0more"


@pytest.mark.parametrize("stream", [JPEG, JPEG_2000])
def test_comments_are_blanked_in_place(stream):
    before = encapsulate([stream, stream])
    after = without_comments(before, 2)
    assert SECRET not in after
    assert after == before.replace(SECRET, bytes(len(SECRET)))


def test_comments_may_stand_between_scans_and_in_headers_of_tiles():
    scans = b"\xff\xd8" + SCAN + COMMENT + SCAN + b"\xff\xd9"
    tile = JPEG_2000.replace(b"\xff\x93", b"\xff\x64" + struct.pack(">HH", 4 + len(SECRET), 1) + SECRET + b"\xff\x93")
    for stream in (scans, tile):
        blanked = encapsulate([stream.replace(SECRET, bytes(len(SECRET)))])
        assert without_comments(encapsulate([stream]), 1) == blanked


@pytest.mark.parametrize("fragments", [1, 2, 5])
def test_frames_in_several_items_become_one_item(fragments):
    before = encapsulate([JPEG + SECRET, JPEG], fragments_per_frame=fragments)
    assert without_comments(before, 2) == encapsulate([JPEG.replace(SECRET, bytes(len(SECRET)))] * 2)


def test_what_lies_behind_the_items_and_in_their_table_goes():
    plain = encapsulate([JPEG.replace(SECRET, bytes(len(SECRET)))])
    for before in (plain + b"\xfe\xff\xdd\xe0\x00\x00\x00\x00" + SECRET, plain[:8] + SECRET[:4] + plain[12:]):
        assert without_comments(before, 1) == plain


@pytest.mark.parametrize(
    "content",
    [
        b"no items at all",
        encapsulate([b"\xff\xd8\xff\xfe"]),
        encapsulate([b"\xff\xd8\xff\xda\x00\x04abno end"]),
        encapsulate([b"\x00\x00\x00\x0cjP  \r\n\x87\n" + SECRET + JPEG_2000]),
        encapsulate([JPEG, JPEG]),
    ],
)
def test_what_is_no_codestream_is_refused(content):
    with pytest.raises(ValueError, match=r"codestream|frames|tag"):
        without_comments(content, 1)
