#!/usr/bin/env bash
# One resolution for all groups (so that they can be installed together), then one hash-pinned file a group, without addresses.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${UV:-uv}
together=$(mktemp)
trap 'rm -f "$together"' EXIT
compile=("$uv" pip compile -q --universal --no-emit-index-url --no-annotate --no-header --python-version 3.11 --upgrade)
"${compile[@]}" pyproject.toml --group pyproject.toml:install --group pyproject.toml:build \
  --group pyproject.toml:deploy --group pyproject.toml:dev -o "$together"
for group in install build deploy dev; do
  if [ "$group" = install ]; then sources=(pyproject.toml --group pyproject.toml:install) out=runtime
  else sources=(--group "pyproject.toml:$group") out=$group; fi
  "${compile[@]}" --generate-hashes "${sources[@]}" -c "$together" -o "requirements/$out.lock"
done
# not resolved together with the others: older libraries on purpose
"${compile[@]}" --generate-hashes requirements/image.in -o requirements/image.lock
"${compile[@]}" --generate-hashes requirements/spark.in -o requirements/spark.lock
# what jobs get as wheels, because the image lacks it: the same versions and hashes
wheels() { awk -v names="$2" 'BEGIN { split(names, list, " "); for (i in list) wanted[list[i]] = 1
    print "# Libraries beyond the default AWS image (sagemaker-xgboost:3.2-0), which jobs get as wheels: they have no network." }
  /^[a-z]/ { split($1, part, "=="); on = part[1] in wanted } on' "$1"; }
wheels requirements/image.lock duckdb > seed_code/adherence/wheels.lock
wheels requirements/runtime.lock "polars polars-runtime-32" > mlops/monitoring/wheels.lock
