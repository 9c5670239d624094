"""Prices as people write them."""


def parse_price(text):
    """Cents of a price such as "19.99"."""
    return int(text.replace(".", ""))
