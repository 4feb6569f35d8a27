# SPDX-License-Identifier: GPL-2.0-only
# Read a callgrind profile: the self cost of each function of one library, and how often its callers call it.
#
#   awk -v library=NAME -f callgrind-self.awk PROFILE
#
# Output lines: "self FUNCTION INSTRUCTIONS" and "calls CALLER CALLEE COUNT".

# callgrind writes "(7) name" the first time and "(7)" afterwards.
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
	getline		# skip the inclusive cost of the call
	next
}
/^[-+*0-9]/ && ours { self[caller] += $2 }

END {
	for (f in self)
		print "self", f, self[f]
	for (c in calls)
		print "calls", c, calls[c]
}
