# Kyso. `make help` lists what can be made.

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo 0.1.0-dev)
# The day of the commit, not of the build: a clock that stands before it is wrong.
BUILT ?= $(shell git log -1 --format=%ct 2>/dev/null)
# Paths and build ids are left out, so that the same source gives the same bytes.
GOFLAGS_RELEASE = -trimpath -buildvcs=false -ldflags "-s -w -buildid= -X main.version=$(VERSION) -X main.built=$(BUILT)"
NEED = installer/linux/debian-packages.sh
# Go leaves testdata out of ./..., so its packages are named.
TESTDATA = ./testdata/documents/... ./testdata/stamps ./testdata/pki ./testdata/eoffice ./testdata/eoffice/e2e/... ./testdata/bench ./testdata/corpus/... ./testdata/virtualtoken/...
E2E = testdata/eoffice/e2e
NODE_EXEC = $(shell go env GOROOT)/lib/wasm/go_js_wasm_exec

.DEFAULT_GOAL := help
.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "%-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## sign and verify a real PDF, then serve the demo site; ONCE=1 ends after the verdict
	@$(NEED) demo
	@$(MAKE) --no-print-directory build
	dist/kyso demo --web dist --dir build/demo $(if $(ONCE),--once) $(if $(PORT),--port $(PORT)) $(if $(DOCUMENT),--document $(DOCUMENT))

.PHONY: build
build: ## build the program and the browser files into dist/
	@$(NEED) build
	CGO_ENABLED=1 go build $(GOFLAGS_RELEASE) -o dist/kyso ./agent
	CGO_ENABLED=0 go build $(GOFLAGS_RELEASE) -o dist/kyso-virtual-token ./testdata/virtualtoken
	go run ./webext/bundle -out dist

# SITES are origins the extension may reach without asking; KEY (PEM) and
# UPDATE_URL make a set to host oneself, XPI is our Firefox package as Mozilla
# signed it. docs/extension.md.
.PHONY: webext
webext: ## build the browser extension and its packages into dist/extension
	@$(NEED) webext
	cd webext/extension && npm ci --no-audit --no-fund --silent
	go run ./webext/bundle -extension -pack -out dist -version "$(VERSION)" -sites "$(SITES)" \
		$(if $(KEY),-key "$(KEY)") $(if $(UPDATE_URL),-update-url "$(UPDATE_URL)") $(if $(XPI),-xpi "$(XPI)")

.PHONY: test
test: ## install what the tests need and run everything
	@$(NEED) test
	@$(MAKE) --no-print-directory test-go test-node test-web

.PHONY: test-go
test-go: ## the Go tests, with real tokens, windows and judges
	test -z "$$(gofmt -l $$(git ls-files '*.go'))"
	go vet ./... $(TESTDATA)
	cd webext/extension && npm ci --no-audit --no-fund --silent
	go test ./... $(TESTDATA)

.PHONY: test-node
test-node: ## the engine's tests once more, as WebAssembly under Node
	GOOS=js GOARCH=wasm go test -exec="$(NODE_EXEC)" ./signature/...

# Where collections of recorded cases are; ONLY names one of them, VERBOSE=1
# lists every disagreement.
CORPUS ?= ../shared/corpus
JUDGE_FLAGS = $(if $(ONLY),-only $(ONLY)) $(if $(VERBOSE),-v)
.PHONY: corpus
corpus: ## compare the engine with recorded cases: CORPUS=DIR, ONLY=NAME, VERBOSE=1
	@mkdir -p build
	go run ./testdata/corpus/judge $(JUDGE_FLAGS) -json build/corpus.json "$(CORPUS)"

.PHONY: corpus-node
corpus-node: ## the same cases as WebAssembly under Node, which must say the same
	@mkdir -p build
	go build -o build/judge ./testdata/corpus/judge
	GOOS=js GOARCH=wasm go build -o build/judge.wasm ./testdata/corpus/judge
	rm -f build/corpus.json build/corpus-node.json
	-build/judge $(if $(ONLY),-only $(ONLY)) -json build/corpus.json "$(CORPUS)" >build/corpus.log
	-$(NODE_EXEC) build/judge.wasm $(if $(ONLY),-only $(ONLY)) -json build/corpus-node.json "$(CORPUS)" >build/corpus-node.log
	build/judge -compare build/corpus.json build/corpus-node.json

.PHONY: test-web
test-web: build ## TypeScript, and the whole road in a real browser
	cd webext/client && npm ci --no-audit --no-fund --silent && npm test
	cd webext/extension && npm ci --no-audit --no-fund --silent && npm run check && npm test
	cd $(E2E) && npm ci --no-audit --no-fund --silent && npm run check && npm test

.PHONY: packages
packages: ## build the .deb and the .msi into dist/, install, run and remove them
	@$(NEED) packages
	installer/build.sh $(VERSION)
	installer/test/run.sh $(VERSION)

.PHONY: bench
bench: ## time and memory beside other programs, measured in this run
	@$(NEED) test
	@$(MAKE) --no-print-directory build
	mkdir -p build && go build -o build/bench ./testdata/bench
	build/bench -kyso dist/kyso -wasm dist/verify/kyso.wasm
	go test -run '^$$' -bench Batch -benchtime 3x ./agent/internal/signing
	go test -run '^$$' -bench Sign -benchtime 3s ./agent/internal/token
	go test -run '^TestLoad$$' -v -bench Bridge -benchtime 100x ./agent/internal/bridge
	for d in webext/extension $(E2E); do (cd $$d && npm ci --no-audit --no-fund --silent) || exit 1; done
	cd $(E2E) && node bench.mjs

# How long each fuzz target runs.
FUZZTIME ?= 60s
.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME; what crashes one is kept in its testdata
	@mkdir -p build; fail=; for p in $$(go list ./...); do \
		for f in $$(go test -list '^Fuzz' $$p | grep '^Fuzz'); do \
			echo "== $$p $$f"; \
			go test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s $$p >build/fuzz.log 2>&1 || \
				grep -q 'context deadline exceeded' build/fuzz.log || { cat build/fuzz.log; fail=1; }; \
			grep 'fuzz: elapsed' build/fuzz.log | tail -1; \
		done; done; test -z "$$fail"
# A run may end in the middle of an input, which go test calls a failure: the
# "context deadline exceeded" above.

.PHONY: fmt
fmt: ## format the Go source
	gofmt -w $$(git ls-files '*.go')

.PHONY: clean
clean: ## remove what was built
	rm -rf build dist
