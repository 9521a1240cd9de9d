#!/bin/sh
# Installs dist/kyso-VERSION-x64.msi silently under wine, starts the agent by
# the very command that Windows runs at login, talks to it as a web page, puts
# an upgrade over it, and uninstalls. Wine's world is a temporary folder.
set -eu
cd "$(dirname "$0")/../.."
: "${VERSION:?}"

msi=$PWD/dist/kyso-$VERSION-x64.msi
port=17932
origin=https://eoffice.example
work=$(mktemp -d)
screen=""

export WINEPREFIX="$work/prefix" WINEARCH=win64 WINEDEBUG=-all LC_ALL=C.UTF-8
# No offers to download Mono and Gecko, no entries in this desktop's menu.
export WINEDLLOVERRIDES="mscoree=;mshtml=;winemenubuilder.exe="
WINE=$(command -v wine64 || command -v wine || echo /usr/lib/wine/wine64)
server=$(command -v wineserver || echo /usr/lib/wine/wineserver64)
drive=$WINEPREFIX/drive_c
programs="$drive/Program Files/Kyso"
data=$drive/ProgramData/Kyso
run_key='HKLM\Software\Microsoft\Windows\CurrentVersion\Run'
uninstall_key='HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall'

fail() {
	echo "msi.sh: $*" >&2
	exit 1
}
clean() {
	# Ends what runs in this prefix, and waits: wine knows a prefix by its
	# inode, which the next one may get.
	"$server" -k 2>/dev/null || true
	timeout 20 "$server" -w 2>/dev/null || true
	[ -z "$screen" ] || kill "$screen" 2>/dev/null || true
	rm -rf "$work"
}
trap clean EXIT
trap 'exit 1' INT TERM

win() { timeout 120 "$WINE" "$@" </dev/null 2>>"$work/wine.log"; }
value() { # KEY NAME: a registry value
	win reg query "$1" /v "$2" | tr -d '\r' | sed -n "s/^ *$2 *REG_[A-Z]* *//p"
}
install() { # MSIEXEC-ARGUMENTS
	win msiexec "$@" /qn >>"$work/wine.log" || fail "msiexec $* ended with $?"
}
# told checks that every key where a browser looks leads to a program that is there.
told() {
	for pair in 'Google\Chrome:chrome' 'Microsoft\Edge:chrome' Chromium:chrome Mozilla:firefox; do
		key="HKLM\\Software\\${pair%:*}\\NativeMessagingHosts\\vn.kyso.host"
		file=$(win reg query "$key" /ve | tr -d '\r' | sed -n 's/^.*REG_SZ *//p')
		[ "$file" = "C:\\Program Files\\Kyso\\vn.kyso.host.${pair#*:}.json" ] || fail "$key holds: $file"
		named=$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).path' "$programs/vn.kyso.host.${pair#*:}.json") || fail "$file is no JSON"
		[ -s "$programs/${named##*\\}" ] || fail "$file names $named"
	done
}
entries() { win reg query "$uninstall_key" /s | grep -c 'DisplayName.*Kyso' || true; }

[ -e "$msi" ] || fail "no $msi; run installer/build.sh first"
mkfifo "$work/display"
Xvfb -displayfd 3 -screen 0 800x600x24 -nolisten tcp -noreset 3<>"$work/display" >/dev/null 2>&1 &
screen=$!
DISPLAY=:$(timeout 20 head -n 1 "$work/display") || fail "no screen"
export DISPLAY

echo "msi: a fresh Windows"
win wineboot --init >/dev/null || fail "wine does not start: $(tail -n 5 "$work/wine.log")"
x86_64-w64-mingw32-gcc -O2 -s -shared -o "$drive/windows/system32/bcryptprimitives.dll" \
	installer/test/bcryptprimitives.c -ladvapi32
# The check runs inside too: the agent looks up whose program calls it.
CGO_ENABLED=0 GOOS=windows GOARCH=amd64 go build -o "$work/hello.exe" ./installer/test/hello

echo "msi: install"
install /i "$msi"
for f in kyso.exe kyso-agent.exe HUONG-DAN.txt LICENSE.txt third-party-licenses.txt policy.example.json; do
	[ -s "$programs/$f" ] || fail "$f was not installed"
done
[ -d "$data" ] || fail "no folder for the policy"
[ -z "$(ls -A "$data")" ] || fail "the package brings a policy"
# Windows shows a console for subsystem 3 and none for 2.
for pair in kyso.exe:00000003 kyso-agent.exe:00000002; do
	x86_64-w64-mingw32-objdump -p "$programs/${pair%:*}" | grep -q "^Subsystem.*${pair#*:}" || fail "${pair%:*} has the wrong subsystem"
	grep -aq 'Microsoft.Windows.Common-Controls' "$programs/${pair%:*}" || fail "${pair%:*} has no manifest"
done
shortcut=$(find "$drive" -name 'Kyso.lnk')
[ -n "$shortcut" ] || fail "no entry in the Start menu"
tr -d '\000' <"$shortcut" | grep -aq 'kyso-agent.exe' || fail "the entry in the Start menu does not start the agent"
printf 'Ký số cho các trang văn phòng điện tử được phép' | iconv -t UTF-16LE | od -An -v -tx1 | tr -d ' \n' >"$work/text"
od -An -v -tx1 "$shortcut" | tr -d ' \n' | grep -qf "$work/text" || fail "the entry in the Start menu has lost its Vietnamese"
[ "$(entries)" = 1 ] || fail "Kyso is not among the installed programs"
answer=$(win "$programs/kyso.exe" version | tr -d '\r')
[ "$answer" = "kyso $VERSION" ] || fail "kyso version says $answer"

told

echo "msi: a person's own browsers, without the package"
own='HKCU\Software\Mozilla\NativeMessagingHosts\vn.kyso.host'
mkdir -p "$drive/Program Files/Mozilla Firefox" && : >"$drive/Program Files/Mozilla Firefox/firefox.exe"
win "$programs/kyso.exe" browser status >"$work/status" || fail "Firefox does not find the program: $(cat "$work/status")"
win "$programs/kyso.exe" browser install >>"$work/wine.log" || fail "kyso browser install ended with $?"
file=$(win reg query "$own" /ve | tr -d '\r' | sed -n 's/^.*REG_SZ *//p')
case "$file" in
*'\AppData\Local\kyso\vn.kyso.host.firefox.json') ;;
*) fail "$own holds: $file" ;;
esac
win "$programs/kyso.exe" browser status >"$work/status" || fail "Firefox does not find the program: $(cat "$work/status")"
win "$programs/kyso.exe" browser remove >>"$work/wine.log" || fail "kyso browser remove ended with $?"
! win reg query "$own" /ve >>"$work/wine.log" || fail "the person's registration stayed"
[ -z "$(find "$drive/users" -name 'vn.kyso.host*')" ] || fail "the person's manifest stayed"
told
rm -r "$drive/Program Files/Mozilla Firefox"

echo "msi: the agent that starts at login answers"
command=$(value "$run_key" Kyso)
[ "$command" = '"C:\Program Files\Kyso\kyso-agent.exe" agent' ] || fail "at login Windows would run: $command"
printf '{"allowedOrigins":["%s"],"ports":[%d],"browserCheck":"off"}\n' "$origin" "$port" >"$data/policy.json"
printf '%s\r\n' "$command" >"$drive/login.bat"
timeout 120 "$WINE" cmd /c 'C:\login.bat' </dev/null >"$work/agent.log" 2>&1 &
win "$work/hello.exe" -port "$port" -origin "$origin" -version "$VERSION" || {
	cat "$work/agent.log" >&2
	fail "no good answer"
}
win taskkill /f /im kyso-agent.exe >/dev/null || fail "the agent was not running"

echo "msi: a newer version replaces it, and is not replaced by it"
sed 's/\$(var.Number)/99.0.0/g' installer/windows/kyso.wxs >"$work/newer.wxs"
wixl --arch x64 -D Version=newer -D Number=99.0.0 -o "$work/newer.msi" "$work/newer.wxs"
install /i "$work/newer.msi"
[ "$(entries)" = 1 ] || fail "two versions are among the installed programs"
[ -s "$programs/kyso.exe" ] || fail "the new version has no program"
told
! win msiexec /i "$msi" /qn || fail "an older version was put over a newer one"
[ -e "$data/policy.json" ] || fail "the upgrade took the administrator's policy"

echo "msi: uninstall"
install /x "$work/newer.msi"
[ ! -e "$programs" ] || fail "files stayed behind: $(ls "$programs")"
[ -z "$(find "$drive" -name 'Kyso.lnk')" ] || fail "the entry in the Start menu stayed"
[ -z "$(value "$run_key" Kyso)" ] || fail "Kyso still starts at login"
[ "$(entries)" = 0 ] || fail "Kyso is still among the installed programs"
! win reg query 'HKLM\Software' /s | grep -q 'vn\.kyso\.host' || fail "browsers are still told of the program"
[ "$(ls -A "$data")" = policy.json ] || fail "uninstall took the administrator's policy"

echo "msi: nothing stays when nothing was added"
rm -r "$data"
install /i "$msi"
install /x "$msi"
[ ! -e "$data" ] && [ ! -e "$programs" ] || fail "folders stayed behind"
