/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_DELIVERY_H
#define TOPOCERT_DELIVERY_H

#include <stdbool.h>

#include "inspect.h"
#include "parcel.h"
#include "reference.h"

/* The bundle of one holder as it lies here, twice: its folders, and packed. */
struct delivery {
	struct inspection *in;
	const struct holder *holder;
	const struct group *group;
	char *path; /* "hosts/node1" */
	struct parcel unpacked, packed;
	bool has_unpacked, has_packed;
	bool packed_good; /* as it was made, as far as that is known */
	bool planned; /* generate will make it anew */
	bool without_keys; /* made so, as keys were not here */
	struct reference *references; /* of the group's entries */
	bool *looked_up;
};

/* The folders, or what is packed where they are gone. */
const struct parcel *delivery_parcel(const struct delivery *delivery);

/* What is on record of the certificate CONTENT is of; NULL: nothing. */
const struct reference *delivery_reference(struct delivery *delivery,
					   const struct content *content);

/* It is or holds a private key, or is of use only with one. */
bool delivery_needs_key(const struct content *content);

/* "certs/node.crt"; free it. */
char *delivery_name(const struct content *content);

/* NAME is that of a file that the bundle should have. */
bool delivery_wants(const struct delivery *delivery, const char *name);

/* "hosts/node1.tar.gz"; free it. */
char *delivery_packed_path(const struct delivery *delivery);

/* What makes the bundle anew; free it. */
char *delivery_renew(const struct delivery *delivery);

/* Say what is wrong with the file NAME of the bundle. */
void delivery_fault(struct delivery *delivery, const char *name,
		    const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Read what is packed, and later compare it with the folders: see
 * inspect-packed.c. */
void read_packed(struct delivery *delivery);
void inspect_packed(struct delivery *delivery);

/* Look into FILE, which is CONTENT: see inspect-content.c. */
void inspect_content(struct delivery *delivery, const struct content *content,
		     const struct parcel_file *file);

/* The same for a [file]. Returns NULL, or what is wrong; free that. */
char *inspect_parts(struct delivery *delivery, const struct content *content,
		    const struct parcel_file *file);
char *inspect_store(struct delivery *delivery, const struct content *content,
		    const struct parcel_file *file);

/* The certificates that PART means; free with chain_free(). */
STACK_OF(X509) * delivery_certificates(struct delivery *delivery,
				       const struct content *content,
				       enum profile_part part);

#endif
