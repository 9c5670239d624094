# Writes a page for a map: awk -f render.awk STYLE MAP

function html(text) {
  gsub(/&/, "\\&amp;", text)
  gsub(/</, "\\&lt;", text)
  return text
}

function complain(what) {
  print FILENAME ": line " FNR ": " what > "/dev/stderr"
  failed = 1
  exit 1
}

FILENAME == ARGV[1] {
  if (match($0, / = /)) setting[substr($0, 1, RSTART - 1)] = substr($0, RSTART + 3)
  next
}
FNR == 1 {
  if ($0 !~ /^name: ./) complain("no name")
  print "<title>" html(substr($0, 7)) " - " html(setting["title"]) "</title>"
  next
}
$0 !~ /^[0-9]+ [0-9]+ ./ { complain("not a place") }
{
  place = "left:" $1 "em;top:" $2 "em;color:" setting["ink"]
  sub(/^[0-9]+ [0-9]+ /, "")
  print "<p style='" place "'>" html($0) "</p>"
}
