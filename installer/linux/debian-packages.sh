#!/bin/sh
# Installs the Debian packages that a task needs and that are missing here.
# Usage: debian-packages.sh build|demo|webext|test|packages ...
# Says what it installs, asks nothing, and does nothing when all is there.
set -eu

build="gcc libc6-dev"
demo="$build libgtk-3-0 zenity"
# Judges of what is signed, a token in software, browsers, and the windows that
# a person would see.
test="$demo poppler-utils qpdf mupdf-tools openssl libnss3-tools softhsm2 opensc pcscd vsmartcard-vpcd chromium firefox-esr python3 fonts-liberation2 xvfb xdotool tigervnc-standalone-server at-spi2-core dbus systemd libglib2.0-bin brotli util-linux time"
packages="$test mingw-w64 wixl msitools wine wine64 xauth"

wanted=""
for task in "$@"; do
	case "$task" in
	build) wanted="$wanted $build" ;;
	demo) wanted="$wanted $demo" ;;
	webext) ;; # Node alone, below
	test) wanted="$wanted $test" ;;
	packages) wanted="$wanted $packages" ;;
	*)
		echo "debian-packages.sh: unknown task $task" >&2
		exit 64
		;;
	esac
done
# Node from elsewhere serves as well as Debian's.
case " $* " in *" webext "* | *" test "* | *" packages "*)
	command -v node >/dev/null 2>&1 || wanted="$wanted nodejs"
	command -v npm >/dev/null 2>&1 || wanted="$wanted npm"
	;;
esac

if ! command -v dpkg-query >/dev/null 2>&1; then
	echo "debian-packages.sh: this is not Debian or Ubuntu; please install:$wanted" >&2
	exit 0
fi
missing=""
for p in $wanted; do
	case " $missing " in *" $p "*) continue ;; esac
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing="$missing $p"
done
if [ -z "$missing" ]; then
	exit 0
fi
echo "Installing Debian packages:$missing"
as_root=""
[ "$(id -u)" = 0 ] || as_root=sudo
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086 # a list of names
$as_root apt-get install -y -qq --no-install-recommends $missing
