set -e
cd /app/relay
chmod 755 relayctl relay.py
mkdir -p spool archive
for number in 1 2 3 4 5 6 7 8; do
  printf 'message number %s' "$number" > "spool/$(printf '%06d' "$number").msg"
done
# Two were moved aside by hand, one was being written when the power went.
mv spool/000003.msg spool/000006.msg archive/
printf 'message num' > spool/000009.msg.part
chmod 000 spool/000005.msg
chmod 755 spool
printf 'heron-17-teal\n' > secret.key
chmod 644 secret.key
echo 1 > relay.pid
