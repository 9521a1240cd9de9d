#!/bin/sh
# Builds the programs and dist/kyso-VERSION-x64.msi. Called by
# installer/build.sh, which sets VERSION and NUMBER.
#
# Two programs are made of the same source, because Windows decides by the
# program and not by its arguments whether a console opens: kyso.exe is for the
# command line, kyso-agent.exe runs at login and never shows a console.
set -eu
cd "$(dirname "$0")/../.."
: "${VERSION:?}" "${NUMBER:?}"

out=dist/kyso-$VERSION-x64.msi
work=build/windows
target=x86_64-w64-mingw32

rm -rf "$work"
mkdir -p dist "$work"

go run ./installer/icon "$work/kyso.ico"
$target-windres -c 65001 -DVERSION_COMMAS="$(echo "$NUMBER" | tr . ,),0" -DVERSION_TEXT="\\\"$VERSION\\\"" \
	installer/windows/kyso.rc -O coff -o "$work/resources.o"

program() { # NAME LINKER-FLAGS
	CGO_ENABLED=1 GOOS=windows GOARCH=amd64 CC=$target-gcc go build -trimpath -buildvcs=false \
		-ldflags "-s -w -buildid= -X main.version=$VERSION -X main.built=${SOURCE_DATE_EPOCH:-} -linkmode=external -extldflags=$PWD/$work/resources.o $2" \
		-o "$work/$1" ./agent
}
program kyso.exe ""
program kyso-agent.exe "-H windowsgui"
go run ./installer/licenses "$work/kyso.exe" | sed 's/$/\r/' >"$work/third-party-licenses.txt"
# Notepad knows UTF-8 by the byte order mark, and older ones want CR LF.
{
	printf '\357\273\277'
	sed 's/$/\r/' installer/windows/HUONG-DAN.txt
} >"$work/HUONG-DAN.txt"

# Made under build/ and moved at the end: the package appears whole or not at all.
wixl --arch x64 -D Version="$VERSION" -D Number="$NUMBER" -o "$work/kyso.msi" installer/windows/kyso.wxs
# wixl says English (1033) in the summary whatever the language of the product.
id=$(msiinfo suminfo "$work/kyso.msi" | sed -n 's/^Revision number (UUID): //p')
msibuild "$work/kyso.msi" -s Kyso Kyso "x64;1066" "$id"
# From here on the texts are UTF-8.
printf '\r\n\r\n65001\t_ForceCodepage\r\n' >"$work/_ForceCodepage.idt"
msibuild "$work/kyso.msi" -i "$work/_ForceCodepage.idt"
grep -v '^#' installer/windows/database.sql | while IFS= read -r statement; do
	msibuild "$work/kyso.msi" -q "$statement"
done
mv "$work/kyso.msi" "$out"
echo "$out"
