/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_DISTINGUISHED_H
#define TOPOCERT_DISTINGUISHED_H

/* The upper bound of CN and O, in characters (RFC 5280, appendix A.1). */
#define DISTINGUISHED_MAX 64

/*
 * Check a value of a distinguished name that says who somebody is. Returns
 * NULL, or what is wrong (constant text). Allowed are letters of any script,
 * digits, single blanks and .'()&-/:_!@ ; not what separates or quotes in
 * written names or in OpenSSL's configuration.
 */
const char *distinguished_check(const char *text);

#endif
