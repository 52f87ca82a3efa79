/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dates.h"
#include "headline.h"
#include "html.h"
#include "list-timeline.h"
#include "list-trust.h"
#include "list.h"
#include "memory.h"
#include "report.h"

/* Characters of an owner or a file that are not broken into lines. */
#define WORD_MAX 32

/* A page that needs nothing else, not even a script. */

static const char style[] =
	":root{color-scheme:light dark;--page:#fff;--text:#1d2129;"
	"--soft:#667085;--line:#d8dce3;--panel:#f6f7f9;"
	"--good:#1a7f45;--good-back:#e5f5ea;"
	"--warn:#8f5a00;--warn-back:#fff1cf;"
	"--bad:#b3261e;--bad-back:#fde4e1;--past:#9aa1ad}\n"
	"@media(prefers-color-scheme:dark){:root{--page:#14171c;--text:#e6e8ec;"
	"--soft:#9aa3b2;--line:#343a45;--panel:#1d2129;"
	"--good:#57c785;--good-back:#153323;"
	"--warn:#f0b84a;--warn-back:#3a2d10;"
	"--bad:#ff8a80;--bad-back:#431a18;--past:#6b7280}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;padding:20px;max-width:1120px;"
	"background:var(--page);color:var(--text);"
	"font:15px/1.45 system-ui,sans-serif}\n"
	"header{padding:16px 22px;border-radius:10px;"
	"border-left:8px solid var(--level);background:var(--back)}\n"
	"header.good{--level:var(--good);--back:var(--good-back)}\n"
	"header.warn{--level:var(--warn);--back:var(--warn-back)}\n"
	"header.bad{--level:var(--bad);--back:var(--bad-back)}\n"
	"header p{margin:6px 0}h1{margin:0;font-size:28px;line-height:1.25;"
	"color:var(--level)}h2{margin:32px 0 10px;font-size:18px}\n"
	".cluster{font-weight:600}.rotation{font-weight:600}"
	".small{font-size:13px;color:var(--soft)}\n"
	"code{font-family:ui-monospace,monospace;font-size:14px;"
	"overflow-wrap:anywhere}\n"
	".figures{display:flex;flex-wrap:wrap;gap:8px;list-style:none;"
	"margin:12px 0 4px;padding:0}"
	".figures li{padding:2px 12px;border-radius:12px;"
	"background:var(--page);border:1px solid var(--line)}\n"
	".valid{--status:var(--good);--status-back:var(--good-back)}"
	".expiring{--status:var(--warn);--status-back:var(--warn-back)}"
	".expired,.revoked{--status:var(--bad);--status-back:var(--bad-back)}"
	".replaced{--status:var(--past);--status-back:var(--panel)}\n"
	".figures li b{color:var(--status)}\n"
	".picture,.wide{overflow-x:auto}svg{display:block;width:100%;"
	"min-width:760px;height:auto}\n"
	"svg text{fill:var(--text);font:12px system-ui,sans-serif}"
	"svg .strong{font-size:14px;font-weight:600}"
	"svg .small{fill:var(--soft)}"
	"svg .tiny{font-size:11px;fill:var(--soft)}svg .mid{text-anchor:middle}\n"
	".tick{stroke:var(--line)}.now{stroke:var(--text);stroke-width:2}"
	".gone{fill:var(--bad-back)}\n"
	".bar{fill:var(--status);opacity:.4}.dot{fill:var(--status)}\n"
	".box{fill:var(--status-back,var(--panel));"
	"stroke:var(--status,var(--line))}"
	".edge{fill:none;stroke:var(--status);stroke-width:2}\n"
	"table{width:100%;border-collapse:collapse;font-size:14px}"
	"th{text-align:left;font-weight:600;color:var(--soft)}"
	"th,td{padding:6px 8px;vertical-align:top;"
	"border-bottom:1px solid var(--line)}\n"
	".names{overflow-wrap:anywhere}td.fixed{white-space:nowrap;"
	"font-variant-numeric:tabular-nums}th.right,td.right{text-align:right}\n"
	"td b{padding:1px 8px;border-radius:10px;font-weight:600;"
	"color:var(--status);background:var(--status-back)}\n"
	"#past td{color:var(--soft)}td code{font-size:11px;white-space:nowrap}"
	".part th{padding-top:28px;color:var(--text);font-size:18px}"
	"td .small{display:block}\n"
	"@media print{:root{--page:#fff;--text:#000;--soft:#444;--line:#bbb;"
	"--panel:#f4f4f4;--good:#1a7f45;--good-back:#fff;--warn:#8f5a00;"
	"--warn-back:#fff;--bad:#b3261e;--bad-back:#fff;--past:#777}"
	"body{padding:0;max-width:none;font-size:11px}table{font-size:10px}"
	"h1{font-size:20px}h2{margin:18px 0 8px;font-size:14px}"
	".small,code,td code{font-size:10px}"
	"svg{min-width:0}header{border:1px solid var(--line);"
	"border-left:8px solid var(--level)}"
	"tr,svg{break-inside:avoid}thead{display:table-header-group}"
	"h2{break-after:avoid}}\n";

static void write_names(FILE *out, const struct ledger_row *row)
{
	const char *note = list_note(row), *name;
	size_t i;

	for (i = 0; (name = list_name(row, i)); i++) {
		if (i)
			fputs(", ", out);
		html_text(out, name);
	}
	if (note)
		fprintf(out, "<span class=\"small\">%s</span>", note);
	if (row->reason) {
		fputs("<span class=\"small\">", out);
		html_text(out, row->reason);
		fputs("</span>", out);
	}
}

/* What is not too long stays in one line. */
static const char *word_class(const char *text)
{
	return strlen(text) <= WORD_MAX ? "fixed" : "names";
}

static void write_cell(FILE *out, const char *class, const char *text)
{
	fprintf(out, "<td class=\"%s\">", class);
	html_text(out, text);
	fputs("</td>", out);
}

/* Its common name, where the certificate is one of ours. */
static const char *issuer(const struct ledger_row *row)
{
	if (!row->authority ||
	    strcmp(row->authority->record->subject, row->issuer) != 0)
		return row->issuer;
	return list_ca_name(row->authority);
}

static void write_row(FILE *out, const struct ledger_row *row)
{
	const char *status = ledger_status_name(row->status);
	char *owner = list_owner(row), days[32], date[DATES_FULL];

	snprintf(days, sizeof(days), "%ld", row->days_left);
	fprintf(out,
		"<tr class=\"%s\" data-status=\"%s\" data-days=\"%s\" "
		"data-not-after=\"%s\" data-file=\"",
		status, status, days, dates_full(row->not_after, date));
	html_text(out, row->file);
	fputs("\" data-serial=\"", out);
	html_text(out, row->serial);
	fprintf(out, "\"><td class=\"fixed\"><b>%s</b></td>", status);
	write_cell(out, "fixed right", days);
	write_cell(out, "fixed", dates_day(row->not_after, date));
	write_cell(out, word_class(owner), owner);
	write_cell(out, word_class(list_short_file(row)), list_short_file(row));
	fputs("<td class=\"names\">", out);
	write_names(out, row);
	fputs("</td><td>", out);
	html_text(out, issuer(row));
	fputs("<br><code>", out);
	html_text(out, row->serial);
	fputs("</code></td></tr>\n", out);
	free(owner);
}

/* Those in use, or those that went out of it. */
static void write_part(FILE *out, const struct ledger *ledger, bool past)
{
	bool begun = false;
	size_t i;

	fprintf(out, "<tbody id=\"%s\">\n", past ? "past" : "current");
	for (i = 0; i < ledger->n; i++) {
		if (ledger_is_past(&ledger->rows[i]) != past)
			continue;
		if (!begun && past)
			fputs("<tr class=\"part\"><th colspan=\"7\">Replaced "
			      "and revoked</th></tr>\n",
			      out);
		begun = true;
		write_row(out, &ledger->rows[i]);
	}
	fputs("</tbody>\n", out);
}

static void write_table(FILE *out, const struct ledger *ledger)
{
	if (!ledger->n)
		return;
	fputs("<h2>All certificates</h2>\n<div class=\"wide\">\n<table>\n"
	      "<thead><tr><th>Status</th><th class=\"right\">Days</th>"
	      "<th>Not after</th><th>Owner</th><th>File</th><th>Names</th>"
	      "<th>Issuer, serial number</th></tr></thead>\n",
	      out);
	write_part(out, ledger, false);
	write_part(out, ledger, true);
	fputs("</table>\n</div>\n", out);
}

static void write_pictures(FILE *out, const struct ledger *ledger)
{
	if (!ledger->n)
		return;
	fputs("<h2>When they expire</h2>\n<div class=\"picture\">\n", out);
	list_timeline(out, ledger);
	fputs("</div>\n<h2>Who signed for whom</h2>\n"
	      "<div class=\"picture\">\n",
	      out);
	list_trust(out, ledger);
	fputs("</div>\n", out);
}

static char *page(const struct job *job, const struct ledger *ledger,
		  size_t *length)
{
	struct headline headline;
	char *text = NULL;
	FILE *out = open_memstream(&text, length);

	if (!out)
		abort();
	headline_fill(&headline, ledger);
	fprintf(out,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
		"<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" "
		"content=\"width=device-width,initial-scale=1\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" "
		"content=\"default-src 'none'; "
		"style-src 'unsafe-inline'\">\n<title>%s: ",
		headline.text);
	html_text(out, job->topology->cluster.name.text);
	fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", style);
	headline_write(out, &headline, job, ledger);
	write_pictures(out, ledger);
	write_table(out, ledger);
	fputs("</body>\n</html>\n", out);
	fclose(out);
	headline_clear(&headline);
	return text;
}

static int write_all(int fd, const char *data, size_t length)
{
	while (length) {
		ssize_t n = write(fd, data, length);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			data += n;
			length -= (size_t)n;
		}
	}
	return 0;
}

/* A reader sees the old page or the new one: it is written beside PATH and
 * takes its place when it is whole. -1: errno. */
static int replace(const char *path, const char *data, size_t length)
{
	char *beside = memory_format("%s.%ld", path, (long)getpid());
	int ret = -1, error;
	int fd = open(beside,
		      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		      0644);

	if (fd >= 0 && fchmod(fd, 0644) == 0 &&
	    write_all(fd, data, length) == 0 && fsync(fd) == 0)
		ret = 0;
	error = errno;
	if (fd >= 0 && close(fd) != 0 && ret == 0) {
		error = errno;
		ret = -1;
	}
	if (ret == 0 && rename(beside, path) != 0) {
		error = errno;
		ret = -1;
	}
	if (ret && fd >= 0)
		unlink(beside);
	free(beside);
	errno = error;
	return ret;
}

int list_html(const struct job *job, const struct ledger *ledger)
{
	const char *path = job->options->html;
	int status = STATUS_DONE;
	size_t length;
	char *text = page(job, ledger, &length);

	if (replace(path, text, length)) {
		report_error("%s: %s", path, strerror(errno));
		status = STATUS_FAILED;
	} else if (!job->options->quiet) {
		printf("%s: written\n", path);
	}
	free(text);
	return status;
}
