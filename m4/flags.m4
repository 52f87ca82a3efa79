# SPDX-License-Identifier: Apache-2.0

# Clang only warns about options it does not know, hence the -Werror in the
# probes; config.log tells why a flag was refused.

# TC_COMPILE_FLAGS(VARIABLE, FLAGS): the FLAGS that the compiler takes.
AC_DEFUN([TC_COMPILE_FLAGS], [
	AC_LANG_ASSERT([C])
	tc_save_CFLAGS=$CFLAGS
	$1=
	for tc_flag in m4_normalize([$2]); do
		AC_MSG_CHECKING([whether $CC takes $tc_flag])
		CFLAGS="$tc_save_CFLAGS -Werror $tc_flag"
		AC_COMPILE_IFELSE([AC_LANG_SOURCE([int tc_probe;])],
			[$1="$$1 $tc_flag" tc_taken=yes], [tc_taken=no])
		AC_MSG_RESULT([$tc_taken])
	done
	CFLAGS=$tc_save_CFLAGS
	AC_SUBST([$1])
])

# TC_LINK_FLAGS(VARIABLE, FLAGS): the FLAGS with which a program both compiles
# and links. Quote those that only make sense together.
AC_DEFUN([TC_LINK_FLAGS], [
	AC_LANG_ASSERT([C])
	tc_save_CFLAGS=$CFLAGS
	$1=
	for tc_flag in m4_normalize([$2]); do
		AC_MSG_CHECKING([whether $CC links with $tc_flag])
		CFLAGS="$tc_save_CFLAGS -Werror $tc_flag"
		AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
			[$1="$$1 $tc_flag" tc_taken=yes], [tc_taken=no])
		AC_MSG_RESULT([$tc_taken])
	done
	CFLAGS=$tc_save_CFLAGS
	AC_SUBST([$1])
])

# TC_FORTIFY(VARIABLE): glibc warns when it is to fortify an unoptimised build,
# the sanitizers miss what the fortified functions do, and some compilers set
# a level of their own.
AC_DEFUN([TC_FORTIFY], [
	AC_MSG_CHECKING([whether to set _FORTIFY_SOURCE])
	AC_COMPILE_IFELSE([AC_LANG_SOURCE([
#if defined _FORTIFY_SOURCE || !defined __OPTIMIZE__
#error "already set, or not optimising"
#endif
	])], [tc_fortify=yes], [tc_fortify=no])
	AS_IF([test -n "$SANITIZE_FLAGS"], [tc_fortify=no])
	AS_IF([test $tc_fortify = yes], [$1=-D_FORTIFY_SOURCE=2], [$1=])
	AC_MSG_RESULT([$tc_fortify])
	AC_SUBST([$1])
])
