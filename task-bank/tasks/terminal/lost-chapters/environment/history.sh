set -e
cd /app/handbook
export GIT_CONFIG_GLOBAL=/dev/null
clock=1690000000
tick() {
  clock=$((clock + 3600))
  export GIT_AUTHOR_DATE="$clock +0000" GIT_COMMITTER_DATE="$clock +0000"
}
commit() {
  tick
  git add -A
  git commit -q -m "$1"
}
git init -q -b main
git config user.name Arête
git config user.email arete@example.invalid
git config gc.auto 0

mkdir chapters
printf '# Handbook of the boathouse\n\nChapters lie in `chapters/`.\n' > README.md
printf '# Rules\n\nWho takes a boat wriets it into the book.\n' > chapters/01-rules.md
commit 'Begin the handbook'
printf '# Boats\n\n- Heron, four seats\n- Teal, two seats\n' > chapters/02-boats.md
printf '# Glossary\n\n- cleat: holds a rope\n' > glossary.md
commit 'List the boats'

git checkout -q -b translation
mkdir de
printf '# Regeln\n\nWer ein Boot nimmt, schreibt es ins Buch.\n' > de/01-regeln.md
commit 'Translate the rules'
printf '# Boote\n\n- Reiher, vier Sitze\n- Krickente, zwei Sitze\n' > de/02-boote.md
commit 'Translate the list of boats'
git checkout -q main

printf '# Weather\n\nFrom force 5 on nobody goes out.\n' > chapters/03-weather.md
commit 'Chapter on weather'
printf -- '- Grebe, one seat\n' >> chapters/02-boats.md
commit 'The Grebe is ours now'
printf '# Repairs\n\nWhat is broken goes on the list at the door.\n' > chapters/04-repairs.md
commit 'Chapter on repairs'
printf '\nTools are returned the same day.\n' >> chapters/04-repairs.md
commit 'Tools go back'

tick
printf -- '- painter: rope at the bow\n- thwart: seat across a boat\n' >> glossary.md
git stash push -q
tick
git branch -q -D translation
git stash drop -q
tick
git reset -q --hard HEAD~4
sed -i 's/wriets/writes/' chapters/01-rules.md
commit 'Correct a slip in the rules'
