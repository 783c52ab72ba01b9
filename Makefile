# Needs a JDK, 17 or newer, and make. ./mvnw fetches Maven, and Maven the rest.
.DEFAULT_GOAL := help
SHELL := /bin/sh
# Always up to `package` or `verify`: a lower phase has other class paths, and javac would begin
# anew whenever the two take turns.
MVN := ./mvnw -B -ntp
JAVA := $(if $(JAVA_HOME),$(JAVA_HOME)/bin/java,java)

DIST := server/target/tokenbroker
STAMP := server/target/tokenbroker.stamp
MODULES := $(shell sed -n 's:.*<module>\(.*\)</module>.*:\1:p' pom.xml)
DIST_SOURCES := $(shell find pom.xml $(addsuffix /pom.xml,$(MODULES)) $(wildcard $(addsuffix /src/main,$(MODULES))) -type f \
  -not -path '*/src/main/packaging/*')
REPORTS = $(addsuffix /target/surefire-reports,$(MODULES)) $(addsuffix /target/failsafe-reports,$(MODULES))

# For bench: which of the JMH benchmarks alone, and how: make bench BENCH='Rotation -f 1'
BENCH ?=
# Programs that prove something, from server/src/{bench,torture,abuse,fuzz,scale}.
PROOF = $(JAVA) -cp "server/target/test-classes:server/target/classes:$$(cat server/target/test.classpath)"
JMH = $(PROOF) org.openjdk.jmh.Main
FLEET_BENCH = $(PROOF) io.tokenbroker.server.bench.FleetBench
WHAT ?= moves crash cpu
TORTURE = $(PROOF) io.tokenbroker.server.torture.Torture
FLEET_TORTURE = $(PROOF) io.tokenbroker.server.torture.FleetTorture
# A namespace of its own, where it may mount a small disk, which goes with it.
EMBEDDED_TORTURE = $$(if unshare -m true 2>/dev/null; then echo unshare -m; \
  elif unshare -rm true 2>/dev/null; then echo unshare -rm; fi) \
  $(PROOF) io.tokenbroker.server.torture.embedded.EmbeddedTorture
# For torture: on what, for how long, and which faults in which order.
DATABASES ?= sqlite mysql mariadb fleet
ROUNDS ?= 300
SEED ?= 1
ABUSE = $(PROOF) io.tokenbroker.server.abuse.Abuse
# For abuse: which attacks (all if empty), and for how many seconds each.
ATTACKS ?=
SECONDS_EACH ?= 10
# For fuzz: which targets (all if empty), how often each runs, and with what.
TARGETS ?=
RUNS ?= 1000000
JAZZER := 0.24.0
SCALE = $(PROOF) io.tokenbroker.server.scale.Scale
# For scale: how many accounts, one after the other, in which database, and options for the broker's JVM.
ACCOUNTS ?= 1000 100000
DATABASE ?= mariadb
JAVA_OPTS ?= -Xmx2g
# For lint: the commit whose contract must still hold; else the last release,
# else where this branch left main, else the last commit.
AGAINST ?=

# For packages: how they are made, where they are put, and the JDK whose Java goes into those that bring their own.
PACKAGING := server/src/main/packaging
PACKAGES := server/target/packages
RUNTIME_JDK ?= $(abspath $(dir $(shell readlink -f "$$(command -v $(JAVA))"))..)
# The first version in pom.xml is the product's; its moment, of all files.
VERSION := $(shell sed -n '/<version>/{s:.*<version>\(.*\)</version>.*:\1:p;q;}' pom.xml)
export SOURCE_DATE_EPOCH := $(shell date -ud "$$(sed -n 's:.*<project.build.outputTimestamp>\(.*\)<.*:\1:p' pom.xml)" +%s)

# For conformance: these languages alone, such as go,rust.
LANGUAGES ?=

.PHONY: help run example test conformance stress torture abuse fuzz bench bench-fleet bench-security bench-telemetry scale figures lint lint-proto api-check format documents site dist tarball tarball-jre deb image chart try-packages reproducible advisories clean

help: ## show this list
	@awk -F ':[^#]*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

run: $(STAMP) ## start the broker with demo data, on an embedded database
	@exec $(DIST)/bin/tokenbroker serve --demo --data server/target/demo

example: $(STAMP) ## run the batch workers of docs/batch-workers.md against a broker of their own
	@$(MVN) -q package -DskipTests -pl client/library -am
	@client/library/src/test/example/example.sh

test: ## run all tests, then list those that were skipped and why
	@rm -f $(addsuffix /*.xml,$(REPORTS))
	@status=0; $(MVN) verify || status=$$?; $(list-skipped); exit $$status

conformance: $(STAMP) ## one table of cases, seen by callers in six languages (LANGUAGES=go,rust; minutes when cold)
	@rm -f $(addsuffix /*.xml,$(REPORTS))
	@status=0; $(MVN) verify -Dtest=none -Dsurefire.failIfNoSpecifiedTests=false -Dgroups=conformance \
	  -DexcludedGroups= -Dconformance.languages='$(LANGUAGES)' || status=$$?; $(list-skipped); exit $$status

stress: ## run the tests that take minutes: many threads, long histories
	@rm -f $(addsuffix /*.xml,$(REPORTS))
	@status=0; $(MVN) verify -Dgroups=stress -DexcludedGroups= -Dtest.timeout='30 m' \
	  || status=$$?; $(list-skipped); exit $$status

# What PROOF runs.
.PHONY: proofs
proofs: $(STAMP)
	$(MVN) -q package -DskipTests dependency:build-classpath -Dmdep.outputFile=target/test.classpath

bench: proofs ## measure what docs/performance.md reports (needs h2load; BENCH='regex options' for JMH alone)
ifeq ($(BENCH),)
	server/src/bench/bench.sh
	$(JMH) Rotation -prof gc
else
	$(JMH) $(BENCH)
endif

bench-fleet: proofs ## what a move, a crash and a forwarded call cost a fleet of three (WHAT='moves crash cpu'; minutes)
	@$(FLEET_BENCH) $(DIST) $(DATABASE) $(WHAT)

bench-security: proofs ## what TLS, policy and audit cost a call, beside an empty echo
	server/src/bench/security.sh

bench-telemetry: proofs ## what metrics and traces cost a call
	server/src/bench/telemetry.sh

torture: proofs ## brokers under one fault after the other (DATABASES, ROUNDS=300, SEED; an hour for all)
	@set -e; for database in $(DATABASES); do \
	  case $$database in \
	    sqlite) $(EMBEDDED_TORTURE) $(ROUNDS) $(SEED) ;; \
	    fleet) $(FLEET_TORTURE) mysql $(ROUNDS) $(SEED) ;; \
	    galera) $(FLEET_TORTURE) galera $(ROUNDS) $(SEED) ;; \
	    *) $(TORTURE) $$database $(ROUNDS) $(SEED) ;; \
	  esac; \
	done
	@echo 'and once with what is broken on purpose, which has to be found out:'
	@for database in $(DATABASES); do \
	  case $$database in \
	    sqlite) if $(EMBEDDED_TORTURE) 6 1 broken; then echo 'it was not'; exit 1; fi ;; \
	    fleet) for how in '30 1 broken' '3 1 loose'; do \
	      if $(FLEET_TORTURE) mysql $$how; then echo 'it was not'; exit 1; fi; done ;; \
	    mariadb) for how in broken kept; do \
	      if $(TORTURE) mariadb 30 1 $$how; then echo 'it was not'; exit 1; fi; done ;; \
	  esac; \
	done

abuse: proofs ## hostile callers beside good ones, who must not notice (10 minutes; ATTACKS='watchers scopes')
	@$(ABUSE) $(DIST) $(SECONDS_EACH) $(ATTACKS)

fuzz: proofs ## input that nobody would think of (hours for all; TARGETS='policy jwt', RUNS=1000000)
	@$(MVN) -q -N dependency:copy -Dartifact=com.code-intelligence:jazzer:$(JAZZER) \
	  -DoutputDirectory=server/target/jazzer
	@$(MVN) -q -N dependency:copy -Dartifact=com.code-intelligence:jazzer-api:$(JAZZER) \
	  -DoutputDirectory=server/target/jazzer
	@JAVA='$(JAVA)' RUNS=$(RUNS) server/src/fuzz/fuzz.sh $(TARGETS)

figures: ## count files and lines of code by package
	@server/src/bench/figures.sh

scale: proofs ## what many accounts cost (ACCOUNTS='1000 1000000', DATABASE=mysql, JAVA_OPTS; minutes)
	@for accounts in $(ACCOUNTS); do \
	  $(SCALE) $(DIST) $$accounts $(DATABASE) '$(JAVA_OPTS)' || exit 1; \
	done

lint: lint-proto ## check format, warnings, dependencies, the contract and, after a release, the API; change nothing
	$(MVN) package -DskipTests spotless:check enforcer:enforce
	@if [ -n "$(AGAINST)" ] || git describe --tags --abbrev=0 --match 'v[0-9]*' >/dev/null 2>&1; then \
	  $(MAKE) --no-print-directory api-check; \
	else echo 'api: skipped, there is no release yet to compare with (make api-check AGAINST=commit)'; fi

lint-proto: ## check the contract alone: style, and that it breaks no caller
	@$(find-buf); \
	if [ -z "$$buf" ]; then \
	  echo 'buf not found: contract not checked (install buf, or npm)'; exit 0; \
	fi; \
	set -ex; \
	$$buf lint proto; \
	$$buf format --diff --exit-code proto; \
	set +x; \
	$(find-base); \
	if [ -z "$$base" ]; then \
	  echo 'buf breaking: skipped, there is no earlier commit here to compare with'; exit 0; \
	fi; \
	if ! git cat-file -e "$$base:proto/buf.yaml" 2>/dev/null; then \
	  echo "buf breaking: skipped, $$base has no contract"; exit 0; \
	fi; \
	old=$$(mktemp -d); trap 'rm -rf "$$old"' EXIT; \
	git archive "$$base" proto | tar -xf - -C "$$old"; \
	echo "buf breaking: against $$base"; \
	$$buf breaking proto --against "$$old/proto"

api-check: ## compare what callers in Java compile against with that of AGAINST=commit, else of the last release
	@$(MVN) -q package -Dmaven.test.skip=true -pl proto,client/library,client/testing
	@$(MVN) -q -f client/library/src/api/pom.xml dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/client/library/target/japicmp
	@$(find-base); \
	if [ -z "$$base" ]; then \
	  echo 'api: skipped, there is no earlier commit here to compare with'; exit 0; \
	fi; \
	client/library/src/api/check.sh "$$base" client/library/target/japicmp $(MVN)

format: ## format Java and proto files
	$(MVN) spotless:apply
	@$(find-buf); \
	if [ -n "$$buf" ]; then set -x; $$buf format -w proto; \
	else echo 'buf not found: proto files left as they are (install buf, or npm)'; fi

documents: ## write keys, metrics, commands and the contract into docs/, from where they are declared
	$(MVN) -pl server -am package -Dtest=DocumentsTest,MetricsDocumentTest,CommandReferenceTest,ContractReferenceTest -Dsurefire.failIfNoSpecifiedTests=false \
	  -Dtokenbroker.documents.write=true

site: ## the documents as a site, to be read from files or any web server: server/target/site (needs python3, npm)
	@$(call or-skipped,$(PACKAGING)/site/build.sh server/target/site)

dist: $(STAMP) ## build the distribution: server/target/tokenbroker
	@echo '$(DIST) is up to date'

tarball: $(STAMP) ## the distribution as a tarball, and its checksum: server/target/packages
	@$(PACKAGING)/stage.sh $(DIST) $(PACKAGES)/tokenbroker-$(VERSION)
	@$(PACKAGING)/pack.sh $(PACKAGES)/tokenbroker-$(VERSION)

JRE_TREE = $(PACKAGES)/tokenbroker-$(VERSION)-linux-$(shell uname -m)
tarball-jre: $(STAMP) ## the same with a Java of its own, for machines without (RUNTIME_JDK=/path/to/jdk)
	@$(PACKAGING)/stage.sh $(DIST) $(JRE_TREE)
	@$(call or-skipped,$(PACKAGING)/runtime.sh $(RUNTIME_JDK) $(JRE_TREE)) && $(PACKAGING)/pack.sh $(JRE_TREE)

deb: $(STAMP) ## a package for Debian, with a systemd unit
	@$(call or-skipped,$(PACKAGING)/deb/build.sh $(DIST) $(VERSION) $(PACKAGES))

image: $(STAMP) ## an OCI image with nothing in it but the broker and its Java (needs buildah)
	@$(call or-skipped,$(PACKAGING)/image/build.sh $(DIST) $(VERSION) $(PACKAGES) $(RUNTIME_JDK))

chart: ## check the Helm chart, and pack it (needs helm)
	@$(call or-skipped,$(PACKAGING)/chart.sh $(VERSION) $(PACKAGES))

try-packages: tarball tarball-jre deb image chart ## start what was packed, get tokens, stop it; as root also in empty roots
	@$(call or-skipped,$(PACKAGING)/try.sh $(VERSION) $(PACKAGES))

# 77: a tool is missing, which was told
or-skipped = { $(1) || { status=$$?; [ $$status -eq 77 ] && exit 0; exit $$status; }; }

# Jars keep the modes of files, and with them the umask.
reproducible: ## build the last commit twice, in other places, time zones and languages, and compare the distributions
	@set -e; one=$$(mktemp -d); two=$$(mktemp -d /tmp/another-place.XXXXXX); trap 'rm -rf "$$one" "$$two"' EXIT; \
	for place in "$$one" "$$two"; do \
	  (umask 022; git archive HEAD | tar -xf - -C "$$place"; cd "$$place"; \
	    $(MVN) -q package -Dmaven.test.skip=true); \
	  export TZ=Pacific/Chatham JAVA_TOOL_OPTIONS='-Duser.language=tr -Duser.country=TR'; \
	done; \
	diff -r "$$one/$(DIST)" "$$two/$(DIST)"; \
	echo 'the same, byte for byte:'; \
	cd "$$one/$(DIST)" && sha256sum sbom.json lib/tokenbroker-*.jar

advisories: $(STAMP) ## ask osv.dev what is known against the jars of the distribution (REQUIRE=1 fails if it can't be asked)
	@server/src/advisories/advisories.sh $(DIST)/sbom.json

clean: ## remove everything that was built
	$(MVN) -q clean

# From an empty directory: jars of old versions must not be shipped.
$(STAMP): $(DIST_SOURCES)
	@echo 'Building $(DIST). The first time, this downloads about 330 MB and takes some minutes.'
	@rm -rf $(DIST)
	@failed=$$(mktemp); trap 'rm -f "$$failed"' EXIT; \
	{ $(filter-out -ntp,$(MVN)) package -Dmaven.test.skip=true || echo failed >"$$failed"; } \
	  | $(show-progress); [ ! -s "$$failed" ]
	@$(DIST)/bin/archive-classes
	@touch $@

# Of what Maven says: which part is being built, how much was downloaded, and what went wrong.
define show-progress
{ files=0; while IFS= read -r line; do case $$line in \
  '[INFO] Building token broker'*) echo "  $${line#?INFO? Building }" ;; \
  *'Downloaded from '*) files=$$((files + 1)); \
    [ $$((files % 50)) -ne 0 ] || echo "    $$files files downloaded" ;; \
  '[ERROR]'*) printf '%s\n' "$$line" >&2 ;; \
  esac; done; }
endef

define find-buf
if command -v buf >/dev/null; then buf=buf; \
elif command -v npx >/dev/null; then buf='npx --yes @bufbuild/buf@1.75.0'; \
else buf=; fi
endef

define find-base
base='$(AGAINST)'; \
[ -n "$$base" ] || base=$$(git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null) || base=; \
for main in origin/main main; do \
  [ -z "$$base" ] || break; \
  base=$$(git merge-base HEAD $$main 2>/dev/null) || base=; \
  [ "$$base" != "$$(git rev-parse HEAD 2>/dev/null)" ] || base=; \
done; \
[ -n "$$base" ] || base=$$(git rev-parse --verify --quiet --short HEAD~1 2>/dev/null) || base=
endef

define list-skipped
find $(REPORTS) -name 'TEST-*.xml' -exec cat {} + 2>/dev/null | awk "$$LIST_SKIPPED"
endef

# Reads the reports of surefire and failsafe: <skipped> follows the <testcase> it belongs to.
define LIST_SKIPPED
function attribute(name) {
  if (!match($$0, " " name "=\"[^\"]*\"")) return ""
  return plain(substr($$0, RSTART + length(name) + 3, RLENGTH - length(name) - 4))
}
function plain(text) {
  gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text)
  gsub(/&#10;/, " ", text); gsub(/&apos;/, "'", text); gsub(/&amp;/, "\\&", text)
  return text
}
/<testcase / { test = attribute("classname") "." attribute("name") }
/<skipped/ {
  why = attribute("message")
  if (why == "" && match($$0, /<!\[CDATA\[.*/)) {
    why = substr($$0, RSTART + 9)
    sub(/^[A-Za-z.]*Exception: /, "", why)
    sub(/\]\]>.*/, "", why)
  }
  if (!count++) print "\nSkipped tests:"
  print "  " test ": " (why == "" ? "no reason given" : why)
}
END { if (!count) print "\nNo test was skipped." }
endef
export LIST_SKIPPED
