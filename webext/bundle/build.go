package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// A builder writes the folders of out from the tree at root.
type builder struct {
	root, out string
	// goroot is set by verify, which builds with that Go.
	goroot string
}

// client builds @kyso/client.
func (b *builder) client() error {
	from := filepath.Join(b.root, "webext", "client")
	if _, err := os.Stat(filepath.Join(from, "src", "index.ts")); errors.Is(err, fs.ErrNotExist) {
		return errors.New("webext/client/src/index.ts is missing, so the client cannot be built")
	}
	to, err := b.folder("client")
	if err != nil {
		return err
	}
	if err := b.script(filepath.Join(from, "src", "index.ts"), filepath.Join(to, "kyso-client.js"), api.FormatESModule); err != nil {
		return err
	}
	// Pages of the incumbent's library load it with a plain <script src>.
	if err := b.script(filepath.Join(from, "src", "vgca", "vgcaplugin.ts"), filepath.Join(to, "vgcaplugin.js"), api.FormatIIFE); err != nil {
		return err
	}
	return b.copy(map[string]string{
		"webext/client/src/kyso-client.d.ts": "client/kyso-client.d.ts",
		"webext/client/src/types.ts":         "client/types.d.ts",
		"webext/client/package.json":         "client/package.json",
		"webext/client/README.md":            "client/README.md",
		"LICENSE":                            "client/LICENSE",
	})
}

// verify builds @kyso/verify: the engine with this Go, and the worker around
// the same Go's wasm_exec.js.
func (b *builder) verify() error {
	to, err := b.folder("verify")
	if err != nil {
		return err
	}
	if b.goroot, err = b.goTool("env", "GOROOT"); err != nil {
		return err
	}
	engine := mustAbs(filepath.Join(to, "kyso.wasm"))
	if _, err := b.goTool(append(wasmBuild, "-o", engine, "./wasm")...); err != nil {
		return err
	}
	if err := os.Chmod(engine, 0o644); err != nil { // data to serve, not a program to run
		return err
	}
	for _, name := range []string{"index", "worker"} {
		if err := b.script(filepath.Join(b.root, "wasm", "npm", "src", name+".ts"), filepath.Join(to, name+".js"), api.FormatESModule); err != nil {
			return err
		}
	}
	licence, err := os.ReadFile(filepath.Join(b.goroot, "LICENSE"))
	if err != nil {
		return fmt.Errorf("read Go's licence: %w", err)
	}
	if err := os.WriteFile(filepath.Join(to, "GO-LICENSE"), licence, 0o644); err != nil {
		return err
	}
	return b.copy(map[string]string{
		"wasm/npm/index.d.ts":   "verify/index.d.ts",
		"wasm/npm/src/types.ts": "verify/types.d.ts",
		"wasm/npm/package.json": "verify/package.json",
		"wasm/npm/README.md":    "verify/README.md",
		"LICENSE":               "verify/LICENSE",
	})
}

// page builds the citizen's page. It gets its own copy of the engine, so that
// the folder can be served from anywhere.
func (b *builder) page() error {
	to, err := b.folder("page")
	if err != nil {
		return err
	}
	from := filepath.Join(b.root, "wasm", "page")
	for _, name := range []string{"page.ts", "page.css"} {
		made := strings.TrimSuffix(name, ".ts")
		if made != name {
			made += ".js"
		}
		if err := b.script(filepath.Join(from, name), filepath.Join(to, made), api.FormatESModule); err != nil {
			return err
		}
	}
	if err := b.copy(map[string]string{
		"wasm/page/index.html": "page/index.html",
		"wasm/page/icon.svg":   "page/icon.svg",
	}); err != nil {
		return err
	}
	for _, name := range []string{"worker.js", "kyso.wasm", "GO-LICENSE"} {
		if err := copyFile(filepath.Join(b.out, "verify", name), filepath.Join(to, name)); err != nil {
			return err
		}
	}
	return nil
}

// wasmBuild strips symbols and everything that differs between two machines or
// two folders, so that the engine can be reproduced and compared.
var wasmBuild = []string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid="}

// goTool runs the go command for the browser's platform in the source tree and
// returns what it printed.
func (b *builder) goTool(args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = b.root
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOWASM=", "GOFLAGS=", "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

// script bundles one TypeScript or CSS file, TypeScript as a module or, for
// api.FormatIIFE, as a classic script.
func (b *builder) script(from, to string, format api.Format) error {
	result := api.Build(api.BuildOptions{
		EntryPoints:       []string{from},
		Outfile:           mustAbs(to),
		AbsWorkingDir:     b.root,
		Bundle:            true,
		Format:            format,
		Platform:          api.PlatformBrowser,
		Target:            api.ES2022,
		Charset:           api.CharsetUTF8, // Vietnamese stays readable and half as long
		LegalComments:     api.LegalCommentsNone,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		// One tsconfig for every bundle: a stray one must not change the bytes.
		TsconfigRaw: `{"compilerOptions": {"target": "ES2022", "verbatimModuleSyntax": true}}`,
		Alias:       map[string]string{"wasm_exec": filepath.Join(b.goroot, "lib", "wasm", "wasm_exec.js")},
		Write:       true,
		LogLevel:    api.LogLevelWarning,
	})
	if len(result.Errors) > 0 {
		return fmt.Errorf("bundle %s: %s", filepath.Base(from), result.Errors[0].Text)
	}
	return nil
}

// folder empties and makes a folder of out.
func (b *builder) folder(name string) (string, error) {
	to := filepath.Join(b.out, name)
	if err := os.RemoveAll(to); err != nil {
		return "", err
	}
	return to, os.MkdirAll(to, 0o755)
}

// copy copies files from the tree into out.
func (b *builder) copy(files map[string]string) error {
	for from, to := range files {
		if err := copyFile(filepath.Join(b.root, filepath.FromSlash(from)), filepath.Join(b.out, filepath.FromSlash(to))); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}

func mustAbs(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		panic(err) // the working directory is gone
	}
	return abs
}
