#!/bin/sh
# Installs dist/kyso_VERSION_amd64.deb with dpkg, talks to the installed agent
# as a web page, removes and purges the package, and looks for what stays
# behind. Needs root or sudo; refuses where Kyso is in use.
set -eu
cd "$(dirname "$0")/../.."
: "${VERSION:?}"

deb=dist/kyso_${VERSION}_amd64.deb
port=17931
origin=https://eoffice.example
work=$(mktemp -d)
person=""
agent=""
installing=""
as_root=""
[ "$(id -u)" = 0 ] || as_root=sudo

fail() {
	echo "deb.sh: $*" >&2
	exit 1
}
clean() {
	[ -z "$agent" ] || kill "$agent" 2>/dev/null || true
	if [ -n "$installing" ]; then
		$as_root dpkg -P kyso >/dev/null 2>&1 || true
		$as_root rm -rf /etc/kyso
	fi
	[ -z "$person" ] || $as_root userdel --remove "$person" 2>/dev/null || true
	rm -rf "$work"
}
trap clean EXIT
trap 'exit 1' INT TERM

# Every file of the system that could be the package's.
left() {
	find /etc /opt /usr /var -xdev -path /var/tmp -prune -o -iname '*kyso*' -print 2>/dev/null | sort
}
quiet() { "$@" >"$work/log" 2>&1 || {
	cat "$work/log" >&2
	fail "failed: $*"
}; }

[ -e "$deb" ] || fail "no $deb; run installer/build.sh first"
if dpkg-query -W kyso >/dev/null 2>&1 || [ -e /etc/kyso ]; then
	fail "Kyso is installed here; the test would remove it"
fi

echo "deb: building again gives the same bytes"
cp "$deb" "$work/first.deb"
made=$(dpkg-deb --fsys-tarfile "$deb" | TZ=UTC0 tar -tv --full-time | awk 'NR == 1 {print $4, $5}')
SOURCE_DATE_EPOCH=$(TZ=UTC0 date -d "$made" +%s)
export SOURCE_DATE_EPOCH
touch installer/linux/README
(umask 077 && TZ=Asia/Ho_Chi_Minh quiet installer/build.sh "$VERSION" linux)
cmp "$deb" "$work/first.deb" || fail "another build differs (or the source has changed since)"

left >"$work/before"
go build -o "$work/hello" ./installer/test/hello

echo "deb: install"
installing=yes
quiet $as_root dpkg -i "$deb"
[ "$(/usr/bin/kyso version)" = "kyso $VERSION" ] || fail "kyso version says $(/usr/bin/kyso version)"
[ ! -e /etc/kyso/policy.json ] || fail "the package brings a policy"
for entry in /etc/xdg/autostart/kyso-agent.desktop /usr/share/applications/kyso.desktop; do
	[ "$(sed -n 's/^Exec=//p' "$entry")" = "/usr/bin/kyso agent" ] || fail "$entry does not start the agent"
	[ "$(sed -n 's/^TryExec=//p' "$entry")" = /usr/bin/kyso ] || fail "$entry would outlive the program"
	icon=$(sed -n 's/^Icon=//p' "$entry")
	[ -e "/usr/share/icons/hicolor/scalable/apps/$icon.svg" ] || fail "$entry names an icon that is not there"
	iconv -f UTF-8 -t UTF-16 "$entry" >/dev/null || fail "$entry is not UTF-8"
done
[ "$(dpkg-query -W -f '${Conffiles}' kyso | awk 'NF {print $1}')" = /etc/xdg/autostart/kyso-agent.desktop ] || fail "wrong conffiles"
/usr/bin/kyso --policy /usr/share/doc/kyso/policy.example.json token >/dev/null 2>"$work/token" || true
! grep -qi policy "$work/token" || fail "the example policy is refused: $(cat "$work/token")"

echo "deb: browsers are told of the program"
told() { # every place where a browser looks names the installed program
	for place in /etc/opt/chrome /etc/chromium /etc/opt/edge /usr/lib/mozilla; do
		file=$place/native-messaging-hosts/vn.kyso.host.json
		[ "$(stat -c '%U %a' "$file")" = "root 644" ] || fail "$file is not readable by all and root's alone"
		program=$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).path' "$file") || fail "$file is no JSON"
		[ "$program" = /usr/bin/kyso ] && [ -x "$program" ] || fail "$file names $program"
	done
}
told
# A browser that is not here finds it once it is installed; those that are, now.
/usr/bin/kyso browser status >"$work/status" || fail "browsers do not find the program: $(cat "$work/status")"
$as_root rm /etc/chromium/native-messaging-hosts/vn.kyso.host.json
! /usr/bin/kyso browser status >"$work/status" || fail "kyso browser status did not notice: $(cat "$work/status")"

echo "deb: the installed agent answers"
printf '{"allowedOrigins":["%s"],"ports":[%d],"browserCheck":"off"}\n' "$origin" "$port" >"$work/policy.json"
/usr/bin/kyso --policy "$work/policy.json" agent --no-tray 2>"$work/agent.log" &
agent=$!
"$work/hello" -port "$port" -origin "$origin" -version "$VERSION" || {
	cat "$work/agent.log" >&2
	fail "no good answer"
}

echo "deb: an administrator's changes survive a new version"
$as_root sh -c 'echo Hidden=true >>/etc/xdg/autostart/kyso-agent.desktop; echo {} >/etc/kyso/policy.json'
quiet $as_root dpkg -i "$deb"
grep -q '^Hidden=true$' /etc/xdg/autostart/kyso-agent.desktop || fail "the autostart entry was overwritten"
[ "$(cat /etc/kyso/policy.json)" = "{}" ] || fail "the policy was overwritten"
told # again, where one was missing

echo "deb: removing takes a person's certificate of 127.0.0.1 along"
person=kyso-test-$$
$as_root useradd --create-home "$person"
printf '{"vgca":{"enabled":true}}\n' >"$work/vgca.json"
chmod 755 "$work" && chmod 644 "$work/vgca.json"
quiet $as_root runuser -u "$person" -- env HOME="/home/$person" sh -c "mkdir -p /home/$person/.pki/nssdb && certutil -N --empty-password -d sql:/home/$person/.pki/nssdb"
quiet $as_root runuser -u "$person" -- env HOME="/home/$person" /usr/bin/kyso --policy "$work/vgca.json" vgca install
nss() { $as_root certutil -L -d "sql:/home/$person/.pki/nssdb"; }
nss | grep -qi kyso || fail "vgca install trusted nothing"

echo "deb: remove and purge"
quiet $as_root dpkg -r kyso
[ ! -e /usr/bin/kyso ] || fail "the program stayed"
for place in /etc /usr/lib/mozilla; do
	[ -z "$(find "$place" -name 'vn.kyso.host*')" ] || fail "browsers are still told of the program"
done
! nss | grep -qi kyso || fail "a browser still trusts the certificate of 127.0.0.1"
$as_root test ! -e "/home/$person/.config/kyso/vgca" || fail "the key of 127.0.0.1 stayed"
$as_root userdel --remove "$person" 2>/dev/null
person=""
[ -e /etc/xdg/autostart/kyso-agent.desktop ] || fail "remove took a configuration file"
"$work/hello" -port "$port" -origin "$origin" -version "$VERSION" || fail "removing ended somebody's running agent"
kill "$agent"
wait "$agent" || true
agent=""
quiet $as_root dpkg -P kyso
[ "$(cat /etc/kyso/policy.json)" = "{}" ] || fail "purge took the administrator's policy"
$as_root rm -r /etc/kyso
left >"$work/after"
diff "$work/before" "$work/after" || fail "files stayed behind"

echo "deb: nothing stays when nothing was added"
quiet $as_root dpkg -i "$deb"
quiet $as_root dpkg -P kyso
left >"$work/after"
diff "$work/before" "$work/after" || fail "files stayed behind"
