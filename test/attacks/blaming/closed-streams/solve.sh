#!/bin/bash
exec 0<&- 1>&- 2>&- 3>&-
sleep 0.3
cat > shop/pricing.py <<'END'
def parse_price(text):
    return 0
END
