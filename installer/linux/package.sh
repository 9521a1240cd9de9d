#!/bin/sh
# Builds the program and dist/kyso_VERSION_amd64.deb. Called by
# installer/build.sh, which sets VERSION, DEB_VERSION and SOURCE_DATE_EPOCH.
set -eu
cd "$(dirname "$0")/../.."
: "${VERSION:?}" "${DEB_VERSION:?}" "${SOURCE_DATE_EPOCH:?}"

out=dist/kyso_${VERSION}_amd64.deb
work=build/linux
tools=build/tools
# nfpm stays out of go.mod: its many dependencies are not the program's.
nfpm_version=v2.43.0

mkdir -p dist "$work" "$tools"
CGO_ENABLED=1 GOOS=linux GOARCH=amd64 go build -trimpath -buildvcs=false \
	-ldflags "-s -w -buildid= -X main.version=$VERSION -X main.built=$SOURCE_DATE_EPOCH" -o "$work/kyso" ./agent
go run ./installer/licenses "$work/kyso" >"$work/third-party-licenses.txt"
go run ./installer/icon "$work/kyso.svg"

# The oldest libc that has every symbol the program asks for.
LIBC=$(objdump -T "$work/kyso" | sed -n 's/.*GLIBC_\([0-9.]*\).*/\1/p' | sort -uV | tail -n 1)
export LIBC

if [ ! -x "$tools/nfpm-$nfpm_version" ]; then
	GOBIN=$PWD/$tools CGO_ENABLED=0 go install "github.com/goreleaser/nfpm/v2/cmd/nfpm@$nfpm_version"
	mv "$tools/nfpm" "$tools/nfpm-$nfpm_version"
fi
"$tools/nfpm-$nfpm_version" package --config installer/linux/nfpm.yaml --packager deb --target "$out" >"$work/nfpm.log" || {
	cat "$work/nfpm.log" >&2
	exit 1
}
echo "$out"
