package tray

// The menu bar shows 22 points; twice that for fine screens.
func icon(c Condition) []byte { return pngIcon(draw(c, 44)) }

// loopEnder has nothing to do: on macOS the application's loop always ends
// with systray.Quit.
func loopEnder() func() { return func() {} }
