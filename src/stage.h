/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_STAGE_H
#define TOPOCERT_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/*
 * All or nothing for many files. New files are written into a staging folder
 * inside of the output folder and synced; renaming the staging folder is the
 * commit; then its files are moved to their places. Whatever interrupts
 * this, the next run finds either a staging folder, which it removes, or a
 * committed one, whose moves it completes.
 */
struct stage;

/* FOLDER is the open output folder and has to stay open; PATH its name for
 * messages. Nothing is written before something is staged. Never NULL. */
struct stage *stage_new(int folder, const char *path);

/* Who sees each file that would be staged, at PATH of the output folder.
 * Several threads may call it. */
struct witness {
	void (*see)(void *context, const char *path, const void *data,
		    size_t length);
	void *context;
};

/* One that shows all files to WITNESS, and writes nothing. Never NULL. */
struct stage *stage_new_shown(const struct witness *witness);

/*
 * Stage the file NAME of FOLDER (relative to the output folder; "": itself)
 * with exactly MODE. Where WHOLE is set, FOLDER takes the place of the old
 * one as a whole, with all that is in it. -1: reported.
 */
int stage_add(struct stage *stage, const char *folder, bool whole,
	      const char *name, const void *data, size_t length, mode_t mode);

/* Writes a file, a line after the other, that is not to be kept in memory. */
struct scribe {
	void (*write)(FILE *out, const void *of);
	const void *of;
};

/* Stage NAME of FOLDER as the scribe writes it. -1: reported. */
int stage_add_written(struct stage *stage, const char *folder, const char *name,
		      const struct scribe *scribe, mode_t mode);

/* Stage the removal of the file or folder NAME of FOLDER, which is there, with
 * all that is in it. -1: reported. */
int stage_remove(struct stage *stage, const char *folder, const char *name);

/* Set the mode of FOLDER, staged as a whole and made 0700. -1: reported. */
int stage_folder_mode(struct stage *stage, const char *folder, mode_t mode);

/*
 * Make it so. 0: all files are in their places. -1: reported, and everything
 * is as it was (or, where even that failed, the next run will complete it).
 * STAGE is to be freed in both cases.
 */
int stage_commit(struct stage *stage);

/* Remove what was staged and not committed. */
void stage_free(struct stage *stage);

/* Complete or remove what an interrupted run left. -1: reported. */
int stage_recover(int folder, const char *path);

/* A committed run waits to be completed. */
bool stage_pending(int folder);

#endif
