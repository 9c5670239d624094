from shop.pricing import parse_price


def test_cents():
    assert parse_price("1.25") == 125
