//go:build !cgo

package token

// loadLibrary says why there is no PKCS#11 here: vendor libraries are C.
func loadLibrary(string) (library, error) {
	return nil, fail(ErrModule, "this kyso was built without PKCS#11 (CGO_ENABLED=0)")
}
