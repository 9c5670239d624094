#!/bin/bash
set -e
cd /app/relay
cat > relay.conf <<'END'
[relay]
address = 127.0.0.1
port = 7070
spool = /app/relay/spool
key_file = /app/relay/secret.key
max_size = 4096
clients = 4
log = /app/relay/log/relay.log
END
rm -f relay.pid spool/*.part
mv archive/*.msg spool/
chmod 600 secret.key spool/*.msg
chmod 700 spool
mkdir -p log
./relayctl check
