#include "tests/common/crypto/cms_peer.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include <memory>
#include <stdexcept>

#include "common/crypto/openssl_ptr.h"

namespace certconnector::crypto {
namespace {

using CmsPtr = std::unique_ptr<CMS_ContentInfo, OpensslDeleter<CMS_ContentInfo_free>>;

struct StackDeleter {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using StackPtr = std::unique_ptr<STACK_OF(X509), StackDeleter>;

void require(bool good, const char* doing) {
  if (!good) throw std::runtime_error(std::string("OpenSSL refused: ") + doing);
}

BioPtr reader_of(ByteView octets) {
  return BioPtr(BIO_new_mem_buf(octets.data(), static_cast<int>(octets.size())));
}

Bytes contents_of(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return as_bytes({data, static_cast<std::size_t>(size)}).to_bytes();
}

X509Ptr certificate(const testing::Credential& of = rsa_credential()) {
  const Bytes& der = of.certificate.der();
  const unsigned char* at = der.data();
  return X509Ptr(d2i_X509(nullptr, &at, static_cast<long>(der.size())));  // NOLINT
}

Bytes encode(CMS_ContentInfo* cms, ByteView content, Encoding encoding, unsigned flags) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (encoding == Encoding::ber) {
    const BioPtr in = reader_of(content);
    require(i2d_CMS_bio_stream(out.get(), cms, in.get(), static_cast<int>(flags)) == 1,
            "to stream");
  } else {
    require(i2d_CMS_bio(out.get(), cms) == 1, "to encode");
  }
  return contents_of(out.get());
}

CmsPtr decode(ByteView message) {
  const unsigned char* at = message.data();
  return CmsPtr(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(message.size())));  // NOLINT
}

}  // namespace

const testing::Credential& rsa_credential() {
  static const testing::Credential credential = [] {
    testing::CertificateSpec spec;
    spec.subject = "CN=SCEP RA,O=Test";
    spec.key_usage = "digitalSignature,keyEncipherment";
    return testing::make_self_signed(spec, {KeyKind::rsa, 2048});
  }();
  return credential;
}

Bytes peer_sign(ByteView content, const PeerSigner& how) {
  const unsigned flags = CMS_BINARY | how.flags | (how.encoding == Encoding::ber ? CMS_STREAM : 0U);
  const testing::Credential& own = how.credential != nullptr ? *how.credential : rsa_credential();
  const X509Ptr x509 = certificate(own);
  const BioPtr in = reader_of(content);
  const CmsPtr cms(CMS_sign(nullptr, nullptr, nullptr, in.get(), flags | CMS_PARTIAL));
  require(cms != nullptr, "to sign");
  CMS_SignerInfo* const signer =
      CMS_add1_signer(cms.get(), x509.get(), own.key.native(), how.hash, flags | CMS_PARTIAL);
  require(signer != nullptr, "to add a signer");
  for (const PeerAttribute& one : how.attributes) {
    require(CMS_signed_add1_attr_by_txt(signer, one.oid.c_str(), one.type, one.value.data(),
                                        static_cast<int>(one.value.size())) == 1,
            "to add an attribute");
  }
  if (how.encoding == Encoding::der) {
    require(CMS_final(cms.get(), in.get(), nullptr, flags) == 1, "to finish signing");
  }
  return encode(cms.get(), content, how.encoding, flags);
}

std::optional<Bytes> peer_verify(ByteView message) {
  const CmsPtr cms = decode(message);
  const BioPtr out(BIO_new(BIO_s_mem()));
  const bool good = cms && CMS_verify(cms.get(), nullptr, nullptr, nullptr, out.get(),
                                      CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) == 1;
  ERR_clear_error();
  return good ? std::optional(contents_of(out.get())) : std::nullopt;
}

Bytes peer_encrypt(ByteView content, const PeerEnvelope& how) {
  const unsigned flags = CMS_BINARY | CMS_PARTIAL | (how.by_key_id ? CMS_USE_KEYID : 0U) |
                         (how.encoding == Encoding::ber ? CMS_STREAM : 0U);
  const X509Ptr x509 = certificate();
  const BioPtr in = reader_of(content);
  const CmsPtr cms(CMS_encrypt(nullptr, in.get(), how.cipher, flags));
  require(cms != nullptr, "to encrypt");
  CMS_RecipientInfo* const recipient =
      CMS_add1_recipient_cert(cms.get(), x509.get(), flags | CMS_KEY_PARAM);
  require(recipient != nullptr, "to add a recipient");
  if (how.oaep != nullptr) {
    EVP_PKEY_CTX* const context = CMS_RecipientInfo_get0_pkey_ctx(recipient);
    require(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
                EVP_PKEY_CTX_set_rsa_oaep_md(context, how.oaep) == 1 &&
                EVP_PKEY_CTX_set_rsa_mgf1_md(context, how.mask ? how.mask : how.oaep) == 1,
            "OAEP");
  }
  if (how.encoding == Encoding::der) {
    require(CMS_final(cms.get(), in.get(), nullptr, flags) == 1, "to finish encrypting");
  }
  return encode(cms.get(), content, how.encoding, flags);
}

std::optional<Bytes> peer_decrypt(ByteView message) {
  const CmsPtr cms = decode(message);
  const X509Ptr x509 = certificate();
  const BioPtr out(BIO_new(BIO_s_mem()));
  const bool good = cms && CMS_decrypt(cms.get(), rsa_credential().key.native(), x509.get(),
                                       nullptr, out.get(), CMS_BINARY) == 1;
  ERR_clear_error();
  return good ? std::optional(contents_of(out.get())) : std::nullopt;
}

}  // namespace certconnector::crypto
