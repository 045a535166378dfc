/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/http/ticket.h"

#include <errno.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "lib/clock.h"
#include "lib/encode.h"

#define NAME_SIZE 16
#define AES_KEY 32
#define MAC_KEY 32
_Static_assert(NAME_SIZE + AES_KEY + MAC_KEY == STORE_TICKET, "its parts");

int tickets_init(struct tickets *t)
{
	uint8_t own[16];

	*t = (struct tickets){ .n = 1 };
	pthread_mutex_init(&t->lock, NULL);
	if (RAND_bytes(own, sizeof(own)) != 1 ||
	    RAND_bytes(t->keys[0].bytes, STORE_TICKET) != 1)
		return -EIO;
	encode_hex(own, sizeof(own), t->owner);
	return 0;
}

void tickets_free(struct tickets *t)
{
	OPENSSL_cleanse(t->keys, sizeof(t->keys));
	pthread_mutex_destroy(&t->lock);
}

struct found {
	struct store_ticket keys[TICKET_KEYS];
	size_t n;
};

static int add_key(void *arg, const struct store_ticket *key)
{
	struct found *f = arg;

	if (f->n < TICKET_KEYS)
		f->keys[f->n++] = *key;
	return 0;
}

static int read_keys(struct store *s, struct found *ret)
{
	*ret = (struct found){ .n = 0 };
	return s->driver->ticket_list(s, add_key, ret);
}

/* Whoever has the lease makes the next key; were there two, the number would
 * let only one in. */
static int make_key(struct tickets *t, struct store *s, int64_t now,
		    const struct found *f)
{
	struct store_ticket key = {
		.number = f->n > 0 ? f->keys[0].number + 1 : 1,
		.made = now,
	};
	bool mine = false;
	int r = s->driver->begin(s);

	if (r == 0)
		r = s->driver->lease_take(s, "tickets", t->owner, now,
					  now + TICKET_SPREAD, &mine);
	if (r == 0 && mine && RAND_bytes(key.bytes, STORE_TICKET) != 1)
		r = -EIO;
	if (r == 0 && mine) {
		r = s->driver->ticket_add(s, &key);
		if (r == -EEXIST)
			r = 0;
	}
	if (r == 0 && mine)
		r = s->driver->ticket_remove(s, key.number - TICKET_KEYS + 1);
	if (r == 0)
		r = s->driver->commit(s);
	if (r < 0)
		s->driver->rollback(s);
	OPENSSL_cleanse(&key, sizeof(key));
	return r;
}

int tickets_refresh(struct tickets *t, struct store *s, int64_t now)
{
	struct found f;
	int r = read_keys(s, &f);

	if (r == 0 && (f.n == 0 || f.keys[0].made + TICKET_ROTATE <= now)) {
		r = make_key(t, s, now, &f);
		if (r == 0)
			r = read_keys(s, &f);
	}
	if (r == 0 && f.n > 0) {
		pthread_mutex_lock(&t->lock);
		memcpy(t->keys, f.keys, sizeof(t->keys));
		t->n = f.n;
		pthread_mutex_unlock(&t->lock);
	}
	OPENSSL_cleanse(&f, sizeof(f));
	return r;
}

/* That of ${name}, or (NULL) the one for new tickets: the newest that all
 * collectors know.  1, or 0 for none; *ret_newest: there is no later one. */
static int find_key(struct tickets *t, const uint8_t *name,
		    struct store_ticket *ret, bool *ret_newest)
{
	int64_t known = clock_now() - TICKET_SPREAD;
	int r = 0;

	pthread_mutex_lock(&t->lock);
	for (size_t i = 0; i < t->n && r == 0; i++) {
		const struct store_ticket *k = &t->keys[i];

		r = name ? CRYPTO_memcmp(k->bytes, name, NAME_SIZE) == 0 :
			k->made <= known || i + 1 == t->n;
		if (r == 1) {
			*ret = *k;
			*ret_newest = i == 0;
		}
	}
	pthread_mutex_unlock(&t->lock);
	return r;
}

static int set_keys(EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac,
		    const struct store_ticket *key, const uint8_t *iv,
		    int encrypt)
{
	static char digest[] = "SHA256";
	uint8_t mac_key[MAC_KEY];
	OSSL_PARAM params[3];
	int r = 0;

	memcpy(mac_key, key->bytes + NAME_SIZE + AES_KEY, MAC_KEY);
	params[0] = OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY,
						      mac_key, MAC_KEY);
	params[1] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
						     digest, 0);
	params[2] = OSSL_PARAM_construct_end();
	r = EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL,
			      key->bytes + NAME_SIZE, iv, encrypt) == 1 &&
		EVP_MAC_CTX_set_params(mac, params) == 1;
	OPENSSL_cleanse(mac_key, sizeof(mac_key));
	return r ? 1 : -1;
}

/* SSL_CTX_set_tlsext_ticket_key_evp_cb(3) */
static int on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv,
		     EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int encrypt)
{
	struct tickets *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	struct store_ticket key;
	bool newest = true;
	int r = find_key(t, encrypt ? NULL : name, &key, &newest);

	if (r == 1 && encrypt) {
		memcpy(name, key.bytes, NAME_SIZE);
		if (RAND_bytes(iv, EVP_MAX_IV_LENGTH) != 1)
			r = -1;
	}
	if (r == 1)
		r = set_keys(cipher, mac, &key, iv, encrypt);
	OPENSSL_cleanse(&key, sizeof(key));
	/* 2: a new ticket goes out with the newer key; and always by TLS 1.3,
	 * whose clients use each once (RFC 8446 appendix C.4) */
	return r == 1 && !encrypt &&
		(!newest || SSL_version(ssl) >= TLS1_3_VERSION) ? 2 : r;
}

int tickets_use(struct tickets *t, SSL_CTX *ctx)
{
	SSL_CTX_set_app_data(ctx, t);
	SSL_CTX_set_timeout(ctx, TICKET_LIFETIME);
	return SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, on_ticket) == 1 ?
		0 : -EIO;
}
