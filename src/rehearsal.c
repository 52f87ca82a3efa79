/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "certificate.h"
#include "conf.h"
#include "memory.h"
#include "rehearsal.h"
#include "rendering.h"
#include "request.h"
#include "tree.h"

/* The CA's configuration, with all sections that the plan needs. */
static void try_ca_conf(struct plan *plan, const struct inventory *inventory,
			const struct ca_entry *ca,
			const struct rendered *rendered)
{
	const char *path = template_path(ca->type->template);
	CONF *conf = conf_load(rendered, path);
	size_t i;

	plan->broken = plan->broken || !conf ||
		       certificate_check_conf(conf, path);
	for (i = 0; i < plan->n_items && !plan->broken; i++) {
		const struct entry *entry = plan->items[i].entry;
		char *section;

		if (plan->items[i].action == PLAN_KEEP || entry->ca != ca)
			continue;
		section = rendering_section(inventory, entry);
		if (certificate_check_sections(conf, entry->type->policy.text,
					       section, path))
			plan->broken = true;
		free(section);
	}
	NCONF_free(conf);
}

/* Compare the CA's configuration with the one on disk. */
void rehearsal_ca(struct plan *plan, const struct inventory *inventory,
		  size_t place, const struct authority *authority,
		  struct diag *diag)
{
	const struct ca_entry *ca = &inventory->cas[place];
	struct rendered *rendered = rendering_of_ca(inventory, ca, diag);
	size_t length;
	char *old = NULL;

	if (!rendered)
		return;
	if (authority->fd >= 0)
		old = tree_read(authority->fd, AUTHORITY_CONF, &length);
	plan->cas[place].render = !old || strcmp(old, rendered->text) != 0;
	if (!plan_is_empty(plan) || plan_waits(plan))
		try_ca_conf(plan, inventory, ca, rendered);
	free(old);
	rendered_free(rendered);
}

/* The first request by a template tells whether OpenSSL can read it. */
static void try_request_conf(struct plan *plan, const struct entry *entry,
			     const struct rendered *rendered)
{
	const char *path = template_path(entry->type->template);
	CONF *conf = conf_load(rendered, path);
	X509_NAME *subject = conf ? request_subject(conf, path) : NULL;

	if (!subject)
		plan->broken = true;
	X509_NAME_free(subject);
	NCONF_free(conf);
}

/* Render all that will be needed once, to hear of what is wrong with it
 * before anything is made. */
void rehearsal_requests(struct plan *plan, const struct inventory *inventory,
			struct diag *diag)
{
	const struct profile_certificate **tried = NULL;
	size_t i, k, n = 0;

	for (i = 0; i < plan->n_items; i++) {
		const struct entry *entry = plan->items[i].entry;
		struct rendered *rendered;

		if (plan->items[i].action == PLAN_KEEP || entry->import)
			continue;
		rendered = rendering_of_entry(inventory, entry, diag);
		for (k = 0; k < n && tried[k] != entry->type;)
			k++;
		if (rendered && k == n) {
			try_request_conf(plan, entry, rendered);
			*(const struct profile_certificate **)memory_append(
				&tried, &n, sizeof(*tried)) = entry->type;
		}
		rendered_free(rendered);
	}
	free(tried);
}
