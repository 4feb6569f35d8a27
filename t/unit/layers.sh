#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Sources include only what their layer may know: virtq/ knows nothing else, transports do not know the
# device, and neither the device nor the engine knows one kind of transport. Only compat.h includes fio.
# quick: yes
# sanitizers: no (reads sources only)
set -u
cd "${srcdir:-.}" || exit 1
failed=0

# knows_not PATTERN FILE...: no file includes a header that matches the pattern.
knows_not() {
	pattern=$1
	shift
	! grep -En "^#include [\"<]($pattern)" "$@" || { echo "these files must not include $pattern" >&2; failed=1; }
}

kind='vhost/transport/[^/"]*/'
knows_not 'vhost/|engine/|t/' virtq/*.[ch]
knows_not "$kind" vhost/transport/*.[ch] vhost/blk/*.[ch] engine/*.[ch]
knows_not 'vhost/blk/|vhost/info/|engine/|t/' vhost/transport/*.[ch] vhost/transport/*/*.[ch]
knows_not 'vhost/info/|engine/|t/' vhost/blk/*.[ch]
knows_not 'engine/|t/|vhost/transport/vhost-user/wire.h' vhost/info/*.[ch]
for folder in vhost/transport/*/; do
	for other in vhost/transport/*/; do
		[ "$folder" = "$other" ] || knows_not "$other" "$folder"*.[ch]
	done
done
for file in engine/*.[ch]; do
	[ "$file" = engine/compat.h ] || knows_not 'fio\.h|zbd\.h|optgroup\.h|options\.h|compiler/' "$file"
done
exit $failed
