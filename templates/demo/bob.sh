#!/usr/bin/env bash
# bob: reviews alice's pull request, asks for a change once, approves what answers it.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/lib.sh"

review() {
  api POST /repos/alice/greeter/pulls/1/reviews "{\"event\":\"$1\",\"body\":\"$2\"}" >"$notes/review"
}

case $kind/$from in
  ask/alice)
    rm -rf "$HOME/greeter"
    git clone --quiet --branch greet "$forge/alice/greeter.git" "$HOME/greeter"
    if [[ $(sh "$HOME/greeter/greet.sh") == "Hello, world" ]]; then
      review APPROVED "Works with and without a name."
      hive answer "$ask" "approved: works with and without a name"
    else
      review REQUEST_CHANGES "Without a name it greets nobody: please greet the world then."
      hive answer "$ask" "one change, please: without a name it should greet the world"
    fi
    ;;
esac
