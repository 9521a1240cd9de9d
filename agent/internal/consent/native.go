package consent

// What only tests change, before they ask.
var (
	// gtkLibrary is the one name that every Linux gives to GTK 3.
	gtkLibrary = "libgtk-3.so.0"
	// settling is how long windows take no answer.
	settling = settleTime
)
