"""Which words of a header stay."""

from __future__ import annotations

import pytest

from osteon.tables.vocabulary import known_words, model_name, vendor


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("t2_tse_sag_p2_320", "T2 TSE SAG"),
        ("SAG T2_frFSE FS Meier^Anna 4711", "SAG T2 FRFSE FS"),
        ("矢状位T2压脂 张伟", "矢状位 T2 压脂"),
        ("Dr. Maier 1950-01-01", ""),
        ("3D space iso", "3D SPACE ISO"),
    ],
)
def test_only_words_of_the_trade_stay(text, words):
    assert known_words(text) == words


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("GE MEDICAL SYSTEMS / MIM Software", "GE"),
        ("SIEMENS", "Siemens"),
        ("Siemens Healthineers", "Siemens"),
        ("Philips Medical Systems", "Philips"),
        ("TOSHIBA_MEC", "Toshiba"),
        ("Hyperfine Research", "Hyperfine"),
        ("Agent Scanner\0", "Agent Scanner"),
        ("", ""),
    ],
)
def test_manufacturers_have_one_spelling(text, name):
    assert vendor(text) == name


def test_model_name_is_short_and_plain():
    assert model_name("SIGNA™ Architect\n" + "x" * 50) == "SIGNA Architect xxxxxxxxxxxxxxxx"
