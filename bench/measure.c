/* SPDX-License-Identifier: Apache-2.0 */

/*
 * measure FILE COMMAND...: run it, and write to FILE what it took: seconds by
 * the clock, seconds of processor time, and the KiB of memory that the largest
 * of its processes had. The exit status is that of COMMAND.
 */

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct rusage usage;
	double start, wall;
	int status;
	FILE *file;
	pid_t pid;

	if (argc < 3 || !(file = fopen(argv[1], "w"))) {
		fputs("usage: measure FILE COMMAND...\n", stderr);
		return 2;
	}
	start = now();
	pid = fork();
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	/* the usage is also that of all children it has waited for */
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		perror("measure");
		return 1;
	}
	wall = now() - start;
	getrusage(RUSAGE_CHILDREN, &usage);
	fprintf(file, "%.6f %.6f %ld\n", wall,
		seconds(usage.ru_utime) + seconds(usage.ru_stime),
		usage.ru_maxrss);
	if (fclose(file)) {
		perror(argv[1]);
		return 1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
