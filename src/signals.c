/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <signal.h>
#include <stddef.h>

#include "signals.h"

static volatile sig_atomic_t caught;

static void note(int number)
{
	caught = number;
}

void signals_catch(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = note,
				    .sa_flags = (int)SA_RESETHAND };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction old;
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		/* nohup(1) has it ignored, and ignored it stays */
		if (sigaction(numbers[i], NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
	sigaction(SIGPIPE, &ignore, NULL);
}

bool signals_caught(void)
{
	return caught != 0;
}

void signals_raise(void)
{
	if (caught) {
		signal(caught, SIG_DFL);
		raise(caught);
	}
}
