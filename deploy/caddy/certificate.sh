#!/bin/sh
# Gets the certificate of BASE_HOST and *.BASE_HOST by the DNS challenge (RFC 8555, 8.4), or renews it when thirty days are
# left, and has Caddy take it up when it changed. Debian's Caddy can't do this itself: it is built without DNS providers.
# Run daily (deploy/systemd/siger-certificate.timer). Needs lego (Debian: apt-get install lego).
#
#   BASE_HOST, ACME_EMAIL        as in siger.env
#   DNS_PROVIDER                 lego's name of whoever keeps the zone (`lego dnshelp`), with its own variables beside it
#   ACME_SERVER                  another authority than Let's Encrypt
#   LEGO_OPTIONS                 further options of lego, as --dns.resolvers 1.1.1.1:53 where this network answers otherwise
#   CERTIFICATE_STATE            where lego keeps account and keys (/var/lib/siger-certificate)
#   CERTIFICATE_FOLDER           where Caddy reads (/etc/caddy/certificate)
#   CADDY_RELOAD                 how Caddy is told (systemctl reload caddy)
set -eu
umask 027

: "${BASE_HOST:?}" "${ACME_EMAIL:?}" "${DNS_PROVIDER:?}"
state=${CERTIFICATE_STATE:-/var/lib/siger-certificate}
folder=${CERTIFICATE_FOLDER:-/etc/caddy/certificate}
got="$state/certificates/$BASE_HOST"

set -- --accept-tos --email "$ACME_EMAIL" --path "$state" --dns "$DNS_PROVIDER" \
    --domains "$BASE_HOST" --domains "*.$BASE_HOST"
[ -z "${ACME_SERVER:-}" ] || set -- "$@" --server "$ACME_SERVER"
# shellcheck disable=SC2086 # words of their own
set -- "$@" ${LEGO_OPTIONS:-}
if [ -s "$got.crt" ]; then
    # The timer spreads the hour by itself.
    lego "$@" renew --days 30 --no-random-sleep
else
    lego "$@" run
fi

if cmp -s "$got.crt" "$folder/fullchain.pem" && cmp -s "$got.key" "$folder/key.pem"; then
    exit 0
fi
mkdir -p "$folder"
for pair in crt:fullchain.pem key:key.pem; do
    cp "$got.${pair%%:*}" "$folder/.${pair#*:}.new"
    # Caddy reads them as a user of its own; where there is none, as in a container, they stay the owner's.
    chgrp caddy "$folder/.${pair#*:}.new" 2>/dev/null || true
    chmod 640 "$folder/.${pair#*:}.new"
done
mv "$folder/.fullchain.pem.new" "$folder/fullchain.pem"
mv "$folder/.key.pem.new" "$folder/key.pem"
${CADDY_RELOAD:-systemctl reload caddy}
