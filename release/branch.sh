#!/usr/bin/env bash
# Makes the commit that an action's tag names, pushes it to the release branch, and prints its id.
#
#   release/branch.sh VERSION [REMOTE]
#
# Its tree is that of HEAD with the stamped files, without the workflows: whoever uses the action does not need them, and
# the workflow's token may not push changes of them. Hence no commit of the main branch is among its ancestors either.
set -euo pipefail
cd "$(dirname "$0")/.."
version=${1:?usage: release/branch.sh VERSION [REMOTE]} remote=${2:-origin}
branch=refs/heads/releases/v${version%%.*}

parent=$(git ls-remote "$remote" "$branch")
parent=${parent%%[[:space:]]*}
if [ -n "$parent" ]; then git fetch --quiet --depth=1 "$remote" "$parent"; fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export GIT_INDEX_FILE=$folder/index
git read-tree HEAD
git rm -r --cached --quiet --ignore-unmatch .github/workflows
git add launch/release.json docker/action.yml
if git diff --cached --quiet HEAD -- launch/release.json; then echo "launch/release.json is not stamped" >&2 && exit 1; fi
commit=$(git commit-tree "$(git write-tree)" ${parent:+-p "$parent"} -m "ci-guard v$version" \
  -m "The action of ci-guard $version, built from $(git rev-parse HEAD).")
git push --quiet "$remote" "$commit:$branch"
echo "$commit"
