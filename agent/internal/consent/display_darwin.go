package consent

// displayAnswers is always true: macOS has its dialogs in every login session.
func displayAnswers() bool { return true }
