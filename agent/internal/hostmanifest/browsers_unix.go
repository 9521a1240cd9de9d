//go:build unix && !darwin

package hostmanifest

// administrators tells whether a group may write where everybody's programs are.
func administrators(uint32) bool { return false }

// browsers of Linux. A Chromium looks in its own user data folder first; which
// folder of the machine it looks in was fixed when it was built: Chromium and
// what is built like it in /etc/chromium, Brave and Opera where Chrome does.
// Programs are the browsers' own: a package of Ubuntu puts a script that starts
// the snap into /usr/bin.
var browsers = []Browser{
	{ID: "chrome", Name: "Google Chrome",
		user: []string{"{config}/google-chrome/NativeMessagingHosts"}, machine: []string{"/etc/opt/chrome/native-messaging-hosts"},
		programs: []string{"/opt/google/chrome/chrome"}, profiles: []string{"{config}/google-chrome/Local State"}},
	{ID: "chromium", Name: "Chromium",
		user: []string{"{config}/chromium/NativeMessagingHosts"}, machine: []string{"/etc/chromium/native-messaging-hosts"},
		programs: []string{"/usr/lib/chromium/chromium", "/usr/lib/chromium-browser/chromium-browser", "/usr/lib64/chromium-browser/chromium-browser"},
		profiles: []string{"{config}/chromium/Local State"}},
	{ID: "edge", Name: "Microsoft Edge",
		user: []string{"{config}/microsoft-edge/NativeMessagingHosts"}, machine: []string{"/etc/opt/edge/native-messaging-hosts"},
		programs: []string{"/opt/microsoft/msedge/msedge"}, profiles: []string{"{config}/microsoft-edge/Local State"}},
	{ID: "brave", Name: "Brave",
		user: []string{"{config}/BraveSoftware/Brave-Browser/NativeMessagingHosts"}, machine: []string{"/etc/opt/chrome/native-messaging-hosts"},
		programs: []string{"/opt/brave.com/brave/brave"}, profiles: []string{"{config}/BraveSoftware/Brave-Browser/Local State"}},
	{ID: "vivaldi", Name: "Vivaldi",
		user: []string{"{config}/vivaldi/NativeMessagingHosts"}, machine: []string{"/etc/chromium/native-messaging-hosts"},
		programs: []string{"/opt/vivaldi/vivaldi", "/opt/vivaldi/vivaldi-bin"}, profiles: []string{"{config}/vivaldi/Local State"}},
	{ID: "opera", Name: "Opera",
		user: []string{"{config}/opera/NativeMessagingHosts"}, machine: []string{"/etc/opt/chrome/native-messaging-hosts"},
		programs: []string{"/usr/lib/x86_64-linux-gnu/opera/opera", "/usr/lib64/opera/opera"}, profiles: []string{"{config}/opera/Local State"}},
	// Its profiles moved to $XDG_CONFIG_HOME with Firefox 147, the manifests did
	// not. Fedora and its kin look in /usr/lib64.
	{ID: "firefox", Name: "Firefox", Firefox: true,
		user: []string{"{home}/.mozilla/native-messaging-hosts"}, machine: []string{"/usr/lib/mozilla/native-messaging-hosts", "?/usr/lib64/mozilla/native-messaging-hosts"},
		programs: []string{"/usr/lib/firefox/firefox", "/usr/lib/firefox-esr/firefox-esr", "/usr/lib64/firefox/firefox", "/opt/firefox/firefox"},
		profiles: []string{"{home}/.mozilla/firefox/profiles.ini", "{config}/mozilla/firefox/profiles.ini"}},
}
