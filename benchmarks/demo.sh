#!/usr/bin/env bash
# The main job, small: MiLoRA-ViSum on planted VideoXum beside its floors, reference rows on the real annotations where
# they are at hand, then the pages: boards, and one video on a timeline. A second `make demo` finds everything there.
#
# One thread a process: two torch threads on a machine whose second core is busy wait for each other. The backbone is
# made in the background while reference rows run.
set -eu
vsumbench="${BIN:?}/vsumbench"
demo="${DEMO:?}"
runs="$demo/runs"
begun=$SECONDS
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"

echo "== the tiny backbone: trained once on generated videos, then frozen (in the background)"
"$vsumbench" weights make video-llama-tiny &
weights=$!
trap 'kill "$weights" 2>/dev/null || true' EXIT

echo "== reference rows on the planted edition of VideoXum"
"$vsumbench" run --model random --dataset videoxum --repetitions 5 --runs "$runs" --quiet
"$vsumbench" sweep --model uniform --model mean-position --model human --model oracle --model constant-caption@cider \
  --model constant-caption@rougeL --dataset videoxum --runs "$runs" --quiet

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

echo "== two methods that score frames, and their floors, on the planted edition of TVSum"
"$vsumbench" sweep --model vasnet --model standard-ranker --model mean-position --model uniform --model human \
  --dataset tvsum --runs "$runs" --quiet

wait "$weights"
trap - EXIT
echo "== MiLoRA-ViSum, and its backbone without it"
"$vsumbench" run --model video-llama --dataset videoxum --runs "$runs" --quiet
"$vsumbench" run --model milora --dataset videoxum --runs "$runs"

echo "== pages"
"$vsumbench" leaderboard build --runs "$runs" --out "$demo/site" --format html,markdown,latex,csv
echo "== one video, four runs"
"$vsumbench" view "$runs"/oracle-videoxum-* "$runs"/human-videoxum-* "$runs"/uniform-videoxum-* "$runs"/milora*-videoxum-* \
  --out "$demo/site/one-video.html"
echo "== done in $((SECONDS - begun)) s: open $demo/site/index.html and $demo/site/one-video.html, or read $demo/site/index.md"
