#include "config.h"
#include "command.h"
int cmd_import(const struct options *options) { (void)options; return STATUS_FAILED; }
