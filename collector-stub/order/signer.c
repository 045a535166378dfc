/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/order/signer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "lib/buf.h"
#include "lib/encode.h"
#include "lib/file.h"
#include "lib/limits.h"

static int use(EVP_PKEY *key, struct signer *ret)
{
	struct signer s = { .key = key };

	if (signature_public(key, s.public) < 0) {
		EVP_PKEY_free(key);
		return -EBADMSG;
	}
	signature_key_id(s.public, s.id);
	*ret = s;
	return 0;
}

/* O_EXCL: what is there is somebody's key. */
static int write_new(const char *path, const void *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int r;

	if (fd < 0)
		return -errno;
	r = file_write_all(fd, data, len);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	close(fd);
	if (r < 0)
		unlink(path);
	return r;
}

static int create_file(const char *path, struct signer *ret)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	BIO *out = BIO_new(BIO_s_secmem());
	char *pem = NULL;
	long len = 0;
	int r = -ENOMEM;

	if (key && out &&
	    PEM_write_bio_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) == 1)
		len = BIO_get_mem_data(out, &pem);
	if (len > 0)
		r = write_new(path, pem, (size_t)len);
	BIO_free(out);
	ERR_clear_error();
	if (r < 0) {
		EVP_PKEY_free(key);
		return r;
	}
	return use(key, ret);
}

/* No question on a terminal. */
static int no_password(char *to, int size, int writing, void *arg)
{
	(void)to, (void)size, (void)writing, (void)arg;
	return -1;
}

static int open_file(const char *path, struct signer *ret)
{
	EVP_PKEY *key = NULL;
	BIO *in = NULL;
	struct buf b;
	int r;

	buf_init(&b, KIB(16));
	r = file_read_secret(path, &b);
	if (r == 0) {
		in = BIO_new_mem_buf(b.data, (int)b.len);
		key = in ? PEM_read_bio_PrivateKey(in, NULL, no_password,
						   NULL) : NULL;
		BIO_free(in);
		ERR_clear_error();
		r = key ? use(key, ret) : -EBADMSG;
	}
	buf_free_secret(&b);
	return r;
}

static bool is_token(const char *where)
{
	return strncmp(where, "pkcs11:", 7) == 0;
}

static int use_token(const char *uri, bool create, struct signer *ret,
		     char *fault)
{
	struct signer s = { .key = NULL };
	int r = hsm_open(uri, create, &s.hsm, s.public, fault);

	if (r < 0)
		return r;
	signature_key_id(s.public, s.id);
	*ret = s;
	return 0;
}

int signer_create(const char *where, struct signer *ret,
		  char fault[static HSM_FAULT])
{
	int r;

	if (is_token(where))
		return use_token(where, true, ret, fault);
	r = create_file(where, ret);
	snprintf(fault, HSM_FAULT, "%s", r == -EEXIST ?
		 "is there already, and is not overwritten" : strerror(-r));
	return r;
}

int signer_open(const char *where, struct signer *ret,
		char fault[static HSM_FAULT])
{
	int r;

	if (is_token(where))
		return use_token(where, false, ret, fault);
	r = open_file(where, ret);
	snprintf(fault, HSM_FAULT, "%s",
		 r == -EBADMSG ? "no Ed25519 key in PEM form" :
		 r == -EPERM ? "others may read it" : strerror(-r));
	return r;
}

void signer_close(struct signer *s)
{
	EVP_PKEY_free(s->key);
	hsm_close(s->hsm);
	*s = (struct signer){ .key = NULL };
}

static int sign_by_token(struct signer *s, const uint8_t *payload, size_t len,
			 uint8_t ret[static SIGNATURE_SIZE])
{
	struct buf m;
	int r = len > LIMIT_COMMAND ? -EFBIG : 0;

	buf_init(&m, 2 * LIMIT_COMMAND);
	if (r == 0)
		r = signature_message(payload, len, &m);
	if (r == 0)
		r = hsm_sign(s->hsm, m.data, m.len, ret, s->fault);
	buf_free(&m);
	return r;
}

int signer_sign(struct signer *s, const uint8_t *payload, size_t len,
		uint8_t ret[static SIGNATURE_SIZE])
{
	int r;

	s->fault[0] = '\0';
	if (s->hsm)
		r = sign_by_token(s, payload, len, ret);
	else
		r = signature_make(s->key, payload, len, ret);
	if (r < 0 && !*s->fault)
		snprintf(s->fault, sizeof(s->fault), "%s", strerror(-r));
	return r;
}

int signer_read_public(const char *text, uint8_t ret[static SIGNATURE_KEY])
{
	EVP_PKEY *key = NULL;
	BIO *in = NULL;
	int r = -EINVAL;

	if (strlen(text) == 2 * SIGNATURE_KEY &&
	    decode_hex(text, ret, SIGNATURE_KEY) == 0)
		return 0;
	in = BIO_new_file(text, "r");
	if (in)
		key = PEM_read_bio_PUBKEY(in, NULL, no_password, NULL);
	if (in && !key && BIO_reset(in) == 0)
		key = PEM_read_bio_PrivateKey(in, NULL, no_password, NULL);
	if (key)
		r = signature_public(key, ret);
	EVP_PKEY_free(key);
	BIO_free(in);
	ERR_clear_error();
	return r;
}
