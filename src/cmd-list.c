/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "list.h"
#include "report.h"
#include "summary.h"

struct output_format {
	const char *option;
	bool asked;
	int (*print)(const struct job *job, const struct ledger *ledger);
};

/* What was asked for into CHOSEN. -1: two of them at once, as reported. */
static int choose(const struct options *options, struct output_format *chosen)
{
	const struct output_format formats[] = {
		{ "--json", options->json, list_json },
		{ "--prometheus", options->prometheus, list_prometheus },
		{ "--graph", options->graph, list_graph },
		{ "--html", options->html, list_html },
		{ options->warn ? "--warn" : "--crit",
		  options->warn || options->crit, list_check },
	};
	size_t i;

	*chosen = (struct output_format){ .print = list_text };
	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (!formats[i].asked)
			continue;
		if (chosen->option) {
			report_error("list: %s and %s: one at a time",
				     chosen->option, formats[i].option);
			return -1;
		}
		*chosen = formats[i];
	}
	return 0;
}

/* Why nothing can be listed: where no person reads standard output it is not
 * said there. */
static void print_interrupted(const struct job *job,
			      const struct output_format *chosen)
{
	if (chosen->print == list_text || chosen->print == list_json)
		summary_interrupted(job, "list");
	else
		report_error("%s: an interrupted run is to be completed",
			     job->directory);
}

static int print(const struct job *job, const struct output_format *chosen)
{
	struct ledger *ledger = ledger_new(job);
	int status;

	if (job->options->current)
		ledger_keep_current(ledger);
	status = chosen->print(job, ledger);
	ledger_free(ledger);
	return status;
}

int cmd_list(const struct options *options)
{
	struct output_format chosen;
	struct job job;
	int status = 0;

	if (choose(options, &chosen))
		return STATUS_USAGE;
	if (chosen.print == list_check)
		status = list_check_ages(options);
	if (status)
		return status;
	status = job_read(&job, options, 0);
	if (status == STATUS_DONE)
		status = job_open(&job, true);
	if (status == STATUS_WORK)
		print_interrupted(&job, &chosen);
	if (status == STATUS_DONE)
		status = print(&job, &chosen);
	else if (chosen.print == list_check)
		status = list_check_unknown(
			status == STATUS_TOPOLOGY ?
				"the topology is wrong" :
			status == STATUS_WORK ?
				"an interrupted run is to be completed" :
				"the record of certificates cannot be read");
	job_clear(&job);
	return status;
}
