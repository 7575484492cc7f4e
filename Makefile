# What one does with this repository. CI runs these same targets (.ci/run).
.DEFAULT_GOAL := help
.PHONY: help run test cluster race fuzz bench generate check fmt vet staticcheck tidy deploy-check stores stores-stop ci

# More flags for go test, for example: make test TESTFLAGS='-run Refresh -v'
TESTFLAGS ?=
# More flags for the bench, for example: make bench BENCHFLAGS='-only info -rounds 1'
BENCHFLAGS ?=
# How long each fuzz target runs.
FUZZTIME ?= 30s
# Where `make stores` keeps its MariaDB and Redis: eval "$(make -s stores)" && make test
STORES ?= data/stores

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Run the service: http://127.0.0.1:8888, nothing else needed
	go run user.go -f etc/user-api.yaml

# What takes longest begins first. Much of it waits, so that more packages than there
# are cores are tested at a time.
LONGEST := ./test ./test/process ./test/cluster ./test/browser ./internal/otp ./internal/delivery ./internal/store
# Modules of their own whose tests, and checks, belong to ours. Their tests build what is
# not in their module, so that no earlier result holds.
MODULES := clients/go examples/orders examples/webapp test/interop test/bench/guarded
ATONCE := -timeout 20m -p $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN)))) -parallel 4

test: ## Run the tests; those whose stores or programs are not there are skipped
	@export USER_API_TEST_MISSING=$$(mktemp) MODULES_TESTED=$$(mktemp); status=0; \
	trap 'rm "$$USER_API_TEST_MISSING" "$$MODULES_TESTED"' EXIT; \
	{ for module in $(MODULES); do go -C $$module test -count=1 $(ATONCE) $(TESTFLAGS) ./... || failed=1; done; exit $$failed; } >"$$MODULES_TESTED" 2>&1 & \
	go test $(ATONCE) $(TESTFLAGS) $(LONGEST) ./... || status=1; \
	wait $$! || status=1; cat "$$MODULES_TESTED"; \
	sort "$$USER_API_TEST_MISSING" | uniq -c | sed -E 's/^ *([0-9]+) (.*)/\2 is not there; tests skipped: \1/'; \
	exit $$status

cluster: ## Run the scenarios of test/cluster as often as is promised (docs/scaling.md)
	USER_API_TEST_CLUSTER=1 go test -count=1 -timeout 60m -v $(TESTFLAGS) ./test/cluster

# The packages, and those of clients/go, in which anything happens at once, their tests
# included: a binary with the race detector takes seconds to link. What cli and config do
# at once is to stand in for a server in a test, and the processes of test/process and
# test/cluster are the service that ./test runs; of ./test it is the tests that say kit.Raced.
CONCURRENT = git ls-files -co --exclude-standard '*.go' | xargs grep -lE '\bgo func|\.Go\(|"sync"|"sync/atomic"|t\.Parallel' | \
	xargs dirname | sort -u | sed 's|^|./|'
RACE := -race -short -shuffle=on -vet=off

race: ## Run what happens at once under the race detector, in random order
	go test $(RACE) $(ATONCE) $(TESTFLAGS) $(filter-out ./test/process ./test/cluster ./test/browser,$(LONGEST)) $$($(CONCURRENT) | grep -vE '^\./(tools|clients|examples|deploy|test/interop|test/browser|test/bench|test/arch|test/process|test/cluster|test/attack|test/outage|internal/cli|internal/config)(/|$$)')
	go -C clients/go test $(RACE) $(ATONCE) $(TESTFLAGS) ./...

fuzz: ## Run each fuzz target for FUZZTIME
	@git ls-files -co --exclude-standard '*_test.go' | xargs grep -l '^func Fuzz' | while read -r file; do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$$file"); do \
			go -C "$${file%/*}" test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) . </dev/null || exit 1; \
		done; \
	done

bench: ## Measure every path against a floor, then the inner parts (docs/performance.md)
	@go run ./test/bench $(BENCHFLAGS)
	@go test -run '^$$' -bench . -benchtime 0.5s ./internal/... | grep -E '^(Benchmark|FAIL|panic)'
	@go -C clients/go test -run '^$$' -bench . -benchtime 0.5s ./... | grep -E '^(Benchmark|FAIL|panic)'

generate: ## Write what goctl makes of user.api and the migrations
	@bash tools/generate.sh

check: fmt vet staticcheck tidy ## Run every check that is not a test

fmt: ## Check the format of the Go files
	@files=$$(gofmt -l .) && if [ -n "$$files" ]; then echo "gofmt differs: $$files"; exit 1; fi

vet: ## Run go vet
	@go vet ./... && for module in tools $(MODULES); do go -C $$module vet ./... || exit 1; done

staticcheck: ## Run staticcheck
	@check=$$(go tool -n -modfile=tools/go.mod staticcheck) && \
	for module in . $(MODULES); do (cd $$module && $$check ./...) || exit 1; done

tidy: ## Check that go.mod and go.sum are tidy, those of the other modules too
	@go mod tidy -diff && for module in tools $(MODULES); do go -C $$module mod tidy -diff || exit 1; done

# A module of its own, which is not held tidy: that would fetch the clients of every cloud,
# which promtool is built without.
deploy-check: ## Check deploy/: build and run the image, render the chart, run the gateways
	@go -C deploy/check vet ./... && go -C deploy/check test -count=1 -timeout 20m ./...

stores: ## Start a MariaDB and a Redis for the tests, print their addresses as exports
	@bash test/stores/stores.sh start $(STORES)

stores-stop: ## End them
	@bash test/stores/stores.sh stop $(STORES)

ci: ## Run what CI runs
	@bash .ci/run
