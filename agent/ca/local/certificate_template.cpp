#include "agent/ca/local/certificate_template.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/ca/ca_errors.h"
#include "agent/ca/local/crl_partition.h"
#include "agent/ca/local/extension.h"
#include "common/crypto/digest.h"
#include "common/crypto/name_syntax.h"

namespace certconnector::ca {
namespace {

namespace der = crypto::der;

constexpr std::uint16_t kForAuthorities = crypto::kKeyCertSign | crypto::kCrlSign;
constexpr std::uint16_t kNotForEc = crypto::kKeyEncipherment | crypto::kDataEncipherment;
constexpr unsigned kUniformResourceIdentifier = 6;  // GeneralName's choice
// id-ad-caIssuers, 1.3.6.1.5.5.7.48.2
constexpr std::array<std::uint8_t, 8> kCaIssuers{0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x02};

Error bad_template(const TemplateSettings& settings, const std::string& what) {
  return {CaErrc::bad_template, ErrorKind::permanent,
          "template " + settings.name + ": " + what + "; correct [template." + settings.name +
              "] in the configuration"};
}

bool is_ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

void append_crl_distribution_point(Bytes& out, const std::string& url) {
  append_extension(
      out, crypto::view(extension_id::kCrlDistributionPoints), false, [&](der::Writer& w) {
        w.nest(der::kSequence,
               [&] { w.nest(der::kSequence, [&] { append_distribution_point_name(w, {url}); }); });
      });
}

void append_authority_info_access(Bytes& out, const std::string& url) {
  append_extension(out, crypto::view(extension_id::kAuthorityInfoAccess), false,
                   [&](der::Writer& w) {
                     w.nest(der::kSequence, [&] {
                       w.nest(der::kSequence, [&] {
                         w.oid(crypto::view(kCaIssuers));
                         w.element(der::context_primitive(kUniformResourceIdentifier), url);
                       });
                     });
                   });
}

Bytes encode_addresses(const std::string& crl_url, const std::string& aia_url) {
  Bytes out;
  if (!crl_url.empty()) append_crl_distribution_point(out, crl_url);
  if (!aia_url.empty()) append_authority_info_access(out, aia_url);
  return out;
}

std::vector<Bytes> encode_addresses(const TemplateSettings& settings, std::size_t partitions) {
  if (partitions == 0 || settings.crl_url.empty()) {
    return {encode_addresses(settings.crl_url, settings.aia_url)};
  }
  std::vector<Bytes> all;
  for (std::size_t number = 1; number <= partitions; ++number) {
    all.push_back(
        encode_addresses(partition_name(settings.crl_url, {number, partitions}), settings.aia_url));
  }
  return all;
}

}  // namespace

bool append_extended_key_usage(Bytes& out, const std::vector<std::string>& purposes) {
  bool all_good = true;
  append_extension(out, crypto::view(extension_id::kExtendedKeyUsage), false, [&](der::Writer& w) {
    w.nest(der::kSequence, [&] {
      for (const auto& purpose : purposes) {
        const auto contents = der::oid_from_text(purpose);
        if (contents) {
          w.oid(*contents);
        } else {
          all_good = false;
        }
      }
    });
  });
  return all_good;
}

Result<CertificateTemplate> CertificateTemplate::make(TemplateSettings settings,
                                                      std::size_t crl_partitions) {
  if (settings.name.empty()) return bad_template(settings, "it has no name");
  if ((settings.key_usage & kForAuthorities) != 0) {
    return bad_template(settings, "keyCertSign and cRLSign are for CAs and cannot be issued");
  }
  if (settings.key_usage == 0) return bad_template(settings, "key_usage is empty");
  if (settings.validity.count() <= 0) return bad_template(settings, "validity is not positive");
  if (settings.backdate.count() < 0) return bad_template(settings, "backdate is negative");
  if (!is_ascii(settings.crl_url)) return bad_template(settings, "crl_url is not an ASCII URL");
  if (crl_partitions != 0 && !can_have_partitions(settings.crl_url)) {
    return bad_template(settings, "crl_url has a query, so the CRL cannot have partitions");
  }
  if (!is_ascii(settings.aia_url)) return bad_template(settings, "aia_url is not an ASCII URL");

  CertificateTemplate made;
  if (!settings.extended_key_usage.empty() &&
      !append_extended_key_usage(made.extended_key_usage_, settings.extended_key_usage)) {
    return bad_template(settings, "extended_key_usage holds something that is no OID");
  }
  for (const std::string& purpose : settings.extended_key_usage) {
    const auto contents = der::oid_from_text(purpose).value_or(Bytes());
    const auto broken = crypto::broken_oid_rule(contents);
    if (broken) return bad_template(settings, "in extended_key_usage, " + purpose + " " + *broken);
  }
  made.addresses_ = encode_addresses(settings, crl_partitions);
  made.settings_ = std::move(settings);
  return made;
}

ByteView CertificateTemplate::addresses(ByteView serial) const {
  if (addresses_.size() == 1) return addresses_.front();
  return addresses_[partition_of(serial, addresses_.size()).number - 1];
}

bool CertificateTemplate::allows(crypto::GeneralNameKind kind) const {
  const auto& kinds = settings_.san_kinds;
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

std::uint16_t CertificateTemplate::key_usage(crypto::KeyKind kind) const {
  if (kind != crypto::KeyKind::ec) return settings_.key_usage;
  return static_cast<std::uint16_t>(settings_.key_usage & ~kNotForEc);
}

}  // namespace certconnector::ca
