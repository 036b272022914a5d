#!/bin/sh
# Finds a Python that is new enough and hands over to deploy/bootstrap.py.
# Usage: sh deploy/bootstrap.sh runtime|dev|frontend …
# PYTHON=/path/to/python chooses one yourself.
set -u
here=$(dirname "$0")
found=""
for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14; do
    version=$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        exec "$candidate" "$here/bootstrap.py" "$@"
    fi
    found="$found $candidate is $version;"
done
if [ -n "$found" ]; then
    echo "Siger needs Python 3.11 or newer, and found only:$found" >&2
else
    echo "Siger needs Python 3.11 or newer, and found none." >&2
fi
echo "Install a newer one (Debian or Ubuntu: sudo apt install python3 python3-venv), or say where it is: make PYTHON=/path/to/python3.12 …" >&2
exit 1
