# make demo: from nothing to a promoted commit on screen. make test: installs what the tests need and runs them all.
CARGO ?= cargo
NPM ?= npm
TARGET := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)
UI_INPUTS := $(shell find ui -path ui/node_modules -prune -o -path ui/dist -prune -o -type f -print 2>/dev/null)

.PHONY: demo test build ui lint tools clean

# Everything is built once for all crates, so that no crate's build repeats another's.
demo: ui/dist/.built
	@./scripts/install-tools git
	$(CARGO) build --locked --release --package kargo
	$(TARGET)/release/kargo demo

build: ui/dist/.built
	$(CARGO) build --locked --release --package kargo

test: tools lint
	./scripts/with-peers $(CARGO) test --locked --workspace --no-fail-fast
	$(NPM) --prefix ui test
	KARGO_BIN=$(TARGET)/debug/kargo $(NPM) --prefix ui run e2e

lint: tools ui/dist/.built
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	$(CARGO) xtask tidy
	$(CARGO) xtask codegen --check
	$(NPM) --prefix ui run lint

ui: ui/dist/.built

# Not `npm ci`: it insists on the packages of every other platform, which not every registry carries.
ui/node_modules/.installed: ui/package-lock.json
	PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 $(NPM) --prefix ui install --no-audit --no-fund
	touch $@

ui/dist/.built: ui/node_modules/.installed $(UI_INPUTS)
	$(NPM) --prefix ui run build
	touch crates/server/build.rs $@

# What a fresh machine lacks: git and its signing, a browser, and the programs that the tests talk to.
tools:
	@./scripts/install-tools

clean:
	$(CARGO) clean
	rm -rf ui/dist ui/node_modules
