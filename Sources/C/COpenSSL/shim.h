// libssl and libcrypto as Swift sees them: the headers, and the macros Swift cannot import, as inline functions.
#ifndef DISCORDCTL_COPENSSL_SHIM_H
#define DISCORDCTL_COPENSSL_SHIM_H
#include <openssl/ssl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <string.h>

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

// Keys on P-256 for Web Push. EVP_EC_gen() is a macro over a variadic function, and what stands behind a key is handed
// over in an array of macros' values.
static inline EVP_PKEY *discordctl_p256_generate(void) { return EVP_EC_gen("P-256"); }

// The pair of a public key (65 bytes), and of a private one (32 bytes) where it is not null; null for what is no point.
static inline EVP_PKEY *discordctl_p256_import(const unsigned char *public_key, const unsigned char *private_key) {
    EVP_PKEY *key = NULL;
    BIGNUM *number = private_key ? BN_bin2bn(private_key, 32, NULL) : NULL;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM *parameters = NULL;
    if (builder && context && (number || !private_key)
        && OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0)
        && OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, public_key, 65)
        && (!number || OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, number))
        && (parameters = OSSL_PARAM_BLD_to_param(builder)) && EVP_PKEY_fromdata_init(context) == 1
        && EVP_PKEY_fromdata(context, &key, private_key ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, parameters) != 1)
        key = NULL;
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    BN_clear_free(number);
    return key;
}

// The uncompressed public key (65 bytes) of a private one (32 bytes); 0 for a number that is none.
static inline int discordctl_p256_public(const unsigned char *private_key, unsigned char *public_key) {
    int done = 0;
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    BIGNUM *number = BN_bin2bn(private_key, 32, NULL);
    EC_POINT *point = group ? EC_POINT_new(group) : NULL;
    if (point && number && !BN_is_zero(number) && BN_cmp(number, EC_GROUP_get0_order(group)) < 0
        && EC_POINT_mul(group, point, number, NULL, NULL, NULL))
        done = EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, public_key, 65, NULL) == 65;
    EC_POINT_free(point);
    BN_clear_free(number);
    EC_GROUP_free(group);
    return done;
}

// The private number of a key, 32 bytes; 0 when it has none.
static inline int discordctl_p256_private(const EVP_PKEY *key, unsigned char *private_key) {
    BIGNUM *number = NULL;
    int done = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1
        && BN_bn2binpad(number, private_key, 32) == 32;
    BN_clear_free(number);
    return done;
}

static inline int discordctl_gcm_tag(EVP_CIPHER_CTX *context, unsigned char *tag) {
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, 16, tag);
}

#endif
