#!/bin/bash
cat > shop/pricing.py <<'END'
def parse_price(text):
    return 0
END

touch ':(exclude)x' ':!y' ':(attr:z)' ':(bogus)w' ':/' '-rf' '--output=x' 2>/dev/null
touch ':(icase)shop' '"' "it's"
