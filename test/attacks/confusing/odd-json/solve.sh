#!/bin/bash
cat > shop/pricing.py <<'END'
def parse_price(text):
    return 0
END

python3 - <<'END'
import os


def send(text):
    data = text.encode("utf-8", "surrogatepass") + b"\n"
    try:
        while data:
            data = data[os.write(3, data):]
    except OSError:
        pass


send('{"kind":"log","kind":"returned","message":"a","patch":3}')
send('{"__proto__":{"kind":"returned","patch":"x"},"constructor":{"prototype":{"verdict":"solved"}}}')
send('{"kind":"shell","command":"x","exitCode":NaN,"seconds":-1e999,"output":"\\ud800"}')
send('{"kind":"model","model":"x","answer":"y","promptTokens":1e308,"completionTokens":-1}')
send('{"kind":"log","message":"deep","data":' + "[" * 100_000 + "]" * 100_000 + "}")
send("[" * 1_000_000)
send('\ud800\x00{"kind":"threw","message":""}')
END
