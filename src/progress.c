/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "memory.h"
#include "progress.h"

/* Seconds before the bar appears, and between two pictures of it. */
#define PATIENCE 0.3
#define INTERVAL 0.1
#define WIDTH_MAX 60
#define WIDTH_USUAL 80
/* columns that the figures beside the bar take at the most */
#define FIGURES 44

struct progress {
	size_t total;
	bool visible;
	double started, shown;
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

struct progress *progress_new(size_t total, bool quiet)
{
	struct progress *progress;
	const char *term = getenv("TERM");

	if (quiet || !isatty(STDERR_FILENO) || !term ||
	    strcmp(term, "dumb") == 0)
		return NULL;
	progress = memory_zeroed(1, sizeof(*progress));
	progress->total = total;
	progress->started = now();
	return progress;
}

static size_t bar_width(void)
{
	struct winsize size;
	size_t width = WIDTH_USUAL;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		width = size.ws_col;
	if (width < FIGURES + 2)
		return 0;
	width -= FIGURES;
	return width < WIDTH_MAX ? width : WIDTH_MAX;
}

/* How fast it goes, and how long the rest takes at that rate. */
static void show_rate(size_t done, size_t total, double seconds)
{
	const double rate = (double)done / seconds;
	const double left = (double)(total - done) / rate;

	if (!done || done > total)
		return;
	fprintf(stderr, "  %.*f/s", rate < 10 ? 1 : 0, rate);
	if (left < 100)
		fprintf(stderr, "  %.0f s left", left);
	else if (left < 100 * 60.0)
		fprintf(stderr, "  %.0f min left", left / 60);
	else
		fprintf(stderr, "  %.0f h left", left / 3600);
}

void progress_show(struct progress *progress, size_t done)
{
	double time;
	size_t width, full, i;

	if (!progress)
		return;
	time = now();
	if (time - progress->started < PATIENCE ||
	    time - progress->shown < INTERVAL)
		return;
	progress->shown = time;
	progress->visible = true;
	width = bar_width();
	full = progress->total ? width * done / progress->total : width;
	fputs("\r[", stderr);
	for (i = 0; i < width; i++)
		fputc(i < full ? '#' : '.', stderr);
	fprintf(stderr, "] %zu/%zu", done, progress->total);
	show_rate(done, progress->total, time - progress->started);
	fputs("\033[K", stderr);
	fflush(stderr);
}

void progress_free(struct progress *progress)
{
	if (progress && progress->visible) {
		fputs("\r\033[K", stderr);
		fflush(stderr);
	}
	free(progress);
}
