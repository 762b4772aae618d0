#!/usr/bin/env bash
#
# Regenerates lineage/dag/testdata/manifests from the dbt projects beside this
# file, with several versions of dbt. No database is needed: "dbt parse" connects
# to nothing, and DuckDB runs in the process.
#
#   ./generate.sh              installs every dbt into a temporary directory
#   VENVS=/some/dir ./generate.sh   keeps the venvs there for the next run
#
# Every project is copied to a temporary directory first. Some versions of dbt
# write the absolute path of the project into the manifest; it is replaced by
# /dbt. Two runs differ in time stamps and invocation ids, nothing else.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$(cd "$here/.." && pwd)/manifests
work=$(cd "$(mktemp -d)" && pwd -P)
trap 'rm -rf "$work"' EXIT
venvs=${VENVS:-$work/venvs}

export DBT_SEND_ANONYMOUS_USAGE_STATS=false
mkdir -p "$out" "$venvs"

# venv NAME PACKAGE... creates a venv with the packages, unless it is there.
venv() {
	local dir=$venvs/$1
	shift
	if [ ! -e "$dir/.installed" ]; then
		rm -rf "$dir"
		python3 -m venv "$dir"
		"$dir/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
		touch "$dir/.installed"
	fi
}

# copy PROJECT [FOLDER...] makes a clean copy without the named folders and
# changes to it.
copy() {
	local project=$1
	shift
	rm -rf "${work:?}/$project"
	cp -R "$here/$project" "$work/$project"
	cd "$work/$project"
	if [ $# -gt 0 ]; then
		rm -rf "$@"
	fi
}

# keep FILE NAME compresses an artifact of the current project.
keep() {
	sed "s|$work|/dbt|g" "target/$1" | gzip -9n >"$out/$2.json.gz"
}

# dbt VENV ARGUMENT... runs the dbt of a venv.
dbt() {
	local name=$1
	shift
	"$venvs/$name/bin/dbt" --no-version-check "$@" --profiles-dir .
}

venv 1.4 dbt-core==1.4.9 dbt-athena-community==1.4.5 'setuptools<81'
venv 1.5 dbt-core==1.5.12 dbt-postgres==1.5.12
venv 1.6 dbt-core==1.6.19 dbt-postgres==1.6.19
venv 1.7 dbt-core==1.7.20 dbt-snowflake==1.7.5 dbt-bigquery==1.7.9
venv 1.9 dbt-core==1.9.11 dbt-postgres==1.9.1
venv 1.11 dbt-core==1.11.16 dbt-athena==1.11.1 dbt-redshift==1.11.1
venv loom dbt-core==1.11.16 dbt-redshift==1.11.1 dbt-loom==0.9.6

# dbt-core 1.12 depends on dbt-core-experimental-parser, which downloads a binary
# from outside the package index and is not needed here. pip cannot leave out a
# dependency; uv can.
if [ ! -e "$venvs/1.12/.complete" ]; then
	venv 1.12 uv==0.13.9
	echo 'dbt-core-experimental-parser; sys_platform == "never"' >"$work/overrides.txt"
	"$venvs/1.12/bin/uv" pip install --quiet --python "$venvs/1.12/bin/python" \
		--override "$work/overrides.txt" dbt-core==1.12.6 dbt-duckdb==1.11.1
	touch "$venvs/1.12/.complete"
fi

# Manifest v8. Before dbt 1.5, "dbt parse" writes the manifest only when asked to.
copy shop since_1_5 since_1_7 since_1_8 since_1_9 since_1_11 functions
dbt 1.4 parse --target athena --write-manifest
keep manifest.json shop_athena_1.4.9

# Manifest v9. A model that is disabled between two partial parses leaves a test
# with a parent that the manifest does not have: parent_map has the edge,
# child_map has not.
copy shop since_1_7 since_1_8 since_1_9 since_1_11 functions
sed 's/enabled: false/enabled: true/' "$here/shop/models/marts/marts.yml" >models/marts/marts.yml
dbt 1.5 parse --target postgres
cp "$here/shop/models/marts/marts.yml" models/marts/marts.yml
dbt 1.5 parse --target postgres
keep manifest.json shop_postgres_1.5.12

# Manifest v10.
copy shop since_1_7 since_1_8 since_1_9 since_1_11 functions
dbt 1.6 parse --target postgres
keep manifest.json shop_postgres_1.6.19

# Manifest v11.
for adapter in snowflake bigquery; do
	copy shop since_1_8 since_1_9 since_1_11 functions
	dbt 1.7 parse --target "$adapter"
	keep manifest.json "shop_${adapter}_1.7.20"
done

# Manifest v12, from here on.
copy shop since_1_11 functions
dbt 1.9 parse --target postgres
keep manifest.json shop_postgres_1.9.11

for adapter in athena redshift; do
	copy shop
	dbt 1.11 parse --target "$adapter"
	keep manifest.json "shop_${adapter}_1.11.16"
done

# A real build, so that the manifest has compiled SQL and there is a catalog. The
# seeds come first because a source of the project is the relation of a seed.
copy shop
dbt 1.12 seed --target duckdb
dbt 1.12 build --target duckdb
dbt 1.12 docs generate --target duckdb
keep manifest.json shop_duckdb_1.12.6
keep catalog.json shop_duckdb_1.12.6.catalog

# mesh_down reads the manifest of mesh_up through the plugin dbt-loom.
copy mesh_up
dbt loom parse
keep manifest.json mesh_up_redshift_1.11.16
copy mesh_down
dbt loom parse
keep manifest.json mesh_down_redshift_1.11.16

ls -l "$out"
