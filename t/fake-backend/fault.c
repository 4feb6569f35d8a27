/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "t/fake-backend/fault.h"
#include "t/fake-backend/messages.h"

const char *fake_fault_name(enum fake_message_fault fault)
{
	static const char *const names[] = {
#define X(name, option) [FAULT_##name] = option,
		FAKE_MESSAGE_FAULT_LIST(X)
#undef X
	};

	return names[fault];
}

bool fake_fault_parse(struct fake_fault *at, const char *text)
{
	size_t len = strcspn(text, ":");
	char name[32], *end;

	*at = (struct fake_fault){ 0 };
	if (len >= sizeof(name))
		return false;
	memcpy(name, text, len);
	name[len] = '\0';
	if (text[len]) {
		at->nth = (uint32_t)strtoul(text + len + 1, &end, 10);
		if (*end || !at->nth)
			return false;
	}
	at->request = fake_message_number(name);
	return at->request;
}

void fake_fault_hear(struct fake *fake, uint32_t request, bool answered)
{
	struct fake_heard *heard = &fake->heard[fake->nheard];
	unsigned int i;

	if (fake->nheard == FAKE_MAX_HEARD) {
		fake_complain(fake, "more than %u messages on one connection", FAKE_MAX_HEARD);
		fake->hang_up = true;
		return;
	}
	*heard = (struct fake_heard){ .request = request, .nth = 1, .answered = answered };
	for (i = 0; i < fake->nheard; i++)
		heard->nth += fake->heard[i].request == request;
	fake->nheard++;
}

bool fake_fault(struct fake *fake, enum fake_message_fault fault)
{
	const struct fake_fault *at = &fake->opt.fault_at[fault];
	const struct fake_heard *heard = &fake->heard[fake->nheard - 1];

	if (at->request != heard->request || (at->nth && at->nth != heard->nth))
		return false;
	fake->faults++;
	fake_log(fake, "FAULT --%s=%s:%u%s", fake_fault_name(fault),
		 fake_message_name(heard->request), heard->nth,
		 heard->answered ? "" : " unanswered");
	return true;
}
