/* SPDX-License-Identifier: Apache-2.0 */
/* The page: static files, built from collector-stub/web and installed into
 * [web] directory (/usr/share/certwalk/web by default), so that the program
 * builds without npm.  They are read at the start and served from memory, each
 * with an ETag and, where NAME.gz lies beside it, compressed.  Only names that
 * were found then are ever served: no path of a request reaches the disk. */
#ifndef CW_COLLECTOR_PAGE_H
#define CW_COLLECTOR_PAGE_H

#define PAGE_FILES 64

struct page;
struct exchange;

/* Reads the regular files of ${directory}.  0; -ENOENT where it is not there;
 * -errno; -EFBIG above PAGE_FILES or LIMIT_REPLY bytes of one. */
int page_load(const char *directory, struct page **ret);
/* NULL is allowed. */
void page_free(struct page *p);

/* The handler of all paths that no other route has. */
void page_handle(struct exchange *x);

#endif
