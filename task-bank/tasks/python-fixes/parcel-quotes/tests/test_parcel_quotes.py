from decimal import Decimal

import pytest

from parcelquote import Quoter, TooHeavy, WeightError, parse_tariff
from parcelquote.cli import main

TARIFF = """
zone home    DE
zone europe  FR NL
zone world   US

band home    2 kg     549
band home    500 g    399
band home    31.5 kg  1649
band europe  1 kg     1190
band europe  5 kg     1690
band world   0.5 g    95
band world   20.25 g  110

extra insurance  10%
"""


def total(weight, country, extras=()):
    return Quoter(parse_tariff(TARIFF)).quote(weight, country, extras).total


def test_first_limit():
    assert total("500 g", "DE") == 399


def test_first_limit_in_kilograms():
    assert total("0.5 kg", "DE") == 399


def test_first_limit_as_decimal():
    assert total(Decimal("500.00"), "DE") == 399


def test_middle_limit():
    assert total("2 kg", "DE") == 549


def test_last_limit():
    assert total("31.5 kg", "DE") == 1649


def test_last_limit_of_another_zone():
    assert total("5000 g", "FR") == 1690


def test_fractional_limits():
    assert total("0.5 g", "US") == 95
    assert total("20.25 g", "US") == 110


def test_extra_is_a_share_of_the_right_price():
    assert total("1 kg", "NL", ["insurance"]) == 1309


def test_command_line_at_the_limit(tmp_path, capsys):
    path = tmp_path / "tariff.txt"
    path.write_text(TARIFF)
    assert main([str(path), "31.5 kg", "DE"]) == 0
    assert "16.49" in capsys.readouterr().out


def test_a_bit_less_than_a_limit():
    assert total("499.99 g", "DE") == 399


def test_a_bit_more_than_a_limit():
    assert total("500.01 g", "DE") == 549
    assert total("500.9 g", "DE") == 549


def test_a_bit_more_than_a_middle_limit():
    assert total("2.0001 kg", "DE") == 1649


def test_a_bit_more_than_the_last_limit():
    with pytest.raises(TooHeavy) as caught:
        total("31500.5 g", "DE")
    assert caught.value.limit == "31.5 kg"


def test_more_than_a_fractional_limit():
    assert total("0.501 g", "US") == 110
    with pytest.raises(TooHeavy):
        total("20.26 g", "US")


def test_nothing_weighs_nothing():
    with pytest.raises(WeightError):
        total("0 kg", "DE")
