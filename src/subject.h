/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_SUBJECT_H
#define TOPOCERT_SUBJECT_H

#include <openssl/x509.h>

struct record;

/* NAME as X509_NAME_oneline(3) has it; free it. */
char *subject_line(const X509_NAME *name);

/* What RECORD has of the subject NAME. */
void subject_read(struct record *record, const X509_NAME *name);

#endif
