/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "lineage.h"
#include "memory.h"
#include "reference.h"

bool reference_last(const struct authority *authority, const char *path,
		    const struct authority **signer, struct index_row *row)
{
	const struct authority *generation;
	struct index_row found;
	size_t i;

	*signer = NULL;
	for (i = 0; (generation = lineage_get(authority, i)); i++)
		/* the next one signs what counts only when it has taken over */
		if (generation != authority->next &&
		    index_find(generation->index, path, &found) &&
		    (!*signer || authority_is_later(generation, found.serial,
						    *signer, row->serial))) {
			*signer = generation;
			*row = found;
		}
	return *signer != NULL;
}

/* It may be another's, by mistake. */
static bool has_serial(X509 *certificate, const char *serial)
{
	BIGNUM *number =
		ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
	BIGNUM *wanted = NULL;
	bool good = number && BN_hex2bn(&wanted, serial) &&
		    BN_cmp(number, wanted) == 0;

	BN_free(number);
	BN_free(wanted);
	return good;
}

bool reference_find(struct reference *reference, const struct job *job,
		    const struct entry *entry)
{
	char *name;

	memset(reference, 0, sizeof(*reference));
	if (entry->import) {
		reference->certificate = entry->import->certificate;
		X509_up_ref(reference->certificate);
		return true;
	}
	if (!reference_last(job->authorities[entry->ca - job->inventory->cas],
			    entry->path, &reference->signer, &reference->row))
		return false;
	name = memory_format(AUTHORITY_NEW_CERTS "/%s.pem",
			     reference->row.serial);
	reference->certificate = chain_load_first(reference->signer->fd, name);
	free(name);
	if (reference->certificate &&
	    !has_serial(reference->certificate, reference->row.serial)) {
		X509_free(reference->certificate);
		reference->certificate = NULL;
	}
	return reference->certificate != NULL;
}

void reference_clear(struct reference *reference)
{
	X509_free(reference->certificate);
	memset(reference, 0, sizeof(*reference));
}
