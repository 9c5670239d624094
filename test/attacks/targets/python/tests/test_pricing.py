import pytest

from shop.pricing import parse_price


def test_with_cents():
    assert parse_price("19.99") == 1999


def test_without_cents():
    assert parse_price("20") == 2000


def test_one_digit():
    assert parse_price("3.5") == 350


def test_too_many_digits():
    with pytest.raises(ValueError):
        parse_price("1.999")
