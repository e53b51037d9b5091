#!/usr/bin/env bash
# alice: makes the repository, opens the pull request, mends what bob found, merges.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/lib.sh"

repository=$HOME/greeter

begin() {
  rm -rf "$repository"
  git init --quiet --initial-branch main "$repository"
  cd "$repository"
  printf '# greeter\n\nSays hello.\n' >README.md
  git add README.md
  git commit --quiet -m "Begin the greeter"
  git push --quiet "$forge/alice/greeter.git" main # pushing to a new name creates the repository
  git remote add origin "$forge/alice/greeter.git"
  hive share greeter bob
}

propose() {
  cd "$repository"
  git switch --quiet --create greet
  printf '#!/bin/sh\necho "Hello, $1"\n' >greet.sh
  git add greet.sh
  git commit --quiet -m "Greet by name"
  git push --quiet origin greet
  api POST /repos/alice/greeter/pulls \
    '{"title":"Greet by name","head":"greet","base":"main","body":"Says hello to whom it is told."}' >"$notes/pull"
  hive ask --to bob "Please review $forge/alice/greeter/pulls/1"
}

mend() {
  cd "$repository"
  printf '#!/bin/sh\necho "Hello, ${1:-world}"\n' >greet.sh
  git commit --quiet -am "Greet the world when no name is given"
  git push --quiet origin greet
  hive ask --to bob "I pushed the change you asked for; please look again: $forge/alice/greeter/pulls/1"
}

merge() {
  until_ok api POST /repos/alice/greeter/pulls/1/merge '{"Do":"merge"}'
  hive answer "$(recall wish)" "merged in $forge/alice/greeter/pulls/1"
}

case $kind/$from/$body in
  ask/manager/*)
    remember wish "$ask"
    begin
    propose
    ;;
  answer/bob/approved*) merge ;;
  answer/bob/*) mend ;;
esac
