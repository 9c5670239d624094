# Writes the index: awk -f index.awk STYLE PAGE...

FILENAME == ARGV[1] {
  if (sub(/^title = /, "")) print "<h1>" $0 "</h1>"
  next
}
FNR == 1 {
  name = $0
  sub(/^<title>/, "", name)
  sub(/ - .*$/, "", name)
  page = FILENAME
  sub(/.*\//, "", page)
  print "<a href='" page "'>" name "</a>"
}
