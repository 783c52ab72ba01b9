# Needs a JDK 17 or newer and make; ./mvnw fetches the rest.
.DEFAULT_GOAL := help
SHELL := /bin/sh
MVN := ./mvnw -B -ntp

DIST := server/target/tokenbroker
DIST_STAMP := server/target/dist.stamp
DIST_SOURCES := $(shell find pom.xml */pom.xml */src/main -type f 2>/dev/null)

# Which benchmarks, and how: make bench BENCH='Rotation -f 1 -wi 3'
BENCH ?=
# What the contract is compared to: a commit; else the last release, else main, else the last commit
AGAINST ?=

.PHONY: help run test lint format bench stress dist clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: dist ## Start the broker on an embedded store with demo data
	@exec $(DIST)/bin/tokenbroker serve --demo --data server/target/demo

test: ## Build and run all tests; list those that were skipped, with the reason
	@status=0; $(MVN) verify || status=$$?; .ci/skipped-tests; exit $$status

stress: ## Run the tests that take minutes: concurrency under load
	$(MVN) test -Dgroups=stress -DexcludedGroups= -Dtest.timeout='30 m'
