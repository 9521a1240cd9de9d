package consent

const opener = "/usr/bin/open"
