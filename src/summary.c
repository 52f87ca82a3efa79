/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dates.h"
#include "memory.h"
#include "report.h"
#include "summary.h"

static void print_text(const char *text)
{
	report_text(stdout, text);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void print_unwanted(const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n_unwanted && i < LINES_SHOWN; i++) {
		fputs(plan->unwanted[i].pruned ? "prune    " : "unwanted ",
		      stdout);
		print_text(plan->unwanted[i].path);
		if (plan->unwanted[i].signer)
			printf("  still valid, signed in %s/, but not in the "
			       "topology\n",
			       plan->unwanted[i].signer->folder);
		else
			puts("  not in the topology");
	}
	if (plan->n_unwanted > LINES_SHOWN)
		printf("unwanted ... and %zu more (--json has all)\n",
		       plan->n_unwanted - LINES_SHOWN);
}

/* Bundles that hold other files than before, with the same certificates. */
static void print_repacked(const struct job *job)
{
	const struct inventory *inventory = job->inventory;
	const struct plan *plan = job->plan;
	size_t i, shown = 0;

	for (i = 0; i < inventory->n_groups && plan->n_repacked; i++) {
		char *folder;

		if (!plan_only_repacks(job->plan, inventory, i) ||
		    ++shown > LINES_SHOWN)
			continue;
		folder = inventory_folder(
			inventory->holders[inventory->groups[i].first_holder]
				.owner);
		printf("repack   %s.tar.gz  ", folder);
		print_text(plan->groups[i].repacked);
		if (plan->groups[i].partial)
			fputs("; without keys, which are not here any more",
			      stdout);
		fputc('\n', stdout);
		free(folder);
	}
	if (shown > LINES_SHOWN)
		printf("repack   ... and %zu more (--json has all)\n",
		       shown - LINES_SHOWN);
}

/* What --only leaves out. */
static void print_left(const struct plan *plan)
{
	if (plan->n_left)
		printf("%zu more bundle%s to make, but not selected\n",
		       plan->n_left, plural(plan->n_left));
}

/* What generate leaves to others. */
static void print_asked(const struct plan *plan)
{
	const size_t n_csr = plan->n_requests - plan->n_remote;

	if (n_csr)
		printf("%zu certificate%s to be signed by others: topocert csr "
		       "makes the request%s\n",
		       n_csr, n_csr == 1 ? " has" : "s have", plural(n_csr));
	if (plan->n_remote)
		printf("%zu certificate%s a new request from its owner: "
		       "topocert sign takes it\n",
		       plan->n_remote,
		       plan->n_remote == 1 ? " needs" : "s need");
	if (plan->n_waits)
		printf("%zu certificate%s for topocert import\n", plan->n_waits,
		       plan->n_waits == 1 ? " waits" : "s wait");
}

static size_t count(const struct plan *plan, enum plan_action action)
{
	size_t i, n = 0;

	for (i = 0; i < plan->n_items; i++)
		n += plan->items[i].action == action;
	return n;
}

static void print_counts(const struct job *job)
{
	const struct plan *plan = job->plan;

	printf("%s: %zu to issue, %zu to reissue, ", job->directory,
	       count(plan, PLAN_ISSUE), count(plan, PLAN_REISSUE));
	if (plan->n_requests)
		printf("%zu to request, ", plan->n_requests);
	if (plan->n_waits)
		printf("%zu to wait for, ", plan->n_waits);
	if (count(plan, PLAN_IMPORT))
		printf("%zu to import, ", count(plan, PLAN_IMPORT));
	printf("%zu to keep\n", count(plan, PLAN_KEEP));
}

/* How wide the column of paths has to be, within reason. */
static int path_width(const struct plan *plan)
{
	size_t i, width = 0, shown = 0;

	for (i = 0; i < plan->n_items && shown < LINES_SHOWN; i++) {
		size_t length = strlen(plan->items[i].entry->path);

		if (plan->items[i].action == PLAN_KEEP)
			continue;
		shown++;
		if (length > width && length <= 48)
			width = length;
	}
	return (int)width;
}

static void print_adopted(const struct job *job, size_t place, int width)
{
	const struct ca_entry *ca = &job->inventory->cas[place];

	printf("adopt    %-*s  the CA \"", width, ca->folder);
	print_text(ca->common_name);
	fputs("\" of ", stdout);
	print_text(ca->section->cert_file.text);
	if (job->authorities[place]->moves_in)
		fputs("; the former one stays trusted", stdout);
	fputc('\n', stdout);
}

static void print_new_ca(const struct ca_entry *ca, int width)
{
	printf("%-8s %-*s  ", ca->origin ? "adopt" : "issue", width,
	       ca->folder);
	fputs(ca->origin ? "the CA \"" : "new CA \"", stdout);
	print_text(ca->common_name);
	if (ca->origin) {
		fputs("\" in ", stdout);
		print_text(ca->section->cert_file.text);
		fputc('\n', stdout);
	} else {
		fputs("\"\n", stdout);
	}
}

/* The generation of OWN that has a renewed certificate. */
static const struct authority *replaced_of(const struct authority *own)
{
	return own->replaced ? own : own->next;
}

static void print_replaced(const struct ca_entry *ca,
			   const struct authority *own, int width)
{
	const struct authority *replaced = replaced_of(own);
	char day[DATES_DAY];

	printf("renew    %-*s  its certificate is renewed in ", width,
	       replaced->folder);
	print_text(ca->section->cert_file.text);
	printf(", until %s\n", dates_day(replaced->record->not_after, day));
}

static void print_cas(const struct job *job, int width)
{
	static const char *const stages[] = {
		[LINEAGE_BEGUN] = "under way: begun; next is switch",
		[LINEAGE_SWITCHED] = "under way: switched; next is finish",
	};
	size_t i;

	for (i = 0; i < job->plan->n_cas; i++) {
		const struct ca_entry *ca = &job->inventory->cas[i];
		char *conf = memory_format("%s/" AUTHORITY_CONF, ca->folder);

		if (job->plan->cas[i].create)
			print_new_ca(ca, width);
		else if (job->plan->cas[i].certify)
			printf("reissue  %-*s  signed by the new CA in %s/, "
			       "with the key that it has\n",
			       width, ca->folder, ca->issuer->folder);
		else if (job->plan->cas[i].adopt)
			print_adopted(job, i, width);
		if (job->plan->cas[i].replace)
			print_replaced(ca, job->authorities[i], width);
		if (job->plan->cas[i].render && !job->plan->cas[i].create &&
		    !job->plan->cas[i].adopt)
			printf("render   %-*s  not what topology and template "
			       "ask for\n",
			       width, conf);
		if (job->authorities[i]->stage != LINEAGE_SETTLED)
			printf("rotate   %-*s  %s\n", width, ca->folder,
			       stages[job->authorities[i]->stage]);
		free(conf);
	}
}

void summary_plan(const struct job *job)
{
	const struct plan *plan = job->plan;
	int width = path_width(plan);
	size_t i, shown = 0;

	print_cas(job, width);
	for (i = 0; i < plan->n_items && shown < LINES_SHOWN; i++) {
		const struct plan_item *item = &plan->items[i];

		if (item->action == PLAN_KEEP)
			continue;
		shown++;
		printf("%-8s %-*s  ", plan_action_name(item->action), width,
		       item->entry->path);
		print_text(item->reason);
		fputc('\n', stdout);
	}
	if (plan->n_items - count(plan, PLAN_KEEP) > shown)
		printf("... and %zu more (--json has all)\n",
		       plan->n_items - count(plan, PLAN_KEEP) - shown);
	print_repacked(job);
	print_unwanted(plan);
	if (plan_is_empty(plan) && !plan_waits(plan))
		printf("%s: nothing to do, %zu certificate%s to keep\n",
		       job->directory, plan->n_items, plural(plan->n_items));
	else
		print_counts(job);
	print_left(plan);
	print_asked(plan);
}

/* Makes a CA anew. */
static bool creates(const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n_cas; i++)
		if (plan->cas[i].create)
			return true;
	return false;
}

/* The first host that gets a new bundle; NULL: none does. */
static const struct owner *first_host(const struct job *job)
{
	const struct inventory *inventory = job->inventory;
	size_t i;

	for (i = 0; i < inventory->n_holders; i++)
		if (inventory->holders[i].owner->kind == OWNER_HOST &&
		    plan_has_work(job->plan, inventory,
				  inventory->holders[i].group) &&
		    !job->plan->groups[inventory->holders[i].group].blocked)
			return inventory->holders[i].owner;
	return NULL;
}

/* Some CA has its key here. */
static bool holds_keys(const struct job *job)
{
	size_t i;

	for (i = 0; i < job->plan->n_cas; i++)
		if (!job->authorities[i]->key_place)
			return true;
	return false;
}

static void print_care(const struct job *job)
{
	const bool several = job->plan->n_cas > 1;
	const char *why = several ? "they know what was issued" :
				    "it knows what was issued";

	if (holds_keys(job))
		why = several ? "their keys sign for the cluster" :
				"its key signs for the cluster";
	printf("\nKeep %s/%s to yourself and back %s up: %s.\nOnce uploaded, "
	       "hosts/ and users/ can be deleted here.\n",
	       job->directory, several ? "ca*/" : "ca/",
	       several ? "them" : "it", why);
}

void summary_upload(const struct job *job)
{
	const struct plan *plan = job->plan;
	const struct owner *owner = first_host(job);
	char *address;

	if (owner) {
		bool brackets;

		address = topology_reach(job->topology, owner);
		brackets = strchr(address, ':') != NULL;
		printf("\nUpload each bundle and unpack it there, as for %s:\n"
		       "  scp %s/hosts/%s.tar.gz %s%s%s:\n"
		       "  ssh %s tar -xzf %s.tar.gz\n",
		       owner->name, job->directory, owner->name,
		       brackets ? "[" : "", address, brackets ? "]" : "",
		       address, owner->name);
		free(address);
	}
	if (creates(plan))
		print_care(job);
}

static void print_made(const struct plan_item *item,
		       const struct outcome *outcome)
{
	const struct entry *entry = item->entry;
	char *folder = inventory_folder(entry->owner);
	char day[DATES_DAY];

	if (entry->service)
		printf("  %s, %s of all its hosts", entry->folder, entry->file);
	else
		printf("  %s.tar.gz  %s", folder, entry->file);
	printf(" until %s",
	       dates_day(entry->import ? entry->import->record->not_after :
					 outcome->not_after,
			 day));
	if (entry->import)
		fputs(", imported", stdout);
	if (item->action == PLAN_REISSUE) {
		fputs("; ", stdout);
		print_text(item->reason);
	}
	fputc('\n', stdout);
	free(folder);
}

static void print_made_ca(const struct ca_entry *ca,
			  const struct record *record)
{
	fputs(ca->origin ? "took over the CA \"" : "made the CA \"", stdout);
	print_text(ca->common_name);
	printf("\" (%s) and ", record->key);
}

static void print_made_cas(const struct job *job)
{
	size_t i;

	for (i = 0; i < job->plan->n_cas; i++) {
		const struct ca_entry *ca = &job->inventory->cas[i];

		if (job->plan->cas[i].replace)
			printf("took over the CA's renewed certificate in "
			       "%s/ and ",
			       replaced_of(job->authorities[i])->folder);
		if (job->plan->cas[i].create)
			print_made_ca(ca, job->authorities[i]->record);
		else if (job->plan->cas[i].certify)
			printf("signed the CA \"%s\" anew and ",
			       ca->common_name);
		else if (job->plan->cas[i].adopt)
			printf("took over the CA in %s/ and ", ca->folder);
		else if (job->plan->cas[i].render)
			printf("rendered %s/" AUTHORITY_CONF " and ",
			       ca->folder);
	}
}

void summary_generate(const struct job *job, const struct outcome *outcomes)
{
	const struct plan *plan = job->plan;
	size_t i, n, shown = 0;

	if (plan_is_empty(plan)) {
		n = count(plan, PLAN_KEEP);
		printf("%s: nothing to do, %zu certificate%s as the topology "
		       "asks for\n",
		       job->directory, n, plural(n));
		print_unwanted(plan);
		print_left(plan);
		print_asked(plan);
		return;
	}
	printf("%s: ", job->directory);
	print_made_cas(job);
	n = plan->n_work - count(plan, PLAN_IMPORT);
	if (n || (!plan->n_repacked && !plan->n_pruned))
		printf("issued %zu certificate%s", n, plural(n));
	else if (!plan->n_repacked)
		printf("pruned %zu", plan->n_pruned);
	else
		printf("packed %zu bundle%s anew", plan->n_repacked,
		       plural(plan->n_repacked));
	if (count(plan, PLAN_IMPORT))
		printf(", imported %zu", count(plan, PLAN_IMPORT));
	if (count(plan, PLAN_KEEP))
		printf(", kept %zu", count(plan, PLAN_KEEP));
	fputc('\n', stdout);
	for (i = 0; i < plan->n_items && shown < LINES_SHOWN; i++)
		if (plan_works(&plan->items[i])) {
			print_made(&plan->items[i], &outcomes[i]);
			shown++;
		}
	if (plan->n_work > shown)
		printf("  ... and %zu more (--json has all)\n",
		       plan->n_work - shown);
	print_repacked(job);
	print_unwanted(plan);
	print_left(plan);
	print_asked(plan);
	summary_upload(job);
}
