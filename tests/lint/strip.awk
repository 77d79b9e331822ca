# SPDX-License-Identifier: Apache-2.0
# C without its comments and with empty strings: "FILE:LINE:TEXT". Nothing
# moves to another line, so that what is found can be pointed to.
FNR == 1 { comment = 0 }
{
	rest = $0
	out = ""
	while (rest != "") {
		if (comment) {
			end = index(rest, "*/")
			comment = !end
			rest = end ? substr(rest, end + 2) : ""
			continue
		}
		if (!match(rest, /\/\*|\/\/|"|'/)) {
			out = out rest
			break
		}
		out = out substr(rest, 1, RSTART - 1)
		token = substr(rest, RSTART, RLENGTH)
		rest = substr(rest, RSTART + RLENGTH)
		if (token == "//")
			break
		if (token == "/*") {
			comment = 1
			out = out " "
			continue
		}
		out = out token token
		# dynamic: mawk takes a bare /…/ in ?: for a match of $0
		end = match(rest, token == "\"" ? "^([^\"\\\\]|\\\\.)*\"" : "^([^'\\\\]|\\\\.)*'")
		rest = end ? substr(rest, RLENGTH + 1) : ""
	}
	print FILENAME ":" FNR ":" out
}
