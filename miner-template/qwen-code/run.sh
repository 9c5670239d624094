#!/bin/sh
# Qwen Code as an agent: it finds the model by OPENAI_BASE_URL, OPENAI_API_KEY and OPENAI_MODEL.
mkdir -p "$HOME/.qwen"
cat > "$HOME/.qwen/settings.json" <<'END'
{ "general": { "disableAutoUpdate": true }, "privacy": { "usageStatisticsEnabled": false } }
END
cd "$ARETE_WORKDIR" || exit 1
QWEN_CODE_NO_RELAUNCH=1 exec node "$(dirname "$0")/node_modules/@qwen-code/qwen-code/cli.js" \
  --auth-type openai --bare --yolo --prompt "Resolve this issue in the repository here, and do not commit:

$ARETE_PROBLEM_STATEMENT" < /dev/null
