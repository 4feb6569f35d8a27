# SPDX-License-Identifier: GPL-2.0-only
# Reads a callgrind profile: self cost of each function of one library, and who calls it how often.
#
#   awk -v library=NAME -f callgrind-self.awk PROFILE
#
# Lines: "self FUNCTION INSTRUCTIONS", "calls CALLER CALLEE COUNT".

# "(7) name" the first time, "(7)" from then on.
function name_of(text, kind,	id) {
	id = text
	sub(/\).*/, ")", id)
	if (text != id) {
		sub(/^\([0-9]+\) /, "", text)
		names[kind, id] = text
	}
	return names[kind, id]
}

/^ob=/ { object = name_of(substr($0, 4), "ob"); next }
/^cob=/ { name_of(substr($0, 5), "ob"); next }
/^fn=/ { caller = name_of(substr($0, 4), "fn"); ours = index(object, library); next }
/^cfn=/ { callee = name_of(substr($0, 5), "fn"); next }
/^calls=/ {
	split(substr($0, 7), field, " ")
	calls[caller " " callee] += field[1]
	getline		# what the callee cost
	next
}
/^[-+*0-9]/ && ours { self[caller] += $2 }

END {
	for (f in self)
		print "self", f, self[f]
	for (c in calls)
		print "calls", c, calls[c]
}
