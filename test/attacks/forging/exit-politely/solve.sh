#!/bin/bash
cat > src/pricing.js <<'END'
process.exit(0)
END
