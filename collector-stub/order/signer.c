/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/order/signer.h"

#include <errno.h>
#include <fcntl.h>
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

int signer_create(const char *path, struct signer *ret)
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

int signer_open(const char *path, struct signer *ret)
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

void signer_close(struct signer *s)
{
	EVP_PKEY_free(s->key);
	*s = (struct signer){ .key = NULL };
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
