/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_PASSWORD_H
#define TOPOCERT_PASSWORD_H

/*
 * The password in the first line of the file PATH, which nobody else may read:
 * 6 to 128 printable ASCII characters, what Java and openssl both take. Wipe
 * it with OPENSSL_cleanse() and free it. NULL: *WHY says what is wrong, in
 * constant text.
 */
char *password_read(const char *path, const char **why);

/* Wipe and free; NULL does nothing. */
void password_free(char *password);

#endif
