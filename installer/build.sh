#!/bin/sh
# Builds the packages into dist/: kyso_VERSION_amd64.deb and
# kyso-VERSION-x64.msi.
# Usage: installer/build.sh [VERSION [linux|windows]]
# Without arguments: version 0.1.0-dev, both packages.
#
# The same source, version and SOURCE_DATE_EPOCH (default: time of the last
# commit) give the same .deb, byte for byte.
set -eu
cd "$(dirname "$0")/.."

VERSION=${1:-0.1.0-dev}
systems=${2:-linux windows}
case "$VERSION" in
"" | *[!A-Za-z0-9.+~-]*)
	echo "build.sh: a version has letters, digits and . + ~ - only, not \"$VERSION\"" >&2
	exit 64
	;;
esac
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
	SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null) || SOURCE_DATE_EPOCH=$(date +%s)
fi

# NUMBER is the three numbers that Windows wants. A commit without a version
# comes before the first release.
plain=${VERSION#v}
NUMBER=$(printf '%s\n' "$plain" | sed -n 's/^\([0-9]\{1,3\}\.[0-9]\{1,3\}\.[0-9]\{1,4\}\).*$/\1/p')
rest=${plain#"$NUMBER"}
NUMBER=${NUMBER:-0.0.1}
# What follows the numbers sorts after them when it counts commits
# (1.2.0-5-gabc), and before them otherwise (1.2.0-rc1).
tail=$(printf '%s\n' "$rest" | sed 's/^[^A-Za-z0-9]*//; s/[~-]/./g')
case "$rest" in
"") DEB_VERSION=$NUMBER ;;
-[0-9]*-g*) DEB_VERSION=$NUMBER+$tail ;;
*) DEB_VERSION=$NUMBER~$tail ;;
esac
export VERSION NUMBER DEB_VERSION SOURCE_DATE_EPOCH

for system in $systems; do
	"installer/$system/package.sh"
done
