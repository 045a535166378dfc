/* SPDX-License-Identifier: Apache-2.0 */
/* The part of libarchive that is used, loaded at run time: with what it depends
 * on (libxml2, ICU, nettle) it is larger than the agent, and most hosts never
 * look into archives.  Declared here, so that its header is not needed. */
#ifndef CW_AGENT_FORMAT_LIBARCHIVE_H
#define CW_AGENT_FORMAT_LIBARCHIVE_H

#include <stdint.h>
#include <sys/types.h>

struct archive;
struct archive_entry;

/* archive_format() without its low bits */
#define LIBARCHIVE_FORMAT(f) ((f) & 0xff0000)

enum {
	LIBARCHIVE_ZIP = 0x50000, LIBARCHIVE_RAW = 0x90000,
	LIBARCHIVE_EOF = 1, LIBARCHIVE_OK = 0, LIBARCHIVE_RETRY = -10,
	LIBARCHIVE_WARN = -20, LIBARCHIVE_FAILED = -25, LIBARCHIVE_FATAL = -30,
};

typedef ssize_t libarchive_read(struct archive *a, void *arg, const void **ret);
typedef int64_t libarchive_seek(struct archive *a, void *arg, int64_t offset,
				int whence);

struct libarchive {
	struct archive *(*read_new)(void);
	int (*read_free)(struct archive *a);
	int (*support_zip)(struct archive *a);
	int (*support_tar)(struct archive *a);
	int (*support_raw)(struct archive *a);
	int (*support_gzip)(struct archive *a);
	int (*support_bzip2)(struct archive *a);
	int (*support_xz)(struct archive *a);
	int (*support_zstd)(struct archive *a);
	int (*set_read)(struct archive *a, libarchive_read *read);
	int (*set_seek)(struct archive *a, libarchive_seek *seek);
	int (*set_arg)(struct archive *a, void *arg);
	int (*open)(struct archive *a);
	int (*next)(struct archive *a, struct archive_entry **ret);
	ssize_t (*data)(struct archive *a, void *to, size_t len);
	int (*format)(struct archive *a);
	const char *(*name)(struct archive_entry *e);
	const char *(*name_utf8)(struct archive_entry *e);
	int64_t (*size)(struct archive_entry *e);
	int (*has_size)(struct archive_entry *e);
	mode_t (*type)(struct archive_entry *e);
	int (*is_encrypted)(struct archive_entry *e);
};

/* Loads it, the first time; NULL where it is not installed. */
const struct libarchive *libarchive_load(void);

#endif
