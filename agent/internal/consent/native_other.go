//go:build !windows && !(linux && cgo && (amd64 || arm64))

package consent

import "context"

func askNative(context.Context, view, desk) (Answer, error) { return Answer{}, errNoToolkit }
