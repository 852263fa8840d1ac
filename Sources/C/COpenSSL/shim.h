// libssl and libcrypto as Swift sees them: the headers, and the macros Swift cannot import, as inline functions.
#ifndef DISCORDCTL_COPENSSL_SHIM_H
#define DISCORDCTL_COPENSSL_SHIM_H
#include <openssl/ssl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>

// The gateway's TLS. SSL_OP_BIT() is a cast and a shift, which the importer does not evaluate.
static const uint64_t discordctl_SSL_OP_NO_RENEGOTIATION = SSL_OP_NO_RENEGOTIATION;
static const uint64_t discordctl_SSL_OP_NO_COMPRESSION = SSL_OP_NO_COMPRESSION;
static const uint64_t discordctl_SSL_OP_CIPHER_SERVER_PREFERENCE = SSL_OP_CIPHER_SERVER_PREFERENCE;

// Record layers in the kernel. Without them in libssl the option is ignored, and the question answered with no.
#ifdef SSL_OP_ENABLE_KTLS
static const uint64_t discordctl_SSL_OP_ENABLE_KTLS = SSL_OP_ENABLE_KTLS;
#else
static const uint64_t discordctl_SSL_OP_ENABLE_KTLS = 0;
#endif
static inline int discordctl_SSL_writes_in_kernel(const SSL *ssl) {
#ifdef BIO_get_ktls_send
    BIO *output = SSL_get_wbio(ssl);
    return output != NULL && BIO_get_ktls_send(output);
#else
    return 0;
#endif
}

#endif
