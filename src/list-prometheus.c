/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "lineage.h"
#include "list.h"
#include "report.h"

/* Prometheus' text format, as its textfile collector reads it. */

static void print_head(const char *metric, const char *help)
{
	printf("# HELP %s %s\n# TYPE %s gauge\n", metric, help, metric);
}

/* NAME="VALUE", where NAME has the comma of the label before in front. */
static void print_label(const char *name, const char *value)
{
	char *plain = report_plain(value ? value : "");
	const char *p;

	printf("%s=\"", name);
	for (p = plain; *p; p++) {
		if (*p == '"' || *p == '\\')
			putchar('\\');
		putchar(*p);
	}
	putchar('"');
	free(plain);
}

static void print_row(const struct job *job, const char *metric,
		      const struct ledger_row *row, time_t value)
{
	fputs(metric, stdout);
	print_label("{cluster", job->topology->cluster.name.text);
	print_label(",kind", ledger_kind_name(row->kind));
	print_label(",owner", row->owner);
	print_label(",file", row->file);
	print_label(",ca", row->authority ? row->authority->folder : "");
	print_label(",serial", row->serial);
	print_label(",status", ledger_status_name(row->status));
	print_label(",wanted", row->wanted ? "true" : "false");
	printf("} %lld\n", (long long)value);
}

/* What was replaced or revoked needs no alarm. */
static void print_rows(const struct job *job, const struct ledger *ledger,
		       bool cas, const char *metric, const char *help)
{
	bool headed = false;
	size_t i;

	for (i = 0; i < ledger->n; i++) {
		const struct ledger_row *row = &ledger->rows[i];

		if (ledger_is_past(row) || (row->kind == LEDGER_CA) != cas)
			continue;
		if (!headed)
			print_head(metric, help);
		headed = true;
		print_row(job, metric, row, row->not_after);
	}
}

static void print_counts(const struct job *job, const struct ledger *ledger)
{
	size_t i;

	print_head("topocert_certificates",
		   "How many certificates are on record, those of CAs "
		   "included.");
	for (i = 0; i < LEDGER_STATUSES; i++) {
		enum ledger_status status = (enum ledger_status)i;

		fputs("topocert_certificates", stdout);
		print_label("{cluster", job->topology->cluster.name.text);
		print_label(",status", ledger_status_name(status));
		printf("} %zu\n", ledger_count(ledger, status));
	}
}

/* One of the stages has the value 1. */
static void print_stages(const struct job *job, const struct ledger *ledger)
{
	static const char metric[] = "topocert_ca_rotation_stage";
	enum lineage_stage stage;
	size_t i;

	if (ledger->n_lineages)
		print_head(metric, "How far the rotation of a CA has come.");
	for (i = 0; i < ledger->n_lineages; i++)
		for (stage = LINEAGE_SETTLED; stage <= LINEAGE_SWITCHED;
		     stage++) {
			const struct authority *lineage = ledger->lineages[i];

			fputs(metric, stdout);
			print_label("{cluster",
				    job->topology->cluster.name.text);
			print_label(",ca", lineage->folder);
			print_label(",stage", lineage_stage_name(stage));
			printf("} %d\n", lineage->stage == stage);
		}
}

int list_prometheus(const struct job *job, const struct ledger *ledger)
{
	print_rows(job, ledger, false,
		   "topocert_certificate_not_after_timestamp_seconds",
		   "When a certificate that was not replaced or revoked "
		   "expires.");
	print_rows(job, ledger, true, "topocert_ca_not_after_timestamp_seconds",
		   "When the certificate of a CA expires.");
	print_counts(job, ledger);
	print_stages(job, ledger);
	return STATUS_DONE;
}
