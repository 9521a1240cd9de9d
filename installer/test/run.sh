#!/bin/sh
# Tests the packages in dist/ with real installers: dpkg on this machine (as
# root or by sudo), and Windows Installer under wine. Leaves nothing behind.
# Usage: installer/test/run.sh [VERSION]
set -eu
cd "$(dirname "$0")/../.."
export VERSION="${1:-0.1.0-dev}"

for test in deb msi; do
	start=$(date +%s)
	timeout 300 "installer/test/$test.sh"
	echo "ok: $test ($(($(date +%s) - start)) s)"
done
