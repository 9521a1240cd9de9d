package hostmanifest

// administrators tells whether a group may write where everybody's programs are:
// on macOS the group admin, 80, may write into /Applications.
func administrators(gid uint32) bool { return gid == 80 }

const support = "{home}/Library/Application Support/"

// browsers of macOS. Brave and Opera look where Chrome does.
var browsers = []Browser{
	{ID: "chrome", Name: "Google Chrome",
		user: []string{support + "Google/Chrome/NativeMessagingHosts"}, machine: []string{"/Library/Google/Chrome/NativeMessagingHosts"},
		programs: []string{"/Applications/Google Chrome.app"}, profiles: []string{support + "Google/Chrome/Local State"}},
	{ID: "chromium", Name: "Chromium",
		user: []string{support + "Chromium/NativeMessagingHosts"}, machine: []string{"/Library/Application Support/Chromium/NativeMessagingHosts"},
		programs: []string{"/Applications/Chromium.app"}, profiles: []string{support + "Chromium/Local State"}},
	{ID: "edge", Name: "Microsoft Edge",
		user: []string{support + "Microsoft Edge/NativeMessagingHosts"}, machine: []string{"/Library/Microsoft/Edge/NativeMessagingHosts"},
		programs: []string{"/Applications/Microsoft Edge.app"}, profiles: []string{support + "Microsoft Edge/Local State"}},
	{ID: "brave", Name: "Brave",
		user: []string{support + "Google/Chrome/NativeMessagingHosts"}, machine: []string{"/Library/Google/Chrome/NativeMessagingHosts"},
		programs: []string{"/Applications/Brave Browser.app"}, profiles: []string{support + "BraveSoftware/Brave-Browser/Local State"}},
	{ID: "vivaldi", Name: "Vivaldi",
		user: []string{support + "Vivaldi/NativeMessagingHosts"}, machine: []string{"/Library/Application Support/Vivaldi/NativeMessagingHosts"},
		programs: []string{"/Applications/Vivaldi.app"}, profiles: []string{support + "Vivaldi/Local State"}},
	{ID: "opera", Name: "Opera",
		user: []string{support + "com.operasoftware.Opera/NativeMessagingHosts"}, machine: []string{"/Library/Google/Chrome/NativeMessagingHosts"},
		programs: []string{"/Applications/Opera.app"}, profiles: []string{support + "com.operasoftware.Opera/Local State"}},
	{ID: "firefox", Name: "Firefox", Firefox: true,
		user: []string{support + "Mozilla/NativeMessagingHosts"}, machine: []string{"/Library/Application Support/Mozilla/NativeMessagingHosts"},
		programs: []string{"/Applications/Firefox.app"}, profiles: []string{support + "Firefox/profiles.ini"}},
}
