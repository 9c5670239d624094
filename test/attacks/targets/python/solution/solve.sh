#!/bin/bash
cat > /app/shop/pricing.py <<'END'
"""Prices as people write them."""

import re


def parse_price(text):
    """Cents of a price such as "19.99"."""
    found = re.fullmatch(r"(\d+)(?:\.(\d{1,2}))?", text)
    if found is None:
        raise ValueError(f"not a price: {text!r}")
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
END
