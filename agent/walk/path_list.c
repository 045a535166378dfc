/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/path_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* How many there are, or -EPROTO. */
static ssize_t check(const char *at, size_t len, size_t skip)
{
	const char *end = at + len;
	ssize_t n = 0;

	if (len > 0 && end[-1] != '\0')
		return -EPROTO;
	for (; at < end; at += strlen(at) + 1, n++) {
		if (strnlen(at, skip) < skip || at[skip] != '/')
			return -EPROTO;
	}
	return n;
}

int path_list_copy(struct path_list *l, const void *paths, size_t len,
		   size_t skip)
{
	ssize_t n = check(paths, len, skip);
	struct path_list new = {.count = 0};
	size_t k = 0;

	if (n < 0)
		return (int)n;
	new.text = malloc(len + 1);
	new.list = calloc((size_t)n + 1, sizeof(*new.list));
	if (!new.text || !new.list) {
		path_list_free(&new);
		return -ENOMEM;
	}
	if (len > 0)
		memcpy(new.text, paths, len);
	for (char *at = new.text; k < (size_t)n; at += strlen(at) + 1)
		new.list[k++] = at + skip;
	qsort(new.list, k, sizeof(*new.list), compare);
	/* what lies in another comes after it */
	for (size_t i = 0; i < k; i++) {
		const char *path = new.list[i];

		if (!path_list_covers(&new, path, strlen(path)))
			new.list[new.count++] = path;
	}
	*l = new;
	return 0;
}

void path_list_free(struct path_list *l)
{
	free(l->text);
	free(l->list);
	*l = (struct path_list){.count = 0};
}

/* As strcmp() of ${item} and the first ${len} bytes of ${path}. */
static int order(const char *item, const char *path, size_t len)
{
	int c = strncmp(item, path, len);

	return c != 0 ? c : item[len] != '\0';
}

/* The first that does not come before these bytes. */
static size_t at_or_after(const struct path_list *l, const char *path,
			  size_t len)
{
	size_t low = 0, high = l->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (order(l->list[mid], path, len) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool has(const struct path_list *l, const char *path, size_t len)
{
	size_t i = at_or_after(l, path, len);

	return i < l->count && order(l->list[i], path, len) == 0;
}

bool path_list_covers(const struct path_list *l, const char *path, size_t len)
{
	if (l->count == 0 || len == 0)
		return false;
	for (size_t i = 1; i < len; i++) {
		if (path[i] == '/' && has(l, path, i))
			return true;
	}
	return has(l, path, len) || has(l, "/", 1);
}

size_t path_list_first(const struct path_list *l, const char *dir, size_t len)
{
	size_t i = at_or_after(l, dir, len);

	/* "dir", "dir-x" and the like come before "dir/" */
	while (i < l->count && strncmp(l->list[i], dir, len) == 0 &&
	       !path_list_is_beneath(l, i, dir, len))
		i++;
	return i < l->count && path_list_is_beneath(l, i, dir, len)
		       ? i : l->count;
}

bool path_list_is_beneath(const struct path_list *l, size_t i, const char *dir,
			  size_t len)
{
	const char *p = i < l->count ? l->list[i] : "";

	if (strncmp(p, dir, len) != 0)
		return false;
	return len == 1 ? p[1] != '\0' : p[len] == '/';
}

const char *path_list_rest(const struct path_list *l, size_t i, size_t dir_len)
{
	return l->list[i] + (dir_len == 1 ? 1 : dir_len + 1);
}
