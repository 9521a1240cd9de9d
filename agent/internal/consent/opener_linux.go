package consent

// opener comes with the package xdg-utils.
const opener = "xdg-open"
