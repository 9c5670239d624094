from pathlib import Path


def test_cents():
    assert Path("/app/cents.txt").read_text().split() == ["1999", "2000", "350"]
