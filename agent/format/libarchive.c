/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/format/libarchive.h"

#include <stddef.h>

#include "lib/library.h"

static struct libarchive functions;

/* Every member of ${functions} by its symbol. */
static const struct library_symbol symbols[] = {
#define MEMBER(name) offsetof(struct libarchive, name)
	{"archive_read_new", MEMBER(read_new)},
	{"archive_read_free", MEMBER(read_free)},
	{"archive_read_support_format_zip", MEMBER(support_zip)},
	{"archive_read_support_format_tar", MEMBER(support_tar)},
	{"archive_read_support_format_raw", MEMBER(support_raw)},
	{"archive_read_support_filter_gzip", MEMBER(support_gzip)},
	{"archive_read_support_filter_bzip2", MEMBER(support_bzip2)},
	{"archive_read_support_filter_xz", MEMBER(support_xz)},
	{"archive_read_support_filter_zstd", MEMBER(support_zstd)},
	{"archive_read_set_read_callback", MEMBER(set_read)},
	{"archive_read_set_seek_callback", MEMBER(set_seek)},
	{"archive_read_set_callback_data", MEMBER(set_arg)},
	{"archive_read_open1", MEMBER(open)},
	{"archive_read_next_header", MEMBER(next)},
	{"archive_read_data", MEMBER(data)},
	{"archive_format", MEMBER(format)},
	{"archive_entry_pathname", MEMBER(name)},
	{"archive_entry_pathname_utf8", MEMBER(name_utf8)},
	{"archive_entry_size", MEMBER(size)},
	{"archive_entry_size_is_set", MEMBER(has_size)},
	{"archive_entry_filetype", MEMBER(type)},
	{"archive_entry_is_encrypted", MEMBER(is_encrypted)},
#undef MEMBER
};

const struct libarchive *libarchive_load(void)
{
	static enum { NEW, LOADED, ABSENT } state;

	if (state == NEW)
		state = library_load("libarchive.so.13", symbols,
				     sizeof(symbols) / sizeof(symbols[0]),
				     &functions) ? LOADED : ABSENT;
	return state == LOADED ? &functions : NULL;
}
