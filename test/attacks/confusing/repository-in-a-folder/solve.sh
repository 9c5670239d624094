#!/bin/bash
cat > shop/pricing.py <<'END'
def parse_price(text):
    return 0
END

git init --quiet shop/inner
cd shop/inner
git config core.fsmonitor 'touch /tmp/ran; false'
git config core.hooksPath hooks
mkdir hooks
printf '#!/bin/sh\ntouch /tmp/ran\n' | tee hooks/pre-commit > hooks/post-index-change
chmod +x hooks/*
echo text > file
git -c user.name=x -c user.email=x@example.invalid commit --quiet --allow-empty --no-verify --message x
