/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/ca/ca.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>

#include "collector-stub/ca/issue.h"
#include "lib/file.h"
#include "lib/limits.h"

#define CA_LIFETIME (INT64_C(3652) * 86400)
#define SERVER_LIFETIME (INT64_C(90) * 86400)

static int pem_key(BIO *out, EVP_PKEY *key)
{
	return PEM_write_bio_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) ==
		1 ? 0 : -EIO;
}

static int replace_bio(const char *dir, const char *name, mode_t mode, BIO *b)
{
	char path[4096];
	char *data = NULL;
	long len = BIO_get_mem_data(b, &data);
	int r = file_path(path, sizeof(path), dir, name);

	return r < 0 ? r : file_replace(path, mode, data, (size_t)len);
}

static bool is_there(const char *dir, const char *name)
{
	char path[4096];
	struct stat st;

	return file_path(path, sizeof(path), dir, name) < 0 ||
		lstat(path, &st) == 0;
}

int ca_create(const char *state_dir, int64_t now)
{
	EVP_PKEY *key = NULL;
	X509 *cert = NULL;
	BIO *key_pem = BIO_new(BIO_s_secmem());
	BIO *cert_pem = BIO_new(BIO_s_mem());
	int r = -ENOMEM;

	if (!key_pem || !cert_pem)
		goto out;
	r = -EEXIST;
	if (is_there(state_dir, "ca.key") || is_there(state_dir, "ca.crt"))
		goto out;
	r = -EIO;
	key = EVP_EC_gen("P-256");
	if (!key)
		goto out;
	r = issue_root(key, "certwalk collector CA", now, CA_LIFETIME, &cert);
	if (r == 0)
		r = pem_key(key_pem, key);
	if (r == 0)
		r = PEM_write_bio_X509(cert_pem, cert) == 1 ? 0 : -EIO;
	if (r == 0)
		r = replace_bio(state_dir, "ca.key", 0600, key_pem);
	if (r == 0)
		r = replace_bio(state_dir, "ca.crt", 0644, cert_pem);
out:
	BIO_free(key_pem);
	BIO_free(cert_pem);
	EVP_PKEY_free(key);
	X509_free(cert);
	return r;
}

/* A PEM file as a BIO over ${b}, which the caller frees after the BIO. */
static int read_pem(const char *dir, const char *name, bool secret,
		    struct buf *b, BIO **ret)
{
	char path[4096];
	int r = file_path(path, sizeof(path), dir, name);

	if (r == 0)
		r = secret ? file_read_secret(path, b) : file_read(path, b);
	if (r < 0)
		return r;
	*ret = BIO_new_mem_buf(b->data, (int)b->len);
	return *ret ? 0 : -ENOMEM;
}

/* What PEM asks for a passphrase with: there is none. */
static int no_passphrase(char *text, int size, int writing, void *arg)
{
	(void)text, (void)size, (void)writing, (void)arg;
	return -1;
}

int ca_load(const char *state_dir, struct ca *ret)
{
	struct ca ca = { .cert = NULL };
	struct buf key, cert;
	BIO *key_pem = NULL, *cert_pem = NULL;
	int r = 0, len = 0;

	buf_init(&key, LIMIT_CONFIG);
	buf_init(&cert, LIMIT_CONFIG);
	r = read_pem(state_dir, "ca.key", true, &key, &key_pem);
	if (r == 0)
		r = read_pem(state_dir, "ca.crt", false, &cert, &cert_pem);
	if (r < 0)
		goto out;
	ca.key = PEM_read_bio_PrivateKey(key_pem, NULL, no_passphrase, NULL);
	ca.cert = PEM_read_bio_X509(cert_pem, NULL, no_passphrase, NULL);
	r = -EBADMSG;
	if (!ca.key || !ca.cert || X509_check_private_key(ca.cert, ca.key) != 1)
		goto out;
	len = i2d_X509(ca.cert, &ca.der);
	if (len <= 0)
		goto out;
	ca.der_len = (size_t)len;
	hash_sha256(ca.der, ca.der_len, ca.sha256);
	r = 0;
out:
	BIO_free(key_pem);
	BIO_free(cert_pem);
	buf_free_secret(&key);
	buf_free(&cert);
	if (r == 0)
		*ret = ca;
	else
		ca_free(&ca);
	return r;
}

void ca_free(struct ca *ca)
{
	X509_free(ca->cert);
	EVP_PKEY_free(ca->key);
	OPENSSL_free(ca->der);
	*ca = (struct ca){ .cert = NULL };
}

int ca_sign_agent(const struct ca *ca, EVP_PKEY *key, const char *id,
		  int64_t now, int64_t lifetime, struct buf *ret_der)
{
	X509 *cert = NULL;
	uint8_t *der = NULL;
	int r = issue_agent(ca->cert, ca->key, key, id, now, lifetime, &cert);
	int len = r == 0 ? i2d_X509(cert, &der) : -1;

	if (r == 0)
		r = len > 0 ? buf_add(ret_der, der, (size_t)len) : -EIO;
	OPENSSL_free(der);
	X509_free(cert);
	return r;
}

int ca_make_server(const struct ca *ca, char *const *names, size_t count,
		   const char *state_dir, int64_t now)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	BIO *pem = BIO_new(BIO_s_secmem());
	X509 *cert = NULL;
	int r = key && pem ? 0 : -EIO;

	if (r == 0)
		r = issue_server(ca->cert, ca->key, key, names, count, now,
				 SERVER_LIFETIME, &cert);
	if (r == 0)
		r = pem_key(pem, key);
	if (r == 0 && (PEM_write_bio_X509(pem, cert) != 1 ||
		       PEM_write_bio_X509(pem, ca->cert) != 1))
		r = -EIO;
	if (r == 0)
		r = replace_bio(state_dir, "server.pem", 0600, pem);
	BIO_free(pem);
	EVP_PKEY_free(key);
	X509_free(cert);
	return r;
}

int ca_load_server(const char *state_dir, struct ca_server *ret)
{
	struct ca_server s = { .cert = NULL };
	struct buf b;
	BIO *pem = NULL;
	int r = 0;

	buf_init(&b, LIMIT_CONFIG);
	r = read_pem(state_dir, "server.pem", true, &b, &pem);
	if (r == 0) {
		s.key = PEM_read_bio_PrivateKey(pem, NULL, no_passphrase, NULL);
		s.cert = PEM_read_bio_X509(pem, NULL, no_passphrase, NULL);
		if (!s.key || !s.cert ||
		    X509_check_private_key(s.cert, s.key) != 1)
			r = -EBADMSG;
	}
	if (r == 0)
		r = issue_due(s.cert, &s.due);
	if (r == 0)
		r = issue_names(s.cert, &s.names, &s.count);
	BIO_free(pem);
	buf_free_secret(&b);
	if (r == 0)
		*ret = s;
	else
		ca_server_free(&s);
	return r;
}

void ca_server_free(struct ca_server *s)
{
	X509_free(s->cert);
	EVP_PKEY_free(s->key);
	issue_names_free(s->names, s->count);
	*s = (struct ca_server){ .cert = NULL };
}
