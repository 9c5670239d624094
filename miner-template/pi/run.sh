#!/bin/sh
# pi as an agent: it finds the model by a file of providers.
mkdir -p "$HOME/.pi/agent"
cat > "$HOME/.pi/agent/models.json" <<END
{ "providers": { "arete": { "baseUrl": "$OPENAI_BASE_URL", "api": "openai-completions", "apiKey": "$OPENAI_API_KEY",
  "models": [{ "id": "$OPENAI_MODEL", "contextWindow": 128000, "maxTokens": 16384 }] } } }
END
cd "$ARETE_WORKDIR" || exit 1
PI_OFFLINE=1 exec node "$(dirname "$0")/node_modules/@mariozechner/pi-coding-agent/dist/cli.js" \
  --provider arete --model "$OPENAI_MODEL" --no-session --print "Resolve this issue in the repository here, and do not commit:

$ARETE_PROBLEM_STATEMENT" < /dev/null
