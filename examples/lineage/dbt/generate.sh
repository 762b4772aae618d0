#!/usr/bin/env bash
#
# Regenerates the two IMDb manifests under examples/lineage/manifests from the
# dbt projects beside this file. "dbt parse" connects to no database and needs
# no AWS credentials.
#
#   ./generate.sh                  installs the pinned dbt into a temporary venv
#   DBT=/path/to/dbt ./generate.sh uses that dbt instead
#
# Two runs differ in the time stamps and the invocation id of the manifests only.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$(cd "$here/.." && pwd)/manifests
work=$(mktemp -d)

cleanup() {
	rm -rf "$work" "$here"/imdb_*/target "$here"/imdb_*/logs "$here"/imdb_*/.user.yml
}
trap cleanup EXIT

if [ -z "${DBT:-}" ]; then
	python3 -m venv "$work/venv"
	"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
		dbt-core==1.11.16 dbt-athena==1.11.1 dbt-redshift==1.11.1
	DBT=$work/venv/bin/dbt
fi

export DBT_SEND_ANONYMOUS_USAGE_STATS=false
mkdir -p "$out"

for project in imdb_athena imdb_redshift; do
	(
		cd "$here/$project"
		"$DBT" --no-version-check parse --no-partial-parse --profiles-dir .
		gzip -9n <target/manifest.json >"$out/$project.json.gz"
	)
done

ls -l "$out"/imdb_*.json.gz
