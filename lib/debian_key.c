/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/debian_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "lib/algorithm.h"
#include "lib/der.h"
#include "lib/encode.h"
#include "lib/file.h"
#include "lib/hash.h"
#include "lib/limits.h"

#define DIGITS 20		/* of a line */
#define LINE (DIGITS + 1)

enum list_kind { OPENSSL_RSA, SSH_RSA, SSH_DSA };

static const struct list {
	const char *file;
	const char *package;
	enum list_kind kind;
	uint16_t bits;
} lists[] = {
	{"openssl-blacklist/blacklist.RSA-1024", "openssl-blacklist",
	 OPENSSL_RSA, 1024},
	{"openssl-blacklist/blacklist.RSA-2048", "openssl-blacklist",
	 OPENSSL_RSA, 2048},
	{"openssl-blacklist/blacklist.RSA-512", "openssl-blacklist-extra",
	 OPENSSL_RSA, 512},
	{"openssl-blacklist/blacklist.RSA-4096", "openssl-blacklist-extra",
	 OPENSSL_RSA, 4096},
	{"ssh/blacklist.DSA-1024", "openssh-blacklist", SSH_DSA, 1024},
	{"ssh/blacklist.RSA-2048", "openssh-blacklist", SSH_RSA, 2048},
	{"ssh/blacklist.RSA-1024", "openssh-blacklist-extra", SSH_RSA, 1024},
	{"ssh/blacklist.RSA-4096", "openssh-blacklist-extra", SSH_RSA, 4096},
};

#define LISTS (sizeof(lists) / sizeof(lists[0]))

struct debian_keys {
	struct mapped {
		void *map;
		size_t size;
		const char *lines;	/* within it, LINE bytes each */
		size_t n;
	} lists[LISTS];
};

static bool is_line(const char *line)
{
	for (size_t i = 0; i < DIGITS; i++) {
		if (!(line[i] >= '0' && line[i] <= '9') &&
		    !(line[i] >= 'a' && line[i] <= 'f'))
			return false;
	}
	return line[DIGITS] == '\n';
}

/* Finds the lines behind the comments; all must be such, in order. */
static int check(struct mapped *m)
{
	const char *at = m->map, *end = at + m->size;

	while (at < end && (*at == '#' || *at == '\n')) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));

		at = stop ? stop + 1 : end;
	}
	if ((size_t)(end - at) % LINE != 0)
		return -EBADMSG;
	m->lines = at;
	m->n = (size_t)(end - at) / LINE;
	for (size_t i = 0; i < m->n; i++, at += LINE) {
		if (!is_line(at) ||
		    (i > 0 && memcmp(at - LINE, at, DIGITS) > 0))
			return -EBADMSG;
	}
	return 0;
}

static int map(const char *folder, const char *file, struct mapped *ret)
{
	struct mapped m = {.map = MAP_FAILED};
	struct stat st = {0};
	char path[4096];
	int fd = -1;
	int r = file_path(path, sizeof(path), folder, file);

	if (r < 0)
		return r;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		r = -errno;
	else if (!S_ISREG(st.st_mode))
		r = -EINVAL;
	else if (st.st_size > (off_t)LIMIT_KEY_LIST)
		r = -EFBIG;
	m.size = (size_t)st.st_size;
	if (r < 0 || m.size == 0)
		goto out;
	m.map = mmap(NULL, m.size, PROT_READ, MAP_SHARED, fd, 0);
	r = m.map == MAP_FAILED ? -errno : check(&m);
	if (r < 0)
		goto out;
	*ret = m;
	m.map = MAP_FAILED;
out:
	close(fd);
	if (m.map != MAP_FAILED)
		munmap(m.map, m.size);
	return r;
}

static void add_package(struct buf *why, const char *package, const char **last)
{
	if (*last && strcmp(*last, package) == 0)
		return;
	buf_adds(why, *last ? ", " : "");
	buf_adds(why, package);
	*last = package;
}

int debian_keys_load(const char *folder, struct buf *why,
		     struct debian_keys **ret)
{
	struct debian_keys *k = calloc(1, sizeof(*k));
	const char *last = NULL;
	bool any = false;
	int r = k ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < LISTS; i++) {
		r = map(folder, lists[i].file, &k->lists[i]);
		any = any || r == 0;
		if (r == -ENOENT) {
			add_package(why, lists[i].package, &last);
			r = 0;
		} else if (r < 0) {
			buf_reset(why);
			buf_addf(why, "%s/%s", folder, lists[i].file);
		}
	}
	if (r == 0 && !any)
		r = -ENOENT;
	if (r < 0) {
		debian_keys_free(k);
		return r;
	}
	*ret = k;
	return 0;
}

void debian_keys_free(struct debian_keys *k)
{
	for (size_t i = 0; k && i < LISTS; i++) {
		if (k->lists[i].map)
			munmap(k->lists[i].map, k->lists[i].size);
	}
	free(k);
}

uint64_t debian_keys_stamp(const char *folder)
{
	uint64_t state[LISTS][6] = {0};
	uint8_t hash[HASH_SIZE];
	uint64_t sum = 0;

	for (size_t i = 0; i < LISTS; i++) {
		struct stat st = {0};
		char path[4096];
		int r = file_path(path, sizeof(path), folder, lists[i].file);

		if (r < 0 || stat(path, &st) < 0)
			continue;
		state[i][0] = st.st_dev;
		state[i][1] = st.st_ino;
		state[i][2] = (uint64_t)st.st_size;
		state[i][3] = (uint64_t)st.st_ctim.tv_sec;
		state[i][4] = (uint64_t)st.st_ctim.tv_nsec;
		state[i][5] = (uint64_t)st.st_mtim.tv_sec;
	}
	hash_sha256(state, sizeof(state), hash);
	memcpy(&sum, hash, sizeof(sum));
	return sum;
}

static int compare_lines(const void *digits, const void *line)
{
	return memcmp(digits, line, DIGITS);
}

/* ${data} by ${md}: is the end of its hash in the list? */
static bool is_listed(const struct mapped *m, const EVP_MD *md,
		      const struct buf *data)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	char digits[DIGITS + 1];
	unsigned int n = 0;

	if (data->failed ||
	    EVP_Digest(data->data, data->len, digest, &n, md, NULL) != 1 ||
	    n < DIGITS / 2)
		return false;
	encode_hex(digest + n - DIGITS / 2, DIGITS / 2, digits);
	return bsearch(digits, m->lines, m->n, LINE, compare_lines) != NULL;
}

/* A string of SSH, RFC 4251 section 5; content octets of a DER INTEGER are an
 * mpint as they are. */
static void add_string(struct buf *b, const void *data, size_t len)
{
	uint8_t size[4] = {(uint8_t)(len >> 24), (uint8_t)(len >> 16),
			   (uint8_t)(len >> 8), (uint8_t)len};

	buf_add(b, size, sizeof(size));
	buf_add(b, data, len);
}

struct numbers {
	const struct algorithm *algorithm;
	struct der n[4];	/* RSA: n, e; DSA: p, q, g, y */
};

static int read_numbers(struct der d, struct der *ret, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (der_take_integer(&d, &ret[i]) < 0)
			return -EBADMSG;
	}
	return d.len > 0 ? -EBADMSG : 0;
}

static int read_spki(struct der d, struct numbers *ret)
{
	struct der spki, algorithm, oid, bits, body;
	char text[DER_OID_TEXT];
	unsigned int unused = 0;
	int len;

	if (der_take(&d, DER_SEQUENCE, &spki) < 0 ||
	    der_take(&spki, DER_SEQUENCE, &algorithm) < 0 ||
	    der_take(&algorithm, DER_OID, &oid) < 0 ||
	    der_take_bit_string(&spki, &bits, &unused) < 0)
		return -EBADMSG;
	len = der_oid_text(oid, text);
	ret->algorithm = len < 0 ? NULL : algorithm_key(text, (size_t)len);
	if (!ret->algorithm)
		return -EBADMSG;
	if (ret->algorithm->form == ALGORITHM_FORM_RSA &&
	    der_take(&bits, DER_SEQUENCE, &body) == 0)
		return read_numbers(body, ret->n, 2);
	if (ret->algorithm->form == ALGORITHM_FORM_DSA &&
	    der_take(&algorithm, DER_SEQUENCE, &body) == 0 &&
	    read_numbers(body, ret->n, 3) == 0)
		return read_numbers(bits, &ret->n[3], 1);
	return -EBADMSG;
}

/* What `openssl rsa -modulus` prints: upper-case hex without zeros in front. */
static void add_modulus(struct buf *b, struct der n)
{
	static const char digits[] = "0123456789ABCDEF";

	n = der_magnitude(n);
	buf_adds(b, "Modulus=");
	for (size_t i = 0; i < n.len; i++) {
		buf_addch(b, digits[n.data[i] >> 4]);
		buf_addch(b, digits[n.data[i] & 15]);
	}
	buf_addch(b, '\n');
}

static bool is_in(const struct mapped *m, enum list_kind kind,
		  const struct numbers *k, struct buf *b)
{
	buf_reset(b);
	if (kind == OPENSSL_RSA) {
		add_modulus(b, k->n[0]);
		return is_listed(m, EVP_sha1(), b);
	}
	if (kind == SSH_RSA) {
		add_string(b, "ssh-rsa", 7);
		add_string(b, k->n[1].data, k->n[1].len);
		add_string(b, k->n[0].data, k->n[0].len);
	} else {
		add_string(b, "ssh-dss", 7);
		for (size_t i = 0; i < 4; i++)
			add_string(b, k->n[i].data, k->n[i].len);
	}
	return is_listed(m, EVP_md5(), b);
}

bool debian_keys_has(const struct debian_keys *k, const uint8_t *spki,
		     size_t len)
{
	struct numbers key = {0};
	bool found = false;
	size_t bits;
	struct buf b;

	if (!k || read_spki((struct der){spki, len}, &key) < 0)
		return false;
	bits = der_bits(der_magnitude(key.n[0]));
	buf_init(&b, KIB(8));
	for (size_t i = 0; i < LISTS && !found; i++) {
		bool is_rsa = lists[i].kind != SSH_DSA;

		if (bits == lists[i].bits && k->lists[i].n > 0 &&
		    is_rsa == (key.algorithm->form == ALGORITHM_FORM_RSA))
			found = is_in(&k->lists[i], lists[i].kind, &key, &b);
	}
	buf_free(&b);
	return found;
}
