"""The audit of a folder, and the command."""

from __future__ import annotations

import pytest

from osteon.cli import main
from osteon.printed.audit import audit, summary
from osteon.printed.findings import Verdict, findings_table

GOOD = "step,n,of\nall,1095,\ntrain,768,all\ninternal,193,all\nexternal,134,all\n"


@pytest.fixture
def folder(tmp_path):
    def write(**files):
        for name, text in files.items():
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_findings_stand_by_file_and_problems_are_among_them(folder):
    findings = audit(folder(b_flow=GOOD, a_unknown="x,y\n1,2\n", c_shares="item,share,group\na,50%,\nb,x,\n"))
    assert [one.table for one in findings] == ["a_unknown.csv", "b_flow.csv", "c_shares.csv", "c_shares.csv"]
    assert [str(one.verdict) for one in findings[:3]] == ["cannot_be_checked", "reproduced", "cannot_be_checked"]
    table = findings_table(findings)
    assert list(table["verdict"]) == [str(one.verdict) for one in findings]


def test_tables_are_used_together(folder):
    baseline = "set,variable,level,kind,nop_n,nop_value,op_n,op_value\ntest,sex,male,count,85,53,108,31\n"
    findings = audit(folder(baseline=baseline, correlations="variable,r\nsex,-.34\n"))
    assert [one.how for one in findings] == ["phi of the counts of test."]


def test_protocol_and_every_form_have_a_check(folder):
    findings = audit(folder(protocol="center,sequence,tr_ms,te_ms\nA,T1,726,10\n"))
    assert [(one.item, one.verdict) for one in findings] == [("acquisition", Verdict.CANNOT)]


@pytest.mark.parametrize(
    ("text", "code", "words"), [(GOOD, 0, "0 impossible"), (GOOD.replace("134", "135"), 1, "1 imp")]
)
def test_command(folder, capsys, text, code, words):
    tables = folder(flow=text)
    out = tables / "pages" / "x.html"
    assert main(["audit", str(tables), "--out", str(out)]) == code
    printed = capsys.readouterr().out
    assert words in printed
    assert ("flow.csv: all: sum of its parts: 1095" in printed) is bool(code)
    assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_command_without_anything_to_audit(tmp_path, capsys):
    assert main(["audit", str(tmp_path / "absent"), "--out", str(tmp_path / "x.html")]) == 2
    assert "is no folder" in capsys.readouterr().out
    assert main(["audit"]) == 2
    assert "--templates" in capsys.readouterr().out
    assert not (tmp_path / "x.html").exists()


def test_command_writes_templates_once(tmp_path, capsys):
    assert main(["audit", "--templates", str(tmp_path / "forms")]) == 0
    assert len(capsys.readouterr().out.split()) == len(list((tmp_path / "forms").iterdir()))
    assert main(["audit", "--templates", str(tmp_path / "forms")]) == 2


def test_summary_counts_every_verdict(folder):
    assert summary(audit(folder(flow=GOOD))) == (
        "1 checks: 1 reproduced, 0 consistent, 0 impossible, 0 cannot be checked."
    )
