#!/usr/bin/env bash
# The main job, small: reference rows on planted VideoXum, and on the real annotations where they are at hand; then
# the pages. Run by `make demo`; a second time it finds every run sealed and does nothing but say so.
set -eu
vsumbench="${BIN:?}/vsumbench"
demo="${DEMO:?}"
runs="$demo/runs"
begun=$SECONDS

echo "== reference rows on the planted edition of VideoXum"
"$vsumbench" sweep --model random --model uniform --model human --model oracle --dataset videoxum \
  --repetitions 10 --runs "$runs" --quiet

data="${VSUMBENCH_SHARED:+$VSUMBENCH_SHARED/data}"
if [ -n "$data" ] && [ -d "$data" ]; then
  echo "== reference rows on the real annotations of TVSum and SumMe"
  for dataset in tvsum summe; do
    "$vsumbench" run --model human --dataset "$dataset" --protocol human-pairwise \
      --data-root "$data" --runs "$runs" --quiet
    "$vsumbench" sweep --model random --model uniform --model oracle --dataset "$dataset" --protocol peruser-full \
      --protocol peruser-2fps --data-root "$data" --runs "$runs" --quiet
  done
else
  echo "== real annotations: skipped, VSUMBENCH_SHARED is not set and ../shared is not there"
fi

echo "== pages"
"$vsumbench" leaderboard build --runs "$runs" --out "$demo/site"
echo "== done in $((SECONDS - begun)) s: open $demo/site/index.html, or read $demo/site/index.md"
